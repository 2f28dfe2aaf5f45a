// Events, queues and validators: the types of what is sent, in every way to write them.

import { commentOf, documentation } from "./docs.mjs";
import { initializerOf } from "./source.mjs";
import { isFixedTuple, mergedSlots, tupleSlots } from "./slots.mjs";
import { ts } from "./typescript.mjs";
import { isAbsent, isAny, isNever, isUnion, propertyType, typeArguments } from "./types.mjs";

/** `input` and `output` of a zod schema or any other Standard Schema; undefined for other types. */
export function validatorTypes(checker, type) {
  const types = propertyType(checker, propertyType(checker, type, "~standard"), "types");
  const declared = types && checker.getNonNullableType(types);
  const input = propertyType(checker, declared, "input");
  const output = propertyType(checker, declared, "output");
  return input && output && { input, output };
}

/** An event: its arguments as a listener gets them. A tuple of fixed length is spread, as rivetkit does. */
export function event(walker, property) {
  const { checker, diagnostics } = walker;
  const type = payloadType(checker, property, "output");
  return {
    ...documentation(commentOf(checker, property)),
    args: diagnostics.at("args", () =>
      type ? eventArguments(walker, type) : [slot(unknownPayload(walker))],
    ),
  };
}

/** A queue: what is sent, and the reply to a sender that waits, or null. */
export function queue(walker, property) {
  const { checker, diagnostics } = walker;
  const { message, complete } = queueTypes(checker, property);
  return {
    ...documentation(commentOf(checker, property)),
    message: diagnostics.at("message", () => (message ? walker.schema(message) : unknownPayload(walker))),
    complete: complete && !isNever(complete) ? walker.at("complete", complete) : null,
  };
}

function eventArguments(walker, type) {
  const isSpread = (member) => isFixedTuple(walker.checker, member);
  if (isAbsent(type)) return [];
  if (isSpread(type)) return tupleSlots(walker, type, "arg");
  if (!isUnion(type) || !type.types.some(isSpread)) return [slot(walker.at("payload", type))];
  const variants = type.types.map((member) =>
    isSpread(member) ? tupleSlots(walker, member, "arg") : [slot(walker.at("payload", member))],
  );
  return mergedSlots(walker, variants);
}

function slot(schema) {
  return { name: "payload", schema, required: true };
}

function unknownPayload(walker) {
  return walker.anything("unknown-payload", "the payload's type cannot be found");
}

function queueTypes(checker, property) {
  const type = checker.getTypeOfSymbol(property);
  const validated = validatorTypes(checker, type);
  if (validated) return { message: validated.input };
  const [message, complete] = tokenTypes(checker, type, "_queueMessage", ["TMessage", "TComplete"]);
  const options = optionsOf(checker, property, type);
  return {
    message:
      said(message) ??
      partType(checker, options, "message", "input") ??
      message ??
      payloadType(checker, property, "input"),
    complete: said(complete) ?? partType(checker, options, "complete", "output"),
  };
}

function payloadType(checker, property, side) {
  const type = checker.getTypeOfSymbol(property);
  const validated = validatorTypes(checker, type);
  if (validated) return validated[side];
  const [payload] = eventTypes(checker, type);
  const options = optionsOf(checker, property, type);
  return said(payload) ?? partType(checker, options, "schema", side) ?? payload;
}

/** The type of `{ schema: … }`, `{ message: … }` or `{ complete: … }`, which holds a validator or a token. */
function partType(checker, options, name, side) {
  const type = propertyType(checker, options, name);
  if (!type || isAny(type)) return undefined;
  const present = checker.getNonNullableType(type);
  return validatorTypes(checker, present)?.[side] ?? said(eventTypes(checker, present)[0]);
}

function eventTypes(checker, type) {
  return tokenTypes(checker, type, "_eventType", ["T"]);
}

/** The type arguments of `event<…>()` and `queue<…>()`, from a property that only the type has. */
function tokenTypes(checker, type, phantom, names) {
  const args = checker.getPropertyOfType(type, phantom) && typeArguments(checker, type);
  return args ? names.map((name, index) => args[name] ?? Object.values(args)[index]) : [];
}

/**
 * The type of the options. Without a type argument, the type of `event({ schema })` does not know the validator, but the
 * argument of the call does.
 */
function optionsOf(checker, property, type) {
  const value = initializerOf(checker, property);
  const options = value && ts.isCallExpression(value) ? value.arguments[0] : undefined;
  return options ? checker.getTypeAtLocation(options) : type;
}

/** A type argument, if it was given. */
function said(type) {
  return type && !(type.flags & ts.TypeFlags.Unknown) && !isNever(type) ? type : undefined;
}
