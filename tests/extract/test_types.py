"""Every construct of TypeScript as a schema: one registry with an action for each, extracted once."""

import re

import pytest

from tests.extract.conftest import extract, findings, write_project

STRING, NUMBER, BOOLEAN, NULL = ({"type": name} for name in ("string", "number", "boolean", "null"))
UNDEFINED = {"type": "null", "x-rivet-type": "undefined"}
BIGINT = {"type": "integer", "x-rivet-type": "bigint"}
DATE = {"type": "string", "format": "date-time", "x-rivet-type": "date"}
ITEM = {"$ref": "#/$defs/Item"}
A_NUMBER = "(?:-?(?:\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?|Infinity)|NaN)"
DIGITS = f"^{A_NUMBER}$"


def any_of(*schemas):
    return {"anyOf": list(schemas)}


def array(items):
    return {"type": "array", "items": items}


def fixed(*items, least=None):
    least = len(items) if least is None else least
    tuple_ = {"type": "array", "prefixItems": list(items), "items": False, "maxItems": len(items)}
    return {**tuple_, "minItems": least} if least else tuple_


def record(required=(), /, **properties):
    schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def whole(**properties):
    return record(list(properties), **properties)


def binary(kind):
    return {"type": "string", "contentEncoding": "base64", "x-rivet-type": "bytes", "x-rivet-bytes": kind}


def typed(items, name):
    return {**array(items), "x-rivet-type": "typed-array", "x-rivet-typed-array": name}


DECLARATIONS = """
interface Item { id: string }
interface Other { id: string }
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Tree<T> { value: T; children: Tree<T>[] }
interface Endless<T> { next: Endless<T[]>; other?: Endless<Set<T>> }
interface Ref<T> { to: T }
type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T;
type DeepReadonly<T> = { readonly [K in keyof T]: DeepReadonly<T[K]> };
interface Held { at: Date; by: Map<UserId, Set<number>>; data: Uint8Array; run(): void; inner: { id: UserId } }
interface Family { name: string; children: Map<string, Family> }
type Shape = Circle | Square | Dot;
interface Circle { kind: "circle"; radius: number }
interface Square { kind: "square" | "cube"; side: number }
interface Dot { kind: "dot" }
type Maybe = Item | undefined;
type UserId = string & { readonly __brand: "UserId" };
enum Level { Low, High = 5 }
enum Word { Yes = "y", No = "n" }
enum Mixed { A = "a", B = 1 }
declare const computed: number;
enum Computed { A = computed, B = 2 }
declare enum Ambient { A, B }
type Order = "b" | "a" | "c";
type Point = [x: number, y?: number];
type Forever<T> = T extends unknown ? { a: Forever<T[]>; b: Forever<[T]> } : never;
class Account { private secret = 1; #hidden = 2; id = ""; greet(): string { return ""; } }
declare const tag: unique symbol;
interface Tagged { [tag]: true; id: string }
interface Listed extends Array<string> { extra?: number }
namespace Space.Inner { export interface Deep { a: number } }
type Anything = ReturnType<typeof JSON.parse>;
interface Documented {
  /** Plain. */
  plain: string;
  /**
   * Twice.
   * @int
   * @deprecated use plain
   * @since 2.0
   */
  old: number | null;
  /** @int */
  list: number[];
  /** @int */
  wrong: string;
}
type Getters<T> = { [K in keyof T & string as `get${Capitalize<K>}`]: T[K] };
interface HasMethods { id: string; run(): void; later: Promise<number>; maybe?: () => void }
/** What fits a screen. */
type Page<T> = { items: T[] };
"""

# A long chain of types that are written with the same generic one.
CHAIN = 30
DECLARATIONS += "".join(f"interface Link{at} {{ next: Ref<Link{at + 1}> }}\n" for at in range(CHAIN))
DECLARATIONS += f"interface Link{CHAIN} {{ id: string }}\n"

# Name of the case: (type, schema of the result), or (type, schema, definitions it must make).
CASES = {
    "string": ("string", STRING),
    "number": ("number", NUMBER),
    "boolean": ("boolean", BOOLEAN),
    "bigint": ("bigint", BIGINT),
    "null": ("null", NULL),
    "undefined": ("undefined", UNDEFINED),
    "void": ("void", UNDEFINED),
    "never": ("never", {"not": {}}),
    "unknown": ("unknown", {}),
    "object": ("object", {"type": "object"}),
    "empty object": ("{}", {"type": "object"}),
    "promise": ("Promise<string>", STRING),
    "promise or not": ("Promise<string> | number", any_of(STRING, NUMBER)),
    "literals": (
        '"b" | "a" | 2 | 1.5',
        any_of({"type": "string", "enum": ["a", "b"]}, {"type": "number", "enum": [1.5, 2]}),
    ),
    "literal": ('"x"', {"const": "x"}),
    "negative literal": ("-1", {"const": -1}),
    "true": ("true", {"const": True}),
    "big literal": ("123456789012345678901234567890n", {**BIGINT, "const": 123456789012345678901234567890}),
    "big literals": ("1n | 2n", any_of({**BIGINT, "const": 1}, {**BIGINT, "const": 2})),
    "negative big literal": ("-5n", {**BIGINT, "const": -5}),
    "nullable": ("string | null", any_of(STRING, NULL)),
    "optional result": ("string | undefined", any_of(STRING, UNDEFINED)),
    "both": ("string | null | undefined", any_of(STRING, NULL)),
    "boolean in a union": ("boolean | string", any_of(STRING, BOOLEAN)),
    "half a boolean": ("true | string", any_of(STRING, {"const": True})),
    "suggestions": ('"a" | "b" | (string & {})', any_of({"type": "string", "enum": ["a", "b"]}, STRING)),
    "alias order": (
        "Order",
        {"$ref": "#/$defs/Order"},
        {"Order": {"type": "string", "enum": ["b", "a", "c"]}},
    ),
    "alias or null": ("Order | null", any_of({"$ref": "#/$defs/Order"}, NULL)),
    "template": (
        "`id-${number}.${string}`",
        {"type": "string", "pattern": f"^id-{A_NUMBER}\\.[\\s\\S]*$"},
    ),
    "array": ("Item[]", array(ITEM)),
    "readonly array": ("readonly Item[]", array(ITEM)),
    "array subclass": ("Listed", {"$ref": "#/$defs/Listed"}, {"Listed": array(STRING)}),
    "tuple": ("[string, Item]", fixed(STRING, ITEM)),
    "labels": ("[a: string, b: number]", fixed({**STRING, "title": "a"}, {**NUMBER, "title": "b"})),
    "optional elements": ("[string?, number?]", fixed(STRING, NUMBER, least=0)),
    "nullable element": ("[string, (number | null)?]", fixed(STRING, any_of(NUMBER, NULL), least=1)),
    "rest": (
        "[string, ...number[]]",
        {"type": "array", "prefixItems": [STRING], "items": NUMBER, "minItems": 1},
    ),
    "rest alone": ("[...string[]]", array(STRING)),
    "empty tuple": ("[]", {"type": "array", "prefixItems": [], "items": False, "maxItems": 0}),
    "named tuple": (
        "Point",
        {"$ref": "#/$defs/Point"},
        {"Point": fixed({**NUMBER, "title": "x"}, {**NUMBER, "title": "y"}, least=1)},
    ),
    "inline object": ("{ b: string; a?: number }", record(["b"], b=STRING, a=NUMBER)),
    "undefined property": ("{ a: string | undefined }", record(a=STRING)),
    "optional nullable": ("{ a?: string | null }", record(a=any_of(STRING, NULL))),
    "optional alias": ("{ a?: Order | null }", record(a=any_of({"$ref": "#/$defs/Order"}, NULL))),
    "alias with undefined": ("{ a: Maybe; b: Maybe | null }", record(a=ITEM, b=any_of(ITEM, NULL))),
    "12-5 never property": ("{ a?: never; b: string }", record(["b"], a=UNDEFINED, b=STRING)),
    "12-5 undefined members": (
        "{ data: string; error?: undefined } | { error: number; data?: undefined }",
        any_of(
            record(["data"], data=STRING, error=UNDEFINED), record(["error"], error=NUMBER, data=UNDEFINED)
        ),
    ),
    "proto": (
        '{ "__proto__": string }',
        {"type": "object", "properties": {"__proto__": STRING}, "required": ["__proto__"]},
    ),
    "odd names": ('{ "a b": 1; "c/d": 2 }', whole(**{"a b": {"const": 1}, "c/d": {"const": 2}})),
    "record": ("Record<string, Item>", {"type": "object", "additionalProperties": ITEM}),
    "anything by name": ("Record<string, unknown>", {"type": "object", "additionalProperties": True}),
    "record of names": ('Record<"b" | "a", number>', whole(a=NUMBER, b=NUMBER)),
    "numeric keys": (
        "Record<number, Item>",
        {"type": "object", "additionalProperties": ITEM, "propertyNames": {"pattern": DIGITS}},
    ),
    "template keys": (
        "Record<`x-${string}`, Item>",
        {"type": "object", "additionalProperties": ITEM, "propertyNames": {"pattern": "^x-[\\s\\S]*$"}},
    ),
    "names and an index": (
        "{ id: string; [key: string]: string }",
        {**whole(id=STRING), "additionalProperties": STRING},
    ),
    "12-6-names beside a record": (
        "Record<string, number> & { fixed: number }",
        {**whole(fixed=NUMBER), "additionalProperties": NUMBER},
    ),
    "names and template keys": (
        "{ [key: `x-${string}`]: string; id: string }",
        {
            **whole(id=STRING),
            "additionalProperties": STRING,
            "propertyNames": {"pattern": "^x-[\\s\\S]*$|^id$"},
        },
    ),
    "intersection": ("{ a: string } & { b?: number }", record(["a"], a=STRING, b=NUMBER)),
    "brand": ("UserId", {"$ref": "#/$defs/UserId"}, {"UserId": {**STRING, "x-rivet-brand": "UserId"}}),
    "inline brand": ('number & { __unit: "px" }', {**NUMBER, "x-rivet-brand": "px"}),
    "date": ("Date", DATE),
    "bytes": ("Uint8Array", binary("Uint8Array")),
    "buffer": ("Buffer", binary("Uint8Array")),
    "view of bytes": ("ArrayBufferView", binary("Uint8Array")),
    "array buffer": ("ArrayBuffer", binary("ArrayBuffer")),
    "floats": ("Float32Array", typed(NUMBER, "Float32Array")),
    "integers": ("Int16Array", typed({"type": "integer"}, "Int16Array")),
    "big integers": ("BigUint64Array", typed(BIGINT, "BigUint64Array")),
    "set": ("Set<Item>", {"type": "array", "uniqueItems": True, "items": ITEM, "x-rivet-type": "set"}),
    "readonly set": (
        "ReadonlySet<string>",
        {"type": "array", "uniqueItems": True, "items": STRING, "x-rivet-type": "set"},
    ),
    "map": ("Map<string, Item>", {"type": "object", "additionalProperties": ITEM, "x-rivet-type": "map"}),
    "map of literals": (
        'Map<"a" | "b", number>',
        {
            "type": "object",
            "additionalProperties": NUMBER,
            "propertyNames": {"type": "string", "enum": ["a", "b"]},
            "x-rivet-type": "map",
        },
    ),
    "map of numbers": ("Map<number, Item>", {**array(fixed(NUMBER, ITEM)), "x-rivet-type": "map"}),
    "regular expression": ("RegExp", {"type": "string", "format": "regex", "x-rivet-type": "regexp"}),
    "error": ("TypeError", {**whole(name=STRING, message=STRING), "x-rivet-type": "error"}),
    "numeric enum": (
        "Level",
        {"$ref": "#/$defs/Level"},
        {"Level": {"type": "integer", "enum": [0, 5], "x-enum-varnames": ["Low", "High"]}},
    ),
    "string enum": (
        "Word",
        {"$ref": "#/$defs/Word"},
        {"Word": {"type": "string", "enum": ["y", "n"], "x-enum-varnames": ["Yes", "No"]}},
    ),
    "mixed enum": ("Mixed", {"$ref": "#/$defs/Mixed"}, {"Mixed": any_of({"const": "a"}, {"const": 1})}),
    "computed enum": ("Computed", {"$ref": "#/$defs/Computed"}, {"Computed": NUMBER}),
    "ambient enum": ("Ambient", {"$ref": "#/$defs/Ambient"}, {"Ambient": NUMBER}),
    "the enum itself": ("typeof Word", whole(Yes={"const": "y"}, No={"const": "n"})),
    "enum or null": ("Level | null", any_of({"$ref": "#/$defs/Level"}, NULL)),
    "enum member": ("Word.Yes", {"const": "y"}),
    "discriminated": (
        "Shape | null",
        any_of({"$ref": "#/$defs/Shape"}, NULL),
        {
            "Shape": {
                "anyOf": [{"$ref": f"#/$defs/{name}"} for name in ("Circle", "Square", "Dot")],
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {
                        "circle": "#/$defs/Circle",
                        "cube": "#/$defs/Square",
                        "dot": "#/$defs/Dot",
                        "square": "#/$defs/Square",
                    },
                },
            }
        },
    ),
    "inline discriminated": (
        '{ t: "a"; x: number } | { t: "b" }',
        {
            **any_of(whole(t={"const": "a"}, x=NUMBER), whole(t={"const": "b"})),
            "discriminator": {"propertyName": "t"},
        },
    ),
    "not discriminated": ("Item | Circle", any_of(ITEM, {"$ref": "#/$defs/Circle"})),
    "same shape, two names": ("Item | Other", any_of(ITEM, {"$ref": "#/$defs/Other"})),
    "recursive alias": (
        "Json",
        {"$ref": "#/$defs/Json"},
        {
            "Json": any_of(
                STRING,
                NUMBER,
                BOOLEAN,
                array({"$ref": "#/$defs/Json"}),
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/Json"}},
                NULL,
            )
        },
    ),
    "recursive without a name": (
        "z.output<z.ZodJSONSchema>",
        {"$ref": "#/$defs/It_RecursiveWithoutAName_Result"},
        {
            "It_RecursiveWithoutAName_Result": any_of(
                STRING,
                NUMBER,
                BOOLEAN,
                array({"$ref": "#/$defs/It_RecursiveWithoutAName_Result"}),
                {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/It_RecursiveWithoutAName_Result"},
                },
                NULL,
            )
        },
    ),
    "recursive object without a name": (
        "DeepPartial<Tree<Item>>",
        {"$ref": "#/$defs/It_RecursiveObjectWithoutAName_Result"},
    ),
    "a name inside what it contains": (
        "Map<string, Family>",
        {"type": "object", "additionalProperties": {"$ref": "#/$defs/Family"}, "x-rivet-type": "map"},
        {
            "Family": whole(
                name=STRING,
                children={
                    "type": "object",
                    "additionalProperties": {"$ref": "#/$defs/Family"},
                    "x-rivet-type": "map",
                },
            )
        },
    ),
    "a long chain": ("Link0", {"$ref": "#/$defs/Link0"}, {f"Link{CHAIN}": whole(id=STRING)}),
    "generic": (
        "Tree<Item>",
        {"$ref": "#/$defs/Tree_Item"},
        {"Tree_Item": whole(value=ITEM, children=array({"$ref": "#/$defs/Tree_Item"}))},
    ),
    "generic alias": (
        "Page<string>",
        {"$ref": "#/$defs/Page_String"},
        {"Page_String": {**whole(items=array(STRING)), "description": "What fits a screen."}},
    ),
    "generic of a literal": ('Page<"new">', {"$ref": "#/$defs/Page_New"}),
    "generic of containers": (
        "Page<Map<string, Set<Item>[]>> | Page<Uint8Array> | Page<Level.Low>",
        any_of(
            *(
                {"$ref": f"#/$defs/Page_{name}"}
                for name in ("LevelLow", "StringItemSetArrayMap", "Uint8Array")
            )
        ),
    ),
    "generic of a union": (
        "Page<Item | null>",
        {**whole(items=array(any_of(ITEM, NULL))), "description": "What fits a screen."},
    ),
    "generic of an object": (
        "Page<{ pages: Page<{ a: 1 }>[] }>",
        {
            **whole(
                items=array(
                    whole(
                        pages=array(
                            {
                                **whole(items=array(whole(a={"const": 1}))),
                                "description": "What fits a screen.",
                            }
                        )
                    )
                )
            ),
            "description": "What fits a screen.",
        },
    ),
    "partial": (
        "Partial<Circle>",
        {"$ref": "#/$defs/Partial_Circle"},
        {"Partial_Circle": record(kind={"const": "circle"}, radius=NUMBER)},
    ),
    "pick": (
        'Pick<Circle, "radius">',
        whole(radius=NUMBER),
    ),
    "readonly": ("Readonly<Item>", ITEM, {"Item": whole(id=STRING)}),
    "mapped": ("Getters<Item>", {"$ref": "#/$defs/Getters_Item"}, {"Getters_Item": whole(getId=STRING)}),
    "mapped date": ("Required<Date>", DATE),
    "mapped deeply": (
        "DeepReadonly<Held>",
        {"$ref": "#/$defs/DeepReadonly_Held"},
        {
            "DeepReadonly_Held": whole(
                at=DATE,
                by={
                    "type": "object",
                    "additionalProperties": {
                        "type": "array",
                        "uniqueItems": True,
                        "items": NUMBER,
                        "x-rivet-type": "set",
                    },
                    "propertyNames": {"$ref": "#/$defs/UserId"},
                    "x-rivet-type": "map",
                },
                data=binary("Uint8Array"),
                inner=whole(id={"$ref": "#/$defs/UserId"}),
            )
        },
    ),
    "namespace": ("Space.Inner.Deep", {"$ref": "#/$defs/Space_Inner_Deep"}),
    "documented": (
        "Documented",
        {"$ref": "#/$defs/Documented"},
        {
            "Documented": whole(
                plain={**STRING, "description": "Plain."},
                old={
                    **any_of({"type": "integer"}, NULL),
                    "description": "Twice.\n\nDeprecated: use plain\n\nSince: 2.0",
                    "deprecated": True,
                },
                list=array({"type": "integer"}),
                wrong=STRING,
            )
        },
    ),
}

# Name of the case: (type, schema, (code, the rest of the path after the action or the definition)).
REPORTED = {
    "any": ("any", {}, ("any", "returns")),
    "nested any": ("{ a: { b: any } }", whole(a=whole(b={})), ("any", "returns/a/b")),
    "any behind a name": ("Anything[]", array({}), ("any", "returns/[]")),
    "any in a map": (
        "Record<string, any>",
        {"type": "object", "additionalProperties": True},
        ("any", "returns/{}"),
    ),
    "symbol": ("symbol", {"x-rivet-unsupported": "symbol"}, ("unsupported", "returns")),
    "function": ("() => void", {"x-rivet-unsupported": "function"}, ("unsupported", "returns")),
    "function with properties": (
        "{ a: { (): void; b: string } }",
        {"type": "object"},
        ("function", "returns/a"),
    ),
    "required method": (
        "Required<HasMethods>",
        {"$ref": "#/$defs/Required_HasMethods"},
        ("function", "$defs/Required_HasMethods/run"),
    ),
    "mapped method": (
        "DeepReadonly<Held>",
        {"$ref": "#/$defs/DeepReadonly_Held"},
        ("function", "$defs/DeepReadonly_Held/run"),
    ),
    "class itself": ("typeof Account", {"x-rivet-unsupported": "function"}, ("unsupported", "returns")),
    "error with more": (
        "Error & { code: string; __brand: 1 }",
        {**whole(name=STRING, message=STRING), "x-rivet-type": "error"},
        ("extra-properties", "returns"),
    ),
    "array with more": ("Listed", {"$ref": "#/$defs/Listed"}, ("extra-properties", "$defs/Listed")),
    "symbol keys": ("Record<symbol, string>", {"type": "object"}, ("symbol-key", "returns")),
    "several kinds of keys": (
        "{ [key: `a-${string}`]: string; [key: number]: number }",
        {
            "type": "object",
            "additionalProperties": any_of(STRING, NUMBER),
            "propertyNames": {"pattern": f"^a-[\\s\\S]*$|{DIGITS}"},
        },
        ("index-signatures", "returns"),
    ),
    "stream": (
        "{ a: ReadableStream }",
        whole(a={"x-rivet-unsupported": "ReadableStream"}),
        ("unsupported", "returns/a"),
    ),
    "response": ("Response", {"x-rivet-unsupported": "Response"}, ("unsupported", "returns")),
    "generator": ("Generator<string>", {"x-rivet-unsupported": "Generator"}, ("unsupported", "returns")),
    "weak map": ("WeakMap<Item, string>", {"x-rivet-unsupported": "WeakMap"}, ("unsupported", "returns")),
    "url": ("URL", STRING, ("class-instance", "returns")),
    "nested promise": (
        "{ a: Promise<string> }",
        whole(a={"x-rivet-unsupported": "Promise"}),
        ("unsupported", "returns/a"),
    ),
    "rest in the middle": (
        "[...string[], number]",
        array({}),
        ("tuple-rest", "returns/1"),
    ),
    "12-6-letter case": ("Uppercase<string>", STRING, ("letter-case", "returns")),
    "12-6-letter case in a template": (
        "`x-${Capitalize<string>}`",
        {"type": "string", "pattern": "^x-[\\s\\S]*$"},
        ("letter-case", "returns"),
    ),
    "12-6-letter case of keys": (
        "Record<Lowercase<string>, number>",
        {"type": "object", "additionalProperties": NUMBER},
        ("letter-case", "returns"),
    ),
    "odd path": ('{ "a/b~c": any }', whole(**{"a/b~c": {}}), ("any", "returns/a~1b~0c")),
    "class": ("Account", {"$ref": "#/$defs/Account"}, ("class-instance", "$defs/Account")),
    "method": ("HasMethods", {"$ref": "#/$defs/HasMethods"}, ("function", "$defs/HasMethods/run")),
    "optional method": ("HasMethods", {"$ref": "#/$defs/HasMethods"}, ("function", "$defs/HasMethods/maybe")),
    "symbol key": ("Tagged", {"$ref": "#/$defs/Tagged"}, ("symbol-key", "$defs/Tagged/[tag]")),
    "@int on text": ("Documented", {"$ref": "#/$defs/Documented"}, ("int-tag", "$defs/Documented/wrong")),
    "endless": (
        "Endless<string>",
        {"$ref": "#/$defs/Endless_String"},
        ("endless-type", "$defs/Endless_StringArrayArrayArrayArray/next"),
    ),
    "endless without a name": ("{ a: Forever<string> }", {}, ("endless-type", "returns")),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    lines = [f"{name!r}: (): {case[0]} => null!," for name, case in (CASES | REPORTED).items()]
    source = (
        'import { actor, setup } from "rivetkit";\nimport type { z } from "zod";\n'
        f"{DECLARATIONS}\n"
        f"const it = actor({{ actions: {{\n{chr(10).join(lines)}\n}} }});\n"
        "export const registry = setup({ use: { it } });\n"
    )
    folder = write_project(tmp_path_factory.mktemp("types"), {"registry.ts": source})
    return extract(folder / "registry.ts")


def returned(document, name):
    return document["actors"]["it"]["actions"][name]["returns"]


@pytest.mark.parametrize("name", CASES)
def test_schema(document, name):
    _, expected, *definitions = CASES[name]
    assert returned(document, name) == expected
    assert [path for _, path in findings(document) if f"actions/{name}/" in path] == []
    for definition, body in definitions[0].items() if definitions else ():
        assert document["$defs"][definition] == body


@pytest.mark.parametrize("name", REPORTED)
def test_reported(document, name):
    _, expected, (code, path) = REPORTED[name]
    assert returned(document, name) == expected
    full = path if path.startswith("$defs") else f"actors/it/actions/{name}/{path}"
    assert [(code, full)] == [found for found in findings(document) if found == (code, full)]


@pytest.mark.parametrize(
    "text", ["0", "-5", "1.5", "1e+21", "1.5e-7", "-1e+21", "NaN", "Infinity", "-Infinity"]
)
def test_12_6_what_javascript_makes_of_a_number_in_a_text(text):
    assert re.fullmatch(A_NUMBER, text)
    assert not re.fullmatch(A_NUMBER, f"{text}-")


def test_only_endless_types_are_called_so(document):
    endless = [path for code, path in findings(document) if code == "endless-type"]
    assert [path for path in endless if "/Endless_" not in path and "/endless " not in path] == []
    assert len(endless) < 100


def test_a_class_is_described_by_its_public_fields(document):
    assert document["$defs"]["Account"] == whole(id=STRING)
    assert document["$defs"]["HasMethods"] == whole(id=STRING, later={"x-rivet-unsupported": "Promise"})


def test_every_reference_resolves(document):
    def references(value):
        if isinstance(value, dict):
            yield from ([value["$ref"]] if "$ref" in value else [])
            value = list(value.values())
        for inner in value if isinstance(value, list) else ():
            yield from references(inner)

    assert {name.removeprefix("#/$defs/") for name in references(document)} <= document["$defs"].keys()


def test_the_compiler_has_nothing_to_complain_of(document):
    assert findings(document, "error") == []
