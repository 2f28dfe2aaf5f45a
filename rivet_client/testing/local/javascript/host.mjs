// Runs a registry file: `node host.mjs /path/to/registry.ts`. If the file only exports its registry, the registry is
// started here. If the file has started it, nothing more happens: rivetkit starts a registry once.

import { pathToFileURL } from "node:url";

const file = process.argv[2];
process.argv.splice(1, 1); // as if Node had been started with the file
const exported = await import(pathToFileURL(file).href);
const candidates = [exported.registry, exported.default?.registry, exported.default, ...Object.values(exported)];
const registry = candidates.find((it) => typeof it?.start === "function" && typeof it?.parseConfig === "function");
if (registry) registry.start();
else process.on("exit", () => console.error(`${file} exports no registry, and has not started one`));
