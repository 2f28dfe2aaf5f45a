/**
 * What an actor sees of a value, said in plain JSON, so that a test can compare it whatever carried the value.
 *
 * `{type, text}` for what has no parts, `{type, items}` for arrays and Sets, `{type, entries: [{key, value}]}` for
 * objects (key: string) and Maps (key: a description). Never an array of two that starts with a string, which the
 * value mapping under test could mistake for a tag.
 */
export type Description =
	| { type: string; text: string }
	| { type: string; items: Description[] }
	| { type: string; entries: { key: string | Description; value: Description }[] };

export function describe(value: unknown): Description {
	if (value === null) return { type: "null", text: "" };
	switch (typeof value) {
		case "number":
			return { type: "number", text: Object.is(value, -0) ? "-0" : String(value) };
		case "undefined":
		case "boolean":
		case "bigint":
		case "string":
			return { type: typeof value, text: value === undefined ? "" : String(value) };
	}
	if (value instanceof Date) return { type: "Date", text: String(value.getTime()) };
	// A Buffer is a Uint8Array too.
	if (value instanceof Uint8Array) return { type: "Uint8Array", text: hex(value) };
	if (value instanceof ArrayBuffer) return { type: "ArrayBuffer", text: hex(new Uint8Array(value)) };
	if (Array.isArray(value)) return { type: "array", items: Array.from(value, describe) };
	if (value instanceof Set) return { type: "Set", items: Array.from(value, describe) };
	if (value instanceof Map) {
		const entries = Array.from(value, ([key, item]) => ({ key: describe(key), value: describe(item) }));
		return { type: "Map", entries };
	}
	const name = Object.getPrototypeOf(value)?.constructor?.name ?? "Object";
	if (name !== "Object") return { type: name, text: String(value) };
	return { type: "object", entries: Object.entries(value).map(([key, item]) => ({ key, value: describe(item) })) };
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Values that only JavaScript can make, by name: what Python gets of them stands in tests/support/value_cases.py. */
export const samples: Record<string, () => unknown> = {
	undefined: () => undefined,
	undefinedInside: () => ({ a: undefined, b: [undefined] }),
	hole: () => [1, , 3],
	negativeZero: () => -0,
	twoTo32: () => 2 ** 32,
	maxSafe: () => Number.MAX_SAFE_INTEGER,
	large: () => 1e21,
	fraction: () => 0.1,
	bigint: () => 5n,
	hugeBigint: () => -(2n ** 70n),
	nan: () => Number.NaN,
	infinity: () => Number.POSITIVE_INFINITY,
	date: () => new Date(1_700_000_000_123),
	dateWhole: () => new Date(1_700_000_000_000),
	dateBefore1970: () => new Date(-1),
	dateInvalid: () => ({ when: new Date(Number.NaN), ok: true }),
	dateFar: () => ({ when: new Date(8.64e15), ok: true }),
	uint8Array: () => new Uint8Array([0, 255]),
	buffer: () => Buffer.from("hi"),
	arrayBuffer: () => new Uint8Array([1, 2]).buffer,
	uint8Clamped: () => new Uint8ClampedArray([1, 255]),
	uint16: () => new Uint16Array([1, 65535]),
	uint32: () => new Uint32Array([1, 4294967295]),
	bigUint64: () => new BigUint64Array([1n, 18446744073709551615n]),
	int8: () => new Int8Array([1, -1]),
	int16: () => new Int16Array([1, -1]),
	int32: () => new Int32Array([1, -1]),
	bigInt64: () => new BigInt64Array([1n, -1n]),
	float32: () => new Float32Array([1, 0.5]),
	float64: () => new Float64Array([1, 0.1]),
	set: () => new Set([1, "a"]),
	setOfObjects: () => new Set([{ a: 1 }]),
	setOfArrays: () => new Set([[1, [2]]]),
	setOfTwo: () => new Set(["$a", 1]),
	setMerging: () => new Set([1, true]),
	map: () => new Map<unknown, unknown>([[1, "a"], ["b", null], [null, [2]]]),
	mapOfObjects: () => new Map([[{ a: 1 }, [1, 2]]]),
	mapOfArrays: () => new Map([[[1, 2], 3]]),
	mapOfBigints: () => new Map([[5n, new Set([1])]]),
	mapOfBytes: () => new Map([[new Uint8Array([1]), new Map([[1, 2]])]]),
	regexp: () => /a+/gi,
	error: () => new RangeError("too far"),
	loneSurrogate: () => ({ text: "a\ud800b", ok: true }),
	dollarPair: () => ["$x", ["$$y", 1]],
	dollarLong: () => ["$x", 1, 2],
	dollarKey: () => ({ $Set: [1] }),
	emptyText: () => "",
	emptyArray: () => [],
	emptyObject: () => ({}),
};
