// What the compiler sees of the file system. A document stays true as long as all of that stays the same.

import { createHash } from "node:crypto";
import fs from "node:fs";
import { ts } from "./typescript.mjs";

const DECLARATIONS = /\.d\.[cm]?ts$/;
const UTF_16 = [Buffer.from([0xfe, 0xff]), Buffer.from([0xff, 0xfe])];

/**
 * From now on, write down what is asked of `ts.sys`, which everything here uses for files.
 *
 * @returns `files`: the hash of each file that was read, or null if it could not be; `exist` and `folders`: whether there
 *   was a file, a folder of that name; `links`: what a path was in truth; `listed`: the folders in a folder; `walked`: of
 *   each folder that a tsconfig includes, the declaration files with what may hide them, and the folders. The compiler's
 *   own files are left out.
 */
export function observe() {
  const seen = { files: {}, exist: {}, folders: {}, links: {}, listed: {}, walked: {} };
  const own = ts.sys.getExecutingFilePath().replace(/[^/]*\/[^/]*$/, ""); // the package of typescript/lib/typescript.js
  const watch = (name, kind) => {
    const ask = ts.sys[name];
    ts.sys[name] = (path) => {
      const answer = ask(path);
      if (!path.startsWith(own)) seen[kind][path] = answer;
      return answer;
    };
  };
  watch("fileExists", "exist");
  watch("directoryExists", "folders");
  watch("realpath", "links");
  watch("getDirectories", "listed");
  const read = ts.sys.readFile;
  ts.sys.readFile = (path, encoding) => {
    if (path.startsWith(own)) return read(path, encoding);
    const data = contents(path);
    seen.files[path] = data && createHash("sha256").update(data).digest("hex");
    return data === null ? undefined : text(data);
  };
  ts.sys.readDirectory = (path, extensions, excludes, includes, depth) => {
    const entries = (folder) => {
      const found = folderEntries(folder);
      seen.walked[folder] = [declarations(found.files), found.directories];
      return found;
    };
    const [sensitive, here] = [ts.sys.useCaseSensitiveFileNames, ts.sys.getCurrentDirectory()];
    return ts.matchFiles(path, extensions, excludes, includes, sensitive, here, depth, entries, ts.sys.realpath);
  };
  return seen;
}

function contents(path) {
  try {
    return fs.readFileSync(path);
  } catch {
    return null;
  }
}

/** The text of a file, as the compiler decodes it. */
function text(data) {
  if (data.subarray(0, 2).equals(UTF_16[0])) return data.subarray(0, data.length & ~1).swap16().toString("utf16le", 2);
  if (data.subarray(0, 2).equals(UTF_16[1])) return data.toString("utf16le", 2);
  return data.toString("utf8").replace(/^\uFEFF/, "");
}

function folderEntries(folder) {
  const [files, directories] = [[], []];
  for (const name of contentsOfFolder(folder)) {
    const stat = fs.statSync(`${folder}/${name}`, { throwIfNoEntry: false });
    if (stat?.isFile()) files.push(name);
    else if (stat?.isDirectory()) directories.push(name);
  }
  return { files, directories };
}

function contentsOfFolder(folder) {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** The declaration files, and the files that the compiler takes in place of them: `a.ts` hides `a.d.ts`. */
function declarations(files) {
  const stems = new Set(
    files.filter((name) => DECLARATIONS.test(name)).map((name) => name.replace(DECLARATIONS, "")),
  );
  return files.filter((name) => DECLARATIONS.test(name) || stems.has(name.replace(/\.[^.]*$/, "")));
}
