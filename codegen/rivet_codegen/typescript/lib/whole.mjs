// Whole numbers in zod schemas. The types do not tell them: `z.number().int()` is a number to the compiler. So the
// expression is read that a property of `z.object({ … })` is written as.

import { initializerOf } from "./source.mjs";
import { ts } from "./typescript.mjs";

const WHOLE = new Set(["int", "int32", "uint32", "safe"]);
// What leaves a number whole: checks, and what may be in the place of the number or around it.
const CHECKS = new Set(
  `gt gte min lt lte max positive negative nonpositive nonnegative multipleOf step finite refine superRefine check
   overwrite describe meta register brand readonly optional exactOptional nonoptional nullable nullish default prefault
   catch array clone`.split(/\s+/),
);
const WRAPPERS = new Set(["array", "optional", "exactOptional", "nonoptional", "nullable", "nullish", "readonly"]);
const MAX_STEPS = 50;

/** Whether the numbers of a property are whole, as its zod schema says. */
export function isWholeProperty(checker, property) {
  const declaration = property.declarations?.[0]; // that of the schema, also for a property of `z.infer<…>`
  if (!declaration) return false;
  if (ts.isPropertyAssignment(declaration)) return isWhole(checker, declaration.initializer, MAX_STEPS);
  if (!ts.isShorthandPropertyAssignment(declaration)) return false;
  const symbol = checker.getShorthandAssignmentValueSymbol(declaration);
  return isWhole(checker, initializerOf(checker, symbol), MAX_STEPS);
}

function isWhole(checker, expression, steps) {
  if (!expression || steps === 0 || !isZod(checker, expression)) return false;
  const written = ts.skipOuterExpressions(expression);
  if (ts.isIdentifier(written) || ts.isPropertyAccessExpression(written)) {
    return isWhole(checker, initializerOf(checker, checker.getSymbolAtLocation(written)), steps - 1);
  }
  if (!ts.isCallExpression(written) || !ts.isPropertyAccessExpression(written.expression)) return false;
  const { name, expression: before } = written.expression;
  // `schema.array()` goes on with the schema, `z.array(schema)` with the argument.
  const isMethod = isZod(checker, before);
  if (!isMethod && !isModule(checker, before)) return false;
  if (WHOLE.has(name.text)) return true;
  return isMethod
    ? CHECKS.has(name.text) && isWhole(checker, before, steps - 1)
    : WRAPPERS.has(name.text) && isWhole(checker, written.arguments[0], steps - 1);
}

function isModule(checker, expression) {
  return Boolean((checker.getTypeAtLocation(expression).symbol?.flags ?? 0) & ts.SymbolFlags.Module);
}

function isZod(checker, expression) {
  return /^Zod/.test(checker.getTypeAtLocation(expression).symbol?.name ?? "");
}
