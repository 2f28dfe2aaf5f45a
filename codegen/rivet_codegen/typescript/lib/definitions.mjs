// The named schemas of a document. Their final names are decided at the end, when all definitions are known.

import path from "node:path";
import { pascal } from "./names.mjs";
import { compare, sourcePlace } from "./types.mjs";
import { ts } from "./typescript.mjs";

/** One named schema. As the value of a $ref it prints itself. */
class Definition {
  body = null;

  constructor(wanted, [file, position], owners, number) {
    this.wanted = wanted;
    this.file = file;
    this.position = position;
    this.owners = owners; // the names of what it is declared in
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
  #file;
  #all = [];
  #byType = new Map();

  /**
   * @param file the file of the registry
   */
  constructor(file) {
    this.#root = path.dirname(file);
    this.#file = path.basename(file);
  }

  get(type) {
    return this.#byType.get(type);
  }

  /**
   * @param type the type that it stands for wherever that type is met; undefined if it is for one place
   */
  add(type, wanted, declaration) {
    const place = sourcePlace(this.#root, declaration);
    const definition = new Definition(wanted, place, ownerNames(declaration), this.#all.length);
    this.#all.push(definition);
    if (type) this.#byType.set(type, definition);
    return definition;
  }

  /** Decide all names, and return the bodies by name, sorted. */
  settle(diagnostics) {
    // Bodies are compared with the names and origins of definitions, which do not depend on the order of the work.
    for (const definition of this.#all) {
      definition.name = [definition.wanted, definition.file, definition.position].join(":");
    }
    const groups = groupBy(this.#all, (definition) => definition.wanted);
    const distinct = [...groups].map(([wanted, group]) => [wanted, mergeTwins(group)]);
    const owners = new Map(distinct.map(([wanted, twins]) => [wanted, this.#owner(twins)]));
    const taken = new Set([...owners].flatMap(([wanted, owner]) => (owner ? [wanted] : [])));
    for (const [wanted, twins] of distinct) {
      const owner = owners.get(wanted);
      for (const set of twins) rename(set, set === owner ? wanted : freeName(this.#qualified(set[0]), taken));
      if (twins.length === 1) continue;
      diagnostics.collision(
        wanted,
        twins.map(([definition]) => definition.name),
      );
    }
    const bodies = distinct.flatMap(([, twins]) => twins.map(([{ name, body }]) => [name, body]));
    return Object.fromEntries(bodies.sort(([a], [b]) => compare(a, b)));
  }

  /** Which of several types of one name keeps it: the one that is nearest to the registry, if there is one. */
  #owner(twins) {
    const distances = twins.map(([definition]) => this.#distance(definition));
    const least = Math.min(...distances);
    const nearest = twins.filter((_, index) => distances[index] === least);
    return nearest.length === 1 ? nearest[0] : undefined;
  }

  #distance({ file, owners }) {
    if (file.startsWith("node_modules/")) return 2;
    return file === this.#file && owners.length === 0 ? 0 : 1;
  }

  /** A name with the place of its declaration. It does not depend on other types. */
  #qualified({ wanted, file, owners }) {
    const where = file === this.#file ? [] : [file.replace(/^node_modules\//, "").replace(SUFFIX, "")];
    return [wanted, [...where, ...owners].map(pascal).join("")].filter(Boolean).join("_");
  }
}
const SUFFIX = /(\/index)?(\.d)?\.[cm]?[jt]sx?$/;

/** The names of the functions, variables and properties that a declaration stands in, the outermost first. */
function ownerNames(declaration) {
  const names = [];
  for (let node = declaration?.parent; node; node = node.parent) {
    const isOwner = ts.isFunctionLike(node) || ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node);
    const name = isOwner && node.name?.text;
    if (name && name !== "actions") names.unshift(name);
  }
  return names;
}

/** Sets of definitions that are one, in the order of the source: the compiler may hold one type twice. */
function mergeTwins(group) {
  const sets = groupBy(group, ({ name, body }) => JSON.stringify([name, body]));
  const keys = ({ file, position }, text) => [file, position, text];
  return [...sets]
    .sort(([a, [first]], [b, [second]]) => compare(keys(first, a), keys(second, b)))
    .map(([, set]) => set);
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

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    const name = key(item);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return groups;
}
