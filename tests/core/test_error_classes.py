"""Errors that a typed package has classes for: they are made as such, wherever they come from."""

from __future__ import annotations

import ast
import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rivet_client
from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.encoding import ENCODINGS
from rivet_client._core.limits import Limits
from rivet_client._core.raw_session import RawSession
from rivet_client._core.session import ErrorReported
from rivet_client._core.target import NO_PARAMS, Creation
from rivet_client._core.websocket import Closed
from rivet_client.errors import ActorError, with_outcome
from tests.support.counter import failed, get
from tests.support.fake_driver import (
    A,
    FakeDriver,
    actors,
    control_error,
    gateway_error,
    json_reply,
)
from tests.support.wire_pair import WirePair, seeded_bytes


class Declared(ActorError):
    """As in the errors module of a typed package."""

    group = "user"
    code = "declared"


def driver_for(group: str, code: str, encoding: str = "bare") -> FakeDriver:
    driver = FakeDriver(encoding, retry=RetryPolicy(max_attempts=1))
    driver.error_classes = {(group, code): Declared}
    return driver


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_error_that_an_action_throws(encoding: str) -> None:
    driver = driver_for("user", "declared", encoding)
    error = failed(driver, get(), driver.host_error(500, "user", "declared", {"a": 1}))
    assert type(error) is Declared
    assert (error.group, error.code, error.message) == ("user", "declared", "user says declared")
    assert (error.metadata, error.ray_id, error.may_have_run) == ({"a": 1}, "ray1", True)
    for group, code in (("user", "other"), ("other", "declared")):
        assert type(failed(driver, get(), driver.host_error(500, group, code))) is ActorError


def test_such_an_error_can_be_copied() -> None:
    driver = driver_for("user", "declared")
    error = failed(driver, get(), driver.host_error(500, "user", "declared", [1]))
    for found in (
        copy.copy(error),
        copy.deepcopy(error),
        pickle.loads(pickle.dumps(error)),
        with_outcome(error, may_have_run=True),
    ):
        assert type(found) is Declared
        assert (found.args, vars(found), str(found)) == (error.args, vars(error), str(error))


def test_errors_that_the_client_has_words_for() -> None:
    """Each of them is made anew from what was answered, or by the client itself."""
    driver = driver_for("actor", "not_found")
    gone = gateway_error(404, "actor", "not_found")
    driver.names = ["another"]
    assert type(failed(driver, get(), gone)) is Declared
    with pytest.raises(Declared, match="another"):
        driver.run(flows.resolve(driver.context, get()), actors())

    driver = driver_for("guard", "actor_ready_timeout")
    unstarted = gateway_error(503, "guard", "actor_ready_timeout", {"actor_id": A})
    crashed = actors({"actor_id": A, "error": {"crashed": {"message": "why"}}})
    error = failed(driver, get(), unstarted, crashed)
    assert (type(error), "why" in str(error)) == (Declared, True)

    driver = driver_for("actor", "duplicate_key")
    creation = flows.create(driver.context, "counter", "k", NO_PARAMS, Creation())
    with pytest.raises(Declared):
        driver.run(creation, control_error(400, "actor", "destroyed_during_creation"), actors(A))


def test_errors_that_only_a_header_names() -> None:
    driver = driver_for("guard", "declared")
    assert type(failed(driver, get(), json_reply(None, 503, x_rivet_error="guard.declared"))) is Declared


def over_a_call(pair: WirePair) -> object:
    call = pair.open().call("the call")
    pair.fail("user", "declared", action_id=call.id)
    return pair.results["the call"]


def over_the_connection(pair: WirePair) -> object:
    pair.start().dial().accept()
    pair.fail("user", "declared")
    return pair.of(ErrorReported)[-1].error


def in_place_of_the_connection(pair: WirePair) -> object:
    body = json.dumps({"group": "user", "code": "declared", "message": ""}).encode()
    pair.start().dial().reject(403, {"content-type": "application/json"}, body)
    return pair.of(ErrorReported)[-1].error


def as_the_reason_of_a_close(pair: WirePair) -> object:
    pair.open().close(1011, "user.declared")
    return pair.session.end_error()


@pytest.mark.parametrize(
    "play", [over_a_call, over_the_connection, in_place_of_the_connection, as_the_reason_of_a_close]
)
def test_errors_of_connections(play: Callable[[WirePair], Any]) -> None:
    pair = WirePair()
    pair.error_classes = {("user", "declared"): Declared}
    error = play(pair)
    assert (type(error), error.group, error.code) == (Declared, "user", "declared")


def test_errors_of_raw_websockets() -> None:
    session = RawSession("counter['k']", seeded_bytes(), Limits(), {("user", "declared"): Declared})
    session._note(Closed(1011, "user.declared"))
    assert type(session.end_error()) is Declared


def test_no_error_is_made_without_the_classes() -> None:
    """Whoever makes an ActorError in the core has a client's context, and so the classes of its typed package."""
    needed = {"actor_error": "classes", "Asked": "error_classes"}
    missing = [
        f"{path.name}:{node.lineno}"
        for path in (Path(rivet_client.__file__).parent / "_core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if (keyword := needed.get(node.func.id)) and keyword not in {it.arg for it in node.keywords}
    ]
    assert missing == []
