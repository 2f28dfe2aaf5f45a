// The actors that the example scripts talk to. `npm start` serves them on a local engine.

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

    /** Refuse, with an error that carries a code and metadata. */
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

/** One room of one building: the key is [building, room]. */
export const chatRoom = actor({
  state: { messages: [] } as ChatState,
  events: {
    message: event<Message>(),
  },
  queues: {
    /** Announcements from programs that need not wait for the room. */
    announcements: queue<{ text: string }>(),
  },
  actions: {
    /** Say something; everybody connected gets the `message` event. */
    sendMessage: (c, sender: string, text: string): Message => {
      if (text.trim() === "") {
        throw new UserError("a message needs text", { code: "empty_message", metadata: { sender } });
      }
      const message = append(c.state, sender, text);
      c.broadcast("message", message);
      return message;
    },

    /** The last messages, oldest first. */
    history: (c, limit: number = 20): Message[] => c.state.messages.slice(-limit),

    /** Building and room, as the key gave them. */
    where: (c): { building: string; room: string } => {
      const [building = "", room = ""] = c.key;
      return { building, room };
    },
  },
  run: async (c) => {
    for await (const { body } of c.queue.iter()) {
      c.broadcast("message", append(c.state, "announcement", body.text));
    }
  },
});

function append(state: ChatState, sender: string, text: string): Message {
  const message = { seq: state.messages.length + 1, sender, text, sentAt: Date.now() };
  state.messages.push(message);
  return message;
}

export const registry = setup({ use: { counter, chatRoom }, noWelcome: true });
registry.start();
