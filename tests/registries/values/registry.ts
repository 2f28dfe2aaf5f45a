// Values that JSON does not have. Only the encoding "bare" carries all of them.

import { actor, event, queue, setup } from "rivetkit";
import { shapes } from "./shapes.ts";

export * from "./shapes.ts";

/** A file and when it changed. */
export interface Entry {
  name: string;
  data: Uint8Array;
  changed: Date;
  size: bigint;
  tags: Set<string>;
  labels: Map<string, string>;
}

export interface Span {
  from: Date;
  until: Date | null;
}

/** Fields that may be missing, or null, or both. */
export interface Gaps {
  note?: string;
  either: string | undefined;
  from: Date | null;
  until?: Date | null;
}

interface Stored {
  name: string;
  data: number[];
  changed: number;
  tags: string[];
  labels: [string, string][];
}

/** Files, in all the types of JavaScript. */
export const archive = actor({
  state: { entries: [] as Stored[] },
  events: {
    stored: event<Entry>(),
    /** When, and how many bytes. */
    moved: event<[at: Date, bytes: bigint]>(),
  },
  queues: {
    /** Bytes to append; the answer is when that was, and how many there are now. */
    append: queue<{ name: string; data: Uint8Array; at: Date }, { at: Date; size: bigint }>(),
  },
  actions: {
    put: (c, entry: Entry): Entry => {
      c.state.entries.push(toStored(entry));
      c.broadcast("stored", entry);
      return entry;
    },
    get: (c, name: string): Entry | null => {
      const stored = c.state.entries.find((entry) => entry.name === name);
      return stored ? toEntry(stored) : null;
    },
    /** All entries by name. */
    index: (c): Map<string, Entry> =>
      new Map(c.state.entries.map((stored) => [stored.name, toEntry(stored)])),
    /** How many entries there are of each size. */
    sizes: (c): Map<number, number> => {
      const sizes = new Map<number, number>();
      for (const { data } of c.state.entries) sizes.set(data.length, (sizes.get(data.length) ?? 0) + 1);
      return sizes;
    },
    tags: (c): Set<string> => new Set(c.state.entries.flatMap(({ tags }) => tags)),
    span: (c): Span | undefined => {
      const times = c.state.entries.map(({ changed }) => changed).sort((a, b) => a - b);
      const [from] = times;
      if (from === undefined) return undefined;
      return { from: new Date(from), until: times.length > 1 ? new Date(times.at(-1)!) : null };
    },
    /** Add days to a time. */
    shift: (_c, at: Date, days: number): Date => new Date(at.getTime() + days * 86_400_000),
    /** Two numbers of any size. */
    add: (_c, a: bigint, b: bigint = 1n): bigint => a + b,
    reverse: (_c, data: Uint8Array): Uint8Array => Uint8Array.from(data).reverse(),
    buffer: (_c, length: number): ArrayBuffer => Uint8Array.from({ length }, (_, index) => index).buffer,
    union: (_c, a: Set<number>, b: Set<number>): Set<number> => new Set([...a, ...b]),
    samples: (_c): Float64Array => Float64Array.from([0.5, -1, 1e300]),
    /** Numbers that JSON does not have. */
    limits: (_c): { nan: number; infinity: number } => ({ nan: NaN, infinity: Infinity }),
    optional: (_c, at?: Date, tags?: Set<string> | null): { at?: Date; tags: Set<string> | null } => ({
      ...(at && { at }),
      tags: tags ?? null,
    }),
    /** What there is where something may be missing. */
    gaps: (_c, first: string | undefined, gaps: Gaps): string[] =>
      [first, gaps.note, gaps.either, gaps.from, gaps.until].map((value) => (value === null ? "null" : typeof value)),
    /** Numbers and booleans, which Python confuses. */
    levels: (
      _c,
      level: false | 0 | 1 | 2,
      flag: 1 | true,
      choice: { of: 1 | 2 | "three" | true | null; done: 0 | boolean },
    ) => ({ texts: [level, flag, choice.of, choice.done].map((value) => `${typeof value} ${value}`), level, choice }),
    /** Containers in which something may be `undefined`. */
    holes: (
      _c,
      items: (string | undefined)[],
      either: Set<number | null>,
      map: Map<string, Date | undefined>,
    ): Record<string, number | undefined> =>
      Object.fromEntries(
        [...items, ...either, ...map.values()].map((value, at) => [
          `${at} ${value === null ? "null" : typeof value}`,
          value ? at : undefined,
        ]),
      ),
    /** Tell everybody connected, and return nothing. */
    announce: (c, at: Date, bytes: bigint): void => c.broadcast("moved", at, bytes),
  },
  run: async (c) => {
    for await (const message of c.queue.iter({ names: ["append"], completable: true })) {
      const { name, data, at } = message.body;
      const stored = c.state.entries.find((entry) => entry.name === name);
      if (stored) stored.data.push(...data);
      else c.state.entries.push({ name, data: [...data], changed: at.getTime(), tags: [], labels: [] });
      await message.complete({ at, size: BigInt(stored ? stored.data.length : data.length) });
    }
  },
});

function toStored({ name, data, changed, tags, labels }: Entry): Stored {
  return { name, data: [...data], changed: changed.getTime(), tags: [...tags], labels: [...labels] };
}

function toEntry({ name, data, changed, tags, labels }: Stored): Entry {
  return {
    name,
    data: Uint8Array.from(data),
    changed: new Date(changed),
    size: BigInt(data.length),
    tags: new Set(tags),
    labels: new Map(labels),
  };
}

export const registry = setup({ use: { archive, shapes }, noWelcome: true });
