// What the reference client receives for the calls in a file: `node --import tsx reference.ts ENDPOINT FILE KEY`.
// Prints one JSON array: for each scenario of the file an array with what came of each of its steps.

import { readFile } from "node:fs/promises";
import { createClient } from "rivetkit/client";
import { describe, type Description } from "../server/src/describe.ts";

type Step =
  | { call: string; args?: unknown[] }
  | { connect: string[] }
  | { expect: string }
  | { send: string; body: unknown; wait?: boolean; timeout?: number };
type Scenario = { actor: string; input?: unknown; params?: unknown; steps: Step[] };
type Outcome = Description | { error: string } | null;

const [endpoint, file, key] = process.argv.slice(2) as [string, string, string];
// The types of the registries are the business of another test.
const client = createClient<any>({ endpoint, encoding: "bare" });

/** What the calls say about values that JSON does not have. */
function revive(value: any): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  const [[tag, content] = ["", null]] = Object.entries<any>(value);
  if (tag === "$undefined") return undefined;
  if (tag === "$date") return new Date(content);
  if (tag === "$bigint") return BigInt(content);
  if (tag === "$bytes") return Uint8Array.from(content);
  if (tag === "$buffer") return Uint8Array.from(content).buffer;
  if (tag === "$floats") return Float64Array.from(content);
  if (tag === "$set") return new Set(content.map(revive));
  if (tag === "$map") return new Map(content.map(([key, item]: [unknown, unknown]) => [revive(key), revive(item)]));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revive(item)]));
}

async function play(scenario: Scenario, key: string): Promise<Outcome[]> {
  const options = { params: scenario.params, createWithInput: revive(scenario.input) };
  const handle = client[scenario.actor].getOrCreate([key], options);
  const events = new Map<string, { arrived: Description[]; wake: () => void }>();
  let connection: any;
  const outcomes: Outcome[] = [];
  for (const step of scenario.steps) {
    if ("connect" in step) {
      connection = handle.connect();
      for (const name of step.connect) {
        const queue = { arrived: [] as Description[], wake: () => {} };
        events.set(name, queue);
        connection.on(name, (...args: unknown[]) => {
          queue.arrived.push(describe(args));
          queue.wake();
        });
      }
      await connection.ready;
      outcomes.push(null);
    } else if ("expect" in step) {
      const queue = events.get(step.expect)!;
      if (!queue.arrived.length) await new Promise<void>((resolve) => (queue.wake = resolve));
      outcomes.push(queue.arrived.shift()!);
    } else {
      outcomes.push(
        await perform(connection ?? handle, handle, step).then(describe, (error) => ({ error: `${error.group}.${error.code}` })),
      );
    }
  }
  await connection?.dispose();
  return outcomes;
}

function perform(caller: any, handle: any, step: Exclude<Step, { connect: string[] } | { expect: string }>): Promise<unknown> {
  if ("call" in step) return caller.action({ name: step.call, args: (revive(step.args ?? []) as unknown[]) });
  const options = step.wait ? { wait: true, timeout: (step.timeout ?? 10) * 1000 } : {};
  return handle.send(step.send, revive(step.body), options);
}

const scenarios: Scenario[] = JSON.parse(await readFile(file, "utf-8"));
const results = await Promise.all(scenarios.map((scenario, index) => play(scenario, `${key}-${index}`)));
process.stdout.write(`\n${JSON.stringify(results)}\n`, () => process.exit(0));
