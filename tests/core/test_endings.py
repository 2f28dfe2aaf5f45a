"""How connections end, and which come back: PROTOCOL.md 5.5, 8.3 and 9 as tables, through a whole session."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from rivet_client._core.endings import closed_error, is_about_one_message, is_final
from rivet_client._core.failures import actor_error
from rivet_client._core.retry import is_gone
from rivet_client._core.session import OVER, OpenRequested, Phase, RetryScheduled
from rivet_client._core.websocket import Closed
from rivet_client._core.wording import Asked
from rivet_client._text import one_line
from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ActorSpecifier,
    ConfigError,
    ConnectionClosedError,
    ProtocolError,
    RivetError,
    TransportError,
)
from rivet_client_generated.errors import ERRORS, End
from tests.support.wire_pair import ACTOR, DIAL, WirePair


def fate(pair: WirePair) -> str:
    """What became of a connection: "retry" or "final". A final end is reported once; calls have been told."""
    pair.advance(60)
    if pair.session.phase not in OVER:
        assert len(pair.of(OpenRequested)) > 1
        assert not any(report.final for report in pair.reported)
        return "retry"
    (report,) = [report for report in pair.reported if report.final]
    assert report.error is pair.session.final_error
    assert set(pair.results) == set(pair.called)
    return "final"


# --- Close frames ----------------------------------------------------------------------------------------------

# The end; what it makes of an attempt (before Init), and of an open connection.
CLOSES = [
    # The network and the engine's own comings and goings
    ((1001, ""), "retry", "retry"),
    ((1005, ""), "retry", "retry"),
    ((1012, "service restart"), "retry", "retry"),
    ((1014, "bad gateway"), "retry", "retry"),
    ((1008, "ws.message_index_skip"), "retry", "retry"),
    ((1011, "ws.going_away#ray"), "retry", "retry"),
    ((1011, "guard.actor_ready_timeout#ray1"), "retry", "retry"),
    ((1011, "guard.actor_wake_retries_exceeded#ray1"), "retry", "retry"),
    ((1011, "guard.actor_runner_failed"), "retry", "retry"),
    ((1011, "guard.service_unavailable"), "retry", "retry"),
    ((1011, "guard.actor_stopped_while_waiting"), "retry", "retry"),
    ((1011, "guard.tunnel_request_aborted"), "retry", "retry"),
    ((1011, "guard.tunnel_message_timeout"), "retry", "retry"),
    ((1011, "guard.tunnel_response_closed"), "retry", "retry"),
    ((1011, "guard.gateway_response_start_timeout"), "retry", "retry"),
    ((1011, "guard.websocket_closed_before_open#ray1"), "retry", "retry"),
    ((1011, "guard.websocket_garbage_collected#ray1"), "retry", "retry"),
    ((1011, "guard.rate_limit"), "retry", "retry"),
    ((1011, "guard.something_new#ray1"), "retry", "retry"),
    ((1011, "pegboard.something_new"), "retry", "retry"),
    ((1011, "actor.creation_rate_limit#ray1"), "retry", "retry"),
    ((1011, "actor.starting"), "retry", "retry"),
    ((1011, "actor.stopping"), "retry", "retry"),
    ((1011, "actor.restarting"), "retry", "retry"),
    ((1011, "actor.not_configured"), "retry", "retry"),
    ((1011, "actor.dropped_reply"), "retry", "retry"),
    ((1011, "actor.stopped"), "retry", "retry"),
    ((1011, "actor.callback_timed_out"), "retry", "retry"),
    ((1011, "actor.overloaded"), "retry", "retry"),
    ((1011, "actor.destroyed_while_waiting_for_ready#ray1"), "retry", "retry"),
    ((1009, "actor WebSocket message exceeds the maximum size"), "retry", "retry"),
    ((1011, "not in the grammar"), "retry", "retry"),
    ((4001, "custom"), "retry", "retry"),
    # One message; before there is any, it is the connection itself that the host cannot read
    ((1011, "actor.invalid_request"), "final", "retry"),
    ((1011, "actor.send_failed"), "final", "retry"),
    ((1011, "message.incoming_too_long"), "final", "retry"),
    ((1011, "message.outgoing_too_long"), "final", "retry"),
    # A new engine knows no pool before the first host has connected.
    ((1011, "actor.no_runner_config_configured#ray1"), "retry", "retry"),
    # Refusals
    ((1011, "user.unauthorized"), "final", "final"),
    ((1011, "user.Any_Code-1"), "final", "final"),
    ((1011, "auth.forbidden"), "final", "final"),
    ((1011, "my_group.my_code"), "final", "final"),
    ((1011, "rivetkit.internal_error"), "final", "final"),
    ((1011, "core.internal_error#ray1"), "final", "final"),
    ((1011, "namespace.not_found#ray1"), "final", "final"),
    ((1011, "guard.missing_header#ray1"), "final", "final"),
    ((1011, "guard.websocket_not_supported#ray1"), "final", "final"),
    ((1011, "guard.query_invalid_params#ray1"), "final", "final"),
    ((1003, "actor.unsupported_websocket_encoding"), "final", "final"),
    ((1011, "ws.eviction"), "final", "final"),
]


@pytest.mark.parametrize(("close", "before_init", "when_open"), CLOSES)
def test_closes(close: tuple[int, str], before_init: str, when_open: str) -> None:
    attempt = WirePair().start().dial().accept()
    attempt.call()
    attempt.close(*close)
    assert fate(attempt) == before_init
    connection = WirePair().open()
    connection.call()
    connection.close(*close)
    assert fate(connection) == when_open


def test_a_connection_that_the_gateway_finds_stale() -> None:
    """A call that was sent is lost and may have run; a call that waits is sent after the reconnection."""
    pair = WirePair().open()
    pair.call("sent")
    pair.close(1011, "guard.websocket_garbage_collected#ray1")
    lost = pair.results["sent"]
    assert isinstance(lost, ConnectionClosedError)
    assert (lost.may_have_run, lost.is_retryable) == (True, True)
    assert isinstance(lost.__cause__, ActorError)
    assert "guard.websocket_garbage_collected" in str(lost)
    pair.call("waiting")
    assert fate(pair) == "retry"
    assert "waiting" not in pair.results
    pair.reopen()
    assert pair.session.status == "connected"


def test_an_engine_that_comes_back_without_its_pools() -> None:
    pair = WirePair().open()
    pair.close(1001, "")
    assert fate(pair) == "retry"
    for _ in range(5):  # until a host has connected
        pair.dial().accept().close(1011, "actor.no_runner_config_configured#ray1")
        assert fate(pair) == "retry"


NO_POOL = "actor.no_runner_config_configured#ray1"


def without_pool(pair: WirePair) -> None:
    """Go through all attempts of a connection. Each finds no pool."""
    while pair.session.phase not in OVER:
        number = len(pair.attempts)
        pair.dial().accept().close(1011, NO_POOL)
        while pair.session.phase not in OVER and len(pair.attempts) == number:
            due = pair.session.next_deadline()
            assert due is not None
            pair.advance(max(0.0, due - pair.clock.now) + 1e-9)


@pytest.mark.parametrize("timeout", [0.1, 1.0, 5.0, 60.0, 600.0])
@pytest.mark.parametrize("jitter", [0.0, 0.3, 1.0])
def test_a_new_connection_waits_for_its_pool_until_the_timeout_of_the_client(
    timeout: float, jitter: float
) -> None:
    pair = WirePair(timeout=timeout, jitter=jitter).start()
    began = pair.clock.now
    pair.call("early", timeout=timeout / 2)
    pair.call("late")
    without_pool(pair)
    assert pair.session.phase is Phase.FAILED
    assert pair.clock.now - began == pytest.approx(timeout, abs=1e-6)
    early, late = pair.results["early"], pair.results["late"]
    assert isinstance(early, ActionTimeoutError)
    assert isinstance(late, ActorError)
    for error in (early, late, pair.session.final_error):
        assert "there is no runner pool 'default'" in str(error)
        assert not getattr(error, "may_have_run", True)


def test_a_new_connection_opens_when_its_pool_is_there() -> None:
    pair = WirePair(timeout=5.0).start()
    pair.call()
    for _ in range(3):
        pair.dial().accept().close(1011, NO_POOL)
        pair.advance(1.0)
    assert "add" not in pair.results
    pair.reopen()
    assert pair.session.status == "connected"
    pair.close(1001, "")
    pair.advance(60)
    pair.dial().accept().close(1011, NO_POOL)  # it has been open before, so it has no limit
    assert fate(pair) == "retry"


def test_without_a_timeout_a_new_connection_waits_for_its_pool() -> None:
    pair = WirePair(timeout=None).start()
    for _ in range(50):
        pair.dial().accept().close(1011, NO_POOL)
        pair.advance(30)
    assert pair.session.phase is Phase.LIVE


@pytest.mark.parametrize(
    ("follows_key", "expected"), [(True, "retry"), (False, "final")], ids=["get_or_create", "get or by id"]
)
@pytest.mark.parametrize("is_open", [False, True])
def test_there_is_no_such_actor(follows_key: bool, expected: str, is_open: bool) -> None:
    pair = WirePair(follows_key=follows_key).start().dial().accept()
    if is_open:
        pair.init()
    pair.close(1011, "actor.not_found#ray1")
    assert fate(pair) == expected


@pytest.mark.parametrize(
    "code", ["destroying", "destroyed_while_waiting_for_ready", "destroyed_during_creation"]
)
def test_an_actor_that_is_going(code: str) -> None:
    """Whether another one follows, the next attempt finds out."""
    for follows_key in (True, False):
        pair = WirePair(follows_key=follows_key).open()
        pair.close(1011, f"actor.{code}#ray1")
        assert fate(pair) == "retry"


@pytest.mark.parametrize(("has_params", "expected"), [(True, "final"), (False, "retry")])
def test_parameters_that_the_host_cannot_read(has_params: bool, expected: str) -> None:
    """Three times the same is no coincidence."""
    pair = WirePair(has_params=has_params).start().dial().accept()
    pair.close(1011, "guard.websocket_closed_before_open#ray1")
    assert fate(pair) == "retry"
    pair.dial().accept().close(1011, "guard.websocket_closed_before_open#ray2")
    assert fate(pair) == "retry"
    pair.dial().accept().close(1011, "guard.websocket_closed_before_open#ray3")
    assert fate(pair) == expected


def test_a_host_that_dies_now_and_then() -> None:
    pair = WirePair(has_params=True).start()
    for number in range(6):
        pair.dial().accept().close(1011, "guard.websocket_closed_before_open#ray1")
        pair.advance(60)
        if number % 2:
            pair.dial_failed(TransportError("refused", may_have_run=False))
            pair.advance(60)
    assert fate(pair) == "retry"


@pytest.mark.parametrize("reason", ["", "go away", "actor.stopped", "user.kicked"])
def test_a_normal_close_is_looked_into(reason: str) -> None:
    """It can mean that the actor was destroyed, or that it disconnected us; only the engine knows."""
    pair = WirePair().open()
    pair.close(1000, reason)
    assert fate(pair) == "retry"
    assert pair.attempts[1].lost_actor_id == ACTOR


@pytest.mark.parametrize(
    "end",
    [
        lambda pair: pair.close(1011, "guard.service_unavailable"),
        lambda pair: pair.fail("actor", "starting"),
        lambda pair: pair.eof(),
        lambda pair: pair.advance(45),  # silence
    ],
)
def test_other_ends_are_not_looked_into(end: Callable[[WirePair], None]) -> None:
    pair = WirePair().open()
    end(pair)
    assert fate(pair) == "retry"
    assert pair.attempts[1].lost_actor_id is None


def test_what_is_known_of_a_failure_is_told_with_its_repetitions() -> None:
    why = actor_error("guard", "actor_wake_retries_exceeded", "cannot create", metadata={"details": 1})
    pair = WirePair().start().dial().accept()
    for known in (why, None):  # the second time nobody asked again
        pair.close(1011, "guard.actor_wake_retries_exceeded#ray1")
        assert fate(pair) == "retry"
        assert pair.attempts[-1].last_error is not None
        pair.dial(replace(DIAL, known_cause=known)).accept()
    pair.close(1011, "guard.actor_wake_retries_exceeded#ray2")
    assert pair.of(RetryScheduled)[-1].error is why
    pair.advance(60)
    pair.dial().eof()
    assert isinstance(pair.of(RetryScheduled)[-1].error, ConnectionClosedError)
    pair.advance(60)
    pair.dial().accept().init()
    pair.close(1011, "guard.actor_wake_retries_exceeded#ray3")
    assert "cannot create" not in str(pair.of(RetryScheduled)[-1].error)
    pair.advance(60)
    assert pair.attempts[-1].last_error is None  # the actor has been seen to start


def test_the_stream_ends() -> None:
    for pair in (WirePair().start().dial(), WirePair().start().dial().accept(), WirePair().open()):
        pair.eof()
        assert fate(pair) == "retry"


# --- Answers to the handshake ----------------------------------------------------------------------------------


def body(group: str, code: str) -> bytes:
    return json.dumps({"group": group, "code": code, "message": "why", "metadata": {"a": 1}}).encode()


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("status", "headers", "data", "expected", "error"),
    [
        (401, JSON, body("api", "unauthorized"), "final", "api.unauthorized"),
        (403, JSON, body("auth", "forbidden"), "final", "auth.forbidden"),
        (404, JSON, body("guard", "no_route"), "final", "guard.no_route"),
        (400, JSON, body("guard", "actor_runner_failed"), "final", "guard.actor_runner_failed"),
        (403, {}, b"<html>Forbidden</html>", "final", "HTTP 403: '<html>Forbidden</html>'"),
        (401, {}, b"", "final", "HTTP 401 with an empty body"),
        (403, {"x-rivet-error": "auth.forbidden"}, b"", "final", "auth.forbidden"),
        (414, {}, b"", "final", "too long"),
        (302, {"location": "https://login/?next=s3cret"}, b"", "final", "'https://login/'"),
        (200, {}, b"hello", "final", "check the endpoint"),
        (408, {}, b"", "retry", ""),
        (429, JSON, body("guard", "rate_limit"), "retry", ""),
        (429, {}, b"slow down", "retry", ""),
        (500, JSON, body("core", "internal_error"), "retry", ""),
        (502, {}, b"<html>Bad Gateway</html>", "retry", ""),
        (503, JSON, body("guard", "service_unavailable"), "retry", ""),
        (503, {}, b"", "retry", ""),
        (504, {}, b"", "retry", ""),
    ],
)
@pytest.mark.parametrize("chunk", [None, 1], ids=["whole", "bytewise"])
def test_rejected_handshakes(
    status: int, headers: dict[str, str], data: bytes, expected: str, error: str, chunk: int | None
) -> None:
    pair = WirePair(chunk=chunk).start().dial()
    pair.call()
    pair.reject(status, headers, data)
    assert fate(pair) == expected
    if expected == "final":
        text = str(pair.session.final_error)
        assert error in text
        assert "s3cret" not in text
        assert not getattr(pair.results["add"], "may_have_run", False)


def test_what_a_refusal_says() -> None:
    pair = WirePair().start().dial()
    pair.reject(403, JSON | {"x-rivet-ray-id": "ray9"}, body("auth", "forbidden"))
    error = pair.session.final_error
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.message, error.metadata, error.ray_id) == (
        "auth",
        "forbidden",
        "why",
        {"a": 1},
        "ray9",
    )


@pytest.mark.parametrize("was_open", [False, True])
def test_what_no_repetition_mends(was_open: bool) -> None:
    """It is final for a connection that is new. Of one that was open the network is known to work: it comes back."""
    pair = WirePair()
    if was_open:
        pair.open()
        pair.eof()
        pair.advance(60)
    else:
        pair.start()
    pair.dial_failed(TransportError("no such host", may_have_run=False, is_retryable=False))
    assert fate(pair) == ("retry" if was_open else "final")


def test_garbage_for_a_handshake_is_final() -> None:
    pair = WirePair().start().dial()
    pair.feed(b"SSH-2.0-OpenSSH_9.6\r\n")
    assert fate(pair) == "final"
    assert isinstance(pair.session.final_error, ProtocolError)


def test_a_503_now_and_then() -> None:
    pair = WirePair().start()
    for _ in range(3):
        pair.dial()
        pair.reject(503)
        pair.advance(1)
    pair.reopen()
    assert pair.session.status == "connected"


# --- Failed dials ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TransportError("refused"), "retry"),
        (ConnectionClosedError("reset"), "retry"),
        (ActionTimeoutError("looking up took too long", timeout=60), "retry"),
        (actor_error("client", "get_params_failed", "it raised KeyError"), "retry"),
        (ActorError("guard", "rate_limit", "…", is_retryable=True), "retry"),
        (ActorError("namespace", "not_found", "…"), "final"),
        (ActorError("api", "unauthorized", "…"), "final"),
        (ActorError("actor", "key_reserved_in_different_datacenter", "…"), "final"),
        (ProtocolError("not a Rivet engine"), "final"),
        (ConfigError("params: cannot be carried"), "final"),
        (RivetError("something else"), "final"),
    ],
)
def test_failed_dials(error: RivetError, expected: str) -> None:
    pair = WirePair().start()
    pair.call()
    pair.dial_failed(error)
    if expected == "retry":
        pair.advance(60)
        assert pair.session.phase is Phase.LIVE
    else:
        assert fate(pair) == "final"
        assert str(pair.results["add"]) == str(error)


# --- The functions themselves ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "group", "code", "ray_id"),
    [
        ("user.no", "user", "no", None),
        ("guard.actor_ready_timeout#abc_-1", "guard", "actor_ready_timeout", "abc_-1"),
        ("a1-b.C_2", "a1-b", "C_2", None),
    ],
)
def test_the_grammar_of_reasons(reason: str, group: str, code: str, ray_id: str | None) -> None:
    error = closed_error(Closed(1011, reason), Asked())
    assert isinstance(error, ActorError)
    assert (error.group, error.code, error.ray_id) == (group, code, ray_id)
    assert "1011" in error.message
    told = closed_error(Closed(1011, reason), Asked(), "of-the-handshake")
    assert isinstance(told, ActorError)
    assert told.ray_id == (ray_id or "of-the-handshake")


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "user",
        "user.",
        ".no",
        "user.no#",
        "user.no now",
        "User.no",
        "user.no\n",
        "a.b.c",
        "see http://x.y",
    ],
)
def test_reasons_of_other_kinds(reason: str) -> None:
    error = closed_error(Closed(1011, reason), Asked())
    assert isinstance(error, ConnectionClosedError)
    assert (error.code, error.reason) == (1011, reason)
    assert str(error).endswith(f"(1011: {one_line(reason)})" if reason else "(1011)")


def test_a_peer_that_breaks_the_protocol() -> None:
    error = ProtocolError("bad")
    assert closed_error(Closed(1002, "bad", error), Asked()) is error
    assert is_final(error, follows_key=True, was_open=True, has_params=False)


def test_an_end_without_a_close_frame() -> None:
    error = closed_error(Closed(None), Asked())
    assert isinstance(error, ConnectionClosedError)
    assert (error.code, error.reason) == (None, "")
    assert "without a close frame" in str(error)


def test_an_actor_without_that_route() -> None:
    """The host's own `not_found` names the actor, which therefore exists."""

    error = ActorError("actor", "not_found", "no route", actor=ActorSpecifier(ACTOR, 1))
    assert is_final(error, follows_key=True, was_open=False, has_params=False)


def test_one_message_errors_are_actor_errors() -> None:
    assert is_about_one_message(ActorError("message", "incoming_too_long", ""))
    assert not is_about_one_message(ActorError("user", "incoming_too_long", ""))
    assert not is_about_one_message(TransportError("message.incoming_too_long"))


def test_no_code_is_final_by_its_name() -> None:
    """The catalogue alone decides: each code of it, for each history of a connection."""
    for (group, code), info in ERRORS.items():
        error = actor_error(group, code if code != "*" else "something_else", "why")
        if is_gone(error):
            continue
        refused = not info.is_retryable
        for is_new, is_late, was_open, has_params, repeats in itertools.product(
            (True, False), (True, False), (True, False), (True, False), (1, 3)
        ):
            expected = {
                End.PASSES: is_new and is_late,
                End.ONE_MESSAGE: not was_open,
                End.PARAMETERS: has_params and repeats == 3,
                None: refused,
            }[info.end]
            final = is_final(
                error,
                follows_key=True,
                was_open=was_open,
                has_params=has_params,
                is_new=is_new,
                is_late=is_late,
                repeats=repeats,
            )
            assert final is expected, (group, code)


def test_the_codes_with_a_marker() -> None:
    """Such a marker changes which connections come back, so a new one is added here on purpose."""
    marked = {f"{group}.{code}": str(info.end) for (group, code), info in ERRORS.items() if info.end}
    assert marked == {
        "actor.no_runner_config_configured": "passes",
        "actor.invalid_request": "one message",
        "actor.send_failed": "one message",
        "message.incoming_too_long": "one message",
        "message.outgoing_too_long": "one message",
        "guard.websocket_closed_before_open": "parameters",
    }
