// What is read from the syntax because the types do not have it: calls, literals, default values.

import { ts } from "./typescript.mjs";
import { propertyType, resolved } from "./types.mjs";

const MAX_STEPS = 10;

/** The expression that gives a property or variable its value, found through other variables and imports. */
export function initializerOf(checker, symbol) {
  let current = symbol;
  for (let step = 0; current && step < MAX_STEPS; step += 1) {
    const declaration = resolved(checker, current).valueDeclaration;
    if (!declaration) return undefined;
    if (ts.isShorthandPropertyAssignment(declaration)) {
      current = checker.getShorthandAssignmentValueSymbol(declaration);
      continue;
    }
    const value = unwrapped(declaration.initializer ?? declaration.expression);
    if (!value || !ts.isIdentifier(value)) return value;
    current = checker.getSymbolAtLocation(value);
  }
  return undefined;
}

/** The symbol that a property such as `{ counter }` or `{ counter: other }` stands for: the one with the comment. */
export function origin(checker, symbol) {
  let current = symbol;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const declaration = current.valueDeclaration;
    const value = declaration && unwrapped(declaration.initializer);
    const next =
      declaration && ts.isShorthandPropertyAssignment(declaration)
        ? checker.getShorthandAssignmentValueSymbol(declaration)
        : value && ts.isIdentifier(value)
          ? checker.getSymbolAtLocation(value)
          : undefined;
    if (!next) return current;
    current = resolved(checker, next);
  }
  return current;
}

/**
 * The types of what is given to `actor(…)`, by the names of the options: these types still know the validators. All are
 * undefined for an actor that is made elsewhere.
 */
export function actorOptions(checker, symbol) {
  const call = initializerOf(checker, symbol);
  if (!call || !ts.isCallExpression(call) || call.arguments.length === 0) return () => undefined;
  const callee = checker.getSymbolAtLocation(
    ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression,
  );
  if (!callee || resolved(checker, callee).name !== "actor") return () => undefined;
  const [argument] = call.arguments;
  if (!ts.isObjectLiteralExpression(argument) || argument.properties.some(ts.isSpreadAssignment)) {
    return (name) => propertyType(checker, checker.getTypeAtLocation(argument), name);
  }
  // The type of the whole literal would be computed anew, with all actions.
  return (name) => {
    const property = argument.properties.find((member) => member.name.text === name);
    return property && checker.getTypeOfSymbol(checker.getSymbolAtLocation(property.name));
  };
}

/** The text of a property that is written as a string. */
export function stringProperty(checker, type, name) {
  const property = type && checker.getPropertyOfType(type, name);
  const value = property && initializerOf(checker, property);
  return value && ts.isStringLiteralLike(value) ? value.text : undefined;
}

/** The value of an expression that is plain data, as { value }; undefined if the expression would have to run. */
export function plainValue(checker, expression) {
  const node = unwrapped(expression);
  if (node.kind === ts.SyntaxKind.NullKeyword) return { value: null };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: false };
  if (ts.isArrayLiteralExpression(node)) return plainArray(checker, node);
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0 ? { value: {} } : undefined;
  const type = checker.getTypeAtLocation(node);
  return type.isStringLiteral() || type.isNumberLiteral() ? { value: type.value } : undefined;
}

function plainArray(checker, node) {
  const items = node.elements.map((element) => plainValue(checker, element));
  return items.every(Boolean) ? { value: items.map(({ value }) => value) } : undefined;
}

function unwrapped(node) {
  let inner = node;
  while (
    inner &&
    (ts.isAsExpression(inner) ||
      ts.isSatisfiesExpression(inner) ||
      ts.isParenthesizedExpression(inner) ||
      ts.isNonNullExpression(inner))
  ) {
    inner = inner.expression;
  }
  return inner;
}
