"""What a registry document says about a fake: names, values, and what does not fit them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from rivet_client import UNDEFINED, ActorError, ConfigError, testing
from rivet_client._wire import cbor
from rivet_client._wire.values_codec import to_tree
from rivet_client.testing import FakeEngine
from rivet_client.testing.fake.contract import ActorContract, Contract
from rivet_client.testing.fake.encoding import encodings_of
from rivet_client.testing.fake.failures import Misfit
from rivet_client.testing.fake.fitting import Fitting
from rivet_client.values import ArrayBuffer, BigInt, JsMap, JsSet
from rivet_codegen.contract.shapes import Types
from rivet_codegen.registry.document import read_document
from rivet_codegen.registry.python_names import python_names
from tests.contract.pairs import Generator
from tests.contract.samples import Schemas
from tests.support.flavours import Flavour
from tests.typed.support import document, odd_document

TYPED = Path(__file__).parents[1] / "typed"
ROOM = TYPED / "room.json"
GOLDEN = TYPED / "golden/expected"
SEEN = datetime(2024, 5, 17, tzinfo=UTC)
MEMBER = {"id": "m", "displayName": "Ann", "role": "owner", "joinedAt": SEEN}
MESSAGE = {
    "seq": 5, "id": "a", "author": MEMBER, "text": "hi", "attachments": [], "reactions": {"+1": 2}, "replyTo": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def room() -> ActorContract:
    return Contract.read(ROOM).actor("chatRoom")


def sent(*values: Any) -> Any:
    return encodings_of()["bare"].arguments(cbor.encode(list(values))).trees


def contract_of(actor: dict[str, Any]) -> ActorContract:
    return Contract(read_document(document({"a": actor})), "a.json").actor("a")


# --- Values -----------------------------------------------------------------------------------------------------------


def _kinds() -> ActorContract:
    """An actor whose action takes and returns an object with an optional property of each kind."""
    text, number = {"type": "string"}, {"type": "number"}
    date = {"type": "string", "format": "date-time", "x-rivet-type": "date"}
    pair = {"type": "array", "prefixItems": [number, text], "minItems": 2, "items": False}
    kinds = {
        "bigint": {"type": "integer", "x-rivet-type": "bigint"},
        "date": date,
        "bytes": {"type": "string", "x-rivet-type": "bytes", "x-rivet-bytes": "Uint8Array"},
        "buffer": {"type": "string", "x-rivet-type": "bytes", "x-rivet-bytes": "ArrayBuffer"},
        "set": {"type": "array", "items": text, "x-rivet-type": "set"},
        "map": {"type": "object", "additionalProperties": text, "x-rivet-type": "map"},
        "numbers": {"type": "array", "items": pair, "x-rivet-type": "map"},
        "days": {"type": "array", "items": {"prefixItems": [date, number]}, "x-rivet-type": "map"},
        "typed": {"type": "array", "items": number, "x-rivet-type": "typed-array"},
        "pattern": {"type": "string", "pattern": "^a-.*$"},
        "pair": {"type": "array", "prefixItems": [text, number], "minItems": 1, "items": False},
        "never": {"not": {}},
        "whole": {"type": "integer"},
        "any": {},
        "one": {"const": 1},
        "odd": {"type": "string", "pattern": "(?<JavaScript>x)"},
    }
    whole = {"type": "object", "properties": kinds, "required": []}
    param = {"name": "value", "schema": whole, "required": True}
    return contract_of({"actions": {"echo": {"params": [param], "returns": whole}}})


KINDS = _kinds()


@pytest.mark.parametrize(
    "value",
    [
        {"bigint": BigInt(5)}, {"bigint": 2**70}, {"date": SEEN}, {"bytes": b"a"}, {"buffer": ArrayBuffer(b"a")},
        {"set": {"a"}}, {"set": JsSet(["a"])}, {"map": JsMap({"a": "b"})}, {"numbers": {1: "a"}}, {"typed": [1, 2.5]},
        {"pattern": "a-1"}, {"pair": ["a"]}, {"pair": ["$a", 1]}, {"whole": 2.0}, {"whole": 2**40}, {"any": b"x"},
        {"one": 1}, {"bigint": UNDEFINED}, {}, {"odd": "x"},
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_of_each_kind_fits_both_ways(value: Any) -> None:
    KINDS.check_arguments("echo", sent(value))
    KINDS.check_result("echo", value, "Kinds.echo")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"bigint": 5}, "value.bigint: expected bigint | undefined, got the number 5; pass BigInt(…)"),
        (
            {"bigint": None},
            "value.bigint: expected bigint | undefined, got null; leave it out, or pass UNDEFINED",
        ),
        (
            {"buffer": b"a"},
            "value.buffer: expected ArrayBuffer | undefined, got a Uint8Array; pass ArrayBuffer(…)",
        ),
        (
            {"map": {"a": "b"}},
            "value.map: expected Map<string, string> | undefined, got { a }; pass JsMap(…)",
        ),
    ],
)
def test_what_a_client_cannot_tell_apart_is_told_apart_in_what_it_sends_only(value: Any, said: str) -> None:
    KINDS.check_result("echo", value, "Kinds.echo")
    with pytest.raises(Misfit) as caught:
        KINDS.check_arguments("echo", sent(value))
    assert caught.value.message == f"a.json: action 'echo' of actor 'a': {said}"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"date": "2024"}, '.date: expected Date | undefined, got the string "2024"'),
        ({"bytes": "x"}, '.bytes: expected Uint8Array | undefined, got the string "x"'),
        ({"set": ["a"]}, ".set: expected Set<string> | undefined, got an array of 1"),
        ({"set": {1}}, ".set[0]: expected string, got the number 1"),
        ({"map": JsMap({"é": 1})}, '.map["é"]: expected string, got the number 1'),
        ({"days": {SEEN: "é"}}, '.days[…]: expected number, got the string "é"'),
        ({"numbers": JsMap({"a": "b"})}, '.numbers key: expected number, got the string "a"'),
        ({"typed": ["a"]}, '.typed[0]: expected number, got the string "a"'),
        ({"pattern": "b"}, '.pattern: expected string like /^a-.*$/ | undefined, got the string "b"'),
        ({"pair": []}, ".pair: expected [string, number?] | undefined, got an array of 0"),
        ({"pair": ["a", "b"]}, '.pair[1]: expected number, got the string "b"'),
        ({"never": 1}, ".never: expected never | undefined, got the number 1"),
        ({"whole": 1.5}, ".whole: expected integer | undefined, got the number 1.5"),
        ({"whole": True}, ".whole: expected integer | undefined, got the boolean true"),
        ({"one": True}, ".one: expected 1 | undefined, got the boolean true"),
        (
            {"two": 2},
            ".two: expected no such property (there are: bigint, date, bytes, buffer, set, map and 10 more)",
        ),
        ("x", ': expected { bigint?, date?, bytes?, buffer? and 12 more }, got the string "x"'),
    ],
)
def test_a_value_of_another_kind_is_refused_both_ways(value: Any, said: str) -> None:
    with pytest.raises(Misfit) as caught:
        KINDS.check_arguments("echo", sent(value))
    assert f"actor 'a': value{said}" in str(caught.value)
    with pytest.raises(Misfit) as caught:
        KINDS.check_result("echo", value, "Kinds.echo")
    assert f"actor 'a': result of Kinds.echo(){said}" in str(caught.value)


def test_generated_values_are_judged_as_the_page_on_documents_says() -> None:
    judged = {True: 0, False: 0}
    for seed in range(60):
        generator = Generator(Random(seed), "D")
        schema, changed = generator.pair()
        definitions = generator.old
        made = document({"a": {"actions": {"f": {"params": [], "returns": schema}}}}, definitions)
        kind, schemas = Types(read_document(made)).of(schema), Schemas(definitions)
        for value in [*schemas.samples(schema), *Schemas(generator.new).samples(changed)]:
            complaint = Fitting(is_sent=True).complaint(kind, to_tree(value, "bare"), "value")
            fits = schemas.has(schema, value)
            if complaint is not None and "no such property" in complaint.expected:
                continue  # the page lets properties in that are not declared; a fake does not
            assert (complaint is None) == fits, (schema, definitions, value, complaint)
            judged[fits] += 1
    assert min(judged.values()) > 100


# --- Arguments, events, queues, input and parameters ------------------------------------------------------------------


def test_arguments_are_judged_by_their_places(room: ActorContract) -> None:
    link = {"kind": "link", "href": "x", "title": None}
    room.check_arguments("post", sent("hi"))
    room.check_arguments("post", sent("hi", {"attachments": [link], "replyTo": UNDEFINED}))
    room.check_arguments("tag", sent("m", "a", "b"))
    room.check_arguments("moderation.ban", sent("m"))
    room.check_arguments("not in the document", sent(1))
    for action, values, said in (
        ("post", (), "text: expected string, got nothing"),
        ("post", ("hi", {}, 1), "takes 2 arguments, got 3"),
        (
            "post",
            ("hi", {"replyto": "m"}),
            "opts.replyto: expected no such property (there are: attachments, replyTo",
        ),
        (
            "post",
            ("hi", {"attachments": [{"kind": "lnk"}]}),
            'opts.attachments[0].kind: expected "image" | "link"',
        ),
        (
            "post",
            ("hi", {"attachments": [{**link, "title": 1}]}),
            "opts.attachments[0].title: expected string | null",
        ),
        ("tag", ("m", "a", 5), "tags[1]: expected string, got the number 5"),
    ):
        with pytest.raises(Misfit) as caught:
            room.check_arguments(action, sent(*values))
        assert f"room.json: action {action!r} of actor 'chatRoom': {said}" in str(caught.value)
    assert caught.value.metadata == {
        "actor": "chatRoom", "what": "action 'tag'", "path": "tags[1]", "expected": "string", "got": "the number 5",
    }  # fmt: skip


def test_results_events_and_replies_are_judged(room: ActorContract) -> None:
    room.check_result("post", MESSAGE, "post")
    room.check_result("setTopic", None, "set_topic")
    room.check_event("messagePosted", [MESSAGE])
    room.check_event("memberMoved", [MEMBER, "attic"])
    room.check_reply("transcode", {"url": "x"}, "transcode")
    for check, said in (
        (
            lambda: room.check_result("setTopic", 1, "Room.set_topic"),
            "result of Room.set_topic(): expected undefined",
        ),
        (
            lambda: room.check_result("post", {**MESSAGE, "seq": "5"}, "post"),
            "result of post().seq: expected bigint",
        ),
        (
            lambda: room.check_result("post", object(), "post"),
            "result of post(): object cannot be sent to an actor",
        ),
        (lambda: room.check_event("topicChaned", []), "there is no such event; did you mean 'topicChanged'?"),
        (lambda: room.check_event("memberMoved", [MEMBER]), "toRoom: expected string, got nothing"),
        (
            lambda: room.check_reply("transcode", {}, "t"),
            "queue 'transcode' of actor 'chatRoom': reply of t().url",
        ),
        (lambda: room.check_message("jobs", None), "there is no such queue; there are: digest, transcode"),
        (
            lambda: room.check_message("digest", {"limit": "1"}),
            "body.limit: expected number",
        ),
    ):
        with pytest.raises(Misfit) as caught:
            check()
        assert said in str(caught.value)


def test_input_and_parameters_are_judged_and_parameters_are_not_shown(room: ActorContract) -> None:
    room.check_input(cbor.encode({"topic": "x"}))
    room.check_params({"token": "hunter2"})
    contract_of({}).check_input(None)
    contract_of({}).check_input(cbor.encode(1))
    contract_of({}).check_params({"any": 1})
    for check, given, said in (
        (room.check_input, None, "creation of actor 'chatRoom': input: expected RoomInput, got nothing"),
        (room.check_input, cbor.encode({"topic": 5}), "input.topic: expected string, got the number 5"),
        (room.check_params, {"token": "hunter2", "locale": "hunter2"}, "params.locale: expected"),
    ):
        with pytest.raises(Misfit) as caught:
            check(given)
        assert said in str(caught.value)
    assert "hunter2" not in f"{caught.value} {caught.value.metadata}"
    big = {"schema": {"type": "integer", "x-rivet-type": "bigint"}, "required": True}
    contract_of({"connParams": big}).check_params(5)  # JSON does not tell it from a number
    scores = {"type": "object", "additionalProperties": {"type": "number"}, "x-rivet-type": "map"}
    with pytest.raises(Misfit, match="params\\[…\\]: expected number, got a string$"):
        contract_of({"connParams": {"schema": scores, "required": True}}).check_params({"hunter2": "hunter2"})


def test_a_queue_without_replies_has_none() -> None:
    worker = contract_of({"queues": {"jobs": {"message": {}, "complete": None}}})
    worker.check_reply("jobs", None, "W.jobs")
    with pytest.raises(
        Misfit, match=r"queue 'jobs' of actor 'a': it declares no reply, and W\.jobs\(\) returns one"
    ):
        worker.check_reply("jobs", 1, "W.jobs")
    worker.check_event("whatever", [1])  # it declares no events, so it may send any


# --- Names ------------------------------------------------------------------------------------------------------------


def test_actions_have_their_names_of_the_wire_and_those_of_python(room: ActorContract) -> None:
    assert room.action("memberCount") == room.action("member_count") == "memberCount"
    assert room.action("moderation.members.list") == "moderation.members.list"
    assert (
        room.missing("post") == "room.json: action 'post' of actor 'chatRoom' is not implemented in the fake"
    )
    assert room.missing("psot").endswith("does not exist; did you mean 'post'?")
    with pytest.raises(
        ConfigError, match=r"^room\.json: actor 'chatRoom' has no action 'menber_count'; did you mean"
    ):
        room.action("menber_count")
    with pytest.raises(ConfigError, match=r"^room\.json has no actor 'chatroom'; did you mean 'chatRoom'\?$"):
        Contract.read(ROOM).actor("chatroom")


def test_a_name_that_a_test_uses_is_one_of_the_wire_or_of_python(room: ActorContract) -> None:
    assert room.on_wire("memberCount") == room.on_wire("member_count") == "memberCount"
    assert room.on_wire("nobody") == "nobody"
    echo = {"params": [], "returns": {}}
    actions, queues = {"aB": echo, "a_b": echo, "cD": echo}, {"c_d": {"message": {}, "complete": None}}
    both = contract_of({"actions": actions, "queues": queues})
    assert [both.on_wire(name) for name in ("a_b", "aB", "c_d", "cD")] == ["a_b", "aB", "c_d", "cD"]


def test_the_names_in_python_are_those_of_typed_packages() -> None:
    read = read_document(odd_document())
    members = python_names(read).members
    contract = Contract(read, "odd.json")
    names = 0
    for actor in read.actors:
        for action in actor.actions:
            group, _, _ = action.name.rpartition(".")
            path = [members["action", actor.name, action.name]]
            while group:
                path.insert(0, members["group", actor.name, group])
                group, _, _ = group.rpartition(".")
            python, known = ".".join(path), contract.actor(actor.name)
            assert known.action(python) == (python if python in known.actions else action.name)
            names += 1
    assert names > 20


def test_an_opaque_actor_may_be_anything() -> None:
    opaque = contract_of({"opaque": True})
    assert opaque.action("x") == "x"
    opaque.check_arguments("x", [1])
    opaque.check_message("y", 1)
    opaque.check_event("z", [1])


# --- Documents --------------------------------------------------------------------------------------------------------


def test_a_document_or_a_package_or_its_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "contract.json").write_text(ROOM.read_text())
    package = ModuleType("my_actors")
    package.__file__ = f"{tmp_path}/__init__.py"
    for source in (tmp_path, package):
        assert Contract.read(source).actors.keys() == Contract.read(str(ROOM)).actors.keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, " does not exist"),
        ("{", " is not JSON: "),
        ("[]", ": $: must be an object, not an array"),
        ("{}", ": $: 'x-rivet-registry' is missing; is this a document that `extract` wrote?"),
        (json.dumps(document(formatVersion=7)), "format 7 is not understood, only 1; update rivet-client"),
    ],
)
def test_what_is_no_document_is_refused_with_its_path(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "registry.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        Contract.read(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_a_registry_itself_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "registry.ts"
    path.write_text("")
    with pytest.raises(ConfigError, match=r"is no registry document: write one with `rivet-client extract "):
        Contract.read(path)


# --- An engine that has a document -----------------------------------------------------------------------------------


class Counter:
    """An actor of the golden package, with mistakes."""

    count = 0

    def on_create(self, ctx: Any) -> None:
        self.count = (ctx.input or {}).get("start", 0)

    def increment(self, ctx: Any, by: int = 1) -> Any:
        if by == 13:
            return "thirteen"
        self.count += by
        change = {"kind": "increment", "byHowMuch": by, "at": SEEN}
        if by == 14:
            del change["at"]
        ctx.broadcast("changed", change)
        return self.count

    @testing.queue("resets")
    def reset_soon(self, ctx: Any, body: Any) -> Any:
        return "no" if body["to"] == 13 else True


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeEngine]:
    engine = FakeEngine.from_registry(GOLDEN)
    engine.add_actor("counter", Counter)
    with engine:
        yield engine


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("packages")
    shutil.copytree(GOLDEN, folder / "counters_for_fakes")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        import counters_for_fakes  # type: ignore[import-not-found]

        yield counters_for_fakes


async def refusal(call: Any) -> str:
    with pytest.raises(ActorError) as caught:
        await call
    assert (caught.value.group, caught.value.code) == ("actor", "validation_error")
    return caught.value.message


@pytest.mark.parametrize("lane", ["http", "connection"])
async def test_what_does_not_fit_is_refused_by_the_engine(
    fake: FakeEngine, flavour: Flavour, key: str, lane: str
) -> None:
    async with flavour.client(fake.url) as client:
        handle = client.counter.get_or_create(key, create_with_input={"class": None, "start": BigInt(5)})
        caller = handle if lane == "http" else handle.connect()
        of = "expected: action 'increment' of actor 'counter': "
        assert await caller.increment(2) == 7
        assert (
            await refusal(caller.increment("2"))
            == f'{of}by: expected integer | undefined, got the string "2"'
        )
        assert await refusal(caller.increment(1, 2)) == f"{of}takes 1 argument, got 2"
        result = 'result of Counter.increment(): expected integer, got the string "thirteen"'
        assert await refusal(caller.increment(13)) == f"{of}{result}"
        event = "expected: event 'changed' of actor 'counter': payload.at: expected Date, got nothing"
        assert await refusal(caller.increment(14)) == event
        with pytest.raises(
            ActorError, match="'history.list' of actor 'counter' is not implemented in the fake"
        ):
            await caller.history.list("reset")
        last = fake.calls.to("counter", key).named("increment").last
        assert "in increment" in last.traceback
        assert str(last.error) == f"actor.validation_error: {event}"
        if lane == "connection":
            await caller.close()


async def test_messages_and_replies_that_do_not_fit_are_refused(
    fake: FakeEngine, flavour: Flavour, key: str
) -> None:
    async with flavour.client(fake.url) as client:
        counter = client.counter.get_or_create(key)
        assert (await counter.send("resets", {"to": 1}, wait=True)).response is True
        of = "expected: queue 'resets' of actor 'counter': "
        assert await refusal(counter.send("resets", {})) == f"{of}body.to: expected integer, got nothing"
        reply = 'reply of Counter.reset_soon(): expected boolean, got the string "no"'
        assert await refusal(counter.send("resets", {"to": 13}, wait=True)) == f"{of}{reply}"
        unknown = "expected: queue 'reset' of actor 'counter': there is no such queue; did you mean 'resets'?"
        assert await refusal(counter.send("reset", {})) == unknown


async def test_input_that_does_not_fit_creates_nothing(fake: FakeEngine, flavour: Flavour, key: str) -> None:
    async with flavour.client(fake.url) as client:
        said = "expected: creation of actor 'counter': input.start: expected bigint | undefined, got the number 5"
        wrong = {"class": None, "start": 5}
        handle = client.counter.get_or_create(key, create_with_input=wrong)
        assert (await refusal(handle.increment())).startswith(said)
        assert (await refusal(client.counter.create(key, input=wrong))).startswith(said)
        with pytest.raises(ActorError, match="no actor counter"):
            await client.counter.get(key).increment()


def test_typed_packages(fake: FakeEngine, package: Any, key: str) -> None:
    with fake.client(package.Client) as client:
        options = package.models.Options(class_=None, start=40)
        counter = client.counter.get_or_create(key, create_with_input=options)
        with counter.connect() as conn, conn.events("changed", timeout=30) as changes:
            assert conn.increment(2) == 42
            (change,) = next(changes)
            assert (type(change), change.by_how_much, change.at) == (package.models.Increment, 2, SEEN)
        with pytest.raises(ActorError, match=r'got the string "thirteen"'):
            counter.increment(13)


async def test_typed_packages_with_asyncio(fake: FakeEngine, package: Any, key: str) -> None:
    async with fake.async_client(package.AsyncClient) as client:
        options = package.models.Options(class_=None, start=40)
        counter = client.counter.get_or_create(key, create_with_input=options)
        async with counter.connect() as conn, conn.events("changed", timeout=30) as changes:
            assert await conn.increment(2) == 42
            (change,) = await anext(changes)
            assert (type(change), change.by_how_much, change.at) == (package.models.Increment, 2, SEEN)
        with pytest.raises(ActorError, match=r'got the string "thirteen"'):
            await counter.increment(13)


def test_classes_must_fit_when_they_are_registered() -> None:
    engine = FakeEngine.from_registry(ROOM)

    class WithMethods:
        def member_count(self, ctx: Any) -> int:
            return 0

        class moderation:
            class members:
                def list(self, ctx: Any) -> list[Any]:
                    return []

        @testing.queue("digest")
        def digest(self, ctx: Any, body: Any) -> Any: ...

    engine.add_actor("chatRoom", WithMethods)

    class Helpful:
        def helper(self, ctx: Any) -> None: ...

    class Queued:
        @testing.queue("jobs")
        def jobs(self, ctx: Any, body: Any) -> None: ...

    class Double:
        def member_count(self, ctx: Any) -> int:
            return 0

        @testing.action("memberCount")
        def same(self, ctx: Any) -> int:
            return 0

    room = FakeEngine.from_registry(ROOM)
    for name, kind, said in (
        (
            "chatRoom",
            Helpful,
            "^room.json: actor 'chatRoom' has no action 'helper'; there are: history, memberCount",
        ),
        (
            "chatRoom",
            Queued,
            "^room.json: actor 'chatRoom' has no queue 'jobs'; there are: digest, transcode$",
        ),
        (
            "chatRoom",
            Double,
            "^room.json: two of these are one action of actor 'chatRoom': memberCount, member_count$",
        ),
        ("chatRom", WithMethods, "^room.json has no actor 'chatRom'; did you mean 'chatRoom'"),
    ):
        with pytest.raises(ConfigError, match=said):
            room.add_actor(name, kind)
    with pytest.raises(ConfigError, match="^nowhere.json does not exist$"):
        FakeEngine.from_registry("nowhere.json")


async def test_methods_have_their_names_in_python_and_on_the_wire(flavour: Flavour, key: str) -> None:
    engine = FakeEngine.from_registry(ROOM)

    @engine.actor("chatRoom")
    class Room:
        def member_count(self, ctx: Any) -> int:
            return 3

        class moderation:
            class members:
                def list(self, ctx: Any, role: str | None = None) -> list[Any]:
                    return []

    async with engine, flavour.client(engine.url) as client:
        room = client.chatRoom.get_or_create(
            key, create_with_input={"topic": "x"}, params={"token": "hunter2"}
        )
        assert await room.memberCount() == 3
        engine.fail_next("member_count", "user", "no")
        with pytest.raises(ActorError, match=r"user\.no"):
            await room.memberCount()
        for name in ("member_count", "memberCount"):
            assert (
                engine.calls.assert_any(name)
                is engine.calls.named(name)[1]
                is engine.calls.wait_for(name, count=2)
            )
        with pytest.raises(
            AssertionError, match=r"call menber_count, and .* none; did you mean 'memberCount'\? This"
        ):
            engine.calls.assert_one("menber_count")
        with pytest.raises(ConfigError, match="queue 'menber_count'; did you mean 'memberCount'"):
            engine.lose_answers("menber_count")
        assert await room.moderation.members.list() == []
        with pytest.raises(ActorError, match="'post' of actor 'chatRoom' is not implemented in the fake"):
            await room.post("hi")
        nobody = client.chatRoom.get_or_create(key)
        assert await refusal(nobody.memberCount()) == (
            "room.json: connection of actor 'chatRoom': params: expected JoinParams, got nothing"
        )
