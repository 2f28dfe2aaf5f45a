"""The error tree: one root, typed fields, texts, pickling."""

from __future__ import annotations

import copy
import pickle

import pytest

import rivet_client
from rivet_client import errors
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    ConfigError,
    ConnectionClosedError,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
)

ACTOR = ActorSpecifier("a" * 30, 2, "k")
EXAMPLES = [
    RivetError("text"),
    ConfigError("text"),
    TransportError("text"),
    TransportError("text", may_have_run=False),
    ConnectionClosedError("text"),
    ConnectionClosedError("text", code=1011, reason="user.no", may_have_run=True),
    ProtocolError("text"),
    DecodeError(5, "a bool"),
    ActionTimeoutError("text"),
    ActionTimeoutError("text", timeout=2.5, may_have_run=False),
    ActorError("user", "no", "text"),
    ActorError(
        "user",
        "no",
        "text",
        metadata={"a": [1]},
        ray_id="ray1",
        actor=ACTOR,
        is_retryable=True,
        may_have_run=True,
    ),
]


NASTY = "a\nerror: forged\r\x1b[2J\x9b2J\u202e\u2028" + "long " * 100_000


@pytest.mark.parametrize(
    "error",
    [
        *(
            kind(NASTY)
            for kind in (RivetError, ConfigError, TransportError, ProtocolError, ActionTimeoutError)
        ),
        ConnectionClosedError(NASTY, code=1011, reason=NASTY),
        DecodeError(1, NASTY),
        ActorError(NASTY, NASTY, NASTY, ray_id=NASTY, metadata=NASTY),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_text_of_an_error_is_one_short_line(error: RivetError) -> None:
    text = str(error)
    assert text.isprintable()
    assert "a\\nerror: forged\\r\\x1b[2J\\x9b2J\\u202e\\u2028long" in text
    assert len(text) < 5000
    for field in ("reason", "message", "ray_id", "metadata"):
        assert getattr(error, field, NASTY) == NASTY


def test_what_follows_a_long_message_is_told() -> None:
    text = str(ActorError("user", "no", "x" * 5000, ray_id="ray1"))
    assert text == f"user.no: {'x' * 1000}... (5000 characters) (ray ray1)"


def test_every_error_says_whether_the_call_may_have_run() -> None:
    assert [error.may_have_run for error in EXAMPLES] == [
        *(True, False),
        *(True, False),
        *(False, True),
        *(True, True),
        *(True, False),
        *(False, True),
    ]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_survive_copying(error: RivetError, way: object) -> None:
    error.add_note("a note")
    found = way(error)  # type: ignore[operator]
    assert type(found) is type(error)
    assert str(found) == str(error)
    assert (found.args, vars(found)) == (error.args, vars(error))
    del error.__notes__


def test_every_class_has_an_example() -> None:
    classes = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, RivetError)
    }
    assert classes == {type(error) for error in EXAMPLES}


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        (ConfigError, (RivetError, ValueError)),
        (ActorError, (RivetError,)),
        (ActionTimeoutError, (RivetError, TimeoutError)),
        (TransportError, (RivetError,)),
        (ConnectionClosedError, (TransportError,)),
        (ProtocolError, (RivetError,)),
        (DecodeError, (ProtocolError,)),
    ],
)
def test_the_tree(child: type[Exception], parents: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(child, parent) for parent in parents)


def test_a_dead_network_is_no_protocol_error_nor_the_other_way_round() -> None:
    assert not issubclass(ActionTimeoutError, TransportError)
    assert not issubclass(ProtocolError, TransportError)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DecodeError(5, "a bool"), "cannot decode message: expected a bool at byte 5"),
        (ActorError("user", "no", "go away"), "user.no: go away"),
        (ActorError("user", "no", "go away", ray_id="r1"), "user.no: go away (ray r1)"),
        (ActionTimeoutError("no answer", timeout=1), "no answer"),
        (ConnectionClosedError("lost", code=1006, reason="x"), "lost"),
    ],
)
def test_texts(error: RivetError, text: str) -> None:
    assert str(error) == text


def test_fields() -> None:
    error = EXAMPLES[-1]
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.message, error.metadata) == ("user", "no", "text", {"a": [1]})
    assert (error.ray_id, error.actor, error.is_retryable, error.may_have_run) == ("ray1", ACTOR, True, True)
    plain = ActorError("user", "no", "text")
    assert (plain.metadata, plain.ray_id, plain.actor) == (None, None, None)
    assert (plain.is_retryable, plain.may_have_run) == (False, False)
    closed = ConnectionClosedError("x", code=1000, reason="bye")
    assert (closed.code, closed.reason, closed.may_have_run) == (1000, "bye", False)
    assert TransportError("x").may_have_run
    assert (ActionTimeoutError("x").timeout, ActionTimeoutError("x").may_have_run) == (None, True)
    decode = DecodeError(5, "a bool")
    assert (decode.offset, decode.expected) == (5, "a bool")


def test_what_applications_catch_is_exported() -> None:
    for name in ("RivetError", "ActorError", "TransportError", "ProtocolError", "ConfigError"):
        assert getattr(rivet_client, name) is getattr(errors, name)
    assert rivet_client.ActionTimeoutError is ActionTimeoutError
    assert rivet_client.ConnectionClosedError is ConnectionClosedError
