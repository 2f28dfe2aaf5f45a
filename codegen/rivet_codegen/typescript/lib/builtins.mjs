// Types of the language and its runtimes that have a meaning of their own on the wire.

const number = { type: "number" };
const integer = { type: "integer" };
const bigint = { type: "integer", "x-rivet-type": "bigint" };

const bytes = (kind) => () => ({
  type: "string",
  contentEncoding: "base64",
  "x-rivet-type": "bytes",
  "x-rivet-bytes": kind,
});
const typedArray = (items) => (walker, args, name) => ({
  type: "array",
  items,
  "x-rivet-type": "typed-array",
  "x-rivet-typed-array": name,
});
const error = () => ({
  type: "object",
  properties: { name: { type: "string" }, message: { type: "string" } },
  required: ["name", "message"],
  "x-rivet-type": "error",
});
const set = (walker, [item]) => ({
  type: "array",
  uniqueItems: true,
  items: walker.at("[]", item),
  "x-rivet-type": "set",
});

function map(walker, [key, value]) {
  const values = walker.at("{}", value);
  const keys = walker.at("key", key);
  if (walker.isStringLike(key)) {
    const plain = Object.keys(keys).length === 1 && keys.type === "string";
    return {
      type: "object",
      additionalProperties: values,
      ...(!plain && { propertyNames: keys }),
      "x-rivet-type": "map",
    };
  }
  const pair = { type: "array", prefixItems: [keys, values], items: false, minItems: 2, maxItems: 2 };
  return { type: "array", items: pair, "x-rivet-type": "map" };
}

function url(walker) {
  walker.diagnostics.warn("class-instance", "a URL is an object that the encoder rejects; send its href");
  return { type: "string" };
}

/** The functions that write the schemas of such types, by the global names of the types. */
export const BUILTINS = {
  Date: () => ({ type: "string", format: "date-time", "x-rivet-type": "date" }),
  RegExp: () => ({ type: "string", format: "regex", "x-rivet-type": "regexp" }),
  URL: url,
  Map: map,
  ReadonlyMap: map,
  Set: set,
  ReadonlySet: set,
  Uint8Array: bytes("Uint8Array"),
  Buffer: bytes("Uint8Array"),
  ArrayBuffer: bytes("ArrayBuffer"),
  SharedArrayBuffer: bytes("ArrayBuffer"),
  ArrayBufferView: bytes("Uint8Array"),
  Uint8ClampedArray: typedArray(integer),
  Int8Array: typedArray(integer),
  Int16Array: typedArray(integer),
  Uint16Array: typedArray(integer),
  Int32Array: typedArray(integer),
  Uint32Array: typedArray(integer),
  Float32Array: typedArray(number),
  Float64Array: typedArray(number),
  BigInt64Array: typedArray(bigint),
  BigUint64Array: typedArray(bigint),
  Error: error,
  AggregateError: error,
  EvalError: error,
  RangeError: error,
  ReferenceError: error,
  SyntaxError: error,
  TypeError: error,
  URIError: error,
  DOMException: error,
  Object: () => ({}),
  String: () => ({ type: "string" }),
  Number: () => number,
  Boolean: () => ({ type: "boolean" }),
};
