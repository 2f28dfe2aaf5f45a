// Under this name tests/support/engine.py looks for what to serve.

export { registry } from "./host.ts";
