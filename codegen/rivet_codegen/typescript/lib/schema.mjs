// TypeScript type -> JSON Schema 2020-12 of the decoded value. How the value is encoded plays no part here.

import { BUILTINS } from "./builtins.mjs";
import { commentOf, documented, integers } from "./docs.mjs";
import { BigInteger } from "./json.mjs";
import { pascal } from "./names.mjs";
import { ts } from "./typescript.mjs";
import { UNDEFINED, distinct, unionSchema } from "./unions.mjs";
import {
  ABSENT,
  PRIMITIVE,
  compare,
  declaredArguments,
  isAbsent,
  isNever,
  isOptional,
  isReference,
  isRuntimeSymbol,
  isUnion,
  sourcePlace,
} from "./types.mjs";
import { isWholeProperty } from "./whole.mjs";

const { TypeFlags, ObjectFlags, SymbolFlags, ElementFlags, IndexKind, ModifierFlags } = ts;
const MAX_GROWTH = 5; // how often one generic type may be inside itself with ever larger arguments
const MAX_INSTANTIATIONS = 100; // of one generic type inside itself
const MAX_NESTING = 60; // of types without a name
const MAX_UNNAMED = 10_000; // types without a name in one place
// What JavaScript makes of a number in a text. It writes 1e21 as "1e+21".
const NUMBER = "(?:-?(?:\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?|Infinity)|NaN)";
const STRUCTURED = TypeFlags.Object | TypeFlags.Union | TypeFlags.Intersection;
const DEFERRED = TypeFlags.Conditional | TypeFlags.IndexedAccess | TypeFlags.Index | TypeFlags.Substitution;

export class SchemaWalker {
  #below = newScope();
  #sizes = new Map(); // of the instantiations that are being written, by symbol

  constructor({ checker, program, root, names, definitions, diagnostics }) {
    Object.assign(this, { checker, program, root, names, definitions, diagnostics });
  }

  /** The schema of a type: a reference if the type has a name. */
  schema(type) {
    const origin = this.#mapped(type);
    if (origin) return this.schema(origin);
    const name = this.names.of(type);
    if (name) return this.#reference(type, name);
    return type.flags & STRUCTURED ? this.#anonymous(type) : this.#inline(type);
  }

  /** The schema of a type at a place one step below the current one. */
  at(step, type) {
    return this.diagnostics.at(step, () => this.schema(type));
  }

  /** The schema of a value that may be absent: `undefined` is left out, `null` is not. */
  schemaWithoutUndefined(type) {
    return isUnion(type) && type.types.some(isAbsent) ? unionSchema(this, type, true) : this.schema(type);
  }

  isStringLike(type) {
    if (isUnion(type)) return type.types.every((member) => this.isStringLike(member));
    if (type.flags & TypeFlags.Intersection) return type.types.some((member) => this.isStringLike(member));
    return Boolean(type.flags & TypeFlags.StringLike);
  }

  #reference(type, { text, symbol, derived }) {
    const known = this.definitions.get(type);
    if (known) return { $ref: known };
    const sizes = this.#sizes.get(symbol) ?? [];
    const size = typeSize(this.checker, type);
    const growth = new Set(sizes.filter((other) => other < size)).size;
    if (growth >= MAX_GROWTH || sizes.length >= MAX_INSTANTIATIONS) {
      this.diagnostics.warn(
        "endless-type",
        `${symbol.name} contains ever new versions of itself; any value passes here`,
      );
      return {};
    }
    this.#sizes.set(symbol, [...sizes, size]);
    const definition = this.definitions.add(type, text, symbol.declarations?.[0]);
    const before = this.#below;
    this.#below = newScope(); // a type that contains itself by way of this name is no endless one
    this.diagnostics.inDefinition(definition, () => {
      const body = this.#inline(type);
      definition.body = derived ? body : documented(body, commentOf(this.checker, symbol), this.diagnostics);
    });
    this.#below = before;
    this.#sizes.set(symbol, sizes);
    return { $ref: definition };
  }

  #inline(type) {
    const { flags } = type;
    if (flags & TypeFlags.Any) return this.anything("any", "the type is any");
    if (flags & TypeFlags.Unknown) return {};
    if (flags & TypeFlags.Never) return { not: {} };
    if (flags & ABSENT) return { type: "null", "x-rivet-type": "undefined" };
    if (flags & TypeFlags.Null) return { type: "null" };
    if (flags & TypeFlags.Boolean) return { type: "boolean" };
    if (flags & TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === "true" };
    if (isUnion(type)) return unionSchema(this, type);
    if (flags & TypeFlags.BigIntLiteral) {
      const { negative, base10Value } = type.value;
      const value = new BigInteger(`${negative ? "-" : ""}${base10Value}`);
      return { type: "integer", const: value, "x-rivet-type": "bigint" };
    }
    if (flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral)) return { const: type.value };
    if (flags & TypeFlags.TemplateLiteral) return { type: "string", pattern: this.#templatePattern(type) };
    if (flags & TypeFlags.StringMapping) this.#reportCase(type);
    if (flags & TypeFlags.StringLike) return { type: "string" };
    if (flags & TypeFlags.NumberLike) return { type: "number" };
    if (flags & TypeFlags.BigInt) return { type: "integer", "x-rivet-type": "bigint" };
    if (flags & TypeFlags.ESSymbolLike) return this.#unsupported("symbol");
    if (flags & TypeFlags.NonPrimitive) return { type: "object" };
    if (flags & TypeFlags.TypeParameter) {
      return this.#constraint(type, "type-parameter", `${type.symbol?.name} is a type parameter`);
    }
    if (flags & DEFERRED) {
      return this.#constraint(
        type,
        "deferred-type",
        `${this.checker.typeToString(type)} depends on a type parameter`,
      );
    }
    if (flags & TypeFlags.Intersection) return this.#intersection(type);
    if (flags & TypeFlags.Object) return this.#object(type);
    return this.anything(
      "unhandled",
      `${this.checker.typeToString(type)} is a kind of type that is not known here`,
    );
  }

  /** The schema of a type that cannot be expressed. The type is reported. */
  anything(code, reason) {
    this.diagnostics.warn(code, `${reason}; any value passes here`);
    return {};
  }

  /** The pattern of a template literal type. */
  #templatePattern({ texts, types }) {
    const gaps = types.map((type) => {
      if (type.flags & TypeFlags.StringMapping) this.#reportCase(type);
      return gapPattern(type);
    });
    return `^${texts.map((text, index) => escaped(text) + (gaps[index] ?? "")).join("")}$`;
  }

  /** Report `Uppercase<string>` and the like. */
  #reportCase(type) {
    this.diagnostics.warn("letter-case", `${this.checker.typeToString(type)} becomes string: any case passes here`);
  }

  #unsupported(what) {
    const article = /^[AEIO]/.test(what) ? "an" : "a";
    this.diagnostics.warn("unsupported", `${article} ${what} cannot be sent; any value passes here`);
    return { "x-rivet-unsupported": what };
  }

  #constraint(type, code, reason) {
    const constraint = this.checker.getBaseConstraintOfType(type);
    if (!constraint || constraint === type || constraint.flags & TypeFlags.Unknown) {
      return this.anything(code, reason);
    }
    this.diagnostics.inform(code, `${reason}; its constraint is used`);
    return this.schema(constraint);
  }

  #isValue(type) {
    return type.flags & PRIMITIVE || this.#isArray(type) || this.#builtin(type);
  }

  /** The schema of an intersection: a branded type without its brand, or one object. */
  #intersection(type) {
    const value = type.types.find((member) => this.#isValue(member));
    if (!value) return this.#object(type);
    const others = type.types.filter((member) => member !== value);
    if (!(value.flags & PRIMITIVE)) this.#reportExtras(others);
    const brand = type.aliasSymbol?.name ?? brandOf(this.checker, others);
    return { ...this.schema(value), ...(brand && { "x-rivet-brand": brand }) };
  }

  /** Report properties that an array or a Date has besides its own: they are lost. Brands like `__brand` are none. */
  #reportExtras(types) {
    const properties = types.flatMap((type) => this.checker.getPropertiesOfType(type));
    const isExtra = (property) => !property.name.startsWith("_") && !isRuntimeSymbol(this.program, property);
    const names = properties.filter(isExtra).map(({ name }) => name);
    if (names.length > 0) {
      this.diagnostics.warn(
        "extra-properties",
        `of an array or a builtin value only itself is sent, without ${names.join(", ")}`,
      );
    }
  }

  #object(type) {
    if (this.checker.isTupleType(type)) return this.#tuple(type);
    if (this.#isArray(type)) {
      if (!this.checker.isArrayType(type)) this.#reportExtras([type]);
      return { type: "array", items: this.at("[]", this.checker.getIndexTypeOfType(type, IndexKind.Number)) };
    }
    const builtin = this.#builtin(type);
    if (builtin) {
      return builtin(this, isReference(type) ? this.checker.getTypeArguments(type) : [], type.symbol.name);
    }
    const isDeclared = !(type.symbol?.flags & SymbolFlags.TypeLiteral); // unlike Required<T>
    if (isDeclared && isRuntimeSymbol(this.program, type.symbol) && this.#hasMethods(type)) {
      return this.#unsupported(type.symbol.name);
    }
    if (this.#isFunction(type)) return this.#unsupported("function");
    if (type.symbol?.flags & SymbolFlags.Class) {
      this.diagnostics.warn(
        "class-instance",
        `${type.symbol.name} is a class; the encoder takes plain objects only, so return { ...fields } instead`,
      );
    }
    return this.#properties(type);
  }

  /** The type that DeepPartial or the like maps to itself: a Date, a function, a branded text. */
  #mapped(type) {
    if (!(type.objectFlags & ObjectFlags.Mapped)) return undefined;
    this.checker.getPropertiesOfType(type); // the compiler finds out only now
    const origin = type.modifiersType;
    const isWhole =
      origin &&
      (this.#isValue(origin) ||
        this.#isFunction(origin) ||
        (origin.flags & TypeFlags.Intersection && origin.types.some((member) => this.#isValue(member))));
    return isWhole ? origin : undefined;
  }

  #isArray(type) {
    return this.checker.isArrayLikeType(type) && !isUnion(type) && !(type.flags & TypeFlags.Any);
  }

  #builtin(type) {
    const name = type.symbol?.name;
    return name && Object.hasOwn(BUILTINS, name) && isRuntimeSymbol(this.program, type.symbol)
      ? BUILTINS[name]
      : undefined;
  }

  #hasMethods(type) {
    return this.checker
      .getPropertiesOfType(type)
      .some((property) => this.#isFunction(this.checker.getTypeOfSymbol(property)));
  }

  #isFunction(given) {
    const type = this.#mapped(given) ?? given;
    return type.getCallSignatures().length + type.getConstructSignatures().length > 0;
  }

  /** A type without a name gets one if it contains itself. */
  #anonymous(type) {
    const below = this.#below;
    const known = below.cycles.get(type);
    if (known) return { $ref: known };
    if (below.open.has(type)) {
      const wanted = placeName(below.open.get(type));
      const definition = this.definitions.add(undefined, wanted, type.symbol?.declarations?.[0]);
      below.cycles.set(type, definition);
      return { $ref: definition };
    }
    below.count += below.open.size < MAX_NESTING ? 1 : Infinity;
    if (below.count > MAX_UNNAMED) return {}; // reported below, for the outermost
    below.open.set(type, this.diagnostics.place);
    let body = documented(this.#inline(type), commentOf(this.checker, this.names.generic(type)), this.diagnostics);
    below.open.delete(type);
    const definition = below.cycles.get(type);
    if (below.open.size === 0) {
      if (below.count > MAX_UNNAMED) {
        body = this.anything("endless-type", "types without a name are nested without end");
      }
      this.#below = newScope(); // a definition that is named by its place is for that place alone
    }
    if (!definition) return body;
    definition.body = body;
    return { $ref: definition };
  }

  #tuple(type) {
    const { elementFlags, labeledElementDeclarations: labels } = type.target;
    const prefixItems = [];
    let items = false;
    let minItems = 0;
    for (const [index, element] of this.checker.getTypeArguments(type).entries()) {
      const flags = elementFlags[index];
      if (items) {
        items = this.diagnostics.at(String(index), () =>
          this.anything("tuple-rest", "elements follow a rest element"),
        );
      } else if (flags & ElementFlags.Variable) {
        items =
          flags & ElementFlags.Rest
            ? this.at("...", element)
            : this.anything("tuple-rest", "the rest element is generic");
      } else {
        const schema = this.diagnostics.at(String(index), () =>
          flags & ElementFlags.Optional ? this.schemaWithoutUndefined(element) : this.schema(element),
        );
        prefixItems.push({ ...schema, ...(labels?.[index] && { title: labels[index].name.getText() }) });
        if (flags & ElementFlags.Required) minItems = index + 1;
      }
    }
    if (prefixItems.length === 0 && items) return { type: "array", items };
    return {
      type: "array",
      prefixItems,
      items,
      ...(minItems > 0 && { minItems }),
      ...(!items && { maxItems: prefixItems.length }),
    };
  }

  #properties(type) {
    const properties = {};
    const required = [];
    for (const property of this.#ordered(this.checker.getPropertiesOfType(type))) {
      const written = this.diagnostics.at(readableName(property), () => this.#property(property));
      if (!written) continue;
      define(properties, property.name, written.schema);
      if (written.required) required.push(property.name);
    }
    return {
      type: "object",
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(required.length > 0 && { required }),
      ...this.#indexSignatures(type, Object.keys(properties)),
    };
  }

  #property(property) {
    if (property.escapedName.startsWith("__@")) return this.#symbolKey();
    const { valueDeclaration: declaration } = property;
    const hidden =
      declaration &&
      ts.getCombinedModifierFlags(declaration) & (ModifierFlags.Private | ModifierFlags.Protected);
    if (hidden || property.escapedName.startsWith("__#")) return undefined; // the class itself was reported
    const type = this.checker.getTypeOfSymbol(property);
    const present = this.checker.getNonNullableType(type);
    if (this.#isFunction(present)) {
      this.diagnostics.warn("function", "a function cannot be sent; the property is left out");
      return undefined;
    }
    const mayBeAbsent =
      isOptional(property) || isAbsent(type) || (isUnion(type) && type.types.some(isAbsent));
    const isAlwaysAbsent = // `x?: undefined`, `x?: never`
      mayBeAbsent && (isAbsent(type) || isNever(type) || (isNever(present) && !hasNull(type)));
    const plain = isAlwaysAbsent ? UNDEFINED : this.schemaWithoutUndefined(type);
    const typed = isWholeProperty(this.checker, property) ? integers(plain) : plain;
    const schema = documented(typed, commentOf(this.checker, property), this.diagnostics);
    return { schema, required: !mayBeAbsent };
  }

  #symbolKey() {
    this.diagnostics.inform("symbol-key", "a property whose key is a symbol is not sent; left out");
  }

  #ordered(properties) {
    const keys = new Map(
      properties.map((property) => {
        const declaration = property.valueDeclaration ?? property.declarations?.[0];
        return [property, [declaration ? 0 : 1, ...sourcePlace(this.root, declaration), property.name]];
      }),
    );
    return [...properties].sort((a, b) => compare(keys.get(a), keys.get(b)));
  }

  /** The pattern of the keys of an index signature; undefined for those that may be any text. */
  #keyPattern(type) {
    if (type.flags & TypeFlags.StringMapping) this.#reportCase(type);
    if (type.flags & TypeFlags.TemplateLiteral) return this.#templatePattern(type);
    return type.flags & TypeFlags.Number ? `^${NUMBER}$` : undefined;
  }

  #indexSignatures(type, names) {
    const all = this.checker.getIndexInfosOfType(type);
    const infos = all.filter(({ keyType }) => !(keyType.flags & TypeFlags.ESSymbolLike));
    if (infos.length < all.length) this.#symbolKey();
    if (infos.length === 0) return {};
    const ofStrings = infos.filter(({ keyType }) => !this.#keyPattern(keyType)); // it includes the others
    const used = ofStrings.length > 0 ? ofStrings : infos;
    if (used.length > 1) {
      this.diagnostics.inform("index-signatures", "which keys go with which values is lost");
    }
    const schemas = distinct(
      used.map((info) => this.at("{}", info.type)),
    );
    const values = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
    const patterns = [...used.map(({ keyType }) => this.#keyPattern(keyType)), ...names.map((name) => `^${escaped(name)}$`)];
    return {
      additionalProperties: Object.keys(values).length > 0 ? values : true,
      ...(ofStrings.length === 0 && { propertyNames: { pattern: patterns.join("|") } }),
    };
  }
}

/**
 * The types without a name that are met below one name: the places of those that are being written, the definitions of
 * those that contain themselves, and how many there were.
 */
function newScope() {
  return { open: new Map(), cycles: new Map(), count: 0 };
}

/** A name for a type without one, from the place where it was met. */
function placeName(place) {
  return place
    .filter((step) => !["$defs", "actors", "actions", "params", "[]", "{}"].includes(step))
    .map((step) => (step === "returns" ? "Result" : pascal(step.wanted ?? step)))
    .join("_");
}

/** The size of a type's arguments. It grows without end if a type contains ever new versions of itself. */
function typeSize(checker, type, depth = 0) {
  if (depth >= MAX_INSTANTIATIONS) return 1;
  const parts = type.aliasTypeArguments ?? declaredArguments(checker, type) ?? type.types ?? [];
  return parts.reduce((size, part) => size + typeSize(checker, part, depth + 1), 1);
}

/** Set a property of any name, `__proto__` included. */
export function define(target, name, value) {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** A property's name without the number that the compiler gives to symbols. */
function readableName({ name }) {
  return name.replace(/^__@(.*)@\d+$/, "[$1]");
}

function hasNull(type) {
  return Boolean(type.flags & TypeFlags.Null) || Boolean(type.types?.some(hasNull));
}

/** The pattern of what may stand in a gap of a template literal type. */
function gapPattern({ flags }) {
  if (flags & TypeFlags.Number) return NUMBER;
  if (flags & TypeFlags.BigInt) return "-?\\d+";
  return flags & TypeFlags.Boolean ? "(?:true|false)" : "[\\s\\S]*";
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** The name that a brand carries: `{ __brand: "UserId" }`, or zod's `{ [$brand]: { UserId: true } }`. */
function brandOf(checker, members) {
  for (const member of members) {
    for (const property of checker.getPropertiesOfType(member)) {
      const type = checker.getTypeOfSymbol(property);
      if (type.isStringLiteral()) return type.value;
      const inner = type.flags & TypeFlags.Object ? checker.getPropertiesOfType(type) : [];
      if (inner.length === 1) return inner[0].name;
    }
  }
  return undefined;
}
