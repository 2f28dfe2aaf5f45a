// From a file and its tsconfig to a TypeScript program.

import path from "node:path";
import { dropUnusedAlternatives } from "./alternatives.mjs";
import { Failure } from "./failure.mjs";
import { ts } from "./typescript.mjs";

const MAX_MESSAGE = 400;
const WELL_KNOWN = /\/node_modules\/(rivetkit|zod|@types|@rivetkit|undici-types|drizzle-orm|hono)\//;

// For a registry without tsconfig.json: what bundlers, tsx and node agree on.
const DEFAULTS = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
};

// Without `strict`, types lose `null` and `undefined`. The other options switch off output and lint.
const OVERRIDES = {
  strict: true,
  strictNullChecks: true,
  noEmit: true,
  allowJs: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  noErrorTruncation: false, // the whole type of a registry is no message
  noUnusedLocals: false,
  noUnusedParameters: false,
  incremental: false,
  composite: false,
  declaration: false,
  declarationMap: false,
  sourceMap: false,
  tsBuildInfoFile: undefined,
};

/**
 * A program of the registry's file and of the ambient declarations of its project, without the rest of the project.
 *
 * @returns `program`, and `notes`: which settings of the configuration were ignored or changed.
 */
export function loadProgram(file, tsconfig) {
  const folder = path.dirname(file);
  const found = tsconfig ?? ts.findConfigFile(folder, ts.sys.fileExists, "tsconfig.json");
  const read = found && (tsconfig ? readConfig(found) : followed(found, file));
  const { options, ambient, notes } = read
    ? read
    : { options: { ...DEFAULTS }, ambient: [], notes: [] };
  if (!(options.strictNullChecks ?? options.strict)) notes.push("strict was off; forced on");
  Object.assign(options, OVERRIDES);
  dropMissingTypes(options, read?.config ?? file, notes);
  const host = compilerHost(options);
  const program = ts.createProgram([file, ...ambient], options, host);
  dropUnusedAlternatives(
    program,
    program.getSourceFiles().filter(({ fileName }) => !isWellKnown(host, fileName)),
  );
  return { program, notes, config: read?.config };
}

/** The user's own source files: all but those of packages and of the language. */
export function localFiles(program) {
  return program
    .getSourceFiles()
    .filter(
      (file) => !program.isSourceFileFromExternalLibrary(file) && !program.isSourceFileDefaultLibrary(file),
    );
}

/** The nearest folder at or above a file that has a package.json, if any. */
export function packageFolder(file) {
  const found = ts.findConfigFile(path.dirname(file), ts.sys.fileExists, "package.json");
  return found && path.dirname(found);
}

/** What a configuration says about a file. One that does not include the file may refer to one that does. */
function followed(config, file, seen = new Set()) {
  const read = readConfig(config);
  seen.add(config);
  if (read.includes(file)) return read;
  for (const reference of read.references) {
    const next = ts.resolveProjectReferencePath(reference);
    if (seen.has(next) || !ts.sys.fileExists(next)) continue;
    const found = followed(next, file, seen);
    if (found.includes(file)) return found;
  }
  return read;
}

function readConfig(file) {
  const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
  if (error) throw new Failure(`${file}: ${oneLine(error.messageText)}`);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, path.dirname(file), {}, file);
  const noInputs = 18003; // of no interest: the file is named
  return {
    config: file,
    references: parsed.projectReferences ?? [],
    includes: (name) => parsed.fileNames.includes(name),
    options: parsed.options,
    ambient: parsed.fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name)),
    notes: parsed.errors
      .filter((error) => error.code !== noInputs)
      .map((error) => oneLine(error.messageText)),
  };
}

function dropMissingTypes(options, containing, notes) {
  if (!options.types) return;
  const from = path.join(path.dirname(containing), "__types__.ts");
  options.types = options.types.filter((name) => {
    if (ts.resolveTypeReferenceDirective(name, from, options, ts.sys).resolvedTypeReferenceDirective) {
      return true;
    }
    notes.push(`the types entry "${name}" is not installed; ignored`);
    return false;
  });
}

/** A host that reads doc comments only where a document could quote them, which saves a tenth of the time. */
function compilerHost(options) {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  const { ParseAll, ParseNone } = ts.JSDocParsingMode;
  host.getSourceFile = (name, languageOptions, ...rest) => {
    const jsDocParsingMode = isWellKnown(host, name) ? ParseNone : ParseAll;
    return read.call(host, name, { ...languageOptions, jsDocParsingMode }, ...rest);
  };
  return host;
}

/** Whether a file belongs to the language or to a package that never holds what an actor is made of. */
function isWellKnown(host, name) {
  return WELL_KNOWN.test(name) || name.startsWith(host.getDefaultLibLocation());
}

/** A message of the compiler, as one line of limited length. */
export function oneLine(messageText) {
  const text = ts.flattenDiagnosticMessageText(messageText, " ").replace(/\s+/g, " ");
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}

/** The `version` of the package that declares a symbol, or null. */
export function packageVersion(symbol) {
  const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
  const folder = file && packageFolder(file);
  return folder
    ? (JSON.parse(ts.sys.readFile(path.join(folder, "package.json"))).version ?? null)
    : null;
}
