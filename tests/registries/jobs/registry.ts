// Jobs: queues with replies of several shapes, without reply, and never answered; progress as events.

import { actor, event, queue, setup } from "rivetkit";

export interface ResizeJob {
  image: string;
  /** @int */
  width: number;
  /** @int */
  height?: number;
}

export interface Resized {
  url: string;
  /** @int */
  pixels: number;
}

export type ConvertJob = { from: "csv"; rows: string[] } | { from: "json"; data: unknown };
export type Converted = { ok: true; lines: number } | { ok: false; error: string };

export type JobState = "queued" | "running" | "done" | "failed";

/** How far a job is. */
export interface Progress {
  job: string;
  state: JobState;
  /** Between 0 and 1. */
  part: number;
}

/** Does what is sent to it, one job after the other. */
export const jobRunner = actor({
  state: { done: [] as string[], sum: 0 },
  events: {
    progress: event<Progress>(),
    /** Name of the job, and its result if it has one. */
    finished: event<[job: string, result: Resized | Converted | number | null]>(),
  },
  queues: {
    /** Scale an image; the answer says where it is. */
    resize: queue<ResizeJob, Resized>(),
    /** Convert data; the answer may be a failure. */
    convert: queue<ConvertJob, Converted>(),
    /** Add to the sum; the answer is a plain number. */
    add: queue<number, number>(),
    /** Answered with nothing but the fact that it was done. */
    note: queue<string>(),
    /** Nobody reads this one. */
    later: queue<{ text: string }, { never: boolean }>(),
  },
  actions: {
    done: (c): string[] => c.state.done,
    sum: (c): number => c.state.sum,
  },
  run: async (c) => {
    const names = ["resize", "convert", "add", "note"] as const;
    for await (const message of c.queue.iter({ names, completable: true })) {
      const job = `${message.name}-${c.state.done.length + 1}`;
      c.broadcast("progress", { job, state: "running", part: 0 });
      let result: Resized | Converted | number | null = null;
      if (message.name === "resize") await message.complete((result = resize(message.body)));
      else if (message.name === "convert") await message.complete((result = convert(message.body)));
      else if (message.name === "add") await message.complete((result = c.state.sum += message.body));
      else await message.complete();
      c.state.done.push(job);
      c.broadcast("progress", { job, state: "done", part: 1 });
      c.broadcast("finished", job, result);
    }
  },
});

function resize({ image, width, height = width }: ResizeJob): Resized {
  return { url: `https://example.com/${image}?${width}x${height}`, pixels: width * height };
}

function convert(job: ConvertJob): Converted {
  if (job.from === "csv") return { ok: true, lines: job.rows.length };
  return Array.isArray(job.data) ? { ok: true, lines: job.data.length } : { ok: false, error: "not a list" };
}

export const registry = setup({ use: { jobRunner }, noWelcome: true });
