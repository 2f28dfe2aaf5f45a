// One action for each shape that a type can have. Each returns what it gets, so that both directions are tried.

import { actor, event } from "rivetkit";
import { z } from "zod";

export enum Level {
  Low = 1,
  High = 5,
}
export enum Suit {
  Hearts = "hearts",
  Spades = "spades",
}
const ROLES = { owner: "O", guest: "G" } as const;
export type Role = (typeof ROLES)[keyof typeof ROLES];

export type Shape =
  | { kind: "circle"; radius: number }
  | { kind: "square"; side: number; since: Date }
  | { kind: "empty" };
export type Outcome = { ok: true; value: number } | { ok: false; error: string };
export type Versioned = { version: 1; name: string } | { version: 2; first: string; last: string };
export type Loose = string | number[] | { text: string };
export type Answer = { data: number[]; error?: undefined } | { error: string; data?: undefined };

/** Fields that may be missing, undefined or null. */
export interface Maybe {
  missing?: number;
  undefinable: string | undefined;
  nullable: string | null;
  any?: string | null;
}

export interface Tree {
  value: number;
  children: Tree[];
  parent?: Tree;
}
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export interface Folder {
  name: string;
  files: File[];
}
export interface File {
  name: string;
  links: Map<string, Folder>;
}

export type UserId = string & { readonly __brand: "UserId" };
export type Cents = number & { readonly __brand: "Cents" };
export type Slug = `user-${string}`;
export type Size = `${number}px`;
export interface Styled {
  slug: Slug;
  size: Size;
}

export interface Base {
  id: string;
  at: Date;
}
export interface Derived extends Base {
  extra: bigint;
}
export type Picked = Pick<Derived, "id"> & Omit<Derived, "id" | "at">;
export type Both = Base & { data: Uint8Array };
export interface Page<T> {
  items: T[];
  next: T | null;
}
/** Names that mean something else in Python. */
export interface Odd {
  class: string;
  from: number;
  "two words": boolean;
  "1st": Date;
  model_dump: string;
  _id: string;
}
/** An open object: any further number, beside one field. */
export interface Open {
  [key: string]: number;
  fixed: number;
}
export type Lists = Record<"a" | "b", number[]>;
export interface Dated {
  d: Date;
}

const Checked = z.object({
  count: z.number().int().default(3),
  tags: z.record(z.string(), z.array(z.string())),
  when: z.date().nullable(),
  pair: z.tuple([z.string(), z.number()]),
  choice: z.discriminatedUnion("type", [
    z.object({ type: z.literal("a"), value: z.string() }),
    z.object({ type: z.literal("b"), value: z.number().optional() }),
  ]),
});

/** Values of every shape. */
export const shapes = actor({
  events: {
    tagged: event<Shape>(),
    pair: event<[at: Date, sizes: Map<string, bigint>]>(),
    checked: event({ schema: Checked }),
  },
  actions: {
    text: (_c, value: string): string => value,
    number: (_c, value: number): number => value,
    /** @int value
     * @int returns */
    whole: (_c, value: number): number => value,
    flag: (_c, value: boolean): boolean => value,
    big: (_c, value: bigint): bigint => value,
    nothing: (_c, value: null): null => value,
    missing: (_c, value: undefined): undefined => value,
    unknown: (_c, value: unknown): unknown => value,
    date: (_c, value: Date): Date => value,
    bytes: (_c, value: Uint8Array): Uint8Array => value,
    buffer: (_c, value: ArrayBuffer): ArrayBuffer => value,
    floats: (_c, value: Float64Array): Float64Array => value,
    literals: (_c, value: "a" | 1 | true | null): "a" | 1 | true | null => value,
    numberEnum: (_c, value: Level): Level => value,
    textEnum: (_c, value: Suit): Suit => value,
    constants: (_c, value: Role): Role => value,
    tagged: (_c, value: Shape): Shape => value,
    taggedByBoolean: (_c, value: Outcome): Outcome => value,
    taggedByNumber: (_c, value: Versioned): Versioned => value,
    untagged: (_c, value: Loose): Loose => value,
    exclusive: (_c, value: Answer): Answer => value,
    maybe: (_c, value: Maybe): Maybe => value,
    optional: (_c, value?: number | null): number | null | undefined => value,
    partial: (_c, value: Partial<Base>): Partial<Base> => value,
    picked: (_c, value: Picked): Picked => value,
    pair: (_c, value: [string, number]): [string, number] => value,
    optionalItem: (_c, value: [string, number?]): [string, number?] => value,
    openTuple: (_c, value: [string, ...number[]]): [string, ...number[]] => value,
    emptyTuple: (_c, value: []): [] => value,
    namedTuple: (_c, value: readonly [x: number, at: Date]): readonly [x: number, at: Date] => value,
    nested: (_c, value: number[][][]): number[][][] => value,
    mixed: (_c, value: (string | null)[]): (string | null)[] => value,
    set: (_c, value: Set<string>): Set<string> => value,
    setOfObjects: (_c, value: Set<Dated>): Set<Dated> => value,
    map: (_c, value: Map<string, number>): Map<string, number> => value,
    numberMap: (_c, value: Map<number, Date>): Map<number, Date> => value,
    deepMap: (_c, value: Map<string, Map<string, Set<bigint>>>): Map<string, Map<string, Set<bigint>>> => value,
    record: (_c, value: Record<string, Date | null>): Record<string, Date | null> => value,
    numberRecord: (_c, value: Record<number, string>): Record<number, string> => value,
    fixedRecord: (_c, value: Lists): Lists => value,
    open: (_c, value: Open): Open => value,
    tree: (_c, value: Tree): Tree => value,
    json: (_c, value: Json): Json => value,
    folder: (_c, value: Folder): Folder => value,
    branded: (_c, value: [UserId, Cents]): [UserId, Cents] => value,
    templates: (_c, value: Styled): Styled => value,
    derived: (_c, value: Derived): Derived => value,
    both: (_c, value: Both): Both => value,
    page: (_c, value: Page<Shape>): Page<Shape> => value,
    odd: (_c, value: Odd): Odd => value,
    checked: (_c, value: z.input<typeof Checked>): z.output<typeof Checked> => Checked.parse(value),
    rest: (_c, ...values: Dated[]): Dated[] => values,
    /** Send all events. */
    announce: (c, shape: Shape, at: Date, sizes: Map<string, bigint>): void => {
      c.broadcast("tagged", shape);
      c.broadcast("pair", at, sizes);
      c.broadcast("checked", { count: 1, tags: {}, when: at, pair: ["a", 1], choice: { type: "b" } });
    },
  },
});
