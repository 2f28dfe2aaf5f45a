// The actors that the example programs and the snippets in docs/ talk to. `npm start` serves them on a local engine.

import { actor, event, queue, setup, UserError } from "rivetkit";

/** One line of a chat. */
export interface Message {
  /**
   * Position in the room's history, from 1.
   * @int
   */
  seq: number;
  sender: string;
  text: string;
  /**
   * Milliseconds since 1970, UTC.
   * @int
   */
  sentAt: number;
  /** The id that its sender gave it, if any. */
  id?: string;
}

interface ChatState {
  messages: Message[];
}

/** A number that everybody with the same key shares. */
export const counter = actor({
  state: { count: 0 },
  events: {
    /** The count after a change. */
    newCount: event<number>(),
  },
  actions: {
    /** Add `amount` and return the new count; everybody connected gets `newCount`. */
    increment: (c, amount: number): number => {
      c.state.count += amount;
      c.broadcast("newCount", c.state.count);
      return c.state.count;
    },

    getCount: (c): number => c.state.count,

    /**
     * Refuse, with an error that carries a code and metadata.
     *
     * @throws {refused} Always; `metadata` has the reason and the count.
     */
    fail: (c, reason: string): never => {
      throw new UserError(`refused: ${reason}`, {
        code: "refused",
        metadata: { reason, count: c.state.count },
      });
    },

    admin: {
      /** Set the count back and return what it was. */
      reset: (c): number => {
        const before = c.state.count;
        c.state.count = 0;
        c.broadcast("newCount", 0);
        return before;
      },
    },
  },
});

/** Who connects to a room. */
export interface Visitor {
  user?: string;
}

/** Who has said to be here, by connection; and the users that everybody was told of last. */
class Presence {
  signs = new Map<string, { user: string; until: number }>();
  users: string[] = [];
}

/**
 * One room of one building: the key is [building, room].
 *
 * @throws {banned} This visitor may not come in; `metadata` names the user.
 */
export const chatRoom = actor({
  state: { messages: [] } as ChatState,
  /** Turn visitors away before they are in. */
  onBeforeConnect: (_c: unknown, params: Visitor | undefined) => {
    if (params?.user === "mallory") {
      throw new UserError("mallory is not welcome here", { code: "banned", metadata: { user: params.user } });
    }
  },
  createConnState: (_c: unknown, params: Visitor | undefined) => ({ user: params?.user ?? "guest" }),
  createVars: () => new Presence(),
  onDisconnect: (c, conn) => {
    if (c.vars.signs.delete(conn.id)) whoIsHere(c);
  },
  events: {
    message: event<Message>(),
    /** The users that are here now: after a change, and after `iAmHere`. */
    presence: event<string[]>(),
  },
  queues: {
    /** Announcements from programs that need not wait for the room. */
    announcements: queue<{ text: string }>(),
  },
  actions: {
    /**
     * Say something; everybody connected gets the `message` event. What comes again with the same `id` is not said
     * again, so a caller who does not know whether it was heard may repeat it.
     *
     * @throws {empty_message} There is no text; `metadata` names the sender.
     */
    sendMessage: (c, sender: string, text: string, id?: string): Message => {
      if (text.trim() === "") {
        throw new UserError("a message needs text", { code: "empty_message", metadata: { sender } });
      }
      const known = id && c.state.messages.find((message) => message.id === id);
      if (known) return known;
      const message = append(c.state, sender, text, id);
      c.broadcast("message", message);
      return message;
    },

    /** The last messages, oldest first. */
    history: (c, limit: number = 20): Message[] => c.state.messages.slice(-limit),

    /**
     * All messages after the one with this position, oldest first.
     * @int seq
     */
    messagesAfter: (c, seq: number): Message[] => c.state.messages.slice(seq),

    /** Building and room, as the key gave them. */
    where: (c): { building: string; room: string } => {
      const [building = "", room = ""] = c.key;
      return { building, room };
    },

    /** The user that the caller's connection parameters name. */
    whoAmI: (c): string => c.conn.state.user,

    /**
     * Say that the caller's user is here: until the connection ends, and for 30 seconds at most, because the end of a
     * connection is not noticed if the engine ends with it. Who stays says so again. The caller gets `presence`.
     */
    iAmHere: (c): void => {
      c.vars.signs.set(c.conn.id, { user: c.conn.state.user, until: Date.now() + 30_000 });
      c.conn.send("presence", whoIsHere(c));
    },

    /** The users that are here, in alphabetical order. */
    whoIsHere: (c): string[] => whoIsHere(c),
  },
  /** `GET history` is all messages as JSON, `GET transcript` the same as text, line by line; `POST messages` adds one. */
  onRequest: async (c, request) => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    if (route === "GET /history") return Response.json(c.state.messages);
    if (route === "GET /transcript") return new Response(transcript(c.state.messages));
    if (route === "POST /messages") {
      const { sender, text } = (await request.json()) as { sender: string; text: string };
      const message = append(c.state, sender, text);
      c.broadcast("message", message);
      return Response.json(message, { status: 201 });
    }
    return new Response("no such page", { status: 404 });
  },
  /** Each text that arrives is a message; it goes back with its place in the history. */
  onWebSocket: (c, socket) => {
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      socket.send(JSON.stringify(append(c.state, "websocket", String(data))));
    });
  },
  run: async (c) => {
    for await (const { body } of c.queue.iter()) {
      c.broadcast("message", append(c.state, "announcement", body.text));
    }
  },
});

function whoIsHere(c: { vars: Presence; broadcast: (name: "presence", users: string[]) => void }): string[] {
  const { signs, users: before } = c.vars;
  for (const [id, { until }] of signs) if (until < Date.now()) signs.delete(id);
  c.vars.users = [...new Set([...signs.values()].map(({ user }) => user))].sort();
  if (c.vars.users.join("\n") !== before.join("\n")) c.broadcast("presence", c.vars.users);
  return c.vars.users;
}

function append(state: ChatState, sender: string, text: string, id?: string): Message {
  const message = { seq: state.messages.length + 1, sender, text, sentAt: Date.now(), ...(id && { id }) };
  state.messages.push(message);
  return message;
}

function transcript(messages: Message[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(stream) {
      for (const { seq, sender, text } of messages) stream.enqueue(encoder.encode(`#${seq} ${sender}: ${text}\n`));
      stream.close();
    },
  });
}

/** What a game is created with. */
export interface Setup {
  mode: "casual" | "ranked";
}

/** A game that takes moves from a queue, one after the other. */
export const game = actor({
  createState: (_c: unknown, input: Setup | undefined) => ({ mode: input?.mode ?? "casual", moves: [] as string[] }),
  events: {
    /** The winner. */
    gameOver: event<string>(),
  },
  queues: {
    /** A move, answered with its number. */
    moves: queue<{ move: string }, { number: number }>(),
    /** Nobody reads this one. */
    complaints: queue<{ text: string }>(),
  },
  actions: {
    mode: (c): string => c.state.mode,
    moves: (c): string[] => c.state.moves,
    /** End the game; everybody connected gets `gameOver`. */
    end: (c, winner: string): void => {
      c.broadcast("gameOver", winner);
    },
    /** Wait before answering, as long games do. */
    think: async (_c, ms: number): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return "pass";
    },
  },
  run: async (c) => {
    for await (const message of c.queue.iter({ names: ["moves"], completable: true })) {
      c.state.moves.push(message.body.move);
      await message.complete({ number: c.state.moves.length });
    }
  },
});

/** Sends values back, to see what becomes of them on the way. */
export const echo = actor({
  actions: {
    echo: (_c, value: unknown): unknown => value,
    /** What the value is in JavaScript, such as "bigint", "Date" or "Map". */
    kind: (_c, value: unknown): string =>
      typeof value === "object" && value !== null ? value.constructor.name : typeof value,
  },
});

/** Does what has one id only once, however often it is asked to: for callers that repeat. */
export const account = actor({
  // What was done stays here for ever. A busy account would forget what is older than any caller.
  state: { balance: 0, done: {} as Record<string, number> },
  actions: {
    /** Add `amount`, once for each id, and return the balance after that. */
    deposit: (c, id: string, amount: number): number => {
      if (!Object.hasOwn(c.state.done, id)) c.state.done[id] = c.state.balance += amount;
      return c.state.done[id];
    },
    getBalance: (c): number => c.state.balance,
  },
});

/** A ball in the arena: `x` and `y` go from 0 to 1, `dx` and `dy` say how far it goes in a second. */
export interface Ball {
  name: string;
  x: number;
  y: number;
  dx: number;
  dy: number;
}

/** Who plays. */
export interface Player {
  name?: string;
}

const TICK = 100; // milliseconds

/** A ball for each connection. Ten times a second everybody is told where they are. */
export const arena = actor({
  options: { noSleep: true }, // the balls would stop
  createConnState: (_c: unknown, params: Player | undefined) => ({ name: params?.name ?? "guest" }),
  createVars: () => ({ balls: new Map<string, Ball>(), timer: undefined as NodeJS.Timeout | undefined }),
  onConnect: (c, conn) => {
    c.vars.balls.set(conn.id, { name: conn.state.name, x: 0.5, y: 0.5, dx: 0.2, dy: 0.1 });
    c.vars.timer ??= setInterval(() => {
      for (const ball of c.vars.balls.values()) move(ball, TICK / 1000);
      c.broadcast("snapshot", { time: Date.now(), balls: [...c.vars.balls.values()] });
    }, TICK);
  },
  onDisconnect: (c, conn) => {
    c.vars.balls.delete(conn.id);
    if (c.vars.balls.size > 0) return;
    clearInterval(c.vars.timer);
    c.vars.timer = undefined;
  },
  events: {
    /** Where all are at `time`, in milliseconds since 1970, UTC. */
    snapshot: event<{ time: number; balls: Ball[] }>(),
  },
  actions: {
    /** Give the caller's ball another speed. */
    steer: (c, dx: number, dy: number): void => {
      const ball = c.vars.balls.get(c.conn.id);
      if (ball) Object.assign(ball, { dx, dy });
    },
  },
});

function move(ball: Ball, seconds: number): void {
  for (const [place, speed] of [["x", "dx"], ["y", "dy"]] as const) {
    ball[place] += ball[speed] * seconds;
    if (ball[place] < 0 || ball[place] > 1) {
      ball[place] = Math.min(Math.max(ball[place], 0), 1);
      ball[speed] = -ball[speed];
    }
  }
}

export const registry = setup({ use: { counter, chatRoom, game, echo, account, arena }, noWelcome: true });
registry.start();
