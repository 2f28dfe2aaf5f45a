// Matchmaking: discriminated unions as arguments, results, event payloads and connection parameters.

import { actor, event, setup, UserError } from "rivetkit";

export type Region = "eu" | "us" | "asia";

export interface Solo {
  kind: "solo";
  player: string;
  rating: number;
}

export interface Party {
  kind: "party";
  players: string[];
  /** The mean of the members' ratings. */
  rating: number;
}

/** A program that fills a seat; it has two kinds. */
export interface Bot {
  kind: "bot" | "trainer";
  level: 1 | 2 | 3;
}

/** Who looks for a match. */
export type Entry = Solo | Party | Bot;

export interface Waiting {
  status: "waiting";
  /** @int */
  position: number;
}

export interface Matched {
  status: "matched";
  match: string;
  opponents: Entry[];
}

export interface Refused {
  status: "refused";
  reason: string;
  retryAfter: number | null;
}

/** What became of an entry. */
export type Ticket = Waiting | Matched | Refused;

/** Told apart by a boolean. */
export type Lookup = { found: true; ticket: Ticket } | { found: false; nearest?: string };

/** What happens in the queue, to all who watch. */
export type Notice =
  | { type: "entered"; entry: Entry }
  | { type: "left"; player: string }
  | { type: "started"; match: string; seats: number };

/** Who asks: a player with a name, or a spectator without one. */
export type Credentials = { as: "player"; name: string } | { as: "spectator" };

interface QueueState {
  region: Region;
  waiting: Entry[];
  matches: number;
  tickets: Record<string, Ticket>;
}

/** Pairs whoever comes with whoever waits. */
export const matchmaker = actor({
  createState: (_c: unknown, input: { region: Region } | undefined): QueueState => ({
    region: input?.region ?? "eu",
    waiting: [],
    matches: 0,
    tickets: {},
  }),
  createConnState: (_c: unknown, params: Credentials | undefined) => ({
    name: params?.as === "player" ? params.name : null,
  }),
  events: {
    notice: event<Notice>(),
    /** A waiting entry, or null when nobody waits. */
    head: event<Entry | null>(),
  },
  actions: {
    /** Enter; the second of two gets the match. */
    enter: (c, entry: Entry): Ticket => {
      const ticket = pair(c.state, entry);
      c.broadcast("notice", { type: "entered", entry });
      if (ticket.status === "matched")
        c.broadcast("notice", { type: "started", match: ticket.match, seats: 2 });
      c.broadcast("head", c.state.waiting[0] ?? null);
      return ticket;
    },
    /** Enter several at once, in order. */
    enterAll: (c, ...entries: Entry[]): Ticket[] => entries.map((entry) => pair(c.state, entry)),
    leave: (c, player: string): boolean => {
      const before = c.state.waiting.length;
      c.state.waiting = c.state.waiting.filter((entry) => nameOf(entry) !== player);
      c.broadcast("notice", { type: "left", player });
      return c.state.waiting.length < before;
    },
    lookup: (c, player: string): Lookup => {
      const ticket = c.state.tickets[player];
      if (ticket) return { found: true, ticket };
      const nearest = Object.keys(c.state.tickets).find((name) => name.startsWith(player[0] ?? ""));
      return nearest === undefined ? { found: false } : { found: false, nearest };
    },
    /** The first who waits, whoever it is. */
    head: (c): Entry | null => c.state.waiting[0] ?? null,
    /** A match by its number or its name. */
    describe: (c, match: number | string): `match-${number}` => {
      const number = typeof match === "number" ? match : Number(match.replace("match-", ""));
      if (!(number >= 1 && number <= c.state.matches))
        throw new UserError("no such match", { code: "no_match" });
      return `match-${number}`;
    },
    region: (c): Region => c.state.region,
    whoAmI: (c): string | null => c.conn.state.name,
  },
});

function pair(state: QueueState, entry: Entry): Ticket {
  const ticket = ticketFor(state, entry);
  state.tickets[nameOf(entry)] = ticket;
  return ticket;
}

function ticketFor(state: QueueState, entry: Entry): Ticket {
  if (entry.kind === "solo" && entry.rating < 0)
    return { status: "refused", reason: "rating", retryAfter: null };
  const opponent = state.waiting.shift();
  if (!opponent) {
    state.waiting.push(entry);
    return { status: "waiting", position: state.waiting.length };
  }
  state.matches += 1;
  return { status: "matched", match: `match-${state.matches}`, opponents: [opponent] };
}

function nameOf(entry: Entry): string {
  if (entry.kind === "solo") return entry.player;
  return entry.kind === "party" ? entry.players.join("+") : `${entry.kind}-${entry.level}`;
}

export const registry = setup({ use: { matchmaker }, noWelcome: true });
