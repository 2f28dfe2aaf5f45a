// Nested groups of actions, and names that Python or the client have for something else.

import { actor, event, queue, setup } from "rivetkit";

export interface User {
  name: string;
  roles: string[];
}

interface ConsoleState {
  users: User[];
  settings: Record<string, string>;
}

const roles = {
  /** Give a user a role; false if there is no such user. */
  grant: (c: { state: ConsoleState }, name: string, role: string): boolean => {
    const user = c.state.users.find((other) => other.name === name);
    user?.roles.push(role);
    return user !== undefined;
  },
  list: (c: { state: ConsoleState }, name?: string): string[] =>
    c.state.users.filter((user) => name === undefined || user.name === name).flatMap((user) => user.roles),
};

/** Actions in groups in groups. */
export const adminConsole = actor({
  state: { users: [], settings: {} } as ConsoleState,
  events: { userAdded: event<User>() },
  actions: {
    ping: (): string => "pong",
    users: {
      add: (c, name: string, ...granted: string[]): User => {
        const user = { name, roles: granted };
        c.state.users.push(user);
        c.broadcast("userAdded", user);
        return user;
      },
      list: (c): User[] => c.state.users,
      roles,
    },
    settings: {
      get: (c, name: string): string | null => c.state.settings[name] ?? null,
      set: (c, name: string, value: string): void => {
        c.state.settings[name] = value;
      },
      defaults: {
        deep: {
          deeper: {
            /** Forget all settings, and return how many there were. */
            reset: (c): number => {
              const count = Object.keys(c.state.settings).length;
              c.state.settings = {};
              return count;
            },
          },
        },
      },
    },
  },
});

/** Names in the way of something. */
export const oddNames = actor({
  createState: (_c: unknown, input: { class: string; self?: number } | undefined) => ({
    class: input?.class ?? "none",
  }),
  events: { import: event<{ from: string; None: null }>(), "über alles": event<[Größe: number]>() },
  queues: { lambda: queue<{ async: boolean }, { await: boolean }>() },
  actions: {
    class: (c): string => c.state.class,
    import: (c, from: string, None: null = null): { from: string; None: null } => {
      c.broadcast("import", { from, None });
      return { from, None };
    },
    print: (_c, self: number, cls: number = 2): number => self + cls,
    fooBar: (): string => "fooBar",
    foo_bar: (): string => "foo_bar",
    größe: (c, Größe: number): number => {
      c.broadcast("über alles", Größe);
      return Größe;
    },
    "two words": (): string => "two words",
    "1st": (): string => "1st",
    _private: (): string => "_private",
    __init__: (): string => "__init__",
    send: (): string => "send",
    connect: (): string => "connect",
    fetch: (): string => "fetch",
    on: (): string => "on",
    events: (): string => "events",
    get: (): string => "get",
    key: (): string => "key",
    list: (): string[] => ["list"],
    dict: (_c, list: string[]): Record<string, number> =>
      Object.fromEntries(list.map((name, index) => [name, index])),
    /** Properties with names like those of a pydantic model. */
    model: (
      _c,
    ): { model_config: string; copy: number; json: boolean; schema: null; fooBar: 1; foo_bar: 2 } => ({
      model_config: "x",
      copy: 1,
      json: true,
      schema: null,
      fooBar: 1,
      foo_bar: 2,
    }),
    with: {
      class: (): string => "with.class",
      send: { send: (): string => "with.send.send" },
    },
  },
  run: async (c) => {
    for await (const message of c.queue.iter({ names: ["lambda"], completable: true })) {
      await message.complete({ await: message.body.async });
    }
  },
});

export const registry = setup({ use: { adminConsole, oddNames }, noWelcome: true });
