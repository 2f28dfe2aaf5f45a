// Which value of a file is the registry.

import path from "node:path";
import { Failure } from "./failure.mjs";
import { oneLine, packageFolder } from "./program.mjs";
import { ts } from "./typescript.mjs";
import { initializerOf } from "./source.mjs";
import { compare, isAny, isReference, propertyType, resolved } from "./types.mjs";

const CANNOT_FIND_MODULE = new Set([2307, 2792]);

/**
 * Find the registry of a file.
 *
 * @param wanted name of the export, if the caller chose one
 * @returns `name`, whether it is `exported`, and `actors`: the type whose properties are the actors.
 */
export function findRegistry({ program, checker, config }, file, wanted) {
  const source = program.getSourceFile(file);
  if (!source) {
    throw new Failure(`${file}: the compiler did not read this file; is it TypeScript or JavaScript?`);
  }
  const exported = registries(checker, source, exportedSymbols(checker, source), true);
  const local = registries(checker, source, localSymbols(checker, source), false);
  if (wanted !== undefined) {
    const found = [...exported, ...local].find(({ name }) => name === wanted);
    if (!found) {
      throw new Failure(`${file}: ${wanted} is not a registry. ${advice(program, config, source, exported, local)}`);
    }
    return found;
  }
  const candidates = exported.length > 0 ? exported : local;
  const symbols = new Set(candidates.map(({ symbol }) => symbol));
  const chosen =
    candidates.find(({ name }) => name === "registry") ?? (symbols.size === 1 ? candidates[0] : undefined);
  if (chosen) return chosen;
  if (candidates.length === 0) {
    throw new Failure(`${file}: there is no registry in this file. ${advice(program, config, source, [], [])}`);
  }
  throw new Failure(
    `${file}: there are several registries and none is called "registry": ${list(candidates)}; choose one with --export`,
  );
}

function registries(checker, source, symbols, exported) {
  const found = [];
  for (const { name, symbol } of symbols) {
    const value = resolved(checker, symbol);
    if (!(value.flags & ts.SymbolFlags.Value)) continue;
    const type = checker.getTypeOfSymbolAtLocation(value, source);
    const actors = actorsOf(checker, type);
    if (actors) {
      found.push({
        name,
        symbol: value,
        exported,
        actors: named(checker, actors, value),
        declaredBy: type.symbol,
      });
    }
  }
  return found.sort((a, b) => compare(a.name, b.name));
}

/** The argument A of `Registry<A>`; for a type of another name, the type of its `config.use`. */
function actorsOf(checker, type) {
  if (type.symbol?.name === "Registry" && isReference(type)) return checker.getTypeArguments(type)[0];
  const isRegistryLike = propertyType(checker, type, "parseConfig") ?? propertyType(checker, type, "handler");
  return isRegistryLike && propertyType(checker, propertyType(checker, type, "config"), "use");
}

/** The argument of `setup`, which still knows the names if the compiler rejects it and the registry's type does not. */
function named(checker, actors, symbol) {
  if (!isAny(actors) && checker.getPropertiesOfType(actors).length > 0) return actors;
  const call = initializerOf(checker, symbol);
  const argument = call && ts.isCallExpression(call) ? call.arguments[0] : undefined;
  return (argument && propertyType(checker, checker.getTypeAtLocation(argument), "use")) ?? actors;
}

/** What a file exports, in the ways of ECMAScript and of CommonJS: `export = { registry }`, `module.exports = …`. */
function exportedSymbols(checker, source) {
  const module = checker.getSymbolAtLocation(source);
  const exported = module ? checker.getExportsAndPropertiesOfModule(module) : [];
  const assigned = source.statements.filter(assignsExports).map(({ expression }) => expression.right);
  const properties = assigned.flatMap((value) => checker.getPropertiesOfType(checker.getTypeAtLocation(value)));
  return [...new Set([...exported, ...properties])].map((symbol) => ({ name: symbol.name, symbol }));
}

/** Whether a statement is `module.exports = …`, which the compiler knows for an export in JavaScript only. */
function assignsExports(statement) {
  return (
    !ts.isInJSFile(statement) &&
    ts.isExpressionStatement(statement) &&
    ts.isAssignmentExpression(statement.expression) &&
    statement.expression.left.getText() === "module.exports"
  );
}

function localSymbols(checker, source) {
  return source.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => [...statement.declarationList.declarations])
    .filter(({ name }) => ts.isIdentifier(name))
    .map(({ name }) => ({ name: name.text, symbol: checker.getSymbolAtLocation(name) }));
}

/** Which settings decide what an import leads to. */
function readBy(config) {
  return config ? `or, if it is installed, look at the settings of ${config}` : "no tsconfig.json was read";
}

/** Why a file may have no registry, and what to do about it. */
function advice(program, config, source, exported, local) {
  const others = [...exported, ...local];
  if (others.length > 0) return `These are: ${list(others)}`;
  const errors = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  const unresolved = errors.filter(({ code }) => CANNOT_FIND_MODULE.has(code));
  if (unresolved.length > 0) {
    const folder = packageFolder(source.fileName) ?? path.dirname(source.fileName);
    return `It imports what is not there: ${texts(unresolved, source)}\nRun \`npm install\` in ${folder}; ${readBy(config)}`;
  }
  if (errors.length > 0) return `The compiler cannot make sense of it: ${texts(errors, source)}`;
  return "It should say `export const registry = setup({ use: { … } })`";
}

function texts(errors, source) {
  const lines = errors.slice(0, 5).map(({ start, messageText }) => {
    const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
    return `\n  ${path.basename(source.fileName)}:${line + 1}: ${oneLine(messageText)}`;
  });
  return lines.join("") + (errors.length > 5 ? `\n  and ${errors.length - 5} more` : "");
}

function list(candidates) {
  return [...new Set(candidates.map(({ name }) => name))].join(", ");
}
