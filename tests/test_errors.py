"""The error tree: one root, typed fields, texts, pickling."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path

import pytest

import rivet_client
from rivet_client import errors
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    CallCancelledError,
    ConfigError,
    ConnectionClosedError,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
    VersionError,
    with_outcome,
)

ROOT = Path(__file__).parent.parent
ACTOR = ActorSpecifier("a" * 30, 2, "k")
EXAMPLES = [
    RivetError("text"),
    ConfigError("text"),
    TransportError("text"),
    TransportError("text", may_have_run=False, hint="do this"),
    ConnectionClosedError("text"),
    ConnectionClosedError("text", code=1011, reason="user.no", may_have_run=True),
    ProtocolError("text"),
    DecodeError(5, "a bool"),
    VersionError(3, "has no field x of Y", hint="leave it out, or update the server"),
    ActionTimeoutError("text"),
    CallCancelledError(may_have_run=True),
    ActionTimeoutError(
        "text", timeout=2.5, may_have_run=False, hint="wait", last_error=TransportError("cut", hint="do this")
    ),
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


def test_every_error_says_whether_the_same_call_may_succeed_later() -> None:
    assert [error.is_retryable for error in EXAMPLES] == [
        *(False, False),
        *(True, True),
        *(True, True),
        *(False, False),
        False,
        *(True, False, True),
        *(False, True),
    ]


def test_every_error_says_whether_the_call_may_have_run() -> None:
    assert [error.may_have_run for error in EXAMPLES] == [
        *(True, False),
        *(True, False),
        *(False, True),
        *(True, True),
        False,
        *(True, True, False),
        *(False, True),
    ]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_errors_survive_copying(error: RivetError, way: object) -> None:
    error.add_note("a note")
    found = way(error)  # type: ignore[operator]
    assert type(found) is type(error)
    assert (str(found), found.summary) == (str(error), error.summary)
    assert (found.args, shown(found)) == (error.args, shown(error))
    del error.__notes__


def shown(error: RivetError) -> dict[str, object]:
    """The fields of an error; of an error among them the text, since errors are equal only to themselves."""
    return {name: str(value) if name == "last_error" else value for name, value in vars(error).items()}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("may_have_run", [False, True])
def test_each_caller_is_told_an_error_of_its_own(error: RivetError, may_have_run: bool) -> None:
    """Everything except `may_have_run` is the same. The copy has no traceback until it is raised."""
    error = copy.copy(error)
    error.add_note("a note")
    why = ValueError("why")
    with pytest.raises(type(error)):
        raise error from why
    before = dict(vars(error))
    found = with_outcome(error, may_have_run=may_have_run)
    assert found is not error
    assert (type(found), found.args, str(found)) == (type(error), error.args, str(error))
    assert vars(found) == {**before, "may_have_run": may_have_run}
    assert (found.__cause__, found.__suppress_context__, found.__traceback__) == (why, True, None)
    assert vars(error) == before
    assert pickle.loads(pickle.dumps(found)).may_have_run is may_have_run


def test_the_copy_for_a_caller_hides_no_context() -> None:
    assert not with_outcome(TransportError("cut"), may_have_run=False).__suppress_context__


NO_ERRORS = {"self", "call", "timer"}
"""Names of variables that hold something else than an error: things with a field of the same name."""


@pytest.mark.parametrize(
    "folder", ["rivet_client", "generated/rivet_client_generated", "codegen/rivet_codegen"]
)
def test_no_error_is_changed_once_it_is_made(folder: str) -> None:
    """An error is whole when it is made; see `with_outcome`. Only `errors.py` sets fields, while it makes one."""
    fields = {"args", "hint", "may_have_run"}.union(*(vars(error) for error in EXAMPLES))
    found = []
    for path in (ROOT / folder).rglob("*.py"):
        if path == ROOT / "rivet_client/errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(value=ast.Name(id=owner), attr=name, ctx=ast.Store() | ast.Del()):
                    is_change = name in fields and owner not in NO_ERRORS
                case ast.Call(
                    func=ast.Name(id="setattr" | "delattr"), args=[_, ast.Constant(value=name), *_]
                ):
                    is_change = name in fields
                case _:
                    is_change = False
            if is_change:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert found == []


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
        (CallCancelledError, (RivetError,)),
        (TransportError, (RivetError,)),
        (ConnectionClosedError, (TransportError,)),
        (ProtocolError, (RivetError,)),
        (DecodeError, (ProtocolError,)),
        (VersionError, (ProtocolError,)),
    ],
)
def test_the_tree(child: type[Exception], parents: tuple[type[Exception], ...]) -> None:
    assert all(issubclass(child, parent) for parent in parents)


def test_a_dead_network_is_no_protocol_error_nor_the_other_way_round() -> None:
    assert not issubclass(ActionTimeoutError, TransportError)
    assert not issubclass(CallCancelledError, TransportError)
    assert not issubclass(ProtocolError, TransportError)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (DecodeError(5, "a bool"), "cannot decode message: expected a bool at byte 5"),
        (VersionError(1, "needs x"), "version 1 of the protocol needs x; update the server"),
        (ActorError("user", "no", "go away"), "user.no: go away"),
        (ActorError("user", "no", "go away", ray_id="r1"), "user.no: go away (ray r1)"),
        (ActionTimeoutError("no answer", timeout=1), "no answer"),
        (TransportError("refused", hint="start it"), "refused; start it"),
        (ActionTimeoutError("no answer", hint="wait"), "no answer; wait"),
        (
            ActionTimeoutError(
                "no answer", hint="wait", last_error=TransportError("refused", hint="start it")
            ),
            "no answer; wait; what went wrong last: refused; start it",
        ),
        (ConnectionClosedError("lost", code=1006, reason="x"), "lost"),
    ],
)
def test_texts(error: RivetError, text: str) -> None:
    assert str(error) == text


def test_what_happened_is_told_apart_from_what_to_do() -> None:
    refused = TransportError("refused", hint="start it")
    late = ActionTimeoutError("no answer", hint="wait", last_error=refused)
    assert (refused.summary, late.summary) == ("refused", "no answer; what went wrong last: refused")
    assert late.__cause__ is refused
    assert ActionTimeoutError("no answer", last_error=ActorError("a", "b", "c")).summary == (
        "no answer; what went wrong last: a.b: c"
    )
    assert RivetError("text").hint is None
    assert RivetError("text").summary == "text"
    assert TransportError("a\nb", hint="c").summary == "a\\nb"


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
    too_old = VersionError(1, "needs x", hint="give it")
    assert (too_old.version, too_old.why, too_old.hint, too_old.may_have_run) == (
        1,
        "needs x",
        "give it",
        False,
    )


def test_what_applications_catch_is_exported() -> None:
    for name in ("RivetError", "ActorError", "TransportError", "ProtocolError", "ConfigError"):
        assert getattr(rivet_client, name) is getattr(errors, name)
    assert rivet_client.ActionTimeoutError is ActionTimeoutError
    assert rivet_client.ConnectionClosedError is ConnectionClosedError
