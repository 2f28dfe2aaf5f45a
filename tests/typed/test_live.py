"""From TypeScript to live calls: what a typed client gets is what the TypeScript reference client gets.

`calls.json` lists calls of all actors in tests/registries. The reference client (tests/registries/reference.ts) plays
them, and so does the typed package of each registry, in both flavours, each with actors of its own.
"""

from __future__ import annotations

import json
import subprocess
import typing
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import TypeAdapter

from rivet_client import ActorError, values
from rivet_client._wire import values_codec
from rivet_client.testing.local.project import find_node
from rivet_codegen.extraction.extract import extract
from rivet_codegen.registry.typed_package import TypedPackage, render_typed_package
from tests.support.engine import PrivateEngine, SharedEngine
from tests.support.flavours import Blocking, Flavour, Inbox
from tests.typed.support import imported, typed_client

ROOT = Path(__file__).parents[2]
REGISTRIES = ROOT / "tests" / "registries"
CALLS = Path(__file__).with_name("calls.json")
SCENARIOS: list[dict[str, Any]] = json.loads(CALLS.read_text())

pytestmark = [pytest.mark.xdist_group("registries"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """All registries in one, as the host serves them: one run of the extractor."""
    return extract(REGISTRIES / "host.ts")


@pytest.fixture(scope="module")
def rendered(document: dict[str, Any]) -> TypedPackage:
    return render_typed_package(document, package="rivet_client_typed_registries")


@pytest.fixture(scope="module")
def package(rendered: TypedPackage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with imported(rendered, tmp_path_factory.mktemp("package"), "rivet_client_typed_registries") as package:
        yield package


@pytest.fixture(scope="module")
def registries_engine() -> Iterator[str]:
    with PrivateEngine(REGISTRIES / "registry.ts") as engine:
        yield engine.url


@pytest.fixture(scope="module")
def reference(registries_engine: str) -> list[list[Any]]:
    """What came of each step of each scenario for the reference client."""
    command = [
        find_node(),
        "--import",
        "tsx",
        "reference.ts",
        registries_engine,
        str(CALLS),
        f"ts-{uuid.uuid4().hex[:8]}",
    ]
    done = subprocess.run(command, cwd=REGISTRIES, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    results: list[list[Any]] = json.loads(done.stdout.rstrip("\n").split("\n")[-1])  # after what it logs
    return results


def test_everything_is_called(document: dict[str, Any]) -> None:
    """Every action, event and queue of every registry stands in calls.json."""
    called = {
        (it["actor"], kind, name)
        for it in SCENARIOS
        for step in it["steps"]
        for kind, key in (("actions", "call"), ("events", "expect"), ("queues", "send"))
        if (name := step.get(key))
    }
    there = {
        (actor, kind, name)
        for actor, about in document["actors"].items()
        for kind in ("actions", "events", "queues")
        for name in about[kind]
    }
    assert called == there


async def test_same_as_the_reference_client(
    package: ModuleType,
    rendered: TypedPackage,
    registries_engine: str,
    reference: list[list[Any]],
    flavour: Flavour,
) -> None:
    key = f"{flavour}-{uuid.uuid4().hex[:8]}"
    names = Python(rendered, package)
    differences = []
    async with typed_client(package, flavour, registries_engine, timeout=60.0) as client:
        outcomes = [
            [one async for one in play(client, scenario, f"{key}-{at}", names)]
            for at, scenario in enumerate(SCENARIOS)
        ]
    for scenario, expected, found in zip(SCENARIOS, reference, outcomes, strict=True):
        for step, theirs, ours in zip(scenario["steps"], expected, found, strict=True):
            theirs, ours = canonical(theirs), canonical(ours)
            if "expect" in step:  # a typed callback always gets the arguments that are declared
                theirs, ours = without_last_nulls(theirs), without_last_nulls(ours)
            if theirs != ours:
                differences.append((scenario["actor"], step, theirs, ours))
    assert differences == []


async def test_all_that_the_dynamic_client_does(
    example_engine: SharedEngine, tmp_path: Path, flavour: Flavour, key: str
) -> None:
    """A typed package adds types and takes nothing away; and both clients reach the same actor."""
    document = json.loads((ROOT / "schema" / "registries" / "examples.json").read_text())
    with imported(document, tmp_path, "rivet_client_typed_examples") as package:
        async with (
            typed_client(package, flavour, example_engine.url) as client,
            flavour.client(example_engine.url) as dynamic,
        ):
            room = client.chat_room.get_or_create(["typed", key], params=package.models.Visitor(user="ann"))
            same = dynamic.chatRoom.get(["typed", key])
            message = await room.send_message("ann", "hi")
            assert isinstance(message, package.models.Message)
            sent = message.model_dump(by_alias=True)
            actor_id = await same.resolve()
            assert await room.resolve() == actor_id
            assert await same.history() == await room.action("history") == [sent]
            assert await client.chatRoom.get_for_id(actor_id).history() == [message]
            assert await client.get("chatRoom", ["typed", key]).action("history") == [sent]
            assert await client.actor("chatRoom").get(["typed", key]).history() == [sent]
            assert (await client.engine.actors_get(actor_id)).name == "chatRoom"
            assert (await room.gateway_url()).startswith(example_engine.url)
            with pytest.raises(ActorError, match="reload_failed"):  # it is no dynamic actor
                await room.reload()
            assert (await room.fetch("history")).json() == [sent]
            if flavour.name == "blocking":
                with raw(room).stream("transcript") as answer:
                    assert [*answer.iter_lines()] == ["#1 ann: hi"]
            else:
                async with room.stream("transcript") as answer:
                    assert [line async for line in answer.aiter_lines()] == ["#1 ann: hi"]
            async with room.websocket() as socket:
                await socket.send("over")
                assert json.loads(await socket.receive(timeout=30))["seq"] == 2
            heard, closed = Inbox(), Inbox()
            async with room.connect() as connection, same.connect() as other:
                connection.on("message", heard)
                connection.on_close(closed)
                await connection.wait_ready(timeout=30)
                assert await connection.action("whoAmI") == "ann"
                assert (connection.actor_id, connection.status) == (actor_id, "connected")
                await other.sendMessage("bob", "hello")
                (message,) = await heard.get()
                assert (message.seq, message.sender, message.text) == (3, "bob", "hello")
            await closed.get()


class Python:
    """What a package has for the names of its registry."""

    def __init__(self, rendered: TypedPackage, package: ModuleType) -> None:
        self.errors = package.errors.BY_CODE
        self._renamed = {(it.kind, it.path, it.wire): it.python for it in rendered.renames}

    def action(self, owner: Any, actor: str, name: str) -> Any:
        from rivet_codegen.registry.naming import snake

        path = [actor]
        for part in name.split("."):
            owner = getattr(owner, self._renamed.get(("action", ".".join(path), part), snake(part)))
            path.append(part)
        return owner


async def play(client: Any, scenario: dict[str, Any], key: str, names: Python) -> Any:
    actor = scenario["actor"]
    options: dict[str, Any] = {}
    if "params" in scenario:
        options["params"] = scenario["params"]
    if "input" in scenario:
        options["create_with_input"] = scenario["input"]
    handle = getattr(client, actor).get_or_create(key, **options)
    connection: Any = None
    inboxes: dict[str, Inbox] = {}
    for step in scenario["steps"]:
        if "connect" in step:
            connection = handle.connect()
            for event in step["connect"]:
                inboxes[event] = Inbox()
                connection.on(event, inboxes[event])
            await connection.wait_ready()
            yield None
        elif "expect" in step:
            args = await inboxes[step["expect"]].get()
            yield describe(as_sent(args, event_type(raw(connection), step["expect"])))
        elif "send" in step:
            result = await (connection or handle).send(
                step["send"],
                revive(step["body"]),
                wait=step.get("wait", False),
                timeout=step.get("timeout", 30),
            )
            if result is None:
                yield describe(None)
                continue
            content = {"status": result.status}
            if result.response is not None:
                content["response"] = as_sent(result.response, reply_type(raw(handle), step["send"]))
            yield describe(content)
        else:
            method = names.action(connection or handle, actor, step["call"])
            try:
                with pytest.warns(DeprecationWarning, match="post") if step["call"] == "say" else ExitStack():
                    result = await method(*map(revive, step.get("args", [])))
                if step.get("returns_its_argument"):
                    assert await method(result) == result, step
            except ActorError as error:
                declared = names.errors.get((error.group, error.code), ActorError)
                yield {"error": f"{error.group}.{error.code}"} if type(error) is declared else repr(error)
                continue
            function = raw(names.action(raw(connection or handle), actor, step["call"]))
            yield describe(as_sent(result, typing.get_type_hints(function, include_extras=True)["return"]))
    if connection is not None:
        await connection.close()


def without_last_nulls(args: dict[str, Any]) -> list[Any]:
    items = list(args["items"])
    while items and items[-1]["type"] == "null":
        items.pop()
    return items


def raw(proxy: Any) -> Any:
    """The object behind `Blocking`."""
    return vars(proxy)["_target"] if isinstance(proxy, Blocking) else proxy


def event_type(connection: Any, event: str) -> Any:
    """The type of what `events` yields."""
    for function in typing.get_overloads(type(connection).events) or [type(connection).events]:
        hints = typing.get_type_hints(function, include_extras=True)
        if event in typing.get_args(hints["event"]):
            return typing.get_args(hints["return"])[0]
    raise AssertionError(event)


def reply_type(handle: Any, queue: str) -> Any:
    for function in typing.get_overloads(type(handle).send):
        hints = typing.get_type_hints(function, include_extras=True)
        if queue in typing.get_args(hints["queue"]) and typing.get_args(hints["wait"]) == (True,):
            return typing.get_args(hints["return"])[0]
    raise AssertionError(queue)


def as_sent(value: Any, kind: Any) -> Any:
    """A typed value as the client would send it: with all that makes the difference in JavaScript."""
    return TypeAdapter(kind).dump_python(
        value, by_alias=True, exclude_unset=True, context=values_codec.SENDING
    )


def revive(value: Any) -> Any:
    """What the calls say about values that JSON does not have."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$undefined": _}:
            return None
        case {"$date": milliseconds}:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        case {"$bigint": text}:
            return int(text)
        case {"$bytes": items} | {"$buffer": items}:
            return bytes(items)
        case {"$floats": items}:
            return items
        case {"$set": items}:
            found = [revive(item) for item in items]
            return found if dict in map(type, found) else set(found)
        case {"$map": pairs}:
            return {revive(key): revive(item) for key, item in pairs}
    return {name: revive(item) for name, item in value.items()}


def describe(value: Any) -> Any:
    """What JavaScript would see of a value, as tests/server/src/describe.ts tells it."""
    match value:
        case None:
            return {"type": "null", "text": ""}
        case values.UNDEFINED:
            return {"type": "undefined", "text": ""}
        case bool():
            return {"type": "boolean", "text": str(value).lower()}
        case values.BigInt():
            return {"type": "bigint", "text": str(int(value))}
        case int() | float():
            return {"type": "number", "text": str(value)}
        case str():
            return {"type": "string", "text": value}
        case datetime():
            return {
                "type": "Date",
                "text": str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)),
            }
        case values.ArrayBuffer():
            return {"type": "ArrayBuffer", "text": value.hex()}
        case bytes():
            return {"type": "Uint8Array", "text": value.hex()}
        case set():
            return {"type": "Set", "items": [describe(item) for item in value]}
        case values.JsSet():
            return {"type": "Set", "items": [describe(item) for item in value.content]}
        case list() | tuple():
            return {"type": "array", "items": [describe(item) for item in value]}
        case values.JsMap():
            return {
                "type": "Map",
                "entries": [
                    {"key": describe(key), "value": describe(item)} for key, item in value.content.items()
                ],
            }
        case dict():
            return {
                "type": "object",
                "entries": [{"key": key, "value": describe(item)} for key, item in value.items()],
            }
    raise AssertionError(f"no actor sends {value!r}")


def canonical(described: Any) -> Any:
    """A description without what Python has no notion of: undefined, typed arrays, the order of keys."""
    if not isinstance(described, dict) or "type" not in described:
        return described
    match described["type"]:
        case "undefined":
            return {"type": "null", "text": ""}
        case "number":
            return {"type": "number", "text": str(float(described["text"]))}
        case "Float64Array":
            items = described["text"].split(",")
            return canonical({"type": "array", "items": [{"type": "number", "text": text} for text in items]})
        case "Set":
            return {
                "type": "Set",
                "items": sorted((canonical(item) for item in described["items"]), key=json.dumps),
            }
        case "array":
            return {"type": "array", "items": [canonical(item) for item in described["items"]]}
        case "object" | "Map":
            entries = [
                (canonical(entry["key"]), canonical(entry["value"]))
                for entry in described["entries"]
                if entry["value"]["type"] != "undefined"
            ]
            return {"type": described["type"], "entries": sorted(entries, key=json.dumps)}
    return described
