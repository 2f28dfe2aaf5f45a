// A board game: tuples, enums of strings and numbers, literal unions, numeric keys.

import { actor, event, setup, UserError } from "rivetkit";

export enum Piece {
  Man = "man",
  King = "king",
}

/** Numbered by the compiler. */
export enum Phase {
  Setup,
  Playing,
  Finished,
}

export enum Score {
  Loss = -1,
  Draw = 0.5,
  Win = 1,
}

export type Colour = "black" | "white";

/** Column and row, from 0. */
export type Square = [column: number, row: number];

/** From, to, and what was taken on the way. */
export type Move = [from: Square, to: Square, taken?: Piece];

/** A start and any number of steps. */
export type Path = [start: Square, ...steps: Square[]];

export interface Cell {
  at: Square;
  colour: Colour;
  piece: Piece;
}

export interface Board {
  phase: Phase;
  size: 8 | 10 | 12;
  turn: Colour;
  cells: Cell[];
  /** Moves by their number. */
  moves: Record<number, Move>;
  /** Points of each side. */
  score: { [colour in Colour]: number };
  readonly corners: readonly [Square, Square, Square, Square];
}

interface GameState {
  phase: Phase;
  size: 8 | 10 | 12;
  cells: Cell[];
  moves: Move[];
}

/** Draughts with very few rules. */
export const draughts = actor({
  createState: (_c: unknown, input: { size?: 8 | 10 | 12 } | undefined): GameState => ({
    phase: Phase.Setup,
    size: input?.size ?? 8,
    cells: [],
    moves: [],
  }),
  events: {
    /** The move, and whose turn it is now. */
    moved: event<[move: Move, turn: Colour]>(),
    phase: event<Phase>(),
    /** The winner and the score; no arguments after a draw. */
    finished: event<[winner?: Colour, score?: Score]>(),
  },
  actions: {
    place: (c, at: Square, colour: Colour, piece: Piece = Piece.Man): Cell => {
      const cell = { at, colour, piece };
      c.state.cells.push(cell);
      return cell;
    },
    start: (c): Phase => {
      c.state.phase = Phase.Playing;
      c.broadcast("phase", c.state.phase);
      return c.state.phase;
    },
    /** Move a piece; whatever stands on the target is taken. */
    move: (c, from: Square, to: Square): Move => {
      const cell = c.state.cells.find((other) => isSame(other.at, from));
      if (!cell) throw new UserError("that square is empty", { code: "empty_square", metadata: { from } });
      const taken = c.state.cells.find((other) => isSame(other.at, to));
      c.state.cells = c.state.cells.filter((other) => other !== taken);
      cell.at = to;
      const move: Move = taken ? [from, to, taken.piece] : [from, to];
      c.state.moves.push(move);
      c.broadcast("moved", move, turnOf(c.state));
      return move;
    },
    /** How far a path leads, step by step. */
    measure: (_c, path: Path): number[] =>
      path.slice(1).map((square, index) => distance(path[index]!, square)),
    board: (c): Board => {
      const last = c.state.size - 1;
      return {
        phase: c.state.phase,
        size: c.state.size,
        turn: turnOf(c.state),
        cells: c.state.cells,
        moves: Object.fromEntries(c.state.moves.map((move, index) => [index + 1, move])),
        score: { black: count(c.state, "black"), white: count(c.state, "white") },
        corners: [
          [0, 0],
          [last, 0],
          [0, last],
          [last, last],
        ],
      };
    },
    /** End the game and say how it went for a colour. */
    finish: (c, colour: Colour): Score => {
      c.state.phase = Phase.Finished;
      const difference = count(c.state, colour) - count(c.state, colour === "black" ? "white" : "black");
      const score = difference > 0 ? Score.Win : difference < 0 ? Score.Loss : Score.Draw;
      if (score === Score.Draw) c.broadcast("finished");
      else c.broadcast("finished", colour, score);
      return score;
    },
    /** The piece on a square, or the phase the game is in if there is none. */
    at: (c, at: Square): Piece | Phase.Setup | Phase.Playing | null => {
      const cell = c.state.cells.find((other) => isSame(other.at, at));
      if (cell) return cell.piece;
      return c.state.phase === Phase.Finished ? null : c.state.phase;
    },
    /** Names of the pieces, in two languages. */
    names: (_c): Record<Piece, { en: string; de: string }> => ({
      [Piece.Man]: { en: "man", de: "Stein" },
      [Piece.King]: { en: "king", de: "Dame" },
    }),
  },
});

function isSame(a: Square, b: Square): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function distance(a: Square, b: Square): number {
  return Math.max(Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1]));
}

function turnOf(state: GameState): Colour {
  return state.moves.length % 2 === 0 ? "black" : "white";
}

function count(state: GameState, colour: Colour): number {
  return state.cells.filter((cell) => cell.colour === colour).length;
}

export const registry = setup({ use: { draughts }, noWelcome: true });
