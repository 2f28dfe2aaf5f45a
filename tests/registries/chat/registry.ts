// A chat with history: input, connection parameters, paging, events, a queue with a reply, a deprecated action.

import { actor, event, queue, setup, UserError } from "rivetkit";

export type Role = "owner" | "moderator" | "member";

/** One person in the room. */
export interface Member {
  name: string;
  role: Role;
}

/** What somebody said. */
export interface Message {
  /**
   * Position in the room's history, from 1.
   * @int
   */
  seq: number;
  author: Member;
  text: string;
  /** The message that this one answers, or null. */
  replyTo: number | null;
  /**
   * Who reacted, by emoji.
   * @example { "👍": ["ann"] }
   */
  reactions: Record<string, string[]>;
  editedBy?: Member;
}

/** A part of the history. */
export interface Page {
  messages: Message[];
  /** Give it to `history` for the page before this one; null at the beginning. */
  cursor: number | null;
}

/** What a room is created with. */
export interface RoomInput {
  topic: string;
  /** @int */
  maxMembers?: number;
}

/** Who connects. */
export interface JoinParams {
  name: string;
  role?: Role;
}

interface RoomState {
  topic: string;
  maxMembers: number;
  messages: Message[];
}

/** A room where people talk, and what they said. */
export const room = actor({
  createState: (_c: unknown, input: RoomInput | undefined): RoomState => ({
    topic: input?.topic ?? "anything",
    maxMembers: input?.maxMembers ?? 10,
    messages: [],
  }),
  createConnState: (_c: unknown, params: JoinParams | undefined): Member => ({
    name: params?.name ?? "guest",
    role: params?.role ?? "member",
  }),
  events: {
    /** Somebody said something. */
    message: event<Message>(),
    /** The topic before and after. */
    topicChanged: event<[before: string, after: string]>(),
    /** The room was emptied. */
    cleared: event<void>(),
  },
  queues: {
    /** A message from a program; a sender that waits is told its place. */
    announcements: queue<{ text: string }, { seq: number }>(),
  },
  actions: {
    /**
     * Say something; everybody connected gets `message`.
     *
     * @param text what to say
     * @param options the message that this one answers
     * @returns the message as it stands in the history
     * @throws {empty_message} There is nothing in the text.
     */
    post: (c, text: string, options?: { replyTo?: number | null }): Message => {
      if (text.trim() === "") throw new UserError("a message needs text", { code: "empty_message" });
      const message = append(c.state, c.conn.state, text, options?.replyTo ?? null);
      c.broadcast("message", message);
      return message;
    },

    /**
     * The messages before a place, oldest first.
     * @int limit
     */
    history: (c, before: number | null = null, limit: number = 20): Page => {
      const end = before === null ? c.state.messages.length : before - 1;
      const start = Math.max(0, end - limit);
      return { messages: c.state.messages.slice(start, end), cursor: start > 0 ? start + 1 : null };
    },

    /** Add the caller to those who reacted with an emoji. */
    react: (c, seq: number, emoji: string): Message => {
      const message = find(c.state, seq);
      (message.reactions[emoji] ??= []).push(c.conn.state.name);
      return message;
    },

    /** Change a text; undefined if there is no such message. */
    edit: (c, seq: number, text: string): Message | undefined => {
      const message = c.state.messages[seq - 1];
      if (message) Object.assign(message, { text, editedBy: c.conn.state });
      return message;
    },

    setTopic: (c, topic: string): void => {
      c.broadcast("topicChanged", c.state.topic, topic);
      c.state.topic = topic;
    },

    about: (c): { topic: string; maxMembers: number; me: Member } => ({
      topic: c.state.topic,
      maxMembers: c.state.maxMembers,
      me: c.conn.state,
    }),

    /** Forget everything, and return how many messages there were. @int returns */
    clear: (c): number => {
      const count = c.state.messages.length;
      c.state.messages = [];
      c.broadcast("cleared", undefined);
      return count;
    },

    /**
     * Say something without options.
     * @deprecated call `post`
     */
    say: (c, text: string): number => append(c.state, c.conn.state, text, null).seq,
  },
  run: async (c) => {
    for await (const message of c.queue.iter({ names: ["announcements"], completable: true })) {
      const posted = append(c.state, { name: "announcer", role: "owner" }, message.body.text, null);
      c.broadcast("message", posted);
      await message.complete({ seq: posted.seq });
    }
  },
});

function append(state: RoomState, author: Member, text: string, replyTo: number | null): Message {
  const message = { seq: state.messages.length + 1, author: { ...author }, text, replyTo, reactions: {} };
  state.messages.push(message);
  return message;
}

function find(state: RoomState, seq: number): Message {
  const message = state.messages[seq - 1];
  if (!message) throw new UserError(`there is no message ${seq}`, { code: "no_message", metadata: { seq } });
  return message;
}

export const registry = setup({ use: { room }, noWelcome: true });
