"""Actors, actions, events and queues, however they are written: one project, extracted once."""

import pytest

from tests.extract.conftest import extract, findings, write_project

STRING, NUMBER = {"type": "string"}, {"type": "number"}
UNDEFINED = {"type": "null", "x-rivet-type": "undefined"}

FILES = {
    "registry.ts": """
import { actor, event, queue, setup, UserError } from "rivetkit";
import { UserError as Renamed } from "rivetkit";
import { z } from "zod";
import { imported } from "./actors.ts";
import { plain } from "./plain.js";
import type { Item } from "./actors.ts";
import type Standard from "./actors.ts";
import type { Item as OtherItem } from "./other/actors.ts";

declare const undeclared: any;
const byVariable = { state: {}, actions: { ok: (): boolean => true } };
const LIMIT = 7;
enum Kind { A = "a" }

/** What parameters can be. */
const parameters = actor({
  actions: {
    none: () => {},
    optional: (_c, a: string, b?: number) => {},
    orUndefined: (_c, a: string | undefined) => {},
    orNull: (_c, a: string | null) => {},
    rest: (_c, ...items: Item[]) => {},
    labelled: (_c, ...args: [first: string, second?: number, ...others: boolean[]]) => {},
    unlabelled: (_c, ...args: [string, number]) => {},
    variants: (_c, ...args: [id: string] | [column: number, row: number]) => {},
    everything: (...args: [c: unknown, name: string]) => {},
    destructured: (_c, { a, b }: { a: string; b: number }, [d]: [string]) => {},
    defaults: (_c, a: number = 1, b: string = "x", d: boolean = false, e: string | null = null, f: number = -2) => {},
    moreDefaults: (
      _c, a: string[] = [], b: Record<string, number> = {}, d: number = LIMIT, e: Kind = Kind.A,
      f: number = LIMIT * 2, g: number[] = [1, 2],
    ) => {},
    inferred: (_c, amount = 1, name = "x") => amount,
    inferredFromCast: (_c, a = "x" as "x" | "y") => {},
    restInTheMiddle: (_c, ...args: [string, ...number[], boolean]) => {},
    named: (_c, a: Standard) => {},
    defaultFirst: (_c, a: number = 1, b: string) => {},
    untyped: (_c, a) => {},
    overloaded,
    generic: <T extends Item>(_c: unknown, item: T): T => item,
    unbounded: <T>(_c: unknown, item: T): T[] => [item],
    method(_c, a: string): string { return a; },
    async promised(_c): Promise<string> { return ""; },
    group: { inner: { deep: (_c, a: string) => a } },
    "dotted.name": (_c) => 1,
    untypedAction: undeclared,
  },
});
function overloaded(c: unknown, a: string): string;
function overloaded(c: unknown, a: number): number;
function overloaded(_c: unknown, a: string | number): string | number { return a; }

const documented = actor({
  options: { name: "Documented", icon: "book" },
  actions: {
    /**
     * First line.
     *
     * Second paragraph with {@link Item} in it.
     *
     * @param a the first
     * @param b the second
     * @returns what comes out
     * @int b
     * @int returns
     * @throws Error if it rains
     * @deprecated use `other`
     */
    all: (_c, a: string, b: number): number => b,
    /** @int */
    bare: (): number => 1,
    /** @int x y */
    several: (_c, x: number, y: number[], z: number) => {},
    /** @int nobody */
    misspelt: (_c, x: number) => {},
    // no doc comment
    comment: () => {},
  },
  events: {
    /** An event. @deprecated */
    old: event<string>(),
  },
  queues: {
    /** A queue. */
    jobs: queue<string>(),
  },
});

/**
 * Throws.
 * @throws {banned} you are banned
 */
const throwing = actor({
  actions: {
    /**
     * Post.
     *
     * @throws {user.empty_message} The text
     *   is empty.
     * @throws {with-a-dash}
     * @throws {queue.full} see {@link Item}
     * @throws {empty_message} again
     * @exception {slow_down}
     * @throws {RangeError} if it rains
     * @throws {Error | TypeError} if it pours
     * @throws {a.b.c}
     */
    post: (_c, text: string) => {
      if (!text) throw new UserError("empty", { code: "empty_message" });
      if (text === "!") throw new UserError("banned", { code: "banned" });
      if (text === "?") throw new Renamed("odd", { metadata: {}, "code": `odd` });
      [text].forEach(() => { if (text === ".") { throw new UserError("inner", { code: "inner" }); } });
      throw new UserError("odd again", { code: "odd" });
    },
    // Neither a literal nor thrown here.
    vague: (_c, code: string) => {
      const made = new UserError("made", { code: "made" });
      if (code === "a") throw new UserError("no code");
      if (code === "b") throw new UserError("computed", { code });
      if (code === "c") throw new TypeError("another class", { code: "type" } as any);
      throw made;
    },
    group: { imported: thrower },
  },
  queues: {
    /** A queue. @throws {queue.full} */
    jobs: queue<string>(),
  },
});
function thrower() { throw new UserError("elsewhere", { code: "elsewhere" }); }

const Schema = z.object({ id: z.string(), count: z.number().default(1) });
type Counted = z.output<typeof Schema>;
const token = event<number>();
const events = actor({
  events: {
    plain: event<Item>(),
    nothing: event<void>(),
    missing: event<undefined>(),
    spread: event<[a: string, b?: number]>(),
    list: event<string[]>(),
    open: event<[string, ...number[]]>(),
    readonly: event<readonly [x: number]>(),
    variants: event<[string] | [number, boolean]>(),
    mixed: event<[string] | number>(),
    nullable: event<string | null>(),
    validator: Schema,
    option: event({ schema: Schema }),
    options: { schema: Schema, canSubscribe: () => true },
    guarded: event<string>({ canSubscribe: () => true }),
    variable: token,
    unsaid: event(),
    any: event<any>(),
  },
  actions: {},
});

const queues = actor({
  queues: {
    plain: queue<Item>(),
    replied: queue<Item, { done: boolean }>(),
    nullReply: queue<string, null>(),
    validator: Schema,
    both: { message: Schema, complete: Schema },
    options: queue({ message: Schema, complete: z.string() }),
    guarded: queue<string, number>({ canPublish: () => true }),
    tokens: { message: event<string>(), complete: event<number>() },
  },
  actions: {},
});

const typed = actor({
  createState: (_c: unknown, input: { size: number }) => ({ size: input.size }),
  createConnState: (_c: unknown, params: { name: string }) => ({ name: params.name }),
  actions: {},
});
const optionalTyped = actor({
  onCreate: (_c: unknown, input?: { size: number | null }) => {},
  onBeforeConnect: (_c: unknown, params: { at: Date } | undefined) => {},
  actions: {},
});
const validated = actor({
  connParamsSchema: Schema,
  createConnState: (_c: unknown, params: Counted) => params,
  actionInputSchemas: { one: z.tuple([z.string()]), group: { two: z.tuple([Schema]) } },
  actions: { one: (_c, a: string) => a, group: { two: (_c, b: Counted) => b }, free: (_c, a: string) => a },
});

/** Comment of the variable. */
const renamed = actor({ actions: {} });
const moment = actor({ actions: { now: (): { at: Date } => null! }, events: {} });
const viaEvent = actor({ actions: {}, events: { at: event<Map<string, string>>() } });
const viaQueue = actor({ actions: {}, queues: { at: queue<string, Date>() } });
const carried = actor({ actions: { all: (): { a: bigint; b: Set<string>; c: Uint8Array } => null! } });
const collisions = actor({ actions: { one: (): Item => null!, two: (): OtherItem => null! } });

const shapeless = actor({ actions: {} as Record<string, (c: unknown) => number>, events: {} as Record<string, any> });
const bare = actor({ state: {} });
// @ts-expect-error
const wrong = actor({ actions: { version: "1.0", ok: () => 1, "group.ok": () => 1, group: { ok: () => 2 } } });

/** What an actor's own variables and connections have: each alternative of the options is used somewhere. */
const stateful = actor({
  state: { at: null as Date | null },
  connState: { name: "" as string | undefined },
  vars: { count: 0 as number | undefined },
  actions: {
    all: (c) => [c.state.at, c.conn.state.name, c.vars.count] as const,
  },
});
const created = actor({
  createVars: () => ({ count: 0 as number | undefined }),
  actions: { count: (c) => c.vars.count },
});

const nameless = actor({
  actions: { "": () => 1, ok: () => 1, group: { "": () => 1, ok: () => 1 } },
  events: { "": event<string>(), ok: event<string>() },
  queues: { "": queue<string>(), ok: queue<string>() },
});

const maybe = Math.random() > 0.5 ? { optional: renamed } : {};
const either = Math.random() > 0.5
  ? actor({ actions: { same: () => 1, left: () => 1 } })
  : actor({ actions: { same: () => 1, right: () => "" } });
const shared = { spread: actor({ actions: { spread: () => 1 } }) };

export const registry = setup({
  use: {
    parameters, documented, throwing, events, queues, typed, optionalTyped, validated, imported, plain,
    /** Comment of the property. */
    renamed,
    alias: renamed,
    fromVariable: actor(byVariable),
    moment, viaEvent, viaQueue, carried, collisions, shapeless, bare, wrong,
    opaque: undeclared,
    stateful, created, nameless, "": nameless,
    either,
    ...shared,
    ...maybe,
  },
});
""",
    "actors.ts": """
import { actor } from "rivetkit";
export interface Item { id: string }
export default interface Standard { id: string }
export const imported = actor({ actions: { get: (): Item => ({ id: "" }) } });
throw new Error("nobody may execute this");
""",
    "other/actors.ts": "export interface Item { other: number }\n",
    "plain.js": """
import { actor } from "rivetkit";
/** In JavaScript. */
export const plain = actor({
  actions: {
    /**
     * @param {unknown} _c
     * @param {string} name whom
     * @param {number} [times]
     * @returns {Promise<string[]>}
     */
    greet: async (_c, name, times) => Array(times ?? 1).fill(name),
  },
});
""",
}


def slot(name, schema, required=True, **others):
    return {"name": name, "schema": schema, "required": required, **others}


def array(items):
    return {"type": "array", "items": items}


ITEM = {"$ref": "#/$defs/Item_Actors"}
OTHER_ITEM = {"$ref": "#/$defs/Item_OtherActors"}
COUNTED = {"$ref": "#/$defs/Counted"}
UNCOUNTED = {"type": "object", "properties": {"id": STRING, "count": NUMBER}, "required": ["id"]}

PARAMETERS = {
    "none": [],
    "optional": [slot("a", STRING), slot("b", NUMBER, required=False)],
    "orUndefined": [slot("a", {"anyOf": [STRING, UNDEFINED]})],
    "orNull": [slot("a", {"anyOf": [STRING, {"type": "null"}]})],
    "rest": [slot("items", ITEM, required=False, rest=True)],
    "labelled": [
        slot("first", STRING),
        slot("second", NUMBER, required=False),
        slot("others", {"type": "boolean"}, required=False, rest=True),
    ],
    "unlabelled": [slot("args0", STRING), slot("args1", NUMBER)],
    "variants": [slot("id", {"anyOf": [STRING, NUMBER]}), slot("row", NUMBER, required=False)],
    "everything": [slot("name", STRING)],
    "destructured": [
        slot("arg0", {"type": "object", "properties": {"a": STRING, "b": NUMBER}, "required": ["a", "b"]}),
        slot(
            "arg1", {"type": "array", "prefixItems": [STRING], "items": False, "minItems": 1, "maxItems": 1}
        ),
    ],
    "defaults": [
        slot("a", {**NUMBER, "default": 1}, required=False),
        slot("b", {**STRING, "default": "x"}, required=False),
        slot("d", {"type": "boolean", "default": False}, required=False),
        slot("e", {"anyOf": [STRING, {"type": "null"}], "default": None}, required=False),
        slot("f", {**NUMBER, "default": -2}, required=False),
    ],
    "moreDefaults": [
        slot("a", {**array(STRING), "default": []}, required=False),
        slot("b", {"type": "object", "additionalProperties": NUMBER, "default": {}}, required=False),
        slot("d", {**NUMBER, "default": 7}, required=False),
        slot("e", {"const": "a", "default": "a"}, required=False),
        slot("f", NUMBER, required=False),
        slot("g", {**array(NUMBER), "default": [1, 2]}, required=False),
    ],
    "inferred": [
        slot("amount", {**NUMBER, "default": 1}, required=False),
        slot("name", {**STRING, "default": "x"}, required=False),
    ],
    "inferredFromCast": [
        slot("a", {"type": "string", "enum": ["x", "y"], "default": "x"}, required=False),
    ],
    "restInTheMiddle": [slot("args0", STRING), slot("args1", {}, required=False, rest=True)],
    "named": [slot("a", {"$ref": "#/$defs/Standard"})],
    "defaultFirst": [slot("a", {"anyOf": [NUMBER, UNDEFINED], "default": 1}), slot("b", STRING)],
    "untyped": [slot("a", {})],
    "overloaded": [slot("a", NUMBER)],
    "generic": [slot("item", ITEM)],
    "unbounded": [slot("item", {})],
    "method": [slot("a", STRING)],
    "promised": [],
    "group.inner.deep": [slot("a", STRING)],
    "dotted.name": [],
    "untypedAction": [slot("args", {}, required=False, rest=True)],
}

EVENTS = {
    "plain": [slot("payload", ITEM)],
    "nothing": [],
    "missing": [],
    "spread": [slot("a", STRING), slot("b", NUMBER, required=False)],
    "list": [slot("payload", array(STRING))],
    "open": [slot("payload", {"type": "array", "prefixItems": [STRING], "items": NUMBER, "minItems": 1})],
    "readonly": [slot("x", NUMBER)],
    "variants": [
        slot("arg0", {"anyOf": [STRING, NUMBER]}),
        slot("arg1", {"type": "boolean"}, required=False),
    ],
    "mixed": [slot("payload", {"anyOf": [NUMBER, STRING]})],
    "nullable": [slot("payload", {"anyOf": [STRING, {"type": "null"}]})],
    "validator": [slot("payload", COUNTED)],
    "option": [slot("payload", COUNTED)],
    "options": [slot("payload", COUNTED)],
    "guarded": [slot("payload", STRING)],
    "variable": [slot("payload", NUMBER)],
    "unsaid": [slot("payload", {})],
    "any": [slot("payload", {})],
}

QUEUES = {
    "plain": (ITEM, None),
    "replied": (ITEM, {"type": "object", "properties": {"done": {"type": "boolean"}}, "required": ["done"]}),
    "nullReply": (STRING, {"type": "null"}),
    "validator": (UNCOUNTED, None),
    "both": (UNCOUNTED, COUNTED),
    "options": (UNCOUNTED, STRING),
    "guarded": (STRING, NUMBER),
    "tokens": (STRING, NUMBER),
}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("actors"), FILES)
    return extract(folder / "registry.ts")


@pytest.fixture(scope="module")
def actors(document):
    return document["actors"]


def test_all_actors_are_there_in_order(actors):
    names = """
        parameters documented throwing events queues typed optionalTyped validated imported plain renamed alias
        fromVariable moment viaEvent viaQueue carried collisions shapeless bare wrong opaque stateful created nameless
        either spread optional
    """
    assert list(actors) == sorted(names.split())


def test_all_actions_are_there_in_order(actors):
    assert list(actors["parameters"]["actions"]) == sorted(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(actors, name):
    assert actors["parameters"]["actions"][name]["params"] == PARAMETERS[name]


@pytest.mark.parametrize("name", EVENTS)
def test_events(actors, name):
    assert actors["events"]["events"][name] == {"args": EVENTS[name]}


@pytest.mark.parametrize("name", QUEUES)
def test_queues(actors, name):
    message, complete = QUEUES[name]
    assert actors["queues"]["queues"][name] == {"message": message, "complete": complete}


def test_results(actors):
    actions = actors["parameters"]["actions"]
    assert actions["promised"]["returns"] == STRING
    assert actions["overloaded"]["returns"] == NUMBER
    assert actions["generic"]["returns"] == ITEM
    assert actions["unbounded"]["returns"] == array({})
    assert actions["none"]["returns"] == UNDEFINED


def test_doc_comments(actors):
    described = actors["documented"]
    assert described["display"] == {"name": "Documented", "icon": "book"}
    assert described["actions"]["all"] == {
        "description": "First line.\n\nSecond paragraph with {@link Item} in it.\n\n"
        "Throws: Error if it rains\n\nDeprecated: use `other`",
        "deprecated": "use `other`",
        "params": [
            slot("a", {**STRING, "description": "the first"}),
            slot("b", {"type": "integer", "description": "the second"}),
        ],
        "returns": {"type": "integer", "description": "what comes out"},
    }
    assert described["actions"]["bare"]["returns"] == {"type": "integer"}
    x, y, z = described["actions"]["several"]["params"]
    assert (x["schema"], y["schema"], z["schema"]) == (
        {"type": "integer"},
        array({"type": "integer"}),
        NUMBER,
    )
    assert described["events"]["old"]["description"] == "An event."
    assert described["events"]["old"]["deprecated"] is True
    assert described["queues"]["jobs"]["description"] == "A queue."
    assert "description" not in described["actions"]["comment"]


def test_declared_errors(actors, document):
    throwing = actors["throwing"]
    post = throwing["actions"]["post"]
    assert throwing["description"] == "Throws."
    assert throwing["throws"] == [{"group": "user", "code": "banned", "description": "you are banned"}]
    assert post["throws"] == [
        {"group": "user", "code": "empty_message", "description": "The text\nis empty."},
        {"group": "user", "code": "with-a-dash"},
        {"group": "queue", "code": "full", "description": "see {@link Item}"},
        {"group": "user", "code": "slow_down"},
    ]
    assert post["description"].split("\n\n") == [
        "Post.",
        "Throws: {RangeError} if it rains",
        "Throws: {Error | TypeError} if it pours",
        "Throws: {a.b.c}",
    ]
    assert throwing["queues"]["jobs"]["throws"] == [{"group": "queue", "code": "full"}]
    assert "throws" not in throwing["actions"]["vague"]
    assert [
        (found["path"].removeprefix("actors/throwing/actions/"), found["severity"], found["message"])
        for found in document["diagnostics"]
        if found["code"] == "undeclared-error"
    ] == [
        (
            path,
            "info",
            f"the action throws user.{code}, which its doc comment does not say; add @throws {{{code}}}",
        )
        for path, code in [("group/group.imported", "elsewhere"), ("post", "odd"), ("post", "inner")]
    ]


def test_comments_of_actors(actors):
    assert actors["parameters"]["description"] == "What parameters can be."
    assert actors["renamed"]["description"] == "Comment of the property."
    assert actors["alias"]["description"] == "Comment of the variable."


def test_input_and_connection_parameters(actors):
    size = {"type": "object", "properties": {"size": NUMBER}, "required": ["size"]}
    assert actors["typed"]["input"] == {"schema": size, "required": True}
    assert actors["typed"]["connParams"]["required"] is True
    assert actors["optionalTyped"]["input"]["required"] is False
    assert actors["optionalTyped"]["connParams"]["required"] is False
    assert actors["parameters"]["input"] is None
    assert actors["parameters"]["connParams"] is None


def test_validators_say_what_is_sent(actors):
    validated = actors["validated"]
    assert validated["connParams"] == {"schema": UNCOUNTED, "required": True, "validated": True}
    one, two, free = (validated["actions"][name] for name in ("one", "group.two", "free"))
    assert one["validatedParams"]["prefixItems"] == [STRING]
    assert two["validatedParams"]["prefixItems"] == [UNCOUNTED]
    assert two["params"] == [slot("b", COUNTED)]
    assert "validatedParams" not in free


def test_encodings(actors):
    assert [actors[name]["encodings"] for name in ("moment", "viaEvent", "viaQueue")] == [["bare"]] * 3
    assert actors["carried"]["encodings"] == ["bare", "cbor", "json"]


def test_optional_and_opaque_actors(actors):
    assert actors["optional"]["optional"] is True
    assert actors["opaque"]["opaque"] is True
    assert actors["opaque"]["actions"] == {}
    assert "opaque" not in actors["imported"]


def test_an_actor_that_may_be_another(actors):
    assert list(actors["either"]["actions"]) == ["same"]


def test_actions_that_rivetkit_refuses(document):
    assert list(document["actors"]["wrong"]["actions"]) == ["group.ok", "ok"]
    assert ("no-action", "actors/wrong/actions/version") in findings(document, "error")
    assert ("duplicate-action", "actors/wrong/actions") in findings(document, "error")


def test_types_that_come_from_the_options_of_an_actor(actors):
    maybe = {"anyOf": [STRING, UNDEFINED]}, {"anyOf": [NUMBER, UNDEFINED]}
    assert actors["stateful"]["actions"]["all"]["returns"]["prefixItems"][1:] == list(maybe)
    assert actors["created"]["actions"]["count"]["returns"] == maybe[1]


def test_12_10_what_has_no_name_is_left_out_and_the_rest_stays(document):
    nameless = document["actors"]["nameless"]
    found = {kind: list(nameless[kind]) for kind in ("actions", "events", "queues")}
    assert found == {"actions": ["group.ok", "ok"], "events": ["ok"], "queues": ["ok"]}
    places = ("actors", "actions", "actions/group", "events", "queues")
    expected = {"actors" if place == "actors" else f"actors/nameless/{place}" for place in places}
    assert {path for code, path in findings(document, "warning") if code == "empty-name"} == expected


def test_types_of_one_name_are_told_apart_by_file(document):
    collisions = document["actors"]["collisions"]["actions"]
    assert (collisions["one"]["returns"], collisions["two"]["returns"]) == (ITEM, OTHER_ITEM)
    assert document["$defs"]["Item_Actors"]["required"] == ["id"]
    assert document["$defs"]["Item_OtherActors"]["required"] == ["other"]


def test_javascript(actors):
    assert actors["plain"]["description"] == "In JavaScript."
    assert actors["plain"]["actions"]["greet"]["params"] == [
        slot("name", {**STRING, "description": "whom"}),
        slot("times", NUMBER, required=False),
    ]


def test_every_loss_is_reported_with_its_place(document):
    place = "actors/parameters/actions/"
    assert sorted(set(findings(document, "warning"))) == [
        ("actor-union", "actors/either"),
        ("any", "actors/events/events/any/args/payload"),
        ("any", place + "inferred/returns"),
        ("any", place + "untyped/params/a"),
        ("any", place + "untypedAction"),
        ("empty-name", "actors"),
        *(("empty-name", f"actors/nameless/{at}") for at in ("actions", "actions/group", "events", "queues")),
        ("int-tag", "actors/documented/actions/misspelt"),
        ("opaque-actor", "actors/opaque"),
        ("params-not-json", "actors/optionalTyped/connParams"),
        ("tuple-rest", place + "restInTheMiddle/params/args1"),
        ("type-parameter", place + "unbounded/params/item"),
        ("type-parameter", place + "unbounded/returns/[]"),
        ("unknown-names", "actors/shapeless/actions"),
        ("unknown-names", "actors/shapeless/events"),
    ]
    assert sorted(set(findings(document, "info"))) == [
        ("inferred-from-default", place + "inferred/params/amount"),
        ("inferred-from-default", place + "inferred/params/name"),
        ("inferred-from-default", place + "inferredFromCast/params/a"),
        ("name-collision", "$defs/Item"),
        ("overloads", place + "overloaded"),
        ("tuple-union", "actors/events/events/mixed/args"),
        ("tuple-union", "actors/events/events/variants/args"),
        ("tuple-union", place + "variants/params"),
        ("type-parameter", place + "generic/params/item"),
        ("type-parameter", place + "generic/returns"),
        ("undeclared-error", "actors/throwing/actions/group/group.imported"),
        ("undeclared-error", "actors/throwing/actions/post"),
    ]
