"""What a typed package consists of: the golden one, names, and documents that are wrong."""

from __future__ import annotations

import copy
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from enum import EnumType
from inspect import getdoc
from pathlib import Path
from typing import Any

import pytest

import rivet_client
from rivet_client.typed import Contract
from rivet_codegen.output.tree import Tree, compare_tree, write_tree
from rivet_codegen.registry import naming
from rivet_codegen.registry.build import actor_views
from rivet_codegen.registry.document import read_document
from rivet_codegen.registry.errors import ErrorClasses
from rivet_codegen.registry.layout import folder_names, types_by_home
from rivet_codegen.registry.overview import overview
from rivet_codegen.registry.patterns import Patterns
from rivet_codegen.registry.schemas import SchemaConverter
from rivet_codegen.registry.typed_package import RegistryError, render_typed_package
from tests.typed.support import document, imported, odd_document

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOLDEN = json.loads((HERE / "golden" / "registry.json").read_text())
TEXT = {"type": "string"}


def action(*names: str, **more: Any) -> dict[str, Any]:
    return {
        "params": [{"name": name, "schema": TEXT, "required": True} for name in names],
        "returns": TEXT,
        **more,
    }


# --- Files -----------------------------------------------------------------------------------------------------


def golden() -> Tree:
    """The golden package, as the command writes it."""
    return render_typed_package(GOLDEN, package="counters", version=rivet_client.__version__).tree


def test_golden() -> None:
    """After a change that is meant, or a new version of the client: run this file as a program."""
    assert compare_tree(golden(), HERE / "golden" / "expected") == []


def test_every_run_writes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import json, sys; from pathlib import Path; from rivet_codegen.registry.typed_package import render_typed_package\n"
        "from rivet_codegen.output.tree import write_tree\n"
        "write_tree(render_typed_package(json.loads(Path(sys.argv[1]).read_text()), package='room').tree, Path(sys.argv[2]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "codegen")])}
    for seed in ("1", "2"):
        command = [sys.executable, "-c", program, str(HERE / "room.json"), str(tmp_path / seed)]
        subprocess.run(command, env={**environment, "PYTHONHASHSEED": seed}, check=True)
    tree = {
        path.relative_to(tmp_path / "1").as_posix(): path.read_bytes()
        for path in (tmp_path / "1").rglob("*.*")
    }
    assert compare_tree(tree, tmp_path / "2") == []


def test_order_in_the_document_does_not_matter() -> None:
    def turned(value: Any, path: str = "") -> Any:
        if isinstance(value, dict):
            keeps_order = path.endswith("properties")
            items = list(value.items()) if keeps_order else list(value.items())[::-1]
            return {key: turned(item, key) for key, item in items}
        return [turned(item) for item in value] if isinstance(value, list) else value

    room = json.loads((HERE / "room.json").read_text())
    assert (
        render_typed_package(turned(room), package="room").tree
        == render_typed_package(room, package="room").tree
    )


def test_heads_say_where_it_comes_from() -> None:
    tree = render_typed_package(GOLDEN, package="counters", command="rivet-client generate x.ts").tree
    assert sorted(tree) == [
        "__init__.py",
        "_contract.py",
        "actors/__init__.py",
        *(f"actors/counter/{name}.py" for name in ("__init__", "_bindings", "asyncio", "blocking", "models")),
        *(f"actors/journal/{name}.py" for name in ("__init__", "_bindings", "asyncio", "blocking")),
        "asyncio.py",
        "blocking.py",
        "contract.json",
        "errors.py",
        "models.py",
        "py.typed",
    ]
    said = "Generated, do not edit. Source: registry.ts; command: rivet-client generate x.ts"
    assert {data.splitlines()[0].decode() for name, data in tree.items() if name.endswith(".py")} == {
        f"# {said}"
    }
    assert json.loads(tree["contract.json"])["$comment"] == said


def test_a_head_is_one_line() -> None:
    tree = render_typed_package(document(file="a\nb.ts"), package="empty").tree
    assert tree["models.py"].splitlines()[:2] == [tree["blocking.py"].splitlines()[0], b""]
    assert b"Source: a b.ts;" in tree["models.py"]


LAZY = """
import pickle, sys, threading, typing
import outer.package as package

def loaded():
    start = "outer.package."
    return sorted(name.removeprefix(start) for name in sys.modules if name.startswith(start))

assert not {"pydantic", "httpx"} & sys.modules.keys() and not loaded()
assert package.__all__ == ["AsyncClient", "Client", "__contract__", "models"] and set(package.__all__) <= set(dir(package))
client = package.Client()
assert loaded() == ["actors", "blocking"] and "pydantic" not in sys.modules

handle = client.one.get("k")
type(handle).action = lambda self, *args: {"both": {"text": "hi"}}
result = handle.act("a")
one = [f"actors.one{rest}" for rest in ("", "._bindings", ".blocking", ".models")]
assert loaded() == ["actors", *one, "blocking", "models"], loaded()

barrier, got = threading.Barrier(8), []
threads = [threading.Thread(target=lambda: (barrier.wait(), got.append(client.two.get("k")))) for _ in range(8)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
assert {type(it) for it in got} == {package.blocking.TwoHandle} and len(got) == 8

from outer.package.models import Both, Own
assert type(result) is package.models.OneActResult is package.actors.one.models.OneActResult
assert type(result.both) is Both and Both.__module__ == "outer.package.models"
assert Own.__module__ == "outer.package.actors.two.models" and pickle.loads(pickle.dumps(result)) == result
assert typing.get_type_hints(Own)["both"] is Both
assert typing.get_type_hints(package.Client.three.fget)["return"] is package.blocking.ThreeAccessor
assert typing.get_type_hints(package.blocking.OneHandle.act)["return"] is package.models.OneActResult
assert "outer.package.asyncio" not in sys.modules
assert typing.get_type_hints(package.AsyncClient.two.fget)["return"] is package.asyncio.AsyncTwoAccessor
for module in (package, package.models, package.blocking, package.asyncio, package.actors, package.actors.one):
    assert set(module.__all__) <= set(dir(module)) and [getattr(module, name) for name in module.__all__]
    assert not hasattr(module, "nothing")
"""


def test_what_is_not_used_is_not_loaded(tmp_path: Path) -> None:
    """Neither at the import nor at the first call; names and types are there all the same, in every thread.

    The package may lie inside another one.
    """
    both = {"type": "object", "properties": {"text": TEXT}, "required": ["text"]}
    result = {"type": "object", "properties": {"both": {"$ref": "#/$defs/Both"}}, "required": ["both"]}
    own = {"params": [], "returns": {"$ref": "#/$defs/Own"}}
    source = document(
        {
            "one": {"actions": {"act": action("a", returns=result)}},
            "two": {"actions": {"act": own}},
            "three": {},
        },
        {"Both": both, "Own": result},
    )
    write_tree(render_typed_package(source, package="package").tree, tmp_path / "outer" / "package")
    (tmp_path / "outer" / "__init__.py").touch()
    paths = os.pathsep.join([str(tmp_path), str(ROOT), str(ROOT / "generated")])
    subprocess.run([sys.executable, "-c", LAZY], env={**os.environ, "PYTHONPATH": paths}, check=True)


def test_types_belong_to_the_only_actor_that_uses_them() -> None:
    """Directly or through other types; whatever a shared type mentions is shared, because it must not import an actor."""
    mentions = {"A": "B", "B": "A", "C": "D", "D": "", "E": "D", "Unused": "F", "F": "", "G": ""}
    found = types_by_home({"one": "AFG", "two": "CG", "three": "E"}, mentions | {"Unused": ["F"]})
    assert found == {"": ["D", "F", "G", "Unused"], "one": ["A", "B"], "two": ["C"], "three": ["E"]}


def test_models_that_are_alike_are_made_once(tmp_path: Path) -> None:
    """Each has its own names and texts, whatever those say, and is what it would be alone."""

    def model(of: str, said: str, kind: str = "it", **more: Any) -> dict[str, Any]:
        own = {
            "of": {"$ref": f"#/$defs/{of}"},
            "fromWhere": {**TEXT, "description": said},
            "kind": {"const": kind},
        }
        return {"type": "object", "properties": own, "required": ["of", "kind"], "description": said, **more}

    definitions = {
        "Alike": model("Self", "ǂ1"),
        "Self": model("Self", 'says """ǂ0""" and definition_ǂ_0'),
        "Third": model("Alike", "'\n\n\nclass Other(Model):\n    pass"),
        "Kind": model("Alike", "third", '"""ǂ0"""'),
        "Wide": model("Alike", "third", additionalProperties=TEXT),
    }
    converter = SchemaConverter(read_document(document({}, definitions)), [])
    assert len(Patterns(converter.models, converter.fields).models) == 3
    with imported(document({}, definitions), tmp_path, "alike") as package:
        models = package.models
        for name, schema in definitions.items():
            of, said = schema["properties"]["of"]["$ref"].rpartition("/")[2], schema["description"]
            made = getattr(models, name)
            made.model_rebuild()
            assert made.__name__ == name
            assert made.model_fields["of"].annotation is getattr(models, of)
            assert made.model_fields["from_where"].alias == "fromWhere"
            assert spoken(said) in spoken(made.__doc__)
            assert made.model_fields["kind"].default == schema["properties"]["kind"]["const"]


def test_folders_are_possible_everywhere() -> None:
    long = "x" * 300
    folders = folder_names(["chat", "con", "com1", "straße", "strasse", long, f"{long}y"])
    assert folders == {
        "chat": "chat", "con": "con_2", "com1": "com1_2", "strasse": "strasse", "straße": "straße_2",
        long: long[:60], f"{long}y": f"{long[:60]}_2",
    }  # fmt: skip


def test_arguments_are_those_of_the_dynamic_client(tmp_path: Path) -> None:
    import inspect

    with imported(GOLDEN, tmp_path, "golden_arguments") as package:
        for name in ("Client", "AsyncClient"):
            ours, theirs = getattr(package, name), getattr(rivet_client, name)
            assert inspect.signature(ours) == inspect.signature(theirs)


# --- Names -----------------------------------------------------------------------------------------------------


def test_taken_names_are_those_of_the_classes() -> None:
    def public(*classes: type) -> set[str]:
        return {name for cls in classes for name in dir(cls) if not name.startswith("_")}

    assert public(rivet_client.Client) == naming.CLIENT_MEMBERS
    assert public(rivet_client.ActorHandle, rivet_client.ActorConnection) == naming.HANDLE_MEMBERS
    in_models = {"Model", "OpenModel", *importlib.import_module("rivet_client.typed.annotations").__all__}
    assert in_models - {"RECEIVED"} <= naming.TYPE_NAMES


def test_renames(tmp_path: Path) -> None:
    """Every name that is more than spelled in Python's way is reported, and works."""
    actors = {
        "close": {},
        "class": {},
        "chat-room": {
            "actions": {"fooBar": action(), "foo_bar": action(), "send": action("from", "self", "a-b", "a b")}
        },
        "chatRoom": {
            "actions": {"größe": action(), "two words": action(), "1st": action(), "with.class": action()}
        },
        "HTTPServer": {"actions": {"list": action(), "dict": action("list")}},
    }
    definitions = {
        "A_B": {
            "type": "object",
            "properties": {"fooBar": TEXT, "foo_bar": TEXT, "from": TEXT, "model_dump": TEXT},
        },
        "Model": {"type": "object", "properties": {"copy": TEXT, "list": TEXT}},
        "_32": {"type": "object", "properties": {"+1": TEXT, "-1": TEXT}},
    }
    source = document(actors, definitions)
    rendered = render_typed_package(source, package="renamed")
    assert [str(rename) for rename in rendered.renames] == [
        "type 'A_B' is AB in Python: classes are spelled so",
        "type 'Model' is ModelType in Python: Model has another meaning",
        "type '_32' is Type32 in Python: it is no Python name",
        "field 'from' of AB is from_ in Python: from is a keyword",
        "field 'model_dump' of AB is model_dump_ in Python: model_dump has another meaning there",
        "field 'fooBar' of AB is foo_bar_2 in Python: 'foo_bar' is foo_bar already",
        "field 'copy' of ModelType is copy_ in Python: copy has another meaning there",
        "field 'list' of ModelType is list_ in Python: list has another meaning there",
        "field '+1' of Type32 is plus_1 in Python: it is no Python name",
        "field '-1' of Type32 is minus_1 in Python: it is no Python name",
        "actor 'class' is class_ in Python: class is a keyword",
        "actor 'close' is close_ in Python: close has another meaning there",
        "actor 'chat-room' is chat_room_2 in Python: 'chatRoom' is chat_room already",
        "action 'send' of chat-room is send_ in Python: send has another meaning there",
        "action 'fooBar' of chat-room is foo_bar_2 in Python: 'foo_bar' is foo_bar already",
        "parameter 'from' of chat-room.send is from_ in Python: from is a keyword",
        "parameter 'self' of chat-room.send is self_ in Python: self has another meaning there",
        "parameter 'a-b' of chat-room.send is a_b in Python: it is no Python name",
        "parameter 'a b' of chat-room.send is a_b_2 in Python: 'a-b' is a_b already",
        "action 'with' of chatRoom is with_ in Python: with is a keyword",
        "action '1st' of chatRoom is action_1st in Python: it is no Python name",
        "action 'two words' of chatRoom is two_words in Python: it is no Python name",
        "action 'class' of chatRoom.with is class_ in Python: class is a keyword",
    ]
    with imported(rendered, tmp_path, "renamed") as package, package.Client() as client:
        for attribute in (
            "class_",
            "close_",
            "chat_room",
            "chat_room_2",
            "chatRoom",
            "http_server",
            "HTTPServer",
        ):
            assert getattr(client, attribute).get() is not None
        assert repr(client.chatRoom.get("k")) == "<ChatRoomHandle chatRoom['k']>"
        assert repr(client.chat_room_2.get("k")) == "<ChatRoom2Handle chat-room['k']>"
        assert package.models.AB(foo_bar_2="a", foo_bar="b").model_dump(by_alias=True) == {
            "fooBar": "a",
            "foo_bar": "b",
        }
        assert client.chat_room.get().with_.class_.__doc__ == "Call the action `with.class`."


def test_classes_of_errors() -> None:
    """There is one for each group and code. What another actor or group declares renames none."""

    def classes(*names: str) -> dict[str, str]:
        throws = [dict(zip(("group", "code"), name.split("."), strict=True)) for name in names]
        source = read_document(document({"it": {"actions": {"a": action(throws=throws)}, "throws": throws}}))
        return {f"{it.group}.{it.code}": it.class_name for it in ErrorClasses(source, []).views}

    names = "user.empty_message user.timeout_error user.none user.404 user.ActorError user.i user.with-a-dash queue.full"
    usual = classes(*names.split())
    assert usual == {
        "user.empty_message": "EmptyMessage",
        "user.timeout_error": "UserTimeoutError",
        "user.none": "UserNone",
        "user.404": "User404",
        "user.ActorError": "UserActorError",
        "user.i": "UserI",
        "user.with-a-dash": "WithADash",
        "queue.full": "QueueFull",
    }
    more = "user.full actor.full user.emptyMessage user.queue_full actor.empty_message"
    assert classes(*names.split(), *more.split()) == {
        **usual,
        "user.full": "Full",
        "actor.full": "ActorFull",
        "user.emptyMessage": "EmptyMessage2",
        "user.queue_full": "QueueFull",
        "queue.full": "QueueFull2",
        "actor.empty_message": "ActorEmptyMessage",
    }


def test_odd_codes_are_told() -> None:
    throws = [
        {"group": "user", "code": code} for code in ("emptyMessage", "empty_message", "timeout_error", "!")
    ]
    renames: list[naming.Rename] = []
    ErrorClasses(read_document(document({"it": {"throws": throws}})), renames)
    assert [str(rename) for rename in renames] == [
        "error 'user.timeout_error' is UserTimeoutError in Python: TimeoutError has another meaning there",
        "error 'user.!' is User in Python: it is no Python name",
        "error 'user.emptyMessage' is EmptyMessage2 in Python: another error is EmptyMessage already",
    ]


def test_errors_in_docstrings(tmp_path: Path) -> None:
    """A method lists what it, and its actor, may end with; a class has all that is said of its error."""

    def error(code: str, text: str = "") -> dict[str, str]:
        return {"group": "user", "code": code, "description": text}

    actor = {
        "throws": [error("banned", "you are banned"), error("full", "the room is full")],
        "actions": {
            "post": action(throws=[error("empty"), error("full", "the log\nis full")]),
            "group.last": action(),
        },
        "queues": {"jobs": {"message": TEXT, "complete": None, "throws": [error("late")]}},
    }
    with imported(
        document({"room": actor, "silent": {"actions": {"a": action()}}}), tmp_path, "raising"
    ) as package:
        room = importlib.import_module("raising.actors.room.blocking")
        of_all = ["errors.Banned: You are banned", "errors.Full: The room is full"]
        for method, expected in (
            (
                room.RoomHandle.post,
                [of_all[0], "errors.Empty: The error `user.empty`.", "errors.Full: The log is full"],
            ),
            (
                room.RoomConnection.post,
                [of_all[0], "errors.Empty: The error `user.empty`.", "errors.Full: The log is full"],
            ),
            (room.RoomGroupActions.last, of_all),
            (room.RoomHandle.send, [*of_all, "errors.Late: The error `user.late`."]),
        ):
            assert method.__doc__.partition("Raises:\n")[2].split("\n") == [
                *(f"            {it}" for it in expected),
                "        ",
            ]
        assert [it.strip() for it in package.errors.Full.__doc__.split("\n\n")] == [
            "The room is full.",
            "the log is full",
            "Code: `user.full`.",
        ]
        silent = importlib.import_module("raising.actors.silent.blocking")
        assert "Raises" not in silent.SilentHandle.a.__doc__


def test_no_rename_is_silent(tmp_path: Path) -> None:
    """Names are those of the wire in Python's spelling, or they are reported; whatever they mean in Python."""
    rendered = render_typed_package(odd_document(), package="odd")
    renamed = {(it.kind, it.path, it.wire): it.python for it in rendered.renames}
    names = odd_document()["$defs"]["Numbers"]["x-enum-varnames"]

    def expected(kind: str, path: str, wire: str) -> str:
        return renamed.get((kind, path, wire), naming.snake(wire))

    with imported(rendered, tmp_path, "odd") as package, package.Client() as client:
        for name in package.models.__all__:
            kind = getattr(package.models, name)
            if isinstance(kind, EnumType):
                wires = {
                    names[member.value] if name == "Numbers" else member.value: member.name for member in kind
                }
                default = {wire: naming.spelled(wire) for wire in wires}
                assert wires == {wire: renamed.get(("member", name, wire), default[wire]) for wire in wires}
                continue
            fields = kind.model_fields
            wires = {field.alias or python: python for python, field in fields.items()}
            assert wires == {wire: expected("field", name, wire) for wire in wires}
        for wire in odd_document()["actors"]:
            accessor = getattr(client, expected("actor", "", wire))
            assert repr(accessor.get("k")).endswith(f" {wire}['k']>")
        handle = client.self.get("k")
        for wire in odd_document()["actors"]["self"]["actions"]:
            owner, path = handle, "self"
            for part in wire.split("."):
                owner, path = getattr(owner, expected("action", path, part)), f"{path}.{part}"
            assert owner.__doc__.startswith(f"Call the action `{wire}`.")
    assert ("field", "M", "str") in renamed  # the model generator would rename it on its own


def test_fields_that_ruff_would_not_call_so(tmp_path: Path) -> None:
    """Without checks they keep their names, and the code still passes `render`, which runs ruff."""
    line = {"type": "object", "properties": {"l": TEXT, "t": TEXT}, "required": ["l", "t"]}
    rendered = render_typed_package(document({"it": {}}, {"Line": line}), package="lines", validate=False)
    with imported(rendered, tmp_path, "lines") as package:
        assert set(package.models.Line.__annotations__) == {"l", "t"}


@pytest.mark.parametrize("name", ["Counter", "Enum", "Match", "Path", "Protocol", "Sequence", "Text", "Type"])
def test_types_called_like_those_of_python(tmp_path: Path, name: str) -> None:
    """The model generator knows some names, and would import what Python means by them."""
    ref = {"$ref": f"#/$defs/{name}"}
    uses = {
        "many": {"type": "array", "items": ref},
        "map": {"type": "object", "additionalProperties": ref, "x-rivet-type": "map"},
        "pair": {"type": "array", "prefixItems": [ref, TEXT], "minItems": 2, "items": False},
    }
    user = {"type": "object", "properties": uses, "required": [*uses]}
    model = {"type": "object", "properties": {"x": TEXT}, "required": ["x"]}
    values: list[tuple[dict[str, Any], Any]] = [(model, {"x": "a"}), ({"anyOf": [TEXT, model]}, "a")]
    for at, (schema, value) in enumerate(values):
        rendered = render_typed_package(document({}, {name: schema, "User": user}), package=f"named_{at}")
        assert not rendered.renames
        with imported(rendered, tmp_path, f"named_{at}") as package:
            user_of = package.models.User(many=[value], map={"k": value}, pair=(value, "b"))
            assert user_of.model_dump(by_alias=True) == {
                "many": [value],
                "map": {"k": value},
                "pair": (value, "b"),
            }


def test_docstrings(tmp_path: Path) -> None:
    """The words of doc comments survive, whatever they are, and the files still pass ruff."""
    texts = [
        'ends with "quotes"', "back\\slash \\", 'three """ quotes', "curly ‘quotes’ – and dashes", "word " * 60,
        "- a list\n- of two", "no sentence\n\nSecond paragraph.", "{{ jinja }} {% raw %}", "x" * 200, "Really? Yes.", " ",
    ]  # fmt: skip
    actions = {f"a{at}": action("it", description=text) for at, text in enumerate(texts)}
    for at, text in enumerate(texts):
        actions[f"a{at}"]["params"][0]["schema"] = {**TEXT, "description": text}
    model = {
        "type": "object",
        "properties": {f"p{at}": {**TEXT, "description": text} for at, text in enumerate(texts)},
    }
    source = document(
        {"talker": {"actions": actions, "description": texts[0], "deprecated": texts[4]}},
        {f"M{at}": {**model, "description": text} for at, text in enumerate(texts)},
    )
    with imported(source, tmp_path, "documented") as package:
        handle = importlib.import_module("documented.blocking").TalkerHandle
        for at, text in enumerate(texts):
            for owner in (getattr(handle, f"a{at}"), getattr(package.models, f"M{at}")):
                assert spoken(text) in spoken(owner.__doc__)


# What ruff refuses in a docstring (PLE2502 to PLE2515).
UNSEEN = "\b\x1a\x1b\x00\u061c\u200b\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_wire_names_are_said_where_they_differ(tmp_path: Path) -> None:
    actions = {
        name: action(description="Says so.")
        for name in ("plain", "twoWords", "group.twoWords", "group.plain")
    }
    actions["calledSo"] = action(description="Not `calledSo` in Python.")
    actors = {name: {"actions": actions, "description": "Talks."} for name in ("talker", "chat-room")}
    with imported(document(actors), tmp_path, "wired") as package, package.Client() as client:
        handle = client.chat_room.get()
        assert getdoc(handle) == "Talks.\n\nWire name: `chat-room`."
        assert getdoc(client.talker) == "Talks.\n\nMakes handles. Nothing here but `create` does I/O."
        assert getdoc(client.talker.get()) == "Talks."
        assert getdoc(handle.plain) == getdoc(handle.group.plain) == "Says so."
        assert getdoc(handle.two_words) == "Says so.\n\nWire name: `twoWords`."
        assert getdoc(handle.group.two_words) == "Says so.\n\nWire name: `group.twoWords`."
        assert getdoc(handle.called_so) == "Not `calledSo` in Python."


def test_what_a_package_says_about_itself(tmp_path: Path) -> None:
    """Its docstring lists what there is, and of large registries only so much."""
    many = {f"action{at:02}": action() for at in range(25)}
    source = document({f"actor{at:02}": {"actions": many if at == 0 else {}} for at in range(45)})
    source["actors"]["actor01"] |= {
        "description": "Talks. And more.",
        "events": {"said": {"args": []}},
        "queues": {"toSay": {"message": TEXT, "complete": None}},
    }
    converter = SchemaConverter(registry := read_document(source), [])
    text = overview("many", "registry.ts", actor_views(registry, converter, ErrorClasses(registry, []), []))
    assert text.startswith("many: clients for the actors of a registry.")
    assert (
        "\n\nactor01: Talks.\n    Events: said\n    Queues: toSay\n\nactor02: The actor `actor02`.\n\n"
        in text
    )
    assert "action19 and 5 more\n\n" in text
    assert text.endswith(
        "\n\nactor39: The actor `actor39`.\n\n… and 5 more: `__contract__.actors` has all names."
    )
    assert max(map(len, text.splitlines())) <= 100


def test_contract(tmp_path: Path) -> None:
    rendered = render_typed_package(GOLDEN, package="contracted", version="1.2.3")
    with imported(rendered, tmp_path, "contracted") as package:
        contract = package.__contract__
        assert contract == Contract(
            "1.2.3", 1, "registry.ts", "", contract.content_hash, ("counter", "journal")
        )
    about = {**GOLDEN["x-rivet-registry"], "sourceHash": "sha256:11", "file": "other.ts"}
    moved = read_document({**dict(reversed(GOLDEN.items())), "x-rivet-registry": about})
    assert moved.content_hash == contract.content_hash
    changed = read_document({**GOLDEN, "$defs": {**GOLDEN["$defs"], "New": TEXT}})
    assert changed.content_hash != contract.content_hash
    extracted = read_document(
        {**GOLDEN, "x-rivet-registry": {**about, "contentHash": "sha256:22", "rivetkit": "2"}}
    )
    assert (extracted.content_hash, extracted.rivetkit) == ("sha256:22", "2")


EXIT = '__import__("sys").exit("it ran")'
HOSTILE = [
    f'"""+{EXIT}+"""',
    f'") or {EXIT} #',
    f"' or {EXIT} #",
    f"`\n{EXIT}\n",
    UNSEEN,
    f"un{UNSEEN}seen",
    "\\",
    '"',
    "{{ 1 }}{% for %}",
]


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("text", HOSTILE)
def test_12_7_texts_stay_texts(tmp_path: Path, text: str, validate: bool) -> None:
    """Whatever a document says, wherever it says it, is no code."""
    said = {"description": text}
    properties = {text: {**TEXT, **said}, "enum": {"enum": [text, "b"]}, "const": {"const": text}}
    thing = {"type": "object", "properties": properties, "required": ["const"], **said}
    actor = {
        **said,
        "throws": [{"group": text, "code": text, **said}],
        "deprecated": text,
        "actions": {text.replace(".", "_"): action(text, **said, deprecated=text)},
        "events": {text: {"args": [{"name": text, "schema": thing, "required": True}], **said}},
        "queues": {text: {"message": thing, "complete": {"const": text}, **said}},
    }
    source = document({text: actor}, {f"Thing{text}": thing}, file=text)
    with imported(source, tmp_path, "hostile", validate=validate) as package:
        for name in package.__all__:
            getattr(package, name)
    written = b"".join(file.read_bytes() for file in (tmp_path / "hostile").rglob("*.py"))
    assert not set(UNSEEN) & set(written.decode())


def spoken(text: str) -> str:
    """A text without what docstrings change: layout, quotes, and how a first line begins and ends."""
    return " ".join(text.replace("'''", '"""').replace(".", " ").lower().split())


# --- Documents that are wrong ----------------------------------------------------------------------------------


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    source = copy.deepcopy(GOLDEN)
    change(source)
    return source


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda it: it["x-rivet-registry"].update(formatVersion=2), "$.x-rivet-registry.formatVersion: format 2 is not understood, only 1; update rivet-client"),
        (lambda it: it["x-rivet-registry"].update(formatVersion=0), "format 0 is not understood, only 1; extract the document anew"),
        (lambda it: it["x-rivet-registry"].update(formatVersion="1"), "$.x-rivet-registry.formatVersion: must be an integer, not a string"),
        (lambda it: it["x-rivet-registry"].update(formatVersion=True), "formatVersion: must be an integer, not a boolean"),
        (lambda it: it.pop("x-rivet-registry"), "$: 'x-rivet-registry' is missing; is this a document that `extract` wrote?"),
        (lambda it: it.update(actors=[]), "$.actors: must be an object, not an array"),
        (lambda it: it["actors"].update(counter=None), "$.actors.counter: must be an object, not null"),
        (lambda it: it["actors"]["counter"].update(encodings=["bare", "xml"]), "$.actors.counter.encodings[1]: must be one of bare, cbor, json, not 'xml'"),
        (lambda it: it["actors"]["counter"]["actions"]["increment"].pop("returns"), "$.actors.counter.actions.increment: 'returns' is missing"),
        (lambda it: it["actors"]["counter"]["actions"]["history.list"]["params"][0].update(required=1), "$.actors.counter.actions['history.list'].params[0].required: must be a boolean, not an integer"),
        (lambda it: it["actors"]["counter"]["actions"].update({"a..b": action()}), "$.actors.counter.actions['a..b']: the name of a nested action has an empty part"),
        (lambda it: it["actors"]["counter"]["actions"].update({"a": action(), "a.b": action()}), "$.actors.counter.actions: 'a' is an action and a group of actions"),
        (lambda it: it["actors"]["counter"]["actions"]["increment"].update(params=[{"name": "a", "schema": {}, "required": False, "rest": True}] * 2), "$.actors.counter.actions.increment.params[0]: only the last parameter can be a rest parameter"),
        (lambda it: it["actors"]["counter"].update(throws={}), "$.actors.counter.throws: must be an array, not an object"),
        (lambda it: it["actors"]["counter"]["actions"]["increment"]["throws"][1].pop("code"), "$.actors.counter.actions.increment.throws[1]: 'code' is missing"),
        (lambda it: it["actors"]["counter"]["queues"]["resets"].update(throws=[{"group": 5}]), "$.actors.counter.queues.resets.throws[0].group: must be a string, not an integer"),
        (lambda it: it["$defs"].pop("Kind"), "$.actors.counter.actions['history.list'].params[0].schema.$ref: refers to #/$defs/Kind, which is not there"),
        (lambda it: it["$defs"]["Kind"].update({"enum": 5}), "$.$defs.Kind.enum: must be an array, not an integer"),
        (lambda it: it["$defs"].update(Kind=5), "$.$defs.Kind: must be an object, not an integer"),
        (lambda it: it["$defs"]["Reset"].update(properties={"kind": 5}), "$.$defs.Reset.properties.kind: must be an object, not an integer"),
        (lambda it: it["$defs"]["Kind"].update(type="texts"), "$.$defs.Kind.type: must be one of"),
    ],
)  # fmt: skip
def test_wrong_documents(change: Callable[[dict[str, Any]], object], text: str) -> None:
    with pytest.raises(RegistryError) as caught:
        render_typed_package(broken(change), package="counters")
    assert text in str(caught.value)


@pytest.mark.parametrize("source", [None, [], "text", 5])
def test_no_document_at_all(source: Any) -> None:
    with pytest.raises(RegistryError, match=r"^\$: must be an object, not "):
        render_typed_package(source, package="counters")


def test_notes() -> None:
    """What Python cannot say becomes Any, and is told."""
    pairs = {"type": "array", "prefixItems": [{"type": "object", "properties": {"a": TEXT}}, TEXT]}
    definitions = {
        "Keyed": {"type": "array", "items": pairs, "x-rivet-type": "map"},
        "Both": {"allOf": [TEXT, TEXT]},
        "Newer": {**TEXT, "x-rivet-type": "temporal"},
        "Pattern": {**TEXT, "format": "regex", "x-rivet-type": "regexp"},
    }
    assert render_typed_package(document({}, definitions), package="noted").notes == (
        "Both is an intersection, which Python cannot say; it is Any",
        "Keyed is a Map whose keys are objects, which Python cannot say; it is Any",
        "Newer is of the kind 'temporal', which is not known; it is Any",
        "Pattern is a JavaScript regexp, which arrives as a list of its parts; it is Any",
    )


if __name__ == "__main__":
    write_tree(golden(), HERE / "golden" / "expected")
