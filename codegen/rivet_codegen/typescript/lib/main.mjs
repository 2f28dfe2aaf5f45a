// The whole way from a file to the text of its document.

import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { actorEntries } from "./actors.mjs";
import { Definitions } from "./definitions.mjs";
import { Diagnostics } from "./diagnostics.mjs";
import { addEncodings } from "./encodings.mjs";
import { Failure } from "./failure.mjs";
import { json } from "./json.mjs";
import { Names } from "./names.mjs";
import { observe } from "./observed.mjs";
import { loadProgram, localFiles, packageVersion } from "./program.mjs";
import { findRegistry } from "./registry.mjs";
import { SchemaWalker } from "./schema.mjs";
import { compare } from "./types.mjs";
import { ts } from "./typescript.mjs";

const FORMAT_VERSION = 1;
const SELF = createRequire(import.meta.url)("../package.json");

/**
 * The registry document of a file, as JSON text. With the option `observed`, a zero byte follows, and what was seen of
 * the file system, as JSON.
 *
 * @param options `tsconfig`, `export` and `observed`, as on the command line
 */
export function extract(files, options) {
  const seen = options.observed && observe();
  const text = document(files, options);
  return seen ? `${text}\0${JSON.stringify(seen)}` : text;
}

function document([source, ...surplus], options) {
  if (!source || surplus.length > 0) {
    throw new Failure("name one file: extract.mjs registry.ts [--tsconfig FILE] [--export NAME]");
  }
  const file = existing(source);
  const root = path.dirname(file);
  const { program, notes, config } = loadProgram(file, options.tsconfig && existing(options.tsconfig));
  const checker = program.getTypeChecker();
  const registry = findRegistry({ program, checker, config }, file, options.export);

  const diagnostics = new Diagnostics();
  for (const note of notes) diagnostics.inform("tsconfig", note);
  if (!registry.exported) diagnostics.inform("not-exported", `${registry.name} is not exported`);
  const definitions = new Definitions(file);
  const names = new Names(checker, program);
  const walker = new SchemaWalker({ checker, program, root, names, definitions, diagnostics });
  const actors = diagnostics.at("actors", () => {
    const entries = actorEntries(walker, registry.actors);
    for (const [name, actor] of entries) diagnostics.at(name, () => addEncodings(actor, diagnostics));
    return Object.fromEntries(entries);
  });
  const $defs = definitions.settle(diagnostics);
  const files = localFiles(program);
  diagnostics.addCompilerErrors(program, files, root);

  return json({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    "x-rivet-registry": {
      formatVersion: FORMAT_VERSION,
      generator: { name: SELF.name, version: SELF.version, typescript: ts.version },
      rivetkit: packageVersion(registry.declaredBy),
      file: path.basename(file),
      export: registry.name,
      sourceHash: hash(files.map((local) => sourceText(root, local)).sort(compare)),
      contentHash: hash([json([FORMAT_VERSION, actors, $defs])]),
    },
    actors,
    $defs,
    diagnostics: diagnostics.list(),
  });
}

function existing(name) {
  const file = path.resolve(name);
  if (!ts.sys.fileExists(file)) {
    throw new Failure(`${file}: there is no such file`);
  }
  return file.replaceAll(path.sep, "/");
}

function sourceText(root, { fileName, text }) {
  return JSON.stringify([path.relative(root, fileName).replaceAll(path.sep, "/"), text]);
}

function hash(texts) {
  const digest = createHash("sha256");
  for (const text of texts) digest.update(text);
  return `sha256:${digest.digest("hex")}`;
}
