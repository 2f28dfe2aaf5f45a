// Doc comments. They become descriptions, `deprecated`, and `integer` if a tag @int asks for it.

import { declaredError, uniqueErrors } from "./throws.mjs";
import { ts } from "./typescript.mjs";

// Tags that are meant for the compiler, or that the document says in another place.
const SILENT = new Set(
  `param arg argument returns return type typedef template property prop callback import satisfies this enum
   public private protected readonly override internal deprecated int integer`.split(/\s+/),
);

/**
 * The doc comment of a symbol: `description`, `deprecated` (the reason, or true), `throws`: the errors that it declares,
 * and `ints`: the names in its @int tags, "" for a tag without a name.
 */
export function commentOf(checker, symbol) {
  if (!symbol) return { ints: [], throws: [] };
  return comment(symbol.getDocumentationComment(checker), symbol.getJsDocTags(checker));
}

/** The doc comment of a function's signature, which also has `returns`, the description of the result. */
export function signatureComment(checker, signature) {
  const tags = signature.getJsDocTags();
  const returns = tags.find(({ name }) => name === "returns" || name === "return");
  return {
    ...comment(signature.getDocumentationComment(checker), tags),
    returns: returns && tagText(returns),
  };
}

/** The part of a comment that is copied to the document. */
export function documentation({ description, deprecated, throws }) {
  return {
    ...(description && { description }),
    ...(deprecated && { deprecated }),
    ...(throws?.length > 0 && { throws }),
  };
}

/** A schema with what its comment says. */
export function documented(schema, comment, diagnostics) {
  const typed = comment.ints.length > 0 ? asInteger(schema, diagnostics) : schema;
  // In JSON Schema, `deprecated` is a boolean.
  return { ...typed, ...documentation({ ...comment, deprecated: Boolean(comment.deprecated), throws: [] }) };
}

/** A schema whose numbers are integers, as a tag says. */
export function asInteger(schema, diagnostics) {
  const changed = integers(schema);
  if (changed === schema && schema.type !== "integer") {
    diagnostics.warn("int-tag", "@int stands beside a type without a number of its own; ignored");
  }
  return changed;
}

/** The same schema with integers in the place of its numbers. JavaScript has no type for them. */
export function integers(schema) {
  if (schema.type === "number") return { ...schema, type: "integer" };
  for (const [key, inner] of [
    ["anyOf", schema.anyOf],
    ["items", schema.items && [schema.items]],
  ]) {
    const changed = inner?.map(integers);
    if (changed?.some((item, index) => item !== inner[index])) {
      return { ...schema, [key]: key === "items" ? changed[0] : changed };
    }
  }
  return schema;
}

function comment(parts, tags) {
  const paragraphs = [ts.displayPartsToString(parts).trim()];
  const throws = [];
  let deprecated;
  for (const tag of tags) {
    const text = tagText(tag);
    const error = declaredError(tag, text);
    if (error) {
      throws.push(error);
      continue;
    }
    if (tag.name === "deprecated") deprecated = text || true;
    if (text && (tag.name === "deprecated" || !SILENT.has(tag.name))) paragraphs.push(`${label(tag.name)}: ${text}`);
  }
  const ints = tags.filter(({ name }) => name === "int" || name === "integer");
  return {
    description: paragraphs.filter(Boolean).join("\n\n") || undefined,
    deprecated,
    throws: uniqueErrors(throws),
    ints: ints.flatMap((tag) => tagText(tag).split(/[\s,]+/)),
  };
}

function tagText(tag) {
  return ts.displayPartsToString(tag.text).trim();
}

function label(name) {
  return name[0].toUpperCase() + name.slice(1);
}
