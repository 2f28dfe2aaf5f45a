#!/usr/bin/env node
// Prints the registry document of one TypeScript file. It reads types; no line of the file is executed.
//
//     node extract.mjs registry.ts [--tsconfig FILE] [--export NAME] [--observed]
//
// It needs the TypeScript of package-lock.json, in the folder that RIVET_TYPESCRIPT names or beside this file.
// Exit codes: 0, the document is on standard output; 2, standard error says what to do; any other is a bug.

import { parseArgs } from "node:util";

const MIN_NODE = 20;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tsconfig: { type: "string" }, export: { type: "string" }, observed: { type: "boolean" } },
  });
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE) {
    const { Failure } = await import("./lib/failure.mjs");
    throw new Failure(
      `reading a registry needs Node ${MIN_NODE} or newer; ${process.execPath} is ${process.versions.node}`,
    );
  }
  const { extract } = await import("./lib/main.mjs");
  process.stdout.write(extract(positionals, values));
} catch (error) {
  if (error.name !== "Failure" && !error.code?.startsWith("ERR_PARSE_ARGS")) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
