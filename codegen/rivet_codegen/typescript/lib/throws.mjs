// Errors that an actor throws: those that its doc comments declare, and those that stand in the code of its actions.

import { ts } from "./typescript.mjs";

const DECLARED = /^\{\s*(?:([\w-]+)\.)?([\w-]+)\s*\}/;
const CLASS = /^([A-Z]\w*)?(Error|Exception)$/; // as in `@throws {RangeError}`

/**
 * The error that a tag such as `@throws {queue.full} text` declares; undefined for any other tag. A code without a
 * group is that of a UserError.
 */
export function declaredError({ name }, text) {
  if (name !== "throws" && name !== "exception") return undefined;
  // The compiler takes a dash for the end of the type, and puts a space before it.
  const written = text.replace(/^\{[^}]*\}/, (braces) => braces.replace(/\s+-/g, "-"));
  const [all, group, code] = written.match(DECLARED) ?? [];
  if (!code || (!group && CLASS.test(code))) return undefined;
  const description = written.slice(all.length).trim();
  return { group: group ?? "user", code, ...(description && { description }) };
}

/** The errors of a list, each once: the first one with a code stays. */
export function uniqueErrors(errors) {
  return errors.filter((error, at) => errors.findIndex((other) => nameOf(other) === nameOf(error)) === at);
}

/** Report each `throw new UserError("…", { code: "…" })` in the body of an action whose code is not in `declared`. */
export function reportUndeclaredErrors({ checker, diagnostics }, declaration, declared) {
  const known = new Set(declared.map(nameOf));
  for (const code of new Set(codesIn(checker, declaration?.body))) {
    const name = nameOf({ group: "user", code });
    if (known.has(name)) continue;
    diagnostics.inform(
      "undeclared-error",
      `the action throws ${name}, which its doc comment does not say; add @throws {${code}}`,
    );
  }
}

function codesIn(checker, node) {
  if (!node) return [];
  const own = ts.isThrowStatement(node) ? userErrorCode(checker, node.expression) : undefined;
  const codes = own === undefined ? [] : [own];
  ts.forEachChild(node, (child) => void codes.push(...codesIn(checker, child)));
  return codes;
}

/** The code in `new UserError("…", { code: "…" })`; undefined for any other expression. */
function userErrorCode(checker, expression) {
  if (!ts.isNewExpression(expression)) return undefined;
  const type = checker.getTypeAtLocation(expression);
  const options = expression.arguments?.[1];
  if (type.symbol?.name !== "UserError" || !options || !ts.isObjectLiteralExpression(options)) return undefined;
  const property = options.properties.find((member) => ts.isPropertyAssignment(member) && member.name.text === "code");
  return property && ts.isStringLiteralLike(property.initializer) ? property.initializer.text : undefined;
}

function nameOf({ group, code }) {
  return `${group}.${code}`;
}
