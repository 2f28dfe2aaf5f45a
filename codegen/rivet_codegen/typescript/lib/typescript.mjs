// The pinned compiler. The user's own TypeScript is never loaded: version 7 has no such interface, and older ones
// infer less.

import { createRequire } from "node:module";
import { Failure } from "./failure.mjs";

const WANTED = createRequire(import.meta.url)("../package.json").dependencies.typescript;

function load() {
  const folder = process.env.RIVET_TYPESCRIPT;
  const require = createRequire(folder ? `${folder}/` : import.meta.url);
  let found;
  try {
    found = require("typescript");
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    throw new Failure(
      "TypeScript is not there; run `npm ci` in the extractor's folder, or set RIVET_TYPESCRIPT",
    );
  }
  if (found.version !== WANTED) throw new Failure(`TypeScript ${WANTED} is needed, found ${found.version}`);
  return found;
}

export const ts = load();
