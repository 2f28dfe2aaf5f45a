// Says as JSON what Node finds for a registry file, by its own rules: `node probe.cjs /path/to/registry.ts`.

const { createRequire } = require("node:module");

const project = createRequire(process.argv[2]);

function find(name) {
  try {
    return project.resolve(name);
  } catch {
    return null;
  }
}

const rivetkit = find("rivetkit");
let engine = null;
let engineVersion = null;
let problem = null;
if (rivetkit !== null) {
  try {
    // Some package managers show a package to those alone that depend on it.
    const near = createRequire(rivetkit);
    engine = near("@rivetkit/engine-cli").getEnginePath();
    engineVersion = near("@rivetkit/engine-cli/package.json").version;
  } catch (error) {
    problem = String(error.message).split("\n")[0];
  }
}
console.log(JSON.stringify({ rivetkit, engine, engineVersion, problem, tsx: find("tsx"), version: process.version }));
