// Unions: enums, literals, nullable types, tagged objects. Unrelated edits do not change their order.

import { ts } from "./typescript.mjs";
import { ABSENT, compare, isAbsent, isOptional, isUnion, sourcePlace } from "./types.mjs";

const { TypeFlags, SymbolFlags } = ts;
export const UNDEFINED = { type: "null", "x-rivet-type": "undefined" };
const UNKNOWN_ENUM = { type: "number" };
const NULL = { type: "null" };

/**
 * The schema of a union.
 *
 * @param withoutUndefined leave out `undefined`, which an optional property says in another way
 */
export function unionSchema(walker, type, withoutUndefined = false) {
  if (type.symbol?.flags & SymbolFlags.Enum) return enumSchema(type);
  let members = renamed(walker, type, ordered(walker, type, collapsed(walker, flattened(walker, type))));
  if (withoutUndefined) members = members.filter((member) => !isAbsent(member));
  if (members.length === 1) return walker.schema(members[0]);
  const isLiteral = (member) =>
    Boolean(member.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral)) && !isUnion(member);
  const literals = members.filter(isLiteral);
  const others = members.filter((member) => !isNull(member) && !isLiteral(member));
  const variants = distinct([...literalSchemas(literals), ...others.map((member) => walker.schema(member))]);
  const nothing = nullSchema(members.filter(isNull));
  const tag =
    literals.length === 0 && variants.length === others.length
      ? discriminator(walker.checker, others, variants)
      : undefined;
  if (tag) {
    const union = { anyOf: variants, discriminator: tag };
    return nothing ? { anyOf: [union, nothing] } : union;
  }
  if (nothing) variants.push(nothing);
  return variants.length === 1 ? variants[0] : { anyOf: variants };
}

function enumSchema(type) {
  const isKnown = ({ value }) => value !== undefined;
  if (!type.types.every(isKnown)) return UNKNOWN_ENUM; // a member whose value somebody computes is a number
  const members = [...type.types].sort((a, b) =>
    compare(a.symbol.valueDeclaration.pos, b.symbol.valueDeclaration.pos),
  );
  const schemas = literalSchemas(members);
  return schemas.length === 1 ? schemas[0] : { anyOf: schemas };
}

/** The members of a union. Unions with a name stay whole: the compiler flattens them, but remembers their names. */
function flattened(walker, type) {
  const members = type.origin && isUnion(type.origin) ? type.origin.types : type.types;
  return members.flatMap((member) => {
    const whole = walker.names.of(member) && !member.types?.some(isAbsent);
    return isUnion(member) && !(member.flags & TypeFlags.Boolean) && !whole
      ? flattened(walker, member)
      : [member];
  });
}

/** Members with `true | false` as boolean, and with all members of an enum as the enum. */
function collapsed({ checker }, members) {
  const found = new Set(members);
  const result = new Set();
  for (const member of members) {
    const base =
      member.flags & (TypeFlags.BooleanLiteral | TypeFlags.EnumLiteral)
        ? checker.getBaseTypeOfLiteralType(member)
        : member;
    const whole = base !== member && isUnion(base) && base.types.every((other) => found.has(other));
    result.add(whole ? base : member);
  }
  return [...result];
}

/** Members with named unions as one: the compiler may have forgotten the name in `Payment | null`. */
function renamed({ names }, type, members) {
  const whole = names.lostUnion(members.filter((member) => !isNull(member)));
  return whole && whole !== type ? [whole, ...members.filter(isNull)] : members;
}

function isNull(member) {
  return Boolean(member.flags & (ABSENT | TypeFlags.Null));
}

/** Members in the order of the alias; without an alias, by kind, then by value or place in the source. */
function ordered(walker, type, members) {
  const places = listedMembers(walker, type);
  if (members.every((member) => places.has(member))) {
    return [...members].sort((a, b) => compare(places.get(a), places.get(b)));
  }
  const keys = new Map(members.map((member) => [member, orderKey(walker, member)]));
  return [...members].sort((a, b) => compare(keys.get(a), keys.get(b)));
}

function listedMembers({ checker, names }, type) {
  const places = new Map();
  const visit = (node) => {
    if (ts.isParenthesizedTypeNode(node)) visit(node.type);
    else if (ts.isUnionTypeNode(node)) node.types.forEach(visit);
    else places.set(checker.getTypeFromTypeNode(node), places.size);
  };
  const declaration = names.alias(type)?.declarations?.find(ts.isTypeAliasDeclaration);
  if (declaration) visit(declaration.type);
  return places;
}

const KINDS = [TypeFlags.StringLike, TypeFlags.NumberLike, TypeFlags.BigIntLike, TypeFlags.BooleanLike];

function orderKey(walker, member) {
  const { names, root } = walker;
  const kind = KINDS.findIndex((flags) => member.flags & flags);
  const symbol = names.alias(member) ?? member.symbol;
  const value = typeof member.value === "number" ? member.value : 0;
  const place = sourcePlace(root, symbol?.declarations?.[0]);
  return [kind < 0 ? KINDS.length : kind, value, ...place, ...fieldsPlace(walker, member), names.describe(member)];
}

/** Where the fields of an object are written. Types that a generic type or a validator makes have this place alone. */
function fieldsPlace({ checker, root }, member) {
  const properties = member.flags & TypeFlags.Object ? checker.getPropertiesOfType(member) : [];
  const places = properties.map((property) => sourcePlace(root, property.declarations?.[0]));
  return places.sort(compare)[0] ?? ["", 0];
}

/** One schema for the strings and one for the numbers among literals. Members of enums keep their names. */
function literalSchemas(literals) {
  const strings = literals.filter(({ value }) => typeof value === "string");
  const numbers = literals.filter(({ value }) => typeof value === "number");
  const type = numbers.every(({ value }) => Number.isInteger(value)) ? "integer" : "number";
  return [...literalSchema("string", strings), ...literalSchema(type, numbers)];
}

function literalSchema(type, literals) {
  if (literals.length === 0) return [];
  if (literals.length === 1) return [{ const: literals[0].value }];
  const named = literals.every(({ flags }) => flags & TypeFlags.EnumLiteral);
  const varnames = named && { "x-enum-varnames": literals.map(({ symbol }) => symbol.name) };
  return [{ type, enum: literals.map(({ value }) => value), ...varnames }];
}

function nullSchema(members) {
  if (members.length === 0) return undefined;
  return members.every(isAbsent) ? UNDEFINED : NULL;
}

/**
 * The property that tells the members apart. Every member requires it, with strings that no other member has. `mapping`
 * is there if all members are named.
 */
function discriminator(checker, members, variants) {
  if (
    members.length < 2 ||
    !members.every(({ flags }) => flags & (TypeFlags.Object | TypeFlags.Intersection))
  ) {
    return undefined;
  }
  for (const { name } of checker.getPropertiesOfType(members[0])) {
    const tags = members.map((member) => stringTags(checker, member, name));
    const all = tags.flat();
    if (tags.some((values) => values.length === 0) || new Set(all).size < all.length) continue;
    if (!variants.every((variant) => variant.$ref)) return { propertyName: name };
    const mapping = tags.flatMap((values, index) => values.map((value) => [value, variants[index].$ref]));
    return { propertyName: name, mapping: Object.fromEntries(mapping.sort(([a], [b]) => compare(a, b))) };
  }
  return undefined;
}

function stringTags(checker, type, name) {
  const property = checker.getPropertyOfType(type, name);
  if (!property || isOptional(property)) return [];
  const value = checker.getTypeOfSymbol(property);
  const values = isUnion(value) ? value.types : [value];
  return values.every((literal) => literal.isStringLiteral()) ? values.map((literal) => literal.value) : [];
}

/** Schemas without repetitions. */
export function distinct(schemas) {
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
}
