// Actors: what a registry says about each of them, from the type arguments of its definition.

import { actionEntries, isUnnamed } from "./actions.mjs";
import { commentOf, documentation } from "./docs.mjs";
import { event, queue, validatorTypes } from "./payloads.mjs";
import { actorOptions, origin, stringProperty } from "./source.mjs";
import { ts } from "./typescript.mjs";
import {
  ABSENT,
  isAbsent,
  isAny,
  isOptional,
  isUnion,
  namedProperties,
  propertyType,
  reportUnknownNames,
  sortedProperties,
  typeArguments,
} from "./types.mjs";

const { TypeFlags } = ts;
const UNDECLARED = TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never | TypeFlags.Null | ABSENT;

/** The actors of a registry, as [name, actor]. */
export function actorEntries(walker, actors) {
  const { checker, diagnostics } = walker;
  if (isAny(actors) || checker.getIndexInfosOfType(actors).length > 0) {
    diagnostics.fail(
      "unknown-actors",
      "the type of the registry does not name all actors; those it does not are not in this document",
    );
  }
  return namedProperties(walker, actors).map((property) => [
    property.name,
    diagnostics.at(property.name, () => actor(walker, property)),
  ]);
}

function actor(walker, property) {
  const { checker, diagnostics } = walker;
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(property));
  const options = actorOptions(checker, property);
  const declared = declaredTypes(checker, type);
  if (isUnion(type)) {
    diagnostics.warn("actor-union", "it is one of several actors; only what they have in common is in this document");
  }
  const head = {
    ...documentation({
      ...commentOf(checker, origin(checker, property)),
      ...documentation(commentOf(checker, property)),
    }),
    ...display(checker, options("options")),
    ...(isOptional(property) && { optional: true }),
  };
  if (!declared) {
    diagnostics.warn(
      "opaque-actor",
      `the type ${checker.typeToString(type)} says nothing about actions, events and queues`,
    );
    return { ...head, opaque: true, input: null, connParams: null, actions: {}, events: {}, queues: {} };
  }
  const { input, params, events, queues, actions } = declared;
  return {
    ...head,
    input: value(walker, "input", input),
    connParams: connectionParams(walker, params, options("connParamsSchema")),
    actions: diagnostics.at("actions", () => actionGroup(walker, actions, options, head.throws ?? [])),
    events: diagnostics.at("events", () => members(walker, events, event)),
    queues: diagnostics.at("queues", () => members(walker, queues, queue)),
  };
}

/** `name` and `icon`, which tools show for the actor. */
function display(checker, options) {
  const named = ["name", "icon"]
    .map((key) => [key, stringProperty(checker, options, key)])
    .filter(([, text]) => text !== undefined);
  return named.length > 0 ? { display: Object.fromEntries(named) } : {};
}

/** The types that an actor is made of; undefined for an actor without types, such as a dynamic one. */
function declaredTypes(checker, type) {
  const args = type.symbol?.name === "ActorDefinition" ? typeArguments(checker, type) : undefined;
  if (args && ["CP", "I", "E", "Q", "R"].every((name) => args[name])) {
    return { input: args.I, params: args.CP, events: args.E, queues: args.Q, actions: args.R };
  }
  const config = propertyType(checker, type, "config");
  if (!config || isAny(config)) return undefined;
  const member = (name) => {
    const found = propertyType(checker, config, name);
    return found && checker.getNonNullableType(found);
  };
  const second = (hook) => {
    const parameter = member(hook)?.getCallSignatures()[0]?.parameters[1];
    return parameter && checker.getTypeOfSymbol(parameter);
  };
  return {
    input: second("onCreate"),
    params: second("onBeforeConnect"),
    events: member("events"),
    queues: member("queues"),
    actions: member("actions"),
  };
}

/** A declared value; `null` if nothing is declared. A value that may be undefined is not required. */
function value(walker, step, type) {
  if (!type || type.flags & UNDECLARED) return null;
  const required = !(isUnion(type) && type.types.some(isAbsent));
  return { schema: walker.diagnostics.at(step, () => walker.schemaWithoutUndefined(type)), required };
}

function connectionParams(walker, declared, validator) {
  const validated = validator && validatorTypes(walker.checker, validator);
  if (!validated) return value(walker, "connParams", declared);
  const params = value(walker, "connParams", validated.input);
  return params && { ...params, validated: true };
}

function actionGroup(walker, declared, options, throws) {
  const { checker } = walker;
  const written = declared && isUnnamed(declared) ? options("actions") : undefined;
  const actions = written ?? declared;
  if (!actions) return {};
  const schemas = options("actionInputSchemas");
  const validators = new Map(schemas ? validatorEntries(checker, schemas) : []);
  const found = new Map();
  for (const [name, action] of actionEntries(walker, actions, { validators, throws })) {
    if (found.has(name)) walker.diagnostics.fail("duplicate-action", `two actions are called ${name}`);
    found.set(name, action);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The `actionInputSchemas` by dotted name. rivetkit takes nested keys and dotted keys. */
function validatorEntries(checker, type, path = []) {
  return sortedProperties(checker, type).flatMap((property) => {
    const steps = [...path, property.name];
    const inner = checker.getTypeOfSymbol(property);
    const validated = validatorTypes(checker, inner);
    if (validated) return [[steps.join("."), validated.input]];
    return inner.flags & TypeFlags.Object ? validatorEntries(checker, inner, steps) : [];
  });
}

function members(walker, type, write) {
  if (!type) return {};
  const { diagnostics } = walker;
  if (isAny(type)) diagnostics.warn("any", "the type is any; nothing of it is in this document");
  reportUnknownNames(walker, type);
  return Object.fromEntries(
    namedProperties(walker, type).map((property) => [
      property.name,
      diagnostics.at(property.name, () => write(walker, property)),
    ]),
  );
}
