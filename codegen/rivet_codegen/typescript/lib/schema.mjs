// TypeScript type -> JSON Schema 2020-12 of the decoded value. What the wire makes of it is nobody's business here.

import { BUILTINS } from "./builtins.mjs";
import { commentOf, documented } from "./docs.mjs";
import { BigInteger } from "./json.mjs";
import { pascal } from "./names.mjs";
import { ts } from "./typescript.mjs";
import { unionSchema } from "./unions.mjs";
import {
  ABSENT,
  PRIMITIVE,
  compare,
  isAbsent,
  isNever,
  isOptional,
  isReference,
  isRuntimeSymbol,
  isUnion,
  sourcePlace,
} from "./types.mjs";

const { TypeFlags, SymbolFlags, ElementFlags, IndexKind, ModifierFlags } = ts;
const MAX_INSTANTIATIONS = 20; // of one generic type inside itself
const MAX_NESTING = 60; // of types without a name
const DEFERRED = TypeFlags.Conditional | TypeFlags.IndexedAccess | TypeFlags.Index | TypeFlags.Substitution;

export class SchemaWalker {
  #open = new Map(); // types without a name that are being written, with their definitions if they turn out recursive
  #instantiations = new Map();

  constructor({ checker, program, root, names, definitions, diagnostics }) {
    Object.assign(this, { checker, program, root, names, definitions, diagnostics });
  }

  /** The schema of a type: a reference if the type has a name. */
  schema(type) {
    const name = this.names.of(type);
    return name ? this.#reference(type, name) : this.#inline(type);
  }

  /** The schema of a type, whose place in the source is one step further down. */
  at(step, type) {
    return this.diagnostics.at(step, () => this.schema(type));
  }

  /** The schema of what may be absent: `undefined` is left out, `null` is not. */
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
    const depth = this.#instantiations.get(symbol) ?? 0;
    if (depth >= MAX_INSTANTIATIONS) {
      this.diagnostics.warn(
        "endless-type",
        `${symbol.name} contains ever new versions of itself; any value passes here`,
      );
      return {};
    }
    this.#instantiations.set(symbol, depth + 1);
    const definition = this.definitions.add(type, text, symbol.declarations?.[0]);
    this.diagnostics.inDefinition(definition, () => {
      const body = this.#inline(type);
      definition.body = derived ? body : documented(body, commentOf(this.checker, symbol), this.diagnostics);
    });
    this.#instantiations.set(symbol, depth);
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
    if (flags & TypeFlags.TemplateLiteral) return { type: "string", pattern: templatePattern(type) };
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

  /** The schema of what cannot be expressed, reported. */
  anything(code, reason) {
    this.diagnostics.warn(code, `${reason}; any value passes here`);
    return {};
  }

  #unsupported(what) {
    this.diagnostics.warn("unsupported", `a ${what} cannot be sent; any value passes here`);
    return { "x-rivet-unsupported": what };
  }

  #constraint(type, code, reason) {
    const constraint = this.checker.getBaseConstraintOfType(type);
    if (!constraint || constraint === type || constraint.flags & TypeFlags.Unknown) {
      return this.anything(code, reason);
    }
    this.diagnostics.inform(
      code,
      `${reason}; its constraint ${this.checker.typeToString(constraint)} is used`,
    );
    return this.schema(constraint);
  }

  /** Branded values are what they are without the brand; other intersections are one object. */
  #intersection(type) {
    const isValue = (member) =>
      member.flags & (PRIMITIVE | TypeFlags.TemplateLiteral) ||
      this.#isArray(member) ||
      this.#builtin(member);
    const value = type.types.find(isValue);
    if (!value) return this.#object(type);
    const others = type.types.filter((member) => member !== value);
    const brand = type.aliasSymbol?.name ?? brandOf(this.checker, others);
    return { ...this.schema(value), ...(brand && { "x-rivet-brand": brand }) };
  }

  #object(type) {
    if (this.checker.isTupleType(type)) return this.#tuple(type);
    if (this.#isArray(type)) {
      return { type: "array", items: this.at("[]", this.checker.getIndexTypeOfType(type, IndexKind.Number)) };
    }
    const builtin = this.#builtin(type);
    if (builtin) {
      return builtin(this, isReference(type) ? this.checker.getTypeArguments(type) : [], type.symbol.name);
    }
    if (isRuntimeSymbol(this.program, type.symbol) && this.#hasMethods(type)) {
      return this.#unsupported(type.symbol.name);
    }
    if (this.#isFunction(type)) return this.#unsupported("function");
    if (type.symbol?.flags & SymbolFlags.Class) {
      this.diagnostics.warn(
        "class-instance",
        `${type.symbol.name} is a class; the encoder takes plain objects only, so return { ...fields } instead`,
      );
    }
    return this.names.of(type) ? this.#properties(type) : this.#anonymous(type);
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

  #isFunction(type) {
    return type.getCallSignatures().length + type.getConstructSignatures().length > 0;
  }

  /** An object type without a name gets one if it contains itself. */
  #anonymous(type) {
    if (this.#open.has(type)) {
      if (!this.#open.get(type)) {
        this.#open.set(type, this.definitions.add(type, this.#placeName(), type.symbol?.declarations?.[0]));
      }
      return { $ref: this.#open.get(type) };
    }
    const known = this.definitions.get(type);
    if (known) return { $ref: known };
    if (this.#open.size >= MAX_NESTING) {
      return this.anything("endless-type", `types without a name are nested more than ${MAX_NESTING} deep`);
    }
    this.#open.set(type, undefined);
    const body = this.#properties(type);
    const definition = this.#open.get(type);
    this.#open.delete(type);
    if (!definition) return body;
    definition.body = body;
    return { $ref: definition };
  }

  #placeName() {
    return this.diagnostics.place
      .filter((step) => !["$defs", "actors", "actions", "[]", "{}"].includes(step))
      .map((step) => pascal(String(step)))
      .join("_");
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
      ...this.#indexSignature(type),
    };
  }

  #property(property) {
    if (property.escapedName.startsWith("__@")) {
      this.diagnostics.inform("symbol-key", "a property whose key is a symbol is not sent; left out");
      return undefined;
    }
    const { valueDeclaration: declaration } = property;
    const hidden =
      declaration &&
      ts.getCombinedModifierFlags(declaration) & (ModifierFlags.Private | ModifierFlags.Protected);
    if (hidden || property.name.startsWith("__#")) return undefined; // the class itself was reported
    const type = this.checker.getTypeOfSymbol(property);
    const present = this.checker.getNonNullableType(type);
    if (this.#isFunction(present)) {
      this.diagnostics.warn("function", "a function cannot be sent; the property is left out");
      return undefined;
    }
    const mayBeAbsent =
      isOptional(property) || isAbsent(type) || (isUnion(type) && type.types.some(isAbsent));
    if (mayBeAbsent && (isAbsent(type) || isNever(type) || (isNever(present) && !hasNull(type)))) {
      return undefined;
    } // `x?: never`
    const schema = documented(
      this.schemaWithoutUndefined(type),
      commentOf(this.checker, property),
      this.diagnostics,
    );
    return { schema, required: !mayBeAbsent };
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

  #indexSignature(type) {
    const infos = this.checker
      .getIndexInfosOfType(type)
      .filter(({ keyType }) => !(keyType.flags & TypeFlags.ESSymbolLike));
    if (infos.length === 0) return {};
    const info = infos.find(({ keyType }) => keyType.flags & TypeFlags.String) ?? infos[0];
    const schema = this.diagnostics.at("{}", () => this.schemaWithoutUndefined(info.type));
    const pattern = keyPattern(info.keyType);
    return {
      additionalProperties: Object.keys(schema).length > 0 ? schema : true,
      ...(pattern && { propertyNames: { pattern } }),
    };
  }
}

/** Set a property whatever its name is: `__proto__` is one too. */
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

function keyPattern(type) {
  if (type.flags & TypeFlags.TemplateLiteral) return templatePattern(type);
  return type.flags & TypeFlags.Number ? "^-?\\d+(?:\\.\\d+)?$" : undefined;
}

function templatePattern({ texts, types }) {
  const gaps = types.map(({ flags }) => {
    if (flags & TypeFlags.Number) return "-?\\d+(?:\\.\\d+)?";
    if (flags & TypeFlags.BigInt) return "-?\\d+";
    return flags & TypeFlags.Boolean ? "(?:true|false)" : "[\\s\\S]*";
  });
  return `^${texts.map((text, index) => escaped(text) + (gaps[index] ?? "")).join("")}$`;
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
