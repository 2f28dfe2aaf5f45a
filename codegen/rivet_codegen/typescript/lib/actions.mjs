// Actions: functions whose first parameter is the context. They may stand in groups.

import { asInteger, commentOf, documentation, documented, signatureComment } from "./docs.mjs";
import { mergedSlots, tupleSlots } from "./slots.mjs";
import { plainValue } from "./source.mjs";
import { reportUndeclaredErrors } from "./throws.mjs";
import { ts } from "./typescript.mjs";
import { isAny, isUnion, namedProperties, reportUnknownNames } from "./types.mjs";

const { TypeFlags } = ts;
const MAX_GROUPS = 20;

/**
 * The actions of a group and of the groups in it, as [dotted name, action].
 *
 * @param about `validators`: by dotted name, the type that a validator wants the list of arguments to have;
 *   `throws`: the errors that the actor's comment declares for all actions
 */
export function actionEntries(walker, group, about, path = []) {
  const { checker, diagnostics } = walker;
  if (isAny(group)) {
    diagnostics.warn("any", "the actions are any; none is in this document");
    return [];
  }
  if (!isUnnamed(group)) reportUnknownNames(walker, group);
  return namedProperties(walker, group).flatMap((property) => {
    const steps = [...path, property.name];
    const name = steps.join(".");
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
    const signatures = type.getCallSignatures();
    if (signatures.length > 0) {
      return [[name, diagnostics.at(name, () => action(walker, property, signatures, name, about))]];
    }
    if (isAny(type)) return [[name, diagnostics.at(name, () => untyped(walker))]];
    if (type.flags & TypeFlags.Object && steps.length < MAX_GROUPS) {
      return diagnostics.at(name, () => actionEntries(walker, type, about, steps));
    }
    diagnostics.at(name, () =>
      diagnostics.fail("no-action", "this is neither a function nor a group of them"),
    );
    return [];
  });
}

/** Whether a type is rivetkit's own type of any actions: there are none, or the compiler rejects them. */
export function isUnnamed(group) {
  return group.symbol?.name === "Actions";
}

function untyped(walker) {
  const schema = walker.anything("any", "the action is any");
  return { params: [{ name: "args", schema, required: false, rest: true }], returns: {} };
}

function action(walker, property, signatures, name, about) {
  const { checker, diagnostics } = walker;
  const signature = signatures.at(-1); // as TypeScript's own client does
  if (signatures.length > 1) {
    diagnostics.inform("overloads", `there are ${signatures.length} overloads; the last one is used`);
  }
  const comment = { ...commentOf(checker, property), ...present(signatureComment(checker, signature)) };
  const ints = new Set(comment.ints.map((name) => name || "returns"));
  const params = diagnostics.at("params", () => parameters(walker, signature, ints));
  const returns = diagnostics.at("returns", () => result(walker, signature, comment, ints.delete("returns")));
  const validated = about.validators.get(name);
  for (const int of ints) diagnostics.warn("int-tag", `@int ${int}: there is no such parameter`);
  reportUndeclaredErrors(walker, signature.declaration, [...comment.throws, ...about.throws]);
  return {
    ...documentation(comment),
    params,
    ...(validated && { validatedParams: walker.at("validatedParams", validated) }),
    returns,
  };
}

function result(walker, signature, comment, isInteger) {
  const type = signature.getReturnType();
  const schema = walker.schema(walker.checker.getAwaitedType(type) ?? type);
  const typed = isInteger ? asInteger(schema, walker.diagnostics) : schema;
  return comment.returns ? { ...typed, description: comment.returns } : typed;
}

/** The parameters after the context. The names that were found are removed from `ints`. */
function parameters(walker, signature, ints) {
  const [context, ...others] = signature.parameters;
  const slots = others.flatMap((symbol, index) =>
    isRest(symbol) ? restParameter(walker, symbol) : [parameter(walker, symbol, index)],
  );
  // In `(...args)`, the context is the first of the arguments.
  const all = context && isRest(context) ? restParameter(walker, context, 1) : slots;
  return all.map((slot) => {
    if (!ints.delete(slot.name)) return slot;
    return {
      ...slot,
      schema: walker.diagnostics.at(slot.name, () => asInteger(slot.schema, walker.diagnostics)),
    };
  });
}

function isRest(symbol) {
  const declaration = symbol.valueDeclaration;
  const written = declaration && (ts.isParameter(declaration) || ts.isJSDocParameterTag(declaration));
  return (
    Boolean(written && declaration.dotDotDotToken) ||
    Boolean(ts.getCheckFlags(symbol) & ts.CheckFlags.RestParameter)
  );
}

function restParameter(walker, symbol, skip = 0) {
  const { checker, diagnostics } = walker;
  const type = checker.getTypeOfSymbol(symbol);
  const variants = isUnion(type) ? type.types : [type];
  if (variants.every((variant) => checker.isTupleType(variant))) {
    return mergedSlots(
      walker,
      variants.map((variant) => tupleSlots(walker, variant, symbol.name).slice(skip)),
    );
  }
  const element = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
  const schema = element
    ? walker.at(symbol.name, element)
    : diagnostics.at(symbol.name, () => walker.anything("any", "the rest parameter is no array"));
  return [
    {
      name: symbol.name,
      schema: documented(schema, commentOf(checker, symbol), diagnostics),
      required: false,
      rest: true,
    },
  ];
}

function parameter(walker, symbol, index) {
  const { checker, diagnostics } = walker;
  const declaration =
    symbol.valueDeclaration && ts.isParameter(symbol.valueDeclaration) ? symbol.valueDeclaration : undefined;
  const name = declaration && !ts.isIdentifier(declaration.name) ? `arg${index}` : symbol.name;
  return diagnostics.at(name, () => {
    const optional = declaration
      ? checker.isOptionalParameter(declaration)
      : Boolean(symbol.flags & ts.SymbolFlags.Optional);
    const type = parameterType(walker, symbol, declaration);
    let schema = optional ? walker.schemaWithoutUndefined(type) : walker.schema(type);
    const initial = declaration?.initializer && plainValue(checker, declaration.initializer);
    if (declaration?.initializer && !optional) {
      schema = { anyOf: [schema, { type: "null", "x-rivet-type": "undefined" }] }; // `(a = 1, b)` takes undefined for a
    }
    schema = documented(schema, { ...commentOf(checker, symbol), deprecated: undefined }, diagnostics);
    return { name, schema: initial ? { ...schema, default: initial.value } : schema, required: !optional };
  });
}

/** The type of a parameter. In `(c, amount = 1)`, rivetkit's `any` hides the type of the default value. */
function parameterType({ checker, diagnostics }, symbol, declaration) {
  const type = checker.getTypeOfSymbol(symbol);
  if (!isAny(type) || !declaration?.initializer || declaration.type) return type;
  const written = checker.getTypeAtLocation(declaration.initializer);
  const initial = ts.isAsExpression(declaration.initializer) ? written : checker.getBaseTypeOfLiteralType(written);
  if (initial.flags & (TypeFlags.Any | TypeFlags.Null | TypeFlags.Undefined)) return type;
  diagnostics.inform(
    "inferred-from-default",
    "there is no annotation; the type is that of the default value",
  );
  return initial;
}

/** An object without its undefined properties, to be spread. */
function present(record) {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value.length !== 0),
  );
}
