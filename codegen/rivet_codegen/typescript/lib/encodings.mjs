// Which encodings carry an actor's values without loss, measured against rivetkit 2.3.19.

const BARE_ONLY = new Set(["date", "map", "typed-array", "regexp", "error"]);
const NOT_JSON = new Set([...BARE_ONLY, "bigint", "bytes", "set"]);

/** Add `encodings` to an actor, and warn of connection parameters that are lost: they always travel as JSON. */
export function addEncodings(actor, diagnostics) {
  const kinds = [...javaScriptKinds([actor.actions, actor.events, actor.queues])];
  actor.encodings = kinds.some((kind) => BARE_ONLY.has(kind)) ? ["bare"] : ["bare", "cbor", "json"];
  const lost = [...javaScriptKinds([actor.connParams])].filter((kind) => NOT_JSON.has(kind));
  if (lost.length > 0) {
    const message = `connection parameters travel as JSON, which has no ${lost.sort().join(", ")}; send a string or number`;
    diagnostics.at("connParams", () => diagnostics.warn("params-not-json", message));
  }
}

/** Every x-rivet-type in schemas and in the definitions that they refer to. */
function javaScriptKinds(schemas) {
  const kinds = new Set();
  const seen = new Set();
  const visit = (node) => {
    if (node === null || typeof node !== "object" || seen.has(node)) return;
    seen.add(node);
    for (const [key, value] of Object.entries(node)) {
      if (key === "x-rivet-type" && typeof value === "string") kinds.add(value);
      else visit(key === "$ref" ? value.body : value);
    }
  };
  visit(schemas);
  return kinds;
}
