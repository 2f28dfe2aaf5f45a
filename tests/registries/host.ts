// Serves the actors of all registries beside it, whose names are all different.

import { setup } from "rivetkit";
import { room } from "./chat/registry.ts";
import { textDocument } from "./document/registry.ts";
import { draughts } from "./game/registry.ts";
import { inventory, labelStore, numberStore } from "./generics/registry.ts";
import { adminConsole, oddNames } from "./groups/registry.ts";
import { jobRunner } from "./jobs/registry.ts";
import { matchmaker } from "./matchmaking/registry.ts";
import { shop } from "./validators/registry.ts";
import { archive } from "./values/registry.ts";
import { shapes } from "./values/shapes.ts";

export const registry = setup({
  use: {
    room,
    matchmaker,
    draughts,
    textDocument,
    jobRunner,
    shop,
    inventory,
    numberStore,
    labelStore,
    archive,
    shapes,
    adminConsole,
    oddNames,
  },
  noWelcome: true,
});
registry.start();
