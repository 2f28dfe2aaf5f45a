"""What a typed package adds at run time: checks and kinds on the way out, checks and models on the way in."""

from __future__ import annotations

import importlib
import json
import logging
import pickle
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pydantic
import pytest

from rivet_client import UNDEFINED, ActorError, ConfigError, ProtocolError, QueueSendResult, typed, values
from rivet_client._wire import cbor, values_codec
from rivet_client.typed import QueueResult, UnknownVariant
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    HttpActionResponse,
    HttpQueueSendResponse,
    HttpResponseError,
)
from tests.support.flavours import Flavour, Inbox, use_pythons_hooks
from tests.support.stub_peer import Script, StubPeer, Visit, answer
from tests.typed.support import document, imported, typed_client

ROOM = json.loads(Path(__file__).with_name("room.json").read_text())
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
MEMBER = {"id": "1", "displayName": "Ann", "role": "owner", "joinedAt": NOON}
MESSAGE = {
    "seq": 7, "id": "m", "author": MEMBER, "text": "hi", "replyTo": None, "reactions": {"+": 1},
    "attachments": [{"kind": "link", "href": "h", "title": None}],
}  # fmt: skip
TEXT = {"type": "string"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with imported(ROOM, tmp_path_factory.mktemp("room"), "rivet_client_typed_room") as package:
        yield package


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("unchecked")
    with imported(ROOM, folder, "rivet_client_typed_unchecked", validate=False) as package:
        yield package


class Actor:
    """What a stub peer plays: answers with given values, and remembers what it was sent, as trees of CBOR."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, list[Any]]] = []
        self.messages: list[Any] = []
        self.status = "completed"

    async def request(self, visit: Visit) -> None:
        route = visit.path.partition("/gateway/")[2].partition("/")[2].split("@")[0]
        kind, _, name = route.partition("/")
        if kind == "action":
            self.note(name, frames.decode_http_action_request(visit.body).args)
            output = HttpActionResponse(output=cbor.encode(self.answers.get(name)))
            await visit.respond(200, frames.encode_http_action_response(output))
        elif kind == "queue":
            self.messages.append(cbor.loads(frames.decode_http_queue_send_request(visit.body).body))
            response = cbor.encode(self.answers[name]) if name in self.answers else None
            answered = HttpQueueSendResponse(status=self.status, response=response)
            await visit.respond(200, frames.encode_http_queue_send_response(answered))
        else:
            await answer(visit)

    def socket(self, *events: tuple[str, tuple[Any, ...]]) -> Script:
        """A script that sends events with the answer to each call."""

        async def script(visit: Visit) -> None:
            await visit.open()
            while True:
                message = await visit.receive()
                if isinstance(message, ActionRequest):
                    self.note(message.name, message.args)
                    for name, args in events:
                        await visit.emit(name, *args)
                    output = cbor.encode(self.answers.get(message.name))
                    await visit.send(ActionResponse(id=message.id, output=output))

        return script

    def note(self, name: str, args: bytes) -> None:
        self.calls.append((name, cbor.loads(args)))


def get(client: Any, **options: Any) -> Any:
    return client.chat_room.get("k", params={"token": "t"}, **options)


# --- Out -------------------------------------------------------------------------------------------------------


async def test_arguments(room: ModuleType, flavour: Flavour) -> None:
    """Left out, null and undefined are three things; the rest of the arguments follows; values get their kinds."""
    actor = Actor(post=MESSAGE, tag={"a"})
    models = room.models
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        handle = get(client)
        await handle.post("hi")
        await handle.post("hi", None)
        await handle.post("hi", models.ChatRoomPostOpts())
        await handle.post(text="hi", opts=models.ChatRoomPostOpts(reply_to=None))
        await handle.post(
            "hi", {"attachments": [{"kind": "link", "href": "h", "title": None}], "replyTo": "1"}
        )
        await handle.post("hi", models.ChatRoomPostOpts(attachments=[models.Link(href="h", title=None)]))
        await handle.tag("id", "a", "b")
        await handle.tag("id")
    link = {"kind": "link", "href": "h", "title": None}
    assert actor.calls == [
        ("post", ["hi"]),
        ("post", ["hi"]),
        ("post", ["hi", {}]),
        ("post", ["hi", {}]),
        ("post", ["hi", {"attachments": [link], "replyTo": "1"}]),
        ("post", ["hi", {"attachments": [link]}]),
        ("tag", ["id", "a", "b"]),
        ("tag", ["id"]),
    ]


BIG = {"type": "integer", "x-rivet-type": "bigint"}
SET = {"type": "array", "uniqueItems": True, "items": TEXT, "x-rivet-type": "set"}
KINDS = document(
    {
        "kinds": {
            "encodings": ["bare"],
            "actions": {
                "take": {
                    "params": [
                        {"name": name, "schema": schema, "required": required}
                        for name, required, schema in [
                            ("first", False, {"anyOf": [TEXT, {"type": "null"}]}),
                            ("second", False, {"type": "number"}),
                            ("big", True, BIG),
                            ("all", True, {"$ref": "#/$defs/All"}),
                            ("last", False, {"anyOf": [TEXT, {"type": "null"}]}),
                        ]
                    ],
                    "returns": {"$ref": "#/$defs/All"},
                }
            },
        }
    },
    {
        "All": {
            "type": "object",
            "properties": {
                "date": {"type": "string", "format": "date-time", "x-rivet-type": "date"},
                "buffer": {"type": "string", "x-rivet-type": "bytes", "x-rivet-bytes": "ArrayBuffer"},
                "bytes": {"type": "string", "x-rivet-type": "bytes", "x-rivet-bytes": "Uint8Array"},
                "map": {"type": "object", "additionalProperties": {"type": "number"}, "x-rivet-type": "map"},
                "set": SET,
                "sets": {"type": "object", "additionalProperties": SET},
                "maybe": {"anyOf": [SET, {"type": "null"}]},
                "objects": {
                    "type": "array",
                    "x-rivet-type": "set",
                    "items": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
                },
                "either": {"anyOf": [BIG, {"type": "array", "items": BIG}]},
                "pair": {"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 1, "items": False},
                "open": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": {}},
            },
            "required": ["date", "buffer", "bytes", "map", "set", "sets", "maybe", "objects", "pair", "open"],
        }
    },
)


@pytest.mark.parametrize("validate", [True, False])
async def test_kinds(tmp_path: Path, flavour: Flavour, validate: bool) -> None:
    """JavaScript gets bigint, Date, ArrayBuffer, Uint8Array, Map and Set where it declares them, checked or not."""
    everything = {
        "date": NOON, "buffer": b"a", "bytes": b"b", "map": {"k": 1}, "set": {"s"}, "objects": [{"a": 1}],
        "sets": {"k": {"s"}}, "maybe": {"s"}, "either": [5],
        "pair": ("x",) if validate else ["x"], "open": {"a": "b", "c": 1},
    }  # fmt: skip
    sent = {
        **everything,
        "buffer": values.ArrayBuffer(b"a"),
        "map": values.JsMap({"k": 1}),
        "objects": values.JsSet([{"a": 1}]),
        "either": [values.BigInt(5)],
    }
    actor = Actor(take={**sent, "objects": set()})
    async with StubPeer(requests=[actor.request]) as peer:
        with imported(KINDS, tmp_path, "rivet_client_typed_kinds", validate=validate) as package:
            async with typed_client(package, flavour, peer.url) as client:
                made = package.models.All(**everything)
                result = await client.kinds.get().take(UNDEFINED, None, 5, made)
                await client.kinds.get().take(None, 1, 5, everything, None)
                if validate:
                    with pytest.raises(ConfigError, match=r"of kinds: all\.pair\[0\]: Field required"):
                        await client.kinds.get().take(None, 1, 5, {**everything, "pair": []})
    wire = cbor.loads(cbor.encode(sent))
    assert actor.calls == [
        ("take", [["$Undefined", 0], ["$Undefined", 0], ["$BigInt", "5"], wire]),
        ("take", [None, 1, ["$BigInt", "5"], wire, None]),
    ]
    if validate:
        assert (result.pair, result.objects, result.open.model_extra) == (("x",), [], {"c": 1})
        assert (result.sets, result.maybe) == ({"k": {"s"}}, {"s"})
    else:
        assert result == {**everything, "objects": set()}


WRONG_ARGUMENTS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda it: it.post(5), "action 'post' of chatRoom: text: Input should be a valid string, not 5; nothing was sent"),
    (lambda it: it.post("hi", {"replyTo": 5}), "opts.replyTo: Input should be a valid string, not 5"),
    (lambda it: it.post("hi", {"reply": "1"}), "opts.reply: Extra inputs are not permitted, not '1'"),
    (lambda it: it.post("hi", {"attachments": [{"kind": "link"}]}), "opts.attachments[0].href: Field required"),
    (lambda it: it.post("hi", {"attachments": [{"kind": "film"}]}), "opts.attachments[0]: Input tag 'film' found"),
    (lambda it: it.tag("id", "a", 5), "tags[1]: Input should be a valid string, not 5"),
    (lambda it: it.history(None, 2.5), "limit: Input should be a valid integer, not 2.5"),
    (lambda it: it.history(None, True), "limit: Input should be a valid integer"),
    (lambda it: it.moderation.members.list("boss"), "action 'moderation.members.list' of chatRoom: role: Input should be 'owner'"),
    (lambda it: it.set_topic("x" * 500 + "secret" + "x" * 500), ""),
    (lambda it: it.set_topic(["x" * 500 + "secret" + "x" * 500]), "topic: Input should be a valid string, not ['xxxx"),
    (lambda it: it.send("digest", {"limit": "5"}), "queue 'digest' of chatRoom: body.limit: Input should be a valid integer or a valid number, not '5'"),
    (lambda it: it.send("digests", {}), "chatRoom has no queue 'digests', only 'digest', 'transcode'"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG_ARGUMENTS)))
async def test_wrong_arguments(room: ModuleType, flavour: Flavour, number: int) -> None:
    call, text = WRONG_ARGUMENTS[number]
    actor = Actor()
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        if not text:
            await call(get(client))
            return
        with pytest.raises(ConfigError) as caught:
            await call(get(client))
        assert peer.requests == []
    assert text in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("validate", "text"), [(True, "cyclic reference"), (False, "cannot be sent: Circular")]
)
async def test_a_cycle(tmp_path: Path, flavour: Flavour, validate: bool, text: str) -> None:
    tree = {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}}}
    param = {"name": "it", "schema": {"$ref": "#/$defs/Tree"}, "required": True}
    actors = document({"trees": {"actions": {"take": {"params": [param], "returns": {}}}}}, {"Tree": tree})
    loop: dict[str, Any] = {"below": []}
    loop["below"].append(loop)
    with imported(actors, tmp_path, "rivet_client_typed_trees", validate=validate) as package:
        async with typed_client(package, flavour, "http://localhost:1") as client:
            with pytest.raises(ConfigError, match=f"action 'take' of trees: .*{text}"):
                await client.trees.get().take(loop)


def test_models_are_marked_only_to_be_sent(tmp_path: Path) -> None:
    """As a dict and as JSON, a model is made of what Python and JSON have, bytes that are no text included."""
    with imported(KINDS, tmp_path, "kinds_to_keep") as package:
        kept = package.models.All(
            date=NOON, buffer=b"\xff", bytes=b"\xfe", map={"k": 1}, set={"s"}, sets={"k": {"s"}}, maybe=None,
            objects=[package.models.AllObjectsItem(a=1)], pair=("x",), open=package.models.AllOpen(a="b"),
        )  # fmt: skip
        dumped = kept.model_dump()
        assert [type(dumped[name]) for name in ("buffer", "map", "objects")] == [bytes, dict, list]
        assert package.models.All(**dumped) == kept
        assert package.models.All.model_validate_json(kept.model_dump_json()) == kept


def test_models_are_strict_with_their_maker(room: ModuleType) -> None:
    models = room.models
    assert models.RoomInput(topic="t", maxMembers=5) == models.RoomInput(topic="t", max_members=5)
    for wrong in ({}, {"topic": 5}, {"topic": "t", "maxMember": 5}, {"topic": "t", "max_members": "5"}):
        with pytest.raises(pydantic.ValidationError):
            models.RoomInput(**wrong)
    assert models.Link(href="h", title=None).model_dump() == {"kind": "link", "href": "h", "title": None}
    assert pickle.loads(pickle.dumps(models.RoomInput(topic="t"))) == models.RoomInput(topic="t")


@pytest.mark.parametrize(
    ("kind", "taken", "text"),
    [
        (typed.Exact[Literal[False, 0, 1]], [False, 0, 1], "Input should be False, 0 or 1"),
        (
            typed.Exact[Literal[1, "two", None, True]],
            [1, True, "two", None],
            "should be 1, 'two', None or True",
        ),
        (typed.Exact[Literal[1]] | typed.Exact[Literal[True]], [1, True], "Input should be True"),
        (typed.Exact[Literal[0, 1]] | bool, [0, 1, False, True], "Input should be 0 or 1"),
        (typed.Open[Literal[0, 5]], [0, 5], "Input should be 0 or 5"),
        (typed.Open[Literal["a"]], ["a"], "Input should be 'a'"),
    ],
)
def test_numbers_are_no_booleans(kind: Any, taken: list[Any], text: str) -> None:
    """To Python, they are equal, and to pydantic, where a choice has one of them."""
    adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(kind, config=typed.Model.model_config)
    for value in (False, True, 0, 1, 5, "a", "two", None):
        if any(value == one and type(value) is type(one) for one in taken):
            checked = adapter.validate_python(value)
            sent = adapter.dump_python(checked, context=values_codec.SENDING)
            assert [type(one) for one in (checked, sent)] == [type(value)] * 2
        else:
            with pytest.raises(pydantic.ValidationError, match=text):
                adapter.validate_python(value)


def test_fields_that_are_set_are_checked(room: ModuleType) -> None:
    """What is sent has been checked, however it got into the model."""
    room_input = room.models.RoomInput(topic="t")
    room_input.max_members = 5
    with pytest.raises(pydantic.ValidationError):
        room_input.topic = 5
    for unknown in ("topics", "maxMembers", "_topic"):
        with pytest.raises(AttributeError, match=f"RoomInput has no field '{unknown}'"):
            setattr(room_input, unknown, "t")
    assert room_input.model_dump(by_alias=True) == {"topic": "t", "maxMembers": 5}


async def test_models_in_dynamic_calls(room: ModuleType, flavour: Flavour) -> None:
    """The dynamic client sends a model as a typed method would."""
    actor = Actor()
    async with StubPeer(requests=[actor.request]) as peer, flavour.client(peer.url) as client:
        await client.chatRoom.get("k").action("post", "hi", room.models.ChatRoomPostOpts())
    assert actor.calls == [("post", ["hi", {}])]


# --- In --------------------------------------------------------------------------------------------------------


async def test_results(room: ModuleType, flavour: Flavour) -> None:
    actor = Actor(
        post=MESSAGE,
        memberCount=3,
        tag={"a"},
        setTopic="ignored",
        history={"items": [MESSAGE], "nextCursor": None},
    )
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        handle = get(client)
        message = await handle.post("hi")
        assert isinstance(message, room.models.Message)
        assert (message.seq, message.author.joined_at, message.attachments) == (
            7, NOON, [room.models.Link(href="h", title=None)],
        )  # fmt: skip
        assert (await handle.history(None)).items == [message]
        assert await handle.member_count() == 3
        assert await handle.tag("id") == {"a"}
        assert await handle.set_topic("x") is None


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({**MESSAGE, "seq": "7"}, "result.seq: Input should be a valid integer, not '7'"),
        ({**MESSAGE, "author": {**MEMBER, "joinedAt": 5}}, "result.author.joinedAt: Input should be a valid datetime, not 5"),
        ({**MESSAGE, "attachments": [{"kind": "link", "href": None, "title": None}]}, "result.attachments[0].href: Input"),
        ({**MESSAGE, "text": ["x" * 500 + "secret" + "x" * 500]}, "result.text: Input should be a valid string, not ['xxxx"),
        ({**MESSAGE, "author": {**MEMBER, "role": 5}}, "result.author.role: Input should be 'owner', 'moderator' or 'member', not 5"),
        ({**MESSAGE, "reactions": {"a b": "x"}}, "result.reactions['a b']: Input should be a valid integer or a valid number, not 'x'"),
        ({"seq": 7, "id": "m"}, "result.author: Field required"),
        (None, "result: Input should be"),
    ],
)  # fmt: skip
async def test_wrong_results(room: ModuleType, flavour: Flavour, result: Any, text: str) -> None:
    actor = Actor(post=result)
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        with pytest.raises(ProtocolError) as caught:
            await get(client).post("hi")
    assert str(caught.value).startswith(f"action 'post' of chatRoom: {text}")
    assert "generate them anew" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 400


async def test_what_a_newer_actor_sends(room: ModuleType, flavour: Flavour) -> None:
    """Unknown fields, choices and variants arrive, and go back as they came; known ones are checked as ever."""
    newer = {
        **MESSAGE,
        "author": {**MEMBER, "role": "admin", "mood": {"is": "new"}},
        "attachments": [{"kind": "film", "seconds": 5}, MESSAGE["attachments"][0]],
    }
    actor = Actor(post=newer)
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        message = await get(client).post("hi")
        film, link = message.attachments
        await get(client).post("hi", room.models.ChatRoomPostOpts(attachments=message.attachments))
        await get(client).action("echo", message)
    assert message.author.role == "admin"
    assert message.author.model_extra == {"mood": {"is": "new"}}
    assert isinstance(film, UnknownVariant)
    assert (film.kind, film.seconds, link.kind) == ("film", 5, "link")
    assert actor.calls[1:] == [
        ("post", ["hi", {"attachments": newer["attachments"]}]),
        (
            "echo",
            [
                cbor.loads(
                    cbor.encode({**newer, "seq": values.BigInt(7), "reactions": values.JsMap({"+": 1})})
                )
            ],
        ),
    ]


async def test_declared_errors(room: ModuleType, flavour: Flavour) -> None:
    """Each is raised as its class, whatever was called; others are plain. The classes are loaded with the first error."""

    async def request(visit: Visit) -> None:
        group, code = told.split(".")
        error = HttpResponseError(group=group, code=code, message="said", metadata=cbor.encode({"until": 5}))
        await visit.respond(
            500, frames.encode_http_response_error(error), {"content-type": "application/octet-stream"}
        )

    async def socket(visit: Visit) -> None:
        await visit.open()
        while True:
            message = await visit.receive()
            if isinstance(message, ActionRequest):
                await visit.fail(told, message.id, metadata=cbor.encode({"until": 5}))

    module = "rivet_client_typed_room.errors"
    sys.modules.pop(module, None)
    vars(room).pop("errors", None)
    async with (
        StubPeer(requests=[request], sockets=[socket]) as peer,
        typed_client(room, flavour, peer.url) as client,
    ):
        handle = get(client)
        assert module not in sys.modules
        body = room.models.ChatRoomTranscodeMessage(message_id="1", quality="low")
        async with handle.connect() as connection:
            for told, name in (
                ("user.empty_message", "EmptyMessage"),
                ("user.banned", "Banned"),
                ("user.timeout_error", "UserTimeoutError"),
                ("user.other", "ActorError"),
                ("other.banned", "ActorError"),
            ):
                for call in (
                    lambda: handle.post("hi"),
                    lambda: handle.moderation.ban("id"),
                    lambda: handle.action("undeclared"),
                    lambda: handle.send("transcode", body),
                    lambda: connection.post("hi"),
                    lambda: connection.moderation.ban("id"),
                    lambda: client.chat_room.create("k", params={"token": "t"}, input={"topic": "t"}),
                ):
                    with pytest.raises(ActorError) as caught:
                        await call()
                    error = caught.value
                    assert type(error) is getattr(importlib.import_module(module), name, ActorError)
                    assert f"{error.group}.{error.code}" == told
                    assert type(pickle.loads(pickle.dumps(error))) is type(error)
        told = "user.banned"
        with pytest.raises(room.errors.Banned) as caught:
            await handle.post("hi")
        assert (caught.value.message, caught.value.metadata, caught.value.may_have_run) == (
            "said",
            {"until": 5},
            True,
        )


async def test_declared_errors_of_a_connection(room: ModuleType, flavour: Flavour) -> None:
    """What refuses a connection is of its class for whoever waits, and for `on_error`."""

    async def refuse(visit: Visit) -> None:
        await visit.accept()
        await visit.fail("user.banned")

    async with StubPeer(sockets=[refuse]) as peer, typed_client(room, flavour, peer.url) as client:
        async with get(client).connect() as connection:
            heard = Inbox()
            connection.on_error(heard)
            with pytest.raises(room.errors.Banned):
                await connection.wait_ready(timeout=30)
            (error,) = await heard.get()
            assert type(error) is room.errors.Banned


# --- Handles -----------------------------------------------------------------------------------------------------


async def test_parameters(room: ModuleType, flavour: Flavour) -> None:
    """They are checked when a handle is made, or when they are got; and no error shows them."""
    params = room.models.JoinParams(token="hush", locale="de")
    seen = []

    async def script(visit: Visit) -> None:
        if "x-rivet-conn-params" in visit.headers:
            seen.append(json.loads(visit.headers["x-rivet-conn-params"]))
        await Actor(memberCount=1).request(visit)

    async with StubPeer(requests=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        rooms = client.chat_room
        await rooms.get("k", params=params).member_count()
        await rooms.get_or_create(
            "k", params={"token": "hush"}, create_with_input={"topic": "t"}
        ).member_count()
        await rooms.get_for_id("a" * 30, params=params).member_count()
        made = await rooms.create("k", params=params, input=room.models.RoomInput(topic="t"))
        await made.member_count()
        for wrong in ({"token": 5}, {"tokn": "hush"}, "hush", {"token": "hush", "locale": "hush"}):
            with pytest.raises(ConfigError, match=r"^chatRoom: params") as caught:
                rooms.get("k", params=wrong)
            assert "hush" not in str(caught.value)
        with pytest.raises(ConfigError, match="chatRoom: params must be given"):
            rooms.get("k")
        with pytest.raises(ConfigError, match="chatRoom: input must be given"):
            rooms.get_or_create("k", params=params, create_with_input=None)
        with pytest.raises(ConfigError, match="chatRoom: input: Input should be a valid dictionary or"):
            await rooms.create("k", params=params, input=5)
        with pytest.raises(ConfigError, match="either params or get_params, not both"):
            rooms.get("k", params=params, get_params=lambda: params)
        with pytest.raises(TypeError, match="get_params must be callable"):
            rooms.get("k", get_params=5)
    assert seen[1] == {"token": "hush"}
    assert {json.dumps(it) for it in seen} == {
        json.dumps({"token": "hush", "locale": "de"}),
        '{"token": "hush"}',
    }


@pytest.mark.parametrize("package", ["room", "unchecked"])
def test_no_input_and_null(request: pytest.FixtureRequest, package: str) -> None:
    """None is null where the actor takes null, and no input where it does not; left out, there is none."""
    null, none = cbor.encode(None), None
    with request.getfixturevalue(package).Client("http://127.0.0.1:1") as client:
        for accessor, expected in ((client.board, null), (client.counter, null), (client.lobby, none)):
            assert accessor.get_or_create("k")._target.creation.input is none
            assert accessor.get_or_create("k", create_with_input=UNDEFINED)._target.creation.input is none
            assert accessor.get_or_create("k", create_with_input=None)._target.creation.input == expected


async def test_parameters_of_connections(room: ModuleType, flavour: Flavour) -> None:
    actor = Actor(memberCount=1)
    seen: list[str] = []

    async def script(visit: Visit) -> None:
        seen.append(visit.headers["sec-websocket-protocol"])
        await actor.socket()(visit)

    async def later() -> Any:
        return room.models.JoinParams(token="later")

    getters = [lambda: {"token": "now"}] + [later] * (flavour.name == "asyncio")
    async with StubPeer(sockets=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        for get_params in getters:
            async with client.chat_room.get("k", get_params=get_params).connect() as connection:
                assert await connection.member_count() == 1
        async with get(client).connect(room.models.JoinParams(token="own")) as connection:
            assert await connection.member_count() == 1
        with pytest.raises(ConfigError, match="chatRoom: params"):
            get(client).connect(params={"token": 5})
    assert ["%22token%22" in it for it in seen] == [True] * len(seen)


@pytest.mark.parametrize("encoding", ["cbor", "json"])
async def test_an_encoding_that_cannot_carry_the_values(
    room: ModuleType, flavour: Flavour, encoding: str
) -> None:
    async with typed_client(room, flavour, "http://localhost:1", encoding=encoding) as client:
        with pytest.raises(ConfigError) as caught:
            get(client)
        client.counter.get("k")
    assert str(caught.value) == (
        f"chatRoom: the {encoding} encoding cannot carry all of this actor's values; make the client with "
        'encoding="bare"'
    )


async def test_opaque_and_deprecated(room: ModuleType, flavour: Flavour) -> None:
    actor = Actor(increment=5)
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        assert await client.plain_dynamic.get("k").increment(5) == 5
        with pytest.warns(DeprecationWarning, match="use add"):
            assert await client.counter.get("k").increment() == 5
        with pytest.raises(AttributeError):
            _ = client.chat_rom
        with pytest.raises(AttributeError):
            _ = get(client).pots


# --- Events and queues -------------------------------------------------------------------------------------------


async def test_events(
    room: ModuleType,
    flavour: Flavour,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_pythons_hooks(monkeypatch)
    actor = Actor(memberCount=1)
    script = actor.socket(
        ("messagePosted", (MESSAGE, "one more argument")),
        ("messagePosted", ("no message",)),
        ("memberMoved", (MEMBER, "kitchen")),
    )
    caplog.set_level(logging.ERROR)
    async with StubPeer(sockets=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        async with get(client).connect() as connection:
            posted, moved, once = Inbox(), Inbox(), Inbox()
            connection.on("messagePosted", posted)
            assert connection.on("memberMoved")(moved) is moved
            connection.once("memberMoved", once)
            moves = aiter(connection.events("memberMoved", timeout=30.0))
            await connection.member_count()
            await connection.member_count()
            (message,) = await posted.get()
            assert isinstance(message, room.models.Message)
            member, where = await moved.get()
            assert (member, where) == (room.models.Member(**MEMBER), "kitchen")
            assert await anext(moves) == (member, where)
            await moved.get()
            assert len(once.drain()) == 1
            await moves.aclose() if hasattr(moves, "aclose") else await moves.close()
    assert "event 'messagePosted' of chatRoom: payload: Input should be" in caplog.text


async def test_12_10_events_that_an_actor_does_not_have(room: ModuleType, flavour: Flavour) -> None:
    """A listener to one would hear nothing. An actor that declares no events may have any."""
    script = Actor(add=1).socket(("anything", (1, 2)))
    async with StubPeer(sockets=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        async with get(client).connect() as connection:
            for listen in (
                lambda: connection.on("nope", print),
                lambda: connection.on("nope"),
                lambda: connection.once("nope", print),
                lambda: connection.events("nope"),
            ):
                with pytest.raises(
                    ConfigError,
                    match="chatRoom has no event 'nope', only 'memberMoved', 'messagePosted', 'topic",
                ):
                    listen()
        for actor in (client.lobby, client.plain_dynamic):
            async with actor.get("k").connect() as connection:
                heard = Inbox()
                connection.on("anything", heard)
                await connection.action("add")
                assert await heard.get() == (1, 2)


async def test_callbacks_that_are_coroutines(room: ModuleType, flavour: Flavour) -> None:
    """They are what they are to the dynamic client: tasks of asyncio, and refused by the blocking client."""
    posted = Inbox()

    async def on_message(message: Any) -> None:
        posted(message.text)

    script = Actor(memberCount=1).socket(("messagePosted", (MESSAGE,)))
    async with StubPeer(sockets=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        async with get(client).connect() as connection:
            if flavour.name == "blocking":
                with pytest.raises(TypeError, match="callback must be a plain function"):
                    connection.on("messagePosted", on_message)
                with pytest.raises(TypeError, match="callback must be a plain function"):
                    connection.once("messagePosted")(on_message)
                return
            connection.on("messagePosted", on_message)
            await connection.member_count()
            assert await posted.get() == ("hi",)


async def test_a_wrong_event_in_an_iterator(room: ModuleType, flavour: Flavour) -> None:
    """It is raised where it is met, and iteration can go on."""
    actor = Actor(memberCount=1)
    script = actor.socket(("memberMoved", (MEMBER, 5)), ("memberMoved", (MEMBER, "kitchen")))
    async with StubPeer(sockets=[script]) as peer, typed_client(room, flavour, peer.url) as client:
        async with get(client).connect() as connection:
            events = connection.events("memberMoved", timeout=30.0)
            await connection.member_count()
            with pytest.raises(
                ProtocolError, match="event 'memberMoved' of chatRoom: toRoom: Input should be"
            ):
                await anext(aiter(events))


async def test_queues(room: ModuleType, flavour: Flavour) -> None:
    actor = Actor(transcode={"url": "u"}, digest={"sent": 1})
    body = room.models.ChatRoomTranscodeMessage(message_id="1", quality="low")
    async with StubPeer(requests=[actor.request]) as peer, typed_client(room, flavour, peer.url) as client:
        handle = get(client)
        assert await handle.send("transcode", body) is None
        result = await handle.send("transcode", body, wait=True)
        assert result == QueueResult("completed", room.models.ChatRoomTranscodeReply(url="u"))
        assert isinstance(result, QueueSendResult)
        with pytest.raises(
            ProtocolError, match="queue 'digest' of chatRoom: response.sent: Input should be a valid bool"
        ):
            await handle.send("digest", {}, wait=True)
        actor.status, actor.answers = "timedOut", {}
        assert await handle.send("transcode", body, wait=True) == QueueResult("timedOut", None)
    assert actor.messages[0] == {"messageId": "1", "quality": "low"}


# --- Without checks ------------------------------------------------------------------------------------------------


async def test_without_checks(unchecked: ModuleType, flavour: Flavour) -> None:
    """Nothing is checked, results are what the dynamic client returns; objects are typed dicts."""
    wrong = {**MESSAGE, "seq": "no number"}
    actor = Actor(post=wrong, transcode=5, memberCount="three")
    script = actor.socket(("messagePosted", (5,)))
    async with StubPeer(requests=[actor.request], sockets=[script]) as peer:
        async with typed_client(unchecked, flavour, peer.url) as client:
            handle = get(client)
            assert await handle.post("hi", unchecked.models.ChatRoomPostOpts(replyTo="1")) == wrong
            assert await handle.post(5, {"other": 1}) == wrong
            result = await handle.send("transcode", {"any": "thing"}, wait=True)
            assert (result.status, result.response) == ("completed", 5)
            async with handle.connect() as connection:
                posted = Inbox()
                connection.on("messagePosted", posted)
                assert await connection.member_count() == "three"
                assert await posted.get() == (5,)
    assert actor.calls[:2] == [("post", ["hi", {"replyTo": "1"}]), ("post", [5, {"other": 1}])]
