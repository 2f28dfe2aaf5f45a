// Positions: the parameters of an action, the arguments of an event. A slot is `name`, `schema`, `required`, and
// `rest` if it stands for any number of values at the end.

import { ts } from "./typescript.mjs";

const { ElementFlags } = ts;

/** Whether a type is a tuple without `...T[]` in it. */
export function isFixedTuple(checker, type) {
  return (
    checker.isTupleType(type) && type.target.elementFlags.every((flags) => !(flags & ElementFlags.Variable))
  );
}

/**
 * The elements of a tuple as slots.
 *
 * @param prefix what the name of an element without a label begins with; its number follows
 */
export function tupleSlots(walker, type, prefix) {
  const { elementFlags, labeledElementDeclarations: labels } = type.target;
  const slots = walker.checker.getTypeArguments(type).map((element, index) => {
    const name = labels?.[index]?.name.getText() ?? `${prefix}${index}`;
    const flags = elementFlags[index];
    return walker.diagnostics.at(name, () => {
      if (flags & ElementFlags.Rest) {
        return { name, schema: walker.schema(element), required: false, rest: true };
      }
      if (flags & ElementFlags.Variadic) {
        return {
          name,
          schema: walker.anything("tuple-rest", "the rest element is generic"),
          required: false,
          rest: true,
        };
      }
      const required = Boolean(flags & ElementFlags.Required);
      return {
        name,
        schema: required ? walker.schema(element) : walker.schemaWithoutUndefined(element),
        required,
      };
    });
  });
  const rest = slots.findIndex((slot) => slot.rest);
  if (rest < 0 || rest === slots.length - 1) return slots;
  const { name } = slots[rest];
  const schema = walker.diagnostics.at(name, () => walker.anything("tuple-rest", "elements follow a rest element"));
  return [...slots.slice(0, rest), { name, schema, required: false, rest: true }];
}

/** The slots of several variants as one list. A position takes what any variant has at that position. */
export function mergedSlots(walker, variants) {
  if (variants.length === 1) return variants[0];
  walker.diagnostics.inform(
    "tuple-union",
    "which values go together is lost: each position takes what any variant has there",
  );
  const length = Math.max(...variants.map((slots) => slots.length));
  return Array.from({ length }, (_, index) => mergedSlot(variants.map((slots) => slots[index])));
}

function mergedSlot(slots) {
  const present = slots.filter(Boolean);
  const schemas = new Map(present.map(({ schema }) => [JSON.stringify(schema), schema]));
  return {
    name: present[0].name,
    schema: schemas.size === 1 ? present[0].schema : { anyOf: [...schemas.values()] },
    required: present.length === slots.length && present.every(({ required }) => required),
    ...(present.some(({ rest }) => rest) && { rest: true }),
  };
}
