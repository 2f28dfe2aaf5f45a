"""Check C: does TypeScript's own `Client<typeof registry>` say of every action what the document says?

The document is written back as TypeScript, and the compiler compares the types, both ways. Nothing of the extractor
takes part, so that a mistake in it cannot hide itself. Faults put into a document show that the check can fail.
"""

import copy
import json
import re
import subprocess

import pytest

from tests.extract.conftest import EXAMPLES, REGISTRIES, SERVER, document_of, findings
from tests.extract.typescript_text import parameters_text, result_text, type_text

IMPORT = re.compile(r'^import \{ (.*) \} from "\./(\w+/\w+\.ts)";$', re.MULTILINE)
HOSTED = {path: names.split(", ") for names, path in IMPORT.findall((REGISTRIES / "host.ts").read_text())}
SOURCES = {
    "host": REGISTRIES / "host.ts",  # it has the actors of all registries beside it
    "examples": EXAMPLES / "registry.ts",
    "server": SERVER / "registry.ts",
}

# Members of the handle hide actions of the same name from callers in TypeScript.
HIDDEN = {"action", "connect", "fetch", "reload", "resolve", "send", "webSocket", "getGatewayUrl"}

# A document cannot say "readonly", "a brand", "required, but undefined", or what a template literal says exactly:
# these actions must agree in one direction only.
WIDER = {
    "archive.gaps": "`either` is required and may be undefined",
    "draughts.board": "the corners are a readonly tuple",
    "inventory.statistics": "`largest` is required and may be undefined",
    "matchmaker.describe": "a template literal is a string with a pattern",
    "shapes.branded": "UserId and Cents have brands",
    "shapes.maybe": "`undefinable` is required and may be undefined",
    "shapes.missing": "a result that is undefined is void here",
    "shapes.namedTuple": "the tuple is readonly",
    "shapes.optional": "undefined beside null is null to Python",
    "shapes.templates": "a template literal is a string with a pattern",
    "shop.product": "ProductId has a brand",
}

PRELUDE = """
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Related<A, B> = [A] extends [B] ? true : [B] extends [A] ? true : false;
type Handle<A> = A extends { getOrCreate: (...args: never[]) => infer H } ? H : never;
type Action<F> = F extends (...args: infer P) => Promise<infer R> ? { params: P; result: R } : never;
"""


class Registry:
    """One registry as TypeScript sees it, under a name of its own in the program."""

    def __init__(self, name, source):
        self.document = document_of(source)
        self.name = name
        self.source = source
        parts = [REGISTRIES / path for path in HOSTED] if name == "host" else []
        self.modules = {f"{name}Source{number}": path for number, path in enumerate([source, *parts])}

    def imports(self):
        package = next(folder for folder in self.source.parents if (folder / "node_modules").exists())
        client = package / "node_modules" / "rivetkit" / "dist" / "tsup" / "client" / "mod.d.ts"
        export = self.document["x-rivet-registry"]["export"]
        return [
            f'import type {{ Client as {self.name}Client }} from "{client}";',
            *(f'import type * as {alias} from "{path}";' for alias, path in self.modules.items()),
            f"type {self.name} = {self.name}Client<(typeof {self.name}Source0)[{json.dumps(export)}]>;",
        ]

    def enum(self, name):
        """Return what the source's own enum is called in the program."""
        line = f"export enum {name} "
        return next(f"{alias}.{name}" for alias, path in self.modules.items() if line in path.read_text())


def reference_texts(registry, document, prefix):
    """Return what stands for each definition: an alias, or the source's own enum, as no other type is the same."""
    return {
        name: registry.enum(name) if is_string_enum(schema) else f"{prefix}_{name}"
        for name, schema in document["$defs"].items()
    }


def is_string_enum(schema):
    return "x-enum-varnames" in schema and schema["type"] == "string"


def definitions(document, names):
    """Return the definitions as aliases, and for enums a line that compares the values."""
    for name, schema in document["$defs"].items():
        text = type_text(schema, names)
        if is_string_enum(schema):
            yield f"true satisfies Same<`${{{names[name]}}}`, {text}>;"
        else:
            yield f"type {names[name]} = {text};"


def checks(registry, document, prefix):
    """Return the definitions, and by action the line that compares it."""
    names = reference_texts(registry, document, prefix)
    lines = {}
    for actor, described in document["actors"].items():
        for action, says in described["actions"].items():
            path = action.split(".")
            if path[0] in HIDDEN:
                continue
            members = "".join(f"[{json.dumps(step)}]" for step in path)
            client = f"Action<Handle<{registry.name}[{json.dumps(actor)}]>{members}>"
            params, result = parameters_text(says["params"], names), result_text(says["returns"], names)
            comparison = "Related" if f"{actor}.{action}" in WIDER else "Same"
            lines[f"{actor}.{action}"] = (
                f"true satisfies {comparison}<{client}, {{ params: {params}; result: {result} }}>;"
            )
    return list(definitions(document, names)), lines


def compare(folder, programs):
    """Compile (registry, document) pairs and return for each the actions that TypeScript sees differently.

    All in one run of the compiler, with the TypeScript of the registries themselves.
    """
    registries = {registry.name: registry for registry, _ in programs}
    text = [line for registry in registries.values() for line in registry.imports()]
    text += PRELUDE.splitlines()
    where = {}
    for number, (registry, document) in enumerate(programs):
        aliases, lines = checks(registry, document, f"D{number}")
        text += aliases
        for action, line in lines.items():
            text.append(line)
            where[len(text)] = number, action
    (folder / "check.ts").write_text("\n".join(text) + "\n")
    options = {"target": "es2022", "module": "nodenext", "strict": True, "skipLibCheck": True, "noEmit": True}
    options |= {
        "allowImportingTsExtensions": True,
        "typeRoots": [str(REGISTRIES / "node_modules" / "@types")],
        "types": ["node"],
    }
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["check.ts"]}))
    (folder / "package.json").write_text('{"type": "module"}')
    compiler = REGISTRIES / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", compiler, "-p", folder, "--pretty", "false"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    differing = [[] for _ in programs]
    for error in re.findall(r"^\S.*", done.stdout, re.MULTILINE):
        place = re.match(r"check\.ts\((\d+),\d+\): error TS1360: Type 'true' does not satisfy", error)
        assert place, error
        number, action = where[int(place[1])]
        differing[number].append(action)
    return differing, len(where)


def room_alone(document):
    """Return the part of a document that is about the actor `room`."""
    room = document["actors"]["room"]
    definitions, texts = {}, [json.dumps(room)]
    while texts:
        for name in re.findall(r'"#/\$defs/(\w+)"', texts.pop()):
            if name not in definitions:
                definitions[name] = document["$defs"][name]
                texts.append(json.dumps(definitions[name]))
    return {"actors": {"room": room}, "$defs": definitions}


def fault(document, change):
    """Make a change to what a document says of the chat's `post`."""
    changed = copy.deepcopy(document)
    change(changed["actors"]["room"]["actions"]["post"], changed["$defs"])
    return changed


FAULTS = {
    "parameter type": lambda post, _: post["params"][0].update(schema={"type": "number"}),
    "parameter optional": lambda post, _: post["params"][0].update(required=False),
    "parameter required": lambda post, _: post["params"][1].update(required=True),
    "parameter missing": lambda post, _: post["params"].pop(),
    "parameter too many": lambda post, _: post["params"].append(
        {"name": "x", "schema": {}, "required": False}
    ),
    "rest": lambda post, _: post["params"][1].update(rest=True),
    "nested null lost": lambda post, _: post["params"][1]["schema"]["properties"].update(
        replyTo={"type": "number"}
    ),
    "result type": lambda post, _: post.update(returns={"$ref": "#/$defs/Page"}),
    "result anything": lambda post, _: post.update(returns={}),
    "result nullable": lambda post, _: post.update(returns={"anyOf": [post["returns"], {"type": "null"}]}),
    "property missing": lambda _, defs: defs["Message"]["properties"].pop("text"),
    "property optional": lambda _, defs: defs["Message"]["required"].remove("text"),
    "property type": lambda _, defs: defs["Message"]["properties"].update(
        text={"type": "string", "x-rivet-type": "date"}
    ),
    "enum value missing": lambda _, defs: defs["Role_ChatRegistry"]["enum"].pop(),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    registries = [Registry(name, source) for name, source in SOURCES.items()]
    host = registries[list(SOURCES).index("host")]
    room = room_alone(host.document)
    programs = [(registry, registry.document) for registry in registries]
    programs += [(host, fault(room, change)) for change in FAULTS.values()]
    differing, count = compare(tmp_path_factory.mktemp("check"), programs)
    by_name = dict(zip([*SOURCES, *FAULTS], differing, strict=True))
    return by_name, count


@pytest.mark.parametrize("name", SOURCES)
def test_typescript_agrees_with_every_action(outcome, name):
    assert outcome[0][name] == []


@pytest.mark.parametrize("name", FAULTS)
def test_the_check_finds_a_fault(outcome, name):
    assert "room.post" in outcome[0][name]


def test_nothing_was_left_out(outcome):
    documents = [document_of(source) for source in SOURCES.values()]
    actions = [
        action
        for document in documents
        for actor in document["actors"].values()
        for action in actor["actions"]
    ]
    # Of the actors clash and oddNames.
    hidden = [action for action in actions if action.split(".")[0] in HIDDEN]
    room = document_of(SOURCES["host"])["actors"]["room"]["actions"]
    assert outcome[1] == len(actions) - len(hidden) + len(FAULTS) * len(room)
    assert sorted(hidden) == sorted(["action", "connect", "fetch", "resolve", "send", *["connect", "send"]])


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_about_them_is_lost(name):
    document = document_of(SOURCES[name])
    assert findings(document, "error", "warning") == []
    assert document["actors"]
    assert not [actor for actor in document["actors"].values() if "opaque" in actor]


def test_the_host_has_the_actors_of_all_registries():
    assert {path.parent.name for path in REGISTRIES.glob("*/registry.ts")} == {
        path.split("/")[0] for path in HOSTED
    }
    assert sorted(name for names in HOSTED.values() for name in names) == sorted(
        document_of(SOURCES["host"])["actors"]
    )
