// A document that several people edit: types that contain themselves, through names, unions, arrays and records.

import { actor, event, setup, UserError } from "rivetkit";

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A paragraph with paragraphs below it. */
export interface Block {
  id: string;
  text: string;
  children: Block[];
  attributes?: Record<string, Json>;
}

/** A comment and the answers to it. */
export interface Thread {
  author: string;
  text: string;
  answers?: Thread[];
  /** The thread that this one was split from. */
  origin: Thread | null;
}

export type Outline = { title: string; parts: Outline[] };

/** An expression over the document. */
export type Query =
  { op: "has"; text: string } | { op: "not"; query: Query } | { op: "all" | "any"; queries: Query[] };

export interface Insert {
  op: "insert";
  /** Where: the id of the block above, or null for the top. */
  parent: string | null;
  block: Block;
}

export interface Remove {
  op: "remove";
  id: string;
}

export interface Batch {
  op: "batch";
  edits: Edit[];
}

export type Edit = Insert | Remove | Batch;

interface DocumentState {
  /** @int */
  version: number;
  root: Block;
  threads: Thread[];
}

/** One text, edited by many. */
export const textDocument = actor({
  createState: (_c: unknown, input: { title: string } | undefined): DocumentState => ({
    version: 0,
    root: { id: "root", text: input?.title ?? "untitled", children: [] },
    threads: [],
  }),
  events: {
    /** The edit, and the version after it. */
    edited: event<[edit: Edit, version: number]>(),
    commented: event<Thread>(),
  },
  actions: {
    /** Apply an edit and return the version after it. @int returns */
    apply: (c, edit: Edit): number => {
      applyEdit(c.state.root, edit);
      c.state.version += 1;
      c.broadcast("edited", edit, c.state.version);
      return c.state.version;
    },
    read: (c): Block => c.state.root,
    /** One block, or null. */
    block: (c, id: string): Block | null => find(c.state.root, id) ?? null,
    outline: (c, depth: number = 3): Outline => outline(c.state.root, depth),
    setAttribute: (c, id: string, name: string, value: Json): Block => {
      const block = find(c.state.root, id);
      if (!block) throw new UserError("no such block", { code: "no_block", metadata: { id } });
      block.attributes = { ...block.attributes, [name]: value };
      return block;
    },
    attribute: (c, id: string, name: string): Json => find(c.state.root, id)?.attributes?.[name] ?? null,
    /** Ids of the blocks that a query is true for. */
    search: (c, query: Query): string[] =>
      all(c.state.root)
        .filter((block) => matches(block, query))
        .map(({ id }) => id),
    comment: (c, thread: Thread): Thread[] => {
      c.state.threads.push(thread);
      c.broadcast("commented", thread);
      return c.state.threads;
    },
    /** How many blocks there are at each depth, as a chain. */
    levels: (c) => levels([c.state.root]),
  },
});

interface Level {
  count: number;
  below: Level | null;
}

function levels(blocks: Block[]): Level | null {
  if (blocks.length === 0) return null;
  return { count: blocks.length, below: levels(blocks.flatMap(({ children }) => children)) };
}

function applyEdit(root: Block, edit: Edit): void {
  if (edit.op === "batch") {
    for (const inner of edit.edits) applyEdit(root, inner);
  } else if (edit.op === "remove") {
    for (const block of all(root)) block.children = block.children.filter(({ id }) => id !== edit.id);
  } else {
    const parent = edit.parent === null ? root : find(root, edit.parent);
    if (!parent) throw new UserError("no such block", { code: "no_block", metadata: { id: edit.parent } });
    parent.children.push(edit.block);
  }
}

function all(block: Block): Block[] {
  return [block, ...block.children.flatMap(all)];
}

function find(root: Block, id: string): Block | undefined {
  return all(root).find((block) => block.id === id);
}

function outline(block: Block, depth: number): Outline {
  const parts = depth > 0 ? block.children.map((child) => outline(child, depth - 1)) : [];
  return { title: block.text, parts };
}

function matches(block: Block, query: Query): boolean {
  switch (query.op) {
    case "has":
      return block.text.includes(query.text);
    case "not":
      return !matches(block, query.query);
    case "all":
      return query.queries.every((inner) => matches(block, inner));
    case "any":
      return query.queries.some((inner) => matches(block, inner));
  }
}

export const registry = setup({ use: { textDocument }, noWelcome: true });
