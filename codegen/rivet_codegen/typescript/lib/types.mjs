// Questions about TypeScript types that several modules ask.

import path from "node:path";
import { ts } from "./typescript.mjs";

const { TypeFlags, ObjectFlags, SymbolFlags } = ts;

export const PRIMITIVE =
  TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BooleanLike | TypeFlags.BigIntLike;
export const ABSENT = TypeFlags.Undefined | TypeFlags.Void;

export const isAny = (type) => Boolean(type.flags & TypeFlags.Any);
export const isNever = (type) => Boolean(type.flags & TypeFlags.Never);
export const isAbsent = (type) => Boolean(type.flags & ABSENT);
export const isUnion = (type) => Boolean(type.flags & TypeFlags.Union);
export const isReference = (type) => Boolean((type.objectFlags ?? 0) & ObjectFlags.Reference);
/** An instance of an interface or a class, unlike `typeof SomeClass`, which has the same symbol. */
export const isInstance = (type) =>
  Boolean((type.objectFlags ?? 0) & (ObjectFlags.ClassOrInterface | ObjectFlags.Reference)) &&
  Boolean(type.symbol?.flags & (SymbolFlags.Interface | SymbolFlags.Class));
export const isOptional = (symbol) => Boolean(symbol.flags & SymbolFlags.Optional);

/** The type of a property, or undefined if there is none. */
export function propertyType(checker, type, name) {
  const property = type && checker.getPropertyOfType(type, name);
  return property && checker.getTypeOfSymbol(property);
}

/** The properties of a type by name; none for `any`. */
export function sortedProperties(checker, type) {
  const properties = isAny(type) ? [] : checker.getPropertiesOfType(type);
  return [...properties].sort((a, b) => compare(a.name, b.name));
}

/** The properties of a type by name. One whose name is empty is reported and left out: nothing could address it. */
export function namedProperties({ checker, diagnostics }, type) {
  return sortedProperties(checker, type).filter(({ name }) => {
    if (!name) diagnostics.warn("empty-name", 'a name is ""; what has it is left out, because nobody can call it');
    return name;
  });
}

/** Report a type such as `Record<string, T>`, some of whose members have no names. */
export function reportUnknownNames({ checker, diagnostics }, type) {
  if (checker.getIndexInfosOfType(type).length === 0) return;
  diagnostics.warn(
    "unknown-names",
    "the type has an index signature; what it does not name is not in this document",
  );
}

/** What an alias (an import, a re-export) stands for. */
export function resolved(checker, symbol) {
  return symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/**
 * The type arguments of a reference to a class or interface, by the names of its type parameters, in their order;
 * undefined for any other type. Their order may change with rivetkit's sources, so they go by name.
 */
export function typeArguments(checker, type) {
  if (!isReference(type)) return undefined;
  const names = type.target.typeParameters?.map((parameter) => parameter.symbol.name) ?? [];
  const values = checker.getTypeArguments(type);
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

/** The type arguments of a reference, as written; undefined for any other type. */
export function declaredArguments(checker, type) {
  if (!isReference(type)) return undefined;
  const count = type.target.typeParameters?.length ?? 0;
  return checker.getTypeArguments(type).slice(0, count); // the last one may be the `this` type
}

/** Whether a symbol is declared by the language or a runtime, and not by a program. */
export function isRuntimeSymbol(program, symbol) {
  return Boolean(
    symbol?.declarations?.some((declaration) => {
      const file = declaration.getSourceFile();
      return program.isSourceFileDefaultLibrary(file) || RUNTIME_TYPES.test(file.fileName);
    }),
  );
}
const RUNTIME_TYPES =
  /\/node_modules\/(@types\/(node|bun|deno)|undici-types|bun-types|@cloudflare\/workers-types)\//;

/**
 * Where something is declared, in a form that sorts the same on every machine: below the registry's folder, or below
 * node_modules.
 */
export function sourcePlace(root, declaration) {
  if (!declaration) return ["", 0];
  const name = declaration.getSourceFile().fileName;
  const external = name.lastIndexOf("/node_modules/");
  const place = external < 0 ? path.relative(root, name).replaceAll(path.sep, "/") : name.slice(external + 1);
  return [place, declaration.pos];
}

/** A comparison for `sort` that does not depend on locales. Lists are compared item by item. */
export function compare(a, b) {
  if (!Array.isArray(a)) return a < b ? -1 : a > b ? 1 : 0;
  for (const [index, item] of a.entries()) {
    const order = compare(item, b[index]);
    if (order) return order;
  }
  return 0;
}
