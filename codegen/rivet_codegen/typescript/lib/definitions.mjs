// The named schemas of a document. Their final names are decided at the end, when all definitions are known.

import path from "node:path";
import { pascal } from "./names.mjs";
import { compare, sourcePlace } from "./types.mjs";

/** One named schema. As the value of a $ref it prints itself. */
class Definition {
  body = null;

  constructor(wanted, place, number) {
    this.wanted = wanted;
    this.place = place;
    this.name = `${wanted}#${number}`; // nobody else's, until names are decided
  }

  toString() {
    return this.name;
  }

  toJSON() {
    return `#/$defs/${this.name}`;
  }
}

export class Definitions {
  #root;
  #byType = new Map();

  constructor(root) {
    this.#root = root;
  }

  get(type) {
    return this.#byType.get(type);
  }

  add(type, wanted, declaration) {
    const definition = new Definition(wanted, sourcePlace(this.#root, declaration), this.#byType.size);
    this.#byType.set(type, definition);
    return definition;
  }

  /** Decide all names, and return the bodies by name, sorted. */
  settle(diagnostics) {
    const all = [...this.#byType.values()];
    // Bodies are compared with the names and origins of definitions, which do not depend on the order of the work.
    for (const definition of all) definition.name = [definition.wanted, ...definition.place].join(":");
    const groups = groupBy(all, (definition) => definition.wanted);
    const distinct = new Map([...groups].map(([wanted, group]) => [wanted, mergeTwins(group)]));
    const taken = new Set([...distinct].flatMap(([wanted, sets]) => (sets.length === 1 ? [wanted] : [])));
    for (const [wanted, twins] of distinct) {
      if (twins.length === 1) {
        rename(twins[0], wanted);
        continue;
      }
      const labels = fileLabels(twins.map(([{ place }]) => place[0]));
      for (const [index, set] of twins.entries()) rename(set, freeName(`${wanted}_${labels[index]}`, taken));
      diagnostics.collision(
        wanted,
        twins.map(([definition]) => definition.name),
      );
    }
    const bodies = [...distinct.values()].flat().map(([definition]) => [definition.name, definition.body]);
    return Object.fromEntries(bodies.sort(([a], [b]) => compare(a, b)));
  }
}

/** Sets of definitions that are one, in a stable order: the compiler may hold one type twice. */
function mergeTwins(group) {
  const sets = groupBy(group, (definition) => JSON.stringify([definition.place, definition.body]));
  return [...sets].sort(([a], [b]) => compare(a, b)).map(([, set]) => set);
}

function rename(set, name) {
  for (const definition of set) definition.name = name;
}

function freeName(wanted, taken) {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}${number}`;
  taken.add(name);
  return name;
}

/** Files as parts of names. Their folders are left out if the names without them differ. */
function fileLabels(files) {
  const paths = files.map((file) => file.replace(/(\.d)?\.[cm]?[jt]sx?$/, ""));
  const stems = paths.map((file) => pascal(path.posix.basename(file)));
  return new Set(stems).size === new Set(files).size ? stems : paths.map(pascal);
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}
