"""Errors of the engine and of hosts, in words that name who and what is meant."""

from __future__ import annotations

import pickle

import pytest

from rivet_client._core import flows
from rivet_client._core.effects import HttpResponse
from rivet_client._core.failures import actor_error
from rivet_client._core.target import Target
from rivet_client._core.wording import Asked, no_such_name
from rivet_client._hints import TOKEN_REFUSED
from rivet_client.errors import ActorError, ActorSpecifier
from rivet_client_generated.errors import lookup
from rivet_client_generated.protocol.messages import Error
from tests.support.counter import call_error, error_of
from tests.support.fake_driver import (
    A,
    FakeDriver,
    control_error,
    gateway_error,
    json_reply,
)
from tests.support.wire_pair import WirePair

GET = Target("get", "counter", ("k",))
MISSED = gateway_error(404, "actor", "not_found")
API = json_reply(
    {"group": "api", "code": "not_found", "message": "The requested resource was not found"}, 404
)


def unknown_action(driver: FakeDriver, name: str) -> HttpResponse:
    """What a host says of an action that its actor does not have."""
    reply = driver.host_error(404, "actor", "action_not_found")
    body = reply.body.replace(b"actor says action_not_found", f"Action `{name}` was not found.".encode())
    return HttpResponse(404, reply.headers, body)


# --- Actors and actions ----------------------------------------------------------------------------------------


def test_no_such_actor() -> None:
    assert call_error(FakeDriver(), GET, MISSED).message == "no actor counter['k'] exists"
    assert (
        call_error(FakeDriver(), Target("id", "counter", actor_id=A), MISSED).message
        == f"no actor counter#{A} exists"
    )


def test_an_unknown_action() -> None:
    driver = FakeDriver("json")
    assert call_error(driver, GET, unknown_action(driver, "incremen"), name="incremen").message == (
        "actor counter['k'] has no action 'incremen'"
    )
    driver.run(flows.call_action(driver.context, GET, "increment", ()), driver.result(1))
    assert call_error(driver, GET, unknown_action(driver, "incremen"), name="incremen").message == (
        "actor counter['k'] has no action 'incremen'; did you mean 'increment'?"
    )
    # An actor that called another one passes on what that said.
    assert call_error(driver, GET, unknown_action(driver, "other"), name="incremen").message == (
        "Action `other` was not found."
    )


def test_an_unknown_action_over_a_connection() -> None:
    pair = WirePair().open()
    pair.answer(pair.call("increment"), 1)
    pair.call("incremen")
    pair.send(
        Error(
            group="actor",
            code="action_not_found",
            message="Action `incremen` was not found.",
            action_id=pair.received[-1].id,
        )
    )
    assert pair.results["incremen"].message == (
        "actor counter['k'] has no action 'incremen'; did you mean 'increment'?"
    )


def test_a_connection_to_no_actor() -> None:
    pair = WirePair(follows_key=False).start().dial()
    pair.accept()
    pair.close(1011, "actor.not_found#ray1")
    assert pair.session.final_error is not None
    assert str(pair.session.final_error) == "actor.not_found: no actor counter['k'] exists (ray ray1)"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("get_count", "getCount"),
        ("getCount", "get_count"),
        ("admin.list_users", "admin.listUsers"),
        ("count_", "count"),
        ("count", None),
        ("count2", None),
    ],
)
def test_an_unknown_action_in_the_other_spelling(name: str, meant: str | None) -> None:
    driver = FakeDriver("json")
    hint = f"; did you mean {meant!r}?" if meant else ""
    assert call_error(driver, GET, unknown_action(driver, name), name=name).message == (
        f"actor counter['k'] has no action {name!r}{hint}"
    )


# --- Keys, pools and ids ----------------------------------------------------------------------------------------


def test_a_key_that_is_in_use() -> None:
    message = "Actor key 'k' already in use for actor 'x'"
    assert Asked().words_for("actor", "duplicate_key", message) == (
        f"{message}; for the actor that has it, use get or get_or_create"
    )


def test_a_pool_that_there_is_not() -> None:
    answer = json_reply(
        {
            "group": "actor",
            "code": "no_runner_config_configured",
            "message": "No runner config",
            "metadata": {"pool_name": "nope"},
        },
        400,
    )
    driver = FakeDriver()
    assert error_of(driver, flows.resolve(driver.context, GET), answer).message == (
        "there is no runner pool 'nope': set pool_name or RIVET_POOL, or start a host of that pool; "
        "client.engine.runner_configs_list() lists the pools"
    )


INTERNAL = gateway_error(500, "core", "internal_error")


@pytest.mark.parametrize(
    ("target", "is_doubted"),
    [
        (Target("id", "counter", actor_id="abc"), True),
        (Target("id", "counter", actor_id=A), False),
        (GET, False),
        (Target("get", "counter", ("k",), actor_id="abc"), False),  # as it was learned, not as it was given
    ],
)
def test_an_id_that_is_none(target: Target, is_doubted: bool) -> None:
    text = "'abc' is no actor's id: give what resolve() returns, or use a key"
    assert (call_error(FakeDriver(), target, INTERNAL).message == text) is is_doubted


def test_an_id_that_is_none_over_a_connection() -> None:
    asked = Asked(actor="counter#abc", actor_id="abc")
    assert asked.words_for("core", "internal_error", "closed").startswith("'abc' is no actor's id")
    host = ActorSpecifier(A, 1)
    assert asked.words_for("core", "internal_error", "of the host", host) == "of the host"


# --- Names that no host knows ----------------------------------------------------------------------------------


def test_names_in_words() -> None:
    assert no_such_name("x", []) == "no host knows an actor 'x'"
    assert no_such_name("x", ["x", "counter"]) == "no host knows an actor 'x'; there are: counter"
    many = [f"actor{number:02}" for number in range(25)]
    assert no_such_name("x", many).endswith("; there are: " + ", ".join(many[:20]) + " and 5 more")


# --- Namespaces, sizes, endpoints ------------------------------------------------------------------------------

NAMESPACE = "there is no namespace 'nope': check RIVET_NAMESPACE, or the client's namespace"


def test_a_namespace_that_there_is_not() -> None:
    driver = FakeDriver(namespace="nope")
    assert call_error(driver, GET, gateway_error(400, "namespace", "not_found")).message == NAMESPACE
    answer = control_error(400, "namespace", "not_found")
    assert error_of(driver, flows.resolve(driver.context, GET), answer).message == NAMESPACE


def test_a_namespace_over_a_connection() -> None:
    driver = FakeDriver(namespace="nope")
    dial = driver.run(flows.prepare_dial(driver.context, GET, flows.DialOptions()))
    pair = WirePair().start().dial(dial)
    pair.accept()
    pair.close(1011, "namespace.not_found")
    assert isinstance(pair.session.final_error, ActorError)
    assert pair.session.final_error.message == NAMESPACE


def test_a_message_that_is_too_long() -> None:
    driver = FakeDriver("json")
    error = call_error(
        driver, GET, driver.host_error(400, "message", "incoming_too_long"), args=["x" * 70_000]
    )
    assert error.message == (
        f"{len(driver.requests[0].body)} bytes are too long a message for the host of counter['k']: it takes 65536, "
        "unless its registry sets maxIncomingMessageSize; send less at once"
    )


def test_a_message_that_is_too_long_for_a_connection() -> None:
    pair = WirePair().open()
    pair.call("short")
    pair.call("long", "x" * 70_000)
    pair.close(1011, "message.incoming_too_long")
    for name in ("short", "long"):
        size, _, text = pair.results[name].message.partition(" ")
        assert 70_000 < int(size) < 70_100
        assert text.startswith(
            "bytes are too long a message for the host of counter['k']: it takes 65536, unless"
        )


TOO_LONG = (
    "the actor's message is longer than the 1048576 bytes that its host sends, "
    "unless its registry sets maxOutgoingMessageSize; have the actor send less at once"
)


def test_an_answer_that_is_too_long() -> None:
    driver = FakeDriver("json")
    error = call_error(driver, GET, driver.host_error(400, "message", "outgoing_too_long"))
    assert error.message == TOO_LONG


def test_an_answer_that_is_too_long_for_a_connection() -> None:
    pair = WirePair().open()
    pair.call("long")
    pair.send(Error(group="message", code="outgoing_too_long", message="x", action_id=pair.received[-1].id))
    assert pair.results["long"].message == TOO_LONG
    pair.call("short")
    pair.close(1011, "message.outgoing_too_long")  # an event was too long
    assert pair.results["short"].message == TOO_LONG


@pytest.mark.parametrize(
    ("group", "code", "asked"),
    [
        ("actor", "not_found", Asked(namespace="n")),
        ("actor", "action_not_found", Asked(actor="counter['k']", action="add")),
        ("namespace", "not_found", Asked(actor="counter['k']")),
        ("message", "incoming_too_long", Asked(actor="counter['k']")),
        ("api", "not_found", Asked(actor="counter['k']", namespace="n")),
        (
            "user",
            "not_found",
            Asked(actor="counter['k']", namespace="n", action="add", size=7, endpoint_doubt="no"),
        ),
    ],
)
def test_other_errors_keep_their_words(group: str, code: str, asked: Asked) -> None:
    assert asked.words_for(group, code, "as it was sent") == "as it was sent"


def test_a_missing_route_is_no_missing_actor() -> None:
    message = "Actor route '/x' was not found."
    asked = Asked(actor="counter['k']")
    assert asked.words_for("actor", "not_found", message, ActorSpecifier(A, 1)) == message
    assert asked.words_for("actor", "not_found", message) == "no actor counter['k'] exists"


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (
            "http://engine:6420/api",
            "an engine answers at http://engine:6420/api, but has nothing there: take '/api' off the endpoint",
        ),
        (
            "http://engine:6421",
            "an engine answers at http://engine:6421, but not with its API: this may be its peer port; "
            "the API's is the one before it as a rule, here 6420",
        ),
        (
            "http://engine",
            "an engine answers at http://engine, but not with its API: this may be its peer port; "
            "the API's is the one before it as a rule",
        ),
    ],
)
@pytest.mark.parametrize("located", [False, True])
def test_an_endpoint_that_is_beside_the_api(endpoint: str, text: str, located: bool) -> None:
    driver = FakeDriver(located=located, endpoint=endpoint)
    assert call_error(driver, GET, API).message == text
    assert error_of(driver, flows.resolve(driver.context, GET), API).message == text
    assert len(driver.requests) == 2


def test_an_engine_that_was_found_may_lack_something() -> None:
    driver = FakeDriver(located=False)
    metadata = json_reply({"runtime": "engine", "version": "2.3.19"})
    error = error_of(driver, flows.resolve(driver.context, GET), metadata, API)
    assert error.message == "The requested resource was not found"


@pytest.mark.parametrize(("group", "code"), sorted(TOKEN_REFUSED))
def test_an_error_for_a_refused_token_says_how_to_give_one(group: str, code: str) -> None:
    """The engine's, and not one that an actor passes on, which has a token of its own."""
    assert lookup(group, code) is not None
    error = actor_error(group, code, "no")
    assert str(error).endswith(": no; give a token that may do this in RIVET_TOKEN, or as token=")
    assert pickle.loads(pickle.dumps(error)).hint == error.hint
    assert actor_error(group, code, "no", actor=ActorSpecifier("id", 1)).hint is None
    assert actor_error(group, "other", "no").hint is None
