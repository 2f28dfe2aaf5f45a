// Generic, mapped, conditional and utility types; actors and actions made by functions.

import { actor, event, setup } from "rivetkit";

/** A part of a longer list. */
export interface Page<T> {
  items: T[];
  /** @int */
  total: number;
  next: number | null;
}

export type Result<T, E = string> = { status: "ok"; value: T } | { status: "error"; error: E };

export type Nullable<T> = { [K in keyof T]: T[K] | null };

/** `Changed<{ a: number }>` is `{ aBefore: number; aAfter: number }`. */
export type Changed<T> = { [K in keyof T & string as `${K}Before` | `${K}After`]: T[K] };

export type Unwrapped<T> = T extends Array<infer Item> ? Item : T;

export interface Pair<A, B = A> {
  first: A;
  second: B;
}

export namespace Catalog {
  /** Something on a shelf. */
  export interface Item {
    sku: string;
    name: string;
    /** @int */
    count: number;
    price?: number;
    dimensions: Dimensions;
  }
  export interface Dimensions {
    width: number;
    height: number;
  }
}

export type ItemUpdate = Partial<Omit<Catalog.Item, "sku">>;
export type ItemLabel = Pick<Catalog.Item, "sku" | "name">;
type Flags = Record<"fragile" | "heavy", boolean>;

abstract class Failure {
  static notFound(sku: string): Result<never> {
    return { status: "error", error: `there is no ${sku}` };
  }
}

/** Shelves with things on them. */
export const inventory = actor({
  state: { items: [] as Catalog.Item[] },
  events: {
    changed: event<Changed<Pick<Catalog.Item, "count" | "name">>>(),
    page: event<Page<ItemLabel>>(),
  },
  actions: {
    put: (c, item: Readonly<Catalog.Item>): Catalog.Item => {
      c.state.items.push(item);
      return item;
    },
    get: (c, sku: string): Result<Catalog.Item> => {
      const item = c.state.items.find((other) => other.sku === sku);
      return item ? { status: "ok", value: item } : Failure.notFound(sku);
    },
    /** Change some fields; everybody connected gets `changed`. */
    update: (c, sku: string, update: ItemUpdate): Result<Catalog.Item, { sku: string; fields: string[] }> => {
      const item = c.state.items.find((other) => other.sku === sku);
      if (!item) return { status: "error", error: { sku, fields: Object.keys(update) } };
      const { count, name } = item;
      Object.assign(item, update);
      c.broadcast("changed", {
        countBefore: count,
        countAfter: item.count,
        nameBefore: name,
        nameAfter: item.name,
      });
      return { status: "ok", value: item };
    },
    list: (c, start: number = 0, limit: number = 2): Page<Catalog.Item> => page(c.state.items, start, limit),
    /** Sku and name only; everybody connected gets the page too. */
    labels: (c, start: number = 0): Page<ItemLabel> => {
      const labels = page(
        c.state.items.map(({ sku, name }): ItemLabel => ({ sku, name })),
        start,
        2,
      );
      c.broadcast("page", labels);
      return labels;
    },
    /** An item in which nothing is certain. */
    draft: (_c, known: Partial<Catalog.Dimensions>): Nullable<Catalog.Dimensions> => ({
      width: known.width ?? null,
      height: known.height ?? null,
    }),
    extremes: (c): Pair<Catalog.Item | null> => {
      const sorted = [...c.state.items].sort((a, b) => a.count - b.count);
      return { first: sorted[0] ?? null, second: sorted.at(-1) ?? null };
    },
    count: (c): Pair<string, number> => ({ first: "items", second: c.state.items.length }),
    first: (c): Unwrapped<Catalog.Item[]> | null => c.state.items[0] ?? null,
    flags: (c, sku: string): Flags & { sku: string } => {
      const item = c.state.items.find((other) => other.sku === sku);
      return { sku, fragile: (item?.price ?? 0) > 100, heavy: (item?.dimensions.width ?? 0) > 10 };
    },
    /** Type parameters are erased; the constraint stays. */
    echo: <T extends Catalog.Dimensions>(_c: unknown, value: T): T => value,
    /** The result is inferred. */
    statistics: (c) => ({
      skus: c.state.items.map(({ sku }) => sku),
      byWidth: Object.fromEntries(c.state.items.map(({ dimensions, sku }) => [sku, dimensions.width])),
      largest: c.state.items.reduce<ItemLabel | undefined>(
        (found, item) => found ?? { sku: item.sku, name: item.name },
        undefined,
      ),
    }),
    /** Inferred from a promise. */
    later: async (_c, ms: number) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { waited: ms, unit: "ms" as const };
    },
  },
});

function page<T>(items: T[], start: number, limit: number): Page<T> {
  const end = start + limit;
  return { items: items.slice(start, end), total: items.length, next: end < items.length ? end : null };
}

/** Stores values of one type under names. */
function store<T>(initial: Record<string, T>) {
  return actor({
    state: { values: initial },
    events: { stored: event<[name: string, value: T]>() },
    actions: {
      set: (c, name: string, value: T): T | null => {
        const before = c.state.values[name] ?? null;
        c.state.values[name] = value;
        c.broadcast("stored", name, value);
        return before;
      },
      get: (c, name: string): T | undefined => c.state.values[name],
      all: (c): Record<string, T> => c.state.values,
    },
  });
}

export const numberStore = store<number>({ one: 1 });
export const labelStore = store<ItemLabel>({});

export const registry = setup({ use: { inventory, numberStore, labelStore }, noWelcome: true });
