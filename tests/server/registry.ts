// Actors for the tests against a real engine: one for each thing a client can meet. Nothing here waits for or
// remembers anything beyond its own actor, so that tests with different keys never meet.

import { actor, event, queue, RivetError, setup, UserError } from "rivetkit";
import { describe, samples } from "./src/describe.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** State, events and nested groups. */
const counter = actor({
  state: { count: 0 },
  events: { newCount: event<number>(), tick: event<[number, string]>(), private: event<string>() },
  actions: {
    increment: (c, by: number = 1): number => {
      c.state.count += by;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },
    get: (c): number => c.state.count,
    /** Broadcast `tick` n times with two arguments, and return n when the last one is sent. */
    burst: (c, n: number, text: string = ""): number => {
      for (let i = 0; i < n; i++) c.broadcast("tick", i, text);
      return n;
    },
    /** Send `private` to the calling connection alone, subscribed or not. */
    whisper: (c, text: string): void => c.conn.send("private", text),
    admin: {
      users: { list: (c): string[] => ["ann", "bob", String(c.state.count)] },
      reset: (c): void => {
        c.state.count = 0;
      },
    },
  },
});

/** Values in both directions, and who the actor is. */
const echo = actor({
  state: { value: null as unknown },
  events: { value: event<unknown[]>() },
  actions: {
    echo: (_c, value: unknown): unknown => value,
    /** Return all arguments, as an array. */
    args: (_c, ...values: unknown[]): unknown[] => values,
    /** What JavaScript received, told in plain JSON. */
    describe: (_c, value: unknown): unknown => describe(value),
    /** Return one of the values that only JavaScript can make, by its name in describe.ts. */
    sample: (_c, name: string): unknown => samples[name]!(),
    /** Broadcast `value` with these arguments. */
    emit: (c, ...values: unknown[]): void => c.broadcast("value", ...values),
    /** Broadcast `value` with a sample. */
    emitSample: (c, name: string): void => c.broadcast("value", samples[name]!()),
    store: (c, value: unknown): void => {
      c.state.value = value;
    },
    load: (c): unknown => c.state.value,
    /** Return a string of n characters. */
    text: (_c, n: number): string => "x".repeat(n),
    /** Return n bytes. */
    bytes: (_c, n: number): Uint8Array => new Uint8Array(n),
    whoami: (c): { actorId: string; name: string; key: string[]; region: string } => ({
      actorId: c.actorId,
      name: c.name,
      key: c.key,
      region: c.region,
    }),
  },
});

/** Creation input. */
const greeter = actor({
  createState: (_c: unknown, input: unknown) => ({ input: input ?? null, gotNone: input === undefined }),
  actions: { input: (c): unknown => c.state.input, gotNone: (c): boolean => c.state.gotNone },
});

interface Params {
  user?: string;
  /** Reject the connection with this code. */
  reject?: string;
  /** Throw an error that is not a UserError. */
  crash?: boolean;
  /** Take this long to accept. */
  delayMs?: number;
}

/** Connection parameters, and a gate that may reject them. */
const guarded = actor({
  events: { welcome: event<string>() },
  onBeforeConnect: async (_c, params: Params | undefined) => {
    await pause(params?.delayMs ?? 0);
    if (params?.crash) throw new Error("secret detail");
    if (params?.reject) {
      throw new UserError("not welcome", { code: params.reject, metadata: { user: params.user ?? null } });
    }
  },
  createConnState: (_c, params: Params | undefined) => ({ params: params ?? null }),
  // Reaches the client before Init does.
  onConnect: (_c, conn) => conn.send("welcome", conn.id),
  onRequest: () => new Response("welcome"),
  actions: {
    params: (c): unknown => c.conn.state.params,
    connectionId: (c): string => c.conn.id,
    connections: (c): number => c.conns.size,
    /** Close the caller's connection from this side. */
    kick: (c, reason?: string): Promise<void> => c.conn.disconnect(reason),
    /** Close every connection but the caller's. */
    kickOthers: async (c, reason?: string): Promise<void> => {
      for (const conn of c.conns.values()) if (conn.id !== c.conn.id) await conn.disconnect(reason);
    },
  },
});

/** Every way to fail. */
const faulty = actor({
  state: { calls: 0 },
  events: { forbidden: event<void>({ canSubscribe: () => false }) },
  actions: {
    user: (_c, code: string, metadata?: unknown): never => {
      throw new UserError("you did it", { code, metadata });
    },
    plainUser: (): never => {
      throw new UserError("no code given");
    },
    internal: (): never => {
      throw new Error("secret detail");
    },
    /** A group of the author's own; the host masks its message. */
    custom: (): never => {
      throw new RivetError("shop", "sold_out", "nothing left", { public: true, metadata: { left: 0 } });
    },
    thrown: (): never => {
      throw "just a string";
    },
    /** An error that usually is the engine's or a host's. */
    passOn: (c, group: string, code: string): never => {
      c.state.calls += 1;
      throw new RivetError(group, code, "passed on", { public: true });
    },
    /** What another actor answers. */
    nested: (c, name: string, action: string): Promise<unknown> =>
      (c.client() as any)[name].getOrCreate([...c.key, "nested"]).action({ name: action, args: [] }),
    unserialisable: (): unknown => () => 1,
    tooLong: (): string => "x".repeat(1_100_000),
    /** Fail with a user error the first n times, then return how often it was called. */
    flaky: (c, failures: number): number => {
      c.state.calls += 1;
      if (c.state.calls <= failures) throw new UserError("not yet", { code: "not_yet" });
      return c.state.calls;
    },
    calls: (c): number => c.state.calls,
  },
});

/** Actions and starts that take their time. */
const slow = actor({
  createState: async (_c: unknown, input: { startMs?: number } | undefined) => {
    await pause(input?.startMs ?? 0);
    return { finished: 0 };
  },
  options: { actionTimeout: 3_000 },
  actions: {
    sleep: async (c, ms: number): Promise<number> => {
      await pause(ms);
      c.state.finished += 1;
      return ms;
    },
    finished: (c): number => c.state.finished,
  },
});

/** Queues: answered, completed without an answer, never completed, refused, and one that fills up. */
const worker = actor({
  state: { processed: [] as unknown[] },
  queues: {
    double: queue<{ n: number }, { doubled: number }>(),
    silent: queue<unknown>(),
    ignored: queue<unknown>(),
    forbidden: queue<unknown>({ canPublish: () => false }),
  },
  options: { maxQueueSize: 5 },
  actions: { processed: (c): unknown[] => c.state.processed },
  run: async (c) => {
    for await (const message of c.queue.iter({ names: ["double", "silent"], completable: true })) {
      c.state.processed.push(message.body);
      await (message.name === "double" ? message.complete({ doubled: message.body.n * 2 }) : message.complete());
    }
  },
});

/** Raw HTTP and raw WebSocket. */
const raw = actor({
  state: { hits: 0 },
  options: { canHibernateWebSocket: false },
  actions: { hits: (c): number => c.state.hits },
  onRequest: async (c, request) => {
    c.state.hits += 1;
    const url = new URL(request.url);
    const [, route = "", argument = ""] = url.pathname.split("/");
    switch (route) {
      case "status": // /status/404: that status with a body of the actor's own
        return new Response(`own ${argument}`, { status: Number(argument), headers: { "x-own": "yes" } });
      case "bytes": // /bytes/1000: that many bytes, 0 1 2 … 255 0 1 …
        return new Response(Uint8Array.from({ length: Number(argument) }, (_, i) => i % 256));
      case "length": // how many bytes came in
        return Response.json((await request.arrayBuffer()).byteLength);
      case "sse": // /sse/3: that many server-sent events, 50 ms apart
        return new Response(serverSentEvents(Number(argument)), {
          headers: { "content-type": "text/event-stream" },
        });
      case "slow": // /slow/500: answers after so many milliseconds
        await pause(Number(argument));
        return new Response("late");
      case "throw":
        throw new UserError("no such luck", { code: "raw_failure", metadata: { route } });
      default: // anything else: tell what arrived
        return Response.json({
          method: request.method,
          url: request.url,
          path: url.pathname,
          query: url.search,
          headers: Object.fromEntries(request.headers),
          body: Buffer.from(await request.arrayBuffer()).toString("base64"),
        });
    }
  },
  onWebSocket: (c, socket) => {
    socket.addEventListener("message", (message: { data: string | ArrayBuffer }) => {
      const text = typeof message.data === "string" ? message.data : "";
      const [verb, ...rest] = text.split(" ");
      if (verb === "close") socket.close(Number(rest[0]), rest.slice(1).join(" ")); // close 4001 bye
      else if (verb === "url") socket.send(c.request?.url ?? "");
      else if (verb === "text") socket.send("x".repeat(Number(rest[0]))); // text 100000
      else if (verb === "throw") throw new Error("secret detail");
      else socket.send(message.data);
    });
  },
});

function serverSentEvents(count: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(stream) {
      for (let i = 0; i < count; i++) {
        stream.enqueue(encoder.encode(`data: ${i}\n\n`));
        await pause(50);
      }
      stream.close();
    },
  });
}

/** Has neither onRequest nor onWebSocket nor queues, and no actions but one. */
const bare = actor({ actions: { ok: (): boolean => true } });

/** Falls asleep one second after the last use; counts its starts. */
const sleeper = actor({
  state: { starts: 0, count: 0 },
  events: { newCount: event<number>() },
  onWake: (c) => {
    c.state.starts += 1;
  },
  options: { sleepTimeout: 1_000, sleepGracePeriod: 2_000 },
  actions: {
    starts: (c): number => c.state.starts,
    increment: (c): number => {
      c.state.count += 1;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },
    sleepNow: (c): void => c.sleep(),
    work: async (_c, ms: number): Promise<number> => {
      await pause(ms);
      return ms;
    },
  },
});

/** Can be destroyed by its callers. */
const mortal = actor({
  state: { count: 0 },
  actions: {
    increment: (c): number => ++c.state.count,
    end: (c): void => c.destroy(),
    destroy: (c): void => c.destroy(),
  },
});

/** Never starts. */
const stillborn = actor({
  createState: (): { never: true } => {
    throw new Error("cannot create");
  },
  actions: { ok: (): boolean => true },
});

/** Acts later, on its own. */
const alarm = actor({
  state: { fired: [] as unknown[] },
  events: { fired: event<unknown>() },
  actions: {
    after: (c, ms: number, value: unknown): Promise<string> => c.schedule.after(ms, "fire", value),
    fire: (c, value: unknown): void => {
      c.state.fired.push(value);
      c.broadcast("fired", value);
    },
    fired: (c): unknown[] => c.state.fired,
  },
});

/** Tells how each caller came to it: the HTTP request or the WebSocket handshake of its connection. */
const visitor = actor({
  createConnState: (c) => ({
    url: c.request?.url ?? "",
    headers: Object.fromEntries(c.request?.headers ?? []),
  }),
  actions: { request: (c): unknown => c.conn.state },
});

/** Actions whose names are those of the client's own methods, or no Python names at all. */
const clash = actor({
  actions: {
    action: (): string => "action",
    send: (): string => "send",
    resolve: (): string => "resolve",
    connect: (): string => "connect",
    on: (): string => "on",
    close: (): string => "close",
    status: (): string => "status",
    _hidden: (): string => "_hidden",
    "a/b c+d%41é?": (): string => "odd",
    group: { resolve: (): string => "group.resolve", "x y": (): string => "group.x y" },
  },
});

/** Says who it is, whichever way it is reached. */
const identity = actor({
  actions: {
    whoami: (c): { actorId: string; key: string[] } => ({ actorId: c.actorId, key: c.key }),
  },
  onRequest: (c) => Response.json({ actorId: c.actorId, key: c.key }),
  onWebSocket: (c, socket) => socket.send(JSON.stringify({ actorId: c.actorId, key: c.key })),
});

export const registry = setup({
  use: {
    counter,
    echo,
    greeter,
    guarded,
    faulty,
    slow,
    worker,
    raw,
    bare,
    sleeper,
    mortal,
    stillborn,
    alarm,
    visitor,
    clash,
    // The client has methods of the first name; the second is no Python name.
    get: bare,
    "odd name/é%41": bare,
    // For tests with fixed keys, such as the empty one, which nobody else may use.
    keyed_blocking: identity,
    keyed_asyncio: identity,
    keyed_uvloop: identity,
  },
  noWelcome: true,
});
registry.start();
