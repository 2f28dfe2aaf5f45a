// rivetkit's type of an actor's options, without the alternatives that a program does not use.
//
// It is an intersection of unions such as `{ vars: V } | { createVars: … } | Record<never, never>`, that is of 54
// combinations, and the compiler looks up each option in each of them. Most of its time for a large registry goes there.
// An alternative whose only property no file of the program writes cannot change the type of anything in these files.

import { ts } from "./typescript.mjs";

const RIVETKIT = /\/node_modules\/rivetkit\//;

/**
 * Remove the alternatives from a program, before its types are asked for.
 *
 * @param files all files in which an option may be written
 */
export function dropUnusedAlternatives(program, files) {
  const words = new Set();
  for (const { text } of files) for (const [word] of text.matchAll(/[\w$]+/g)) words.add(word);
  for (const file of program.getSourceFiles()) {
    if (!RIVETKIT.test(file.fileName)) continue;
    for (const { type } of file.statements.filter(ts.isTypeAliasDeclaration)) {
      if (!ts.isUnionTypeNode(type) || !type.types.some((member) => isNothing(member, file))) continue;
      type.types = ts.factory.createNodeArray(type.types.filter((member) => isUsed(member, words)));
    }
  }
}

/** Whether a member is the alternative that asks for no property. */
function isNothing(member, file) {
  return ts.isTypeReferenceNode(member) && member.getText(file) === "Record<never, never>";
}

function isUsed(member, words) {
  if (!ts.isTypeLiteralNode(member) || member.members.length !== 1) return true;
  const [{ name }] = member.members;
  return !name || !ts.isIdentifier(name) || words.has(name.text);
}
