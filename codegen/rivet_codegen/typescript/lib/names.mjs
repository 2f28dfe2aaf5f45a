// Which types have a name of their own, and what it is in the document. A name says what a type is called, and never
// what is in it: a type that is not called anything gets its name from where it stands, where that is needed.

import { localFiles } from "./program.mjs";
import { ts } from "./typescript.mjs";
import { compare, declaredArguments, isInstance, isRuntimeSymbol, isUnion } from "./types.mjs";

const { TypeFlags, SymbolFlags } = ts;

// Aliases such as z.infer say how a type was made, and are not its name.
const TRANSPARENT = /\/node_modules\/(zod|valibot|arktype|@standard-schema|rivetkit)\//;
const RESHAPING = new Set(["Partial", "Required"]);
const BINARY = /^(\w+\dArray|Buffer)$/; // their type arguments say nothing about values
const MAX_DEPTH = 4; // of a type in a description

export class Names {
  #checker;
  #program;
  #known = new Map();
  #descriptions = Array.from({ length: MAX_DEPTH + 1 }, () => new Map()); // by depth
  #lost;

  constructor(checker, program) {
    this.#checker = checker;
    this.#program = program;
  }

  /**
   * The name of a type: `text`, the `symbol` that declares it, and whether it is `derived` from a named type by
   * Partial or the like: then the symbol's comment is about another type. Undefined for a type without a name.
   */
  of(type) {
    if (!this.#known.has(type)) this.#known.set(type, this.#find(type));
    return this.#known.get(type);
  }

  /** The symbol that declares a type without a name: a generic one whose arguments have none. */
  generic(type) {
    const symbol = type.aliasSymbol ?? (isInstance(type) ? type.symbol : undefined);
    const isOwn = symbol && !isRuntimeSymbol(this.#program, symbol) && !this.#isTransparent(symbol);
    return isOwn ? symbol : undefined;
  }

  /** The alias that declares a type, even if the compiler has forgotten it. */
  alias(type) {
    return type.aliasSymbol ?? this.#lostAliases().get(type);
  }

  /** A text that identifies a type. Unlike the compiler's text, unrelated edits do not change it. It is not shown. */
  describe(type, depth = MAX_DEPTH) {
    const known = this.#descriptions[depth];
    if (!known.has(type)) known.set(type, this.#describe(type, depth));
    return known.get(type);
  }

  /** The named union that has exactly these members, if the compiler has forgotten it. */
  lostUnion(members) {
    const isSame = (type) =>
      isUnion(type) &&
      type.types.length === members.length &&
      members.every((member) => type.types.includes(member));
    return [...this.#lostAliases().keys()].find(isSame);
  }

  #find(type) {
    // Aliases of other types vanish in the compiler.
    if (!(type.flags & (TypeFlags.Object | TypeFlags.Union | TypeFlags.Intersection | TypeFlags.EnumLike))) {
      return undefined;
    }
    const { aliasSymbol: alias, symbol } = type;
    const ofRuntime = alias && isRuntimeSymbol(this.#program, alias);
    const ofAlias = alias && !ofRuntime && !this.#isTransparent(alias) && this.#name(alias, type.aliasTypeArguments);
    if (ofAlias) return ofAlias;
    if (type.flags & TypeFlags.EnumLike && symbol?.flags & SymbolFlags.Enum) return this.#name(symbol);
    if (type.flags & TypeFlags.EnumLiteral && !isUnion(type)) return undefined;
    const isOwn = isInstance(type) && !isRuntimeSymbol(this.#program, symbol);
    const ofInstance = isOwn && this.#name(symbol, declaredArguments(this.#checker, type));
    if (ofInstance) return ofInstance;
    const lost = this.#lostAliases().get(type);
    if (lost) return this.#name(lost);
    if (ofRuntime && alias.name === "Readonly") return this.of(type.aliasTypeArguments[0]); // values know nothing of it
    return ofRuntime && RESHAPING.has(alias.name)
      ? this.#reshaped(alias, type.aliasTypeArguments)
      : undefined;
  }

  /** The name of a type, with those of its arguments. It has none if an argument has none. */
  #name(symbol, args = []) {
    const own = symbol.name === "default" ? symbol.declarations?.[0]?.name?.text : symbol.name;
    if (!own) return undefined; // `export default class { … }`
    const labels = args.map((type) => this.#label(type));
    if (labels.includes(undefined)) return undefined;
    return { text: identifier([...namespaces(symbol), own, ...labels].join("_")), symbol, derived: false };
  }

  /** `Partial<Order>` is Partial_Order. */
  #reshaped(alias, [subject]) {
    const name = this.of(subject);
    return name && { text: `${alias.name}_${name.text}`, symbol: name.symbol, derived: true };
  }

  /** What a type argument is called, as a part of a name; undefined for a union, an object and the like. */
  #label(type) {
    const name = this.of(type);
    if (name) return name.text;
    if (this.#checker.isArrayType(type)) return this.#joined(this.#checker.getTypeArguments(type), "Array");
    if (type.isStringLiteral()) return /[A-Za-z0-9]/.test(type.value) ? pascal(type.value) : undefined;
    if (isInstance(type) && isRuntimeSymbol(this.#program, type.symbol)) {
      const { name: own } = type.symbol;
      return this.#joined(BINARY.test(own) ? [] : (declaredArguments(this.#checker, type) ?? []), own);
    }
    const text = this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    return /^[\w.]+$/.test(text) ? pascal(text) : undefined;
  }

  #joined(types, last) {
    const labels = types.map((type) => this.#label(type));
    return labels.includes(undefined) ? undefined : [...labels, last].join("");
  }

  #describe(type, depth) {
    const checker = this.#checker;
    const alias = this.alias(type);
    if (depth === 0) return (alias ?? type.symbol)?.name ?? "";
    const inner = (types) => types.map((part) => this.describe(part, depth - 1));
    if (alias) return `${alias.name}<${inner(type.aliasTypeArguments ?? [])}>`;
    if (type.flags & TypeFlags.UnionOrIntersection) {
      return inner(type.types)
        .sort(compare)
        .join(isUnion(type) ? "|" : "&");
    }
    if (!(type.flags & TypeFlags.Object)) {
      return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    }
    if (checker.isTupleType(type)) return `[${type.target.elementFlags}:${inner(checker.getTypeArguments(type))}]`;
    if (isInstance(type)) return `${type.symbol.name}<${inner(declaredArguments(checker, type) ?? [])}>`;
    const members = checker.getPropertiesOfType(type).map((property) => {
      const mark = property.flags & SymbolFlags.Optional ? "?" : "";
      return `${property.name}${mark}:${inner([checker.getTypeOfSymbol(property)])}`;
    });
    const values = checker.getIndexInfosOfType(type).map(({ keyType, type: value }) => inner([keyType, value]));
    const results = type.getCallSignatures().map((signature) => inner([signature.getReturnType()]));
    return JSON.stringify([members.sort(compare), values, results]);
  }

  #isTransparent(symbol) {
    return TRANSPARENT.test(symbol.declarations?.[0]?.getSourceFile().fileName ?? "");
  }

  /**
   * Aliases in local files whose types do not remember them: `type Order = z.infer<typeof order>`, `ReturnType<…>`,
   * tuples. Not those of types that are the same everywhere, such as Date.
   */
  #lostAliases() {
    if (this.#lost) return this.#lost;
    this.#lost = new Map();
    const statements = localFiles(this.#program).flatMap((file) =>
      file.isDeclarationFile ? [] : [...file.statements],
    );
    const aliases = statements.filter((it) => ts.isTypeAliasDeclaration(it) && !it.typeParameters);
    // If a type has several, the order of the declarations does not decide.
    const keys = new Map(aliases.map((it) => [it, [isExported(it) ? 0 : 1, it.name.text]]));
    for (const alias of aliases.sort((a, b) => compare(keys.get(a), keys.get(b)))) {
      const symbol = this.#checker.getSymbolAtLocation(alias.name);
      const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
      if (!this.#lost.has(type) && type.aliasSymbol !== symbol && this.#canBeLost(type)) {
        this.#lost.set(type, symbol);
      }
    }
    return this.#lost;
  }

  #canBeLost(type) {
    if (this.#checker.isTupleType(type)) return true;
    if (this.#checker.isArrayType(type) || type.flags & TypeFlags.Boolean) return false;
    if (type.flags & (TypeFlags.Union | TypeFlags.Intersection)) return true;
    return (
      Boolean(type.flags & TypeFlags.Object) &&
      !(isInstance(type) && isRuntimeSymbol(this.#program, type.symbol))
    );
  }
}

/** A text as a part of a name: letters, digits and underscores, with a capital first. */
export function pascal(text) {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join("") || "X";
}

export function identifier(text) {
  return text.replace(/[^A-Za-z0-9_]/g, "_");
}

function isExported(declaration) {
  return Boolean(ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export);
}

function namespaces(symbol) {
  const names = [];
  for (let node = symbol.declarations?.[0]?.parent; node; node = node.parent) {
    if (ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== "global") {
      names.unshift(node.name.text);
    }
  }
  return names;
}
