// What could not be said in the document, and where. Places are paths such as actors/chat/actions/post/params/text.

import path from "node:path";
import { oneLine } from "./program.mjs";
import { ts } from "./typescript.mjs";

export class Diagnostics {
  #found = [];
  #place = [];

  /** Run `work` one step below the current place. */
  at(step, work) {
    const escaped = typeof step === "string" ? step.replaceAll("~", "~0").replaceAll("/", "~1") : step;
    return this.#within([...this.#place, escaped], work);
  }

  /** Run `work` at a place of its own: a definition belongs to no actor. */
  inDefinition(definition, work) {
    return this.#within(["$defs", definition], work);
  }

  get place() {
    return this.#place;
  }

  /** Something is missing from the document. */
  fail(code, message) {
    this.#add("error", code, message);
  }

  /** Something is typed more loosely than in the source, or cannot work. */
  warn(code, message) {
    this.#add("warning", code, message);
  }

  /** Something is worth knowing. */
  inform(code, message) {
    this.#add("info", code, message);
  }

  /** Types with the same name were given other names. */
  collision(wanted, names) {
    const message = `${names.length} types are called ${wanted}: they became ${names.join(", ")}`;
    this.#found.push({ severity: "info", code: "name-collision", place: ["$defs", wanted], message });
  }

  /** The compiler's own errors in the user's files. */
  addCompilerErrors(program, files, root) {
    for (const file of files) {
      if (file.isDeclarationFile) continue;
      const errors = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      for (const error of errors.filter(({ category }) => category === ts.DiagnosticCategory.Error)) {
        const name = path.relative(root, file.fileName).replaceAll(path.sep, "/");
        const line = file.getLineAndCharacterOfPosition(error.start ?? 0).line + 1;
        const place = [`${name}:${line}`];
        this.#found.push({
          severity: "error",
          code: `TS${error.code}`,
          place,
          message: oneLine(error.messageText),
        });
      }
    }
  }

  /** The list for the document. The names of definitions must be final. */
  list() {
    const texts = new Map();
    for (const { severity, code, place, message } of this.#found) {
      const entry = { severity, code, path: place.map(String).join("/"), message };
      texts.set(JSON.stringify(entry), entry); // a type met on two ways is reported once
    }
    return [...texts.values()];
  }

  #add(severity, code, message) {
    this.#found.push({ severity, code, place: this.#place, message });
  }

  #within(place, work) {
    const before = this.#place;
    this.#place = place;
    try {
      return work();
    } finally {
      this.#place = before;
    }
  }
}
