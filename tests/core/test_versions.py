"""Which version of the protocol is written, to hosts that know another one (PROTOCOL.md 4.4 and 5)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import HttpResponse
from rivet_client._core.session import Phase
from rivet_client._core.versions import REMEMBERED, version_of
from rivet_client.errors import ActorError, TransportError, VersionError
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.versions import NEWEST
from tests.support.counter import call, failed, get
from tests.support.fake_driver import FakeDriver, TimedOut, gateway_error, refusal
from tests.support.wire_pair import BINARY, INIT, WirePair, frame

OLDER = NEWEST - 1


def written(driver: FakeDriver) -> list[int]:
    """The versions of the requests so far."""
    return [version_of(request.body) for request in driver.requests]


def send(driver: FakeDriver, *script: Any) -> None:
    driver.run(flows.send_queue(driver.context, get(), "jobs", None), *script)


# --- Over HTTP -------------------------------------------------------------------------------------------------


def test_the_newest_version_is_written_first_and_then_what_the_host_knows() -> None:
    driver = FakeDriver(retry=RetryPolicy(max_attempts=1))
    assert call(driver, get(), refusal(OLDER), driver.result(3)) == 3
    assert written(driver) == [NEWEST, OLDER]
    assert driver.sleeps == []
    first, second = (frames.decode_http_action_request(request.body) for request in driver.requests)
    assert first == second
    call(driver, get(), driver.result(3))  # the client remembers it, for all actors
    send(driver, driver.queued())
    assert written(driver)[2:] == [OLDER, OLDER]


def test_it_is_forgotten_because_hosts_are_updated() -> None:
    driver = FakeDriver()
    call(driver, get(), refusal(OLDER), driver.result(1))
    driver.clock.advance(REMEMBERED - 1)
    call(driver, get(), driver.result(2))
    driver.clock.advance(1)
    call(driver, get(), driver.result(3))
    call(driver, get(), driver.result(4))
    assert written(driver) == [NEWEST, OLDER, OLDER, NEWEST, NEWEST]


def test_each_version_is_tried_once() -> None:
    driver = FakeDriver()
    error = failed(driver, get(), refusal(3), refusal(2), refusal(2))
    assert (error.group, error.code, error.may_have_run) == ("core", "internal_error", False)
    assert written(driver) == [NEWEST, 3, 2]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(refusal(NEWEST), id="the host knows the version"),
        pytest.param(refusal(OLDER, "message", "incoming_too_long"), id="another reason"),
        pytest.param(refusal(OLDER, status=500), id="thrown by the actor"),
        pytest.param(gateway_error(400, "core", "internal_error"), id="the gateway has no version"),
        pytest.param(HttpResponse(400, {}, b"\x01"), id="not of the protocol"),
    ],
)
def test_what_is_no_refusal_of_the_version(answer: HttpResponse) -> None:
    driver = FakeDriver()
    failed(driver, get(), answer)
    assert written(driver) == [NEWEST]
    assert driver.context.versions.first == NEWEST


@pytest.mark.parametrize("encoding", ["cbor", "json"])
def test_documents_have_no_version(encoding: str) -> None:
    driver = FakeDriver(encoding)
    error = failed(driver, get(), driver.host_error(400, "core", "internal_error"))
    assert isinstance(error, ActorError)
    assert len(driver.requests) == 1


def test_what_happens_after_the_refusal_counts() -> None:
    driver = FakeDriver()
    error = failed(driver, get(), refusal(OLDER), TimedOut())
    assert error.may_have_run
    driver = FakeDriver()
    refused = TransportError("refused", may_have_run=False)
    assert call(driver, get(), refused, refusal(OLDER), refused, driver.result(3)) == 3
    assert len(driver.sleeps) == 2
    assert written(driver) == [NEWEST, NEWEST, OLDER, OLDER]


def test_a_message_that_an_older_version_does_not_have() -> None:
    driver = FakeDriver()
    with pytest.raises(VersionError) as caught:
        send(driver, refusal(2))
    assert str(caught.value) == (
        "version 2 of the protocol has no message HttpQueueSendRequest; update the server"
    )
    assert not caught.value.may_have_run
    assert written(driver) == [NEWEST]


def test_a_fixed_version() -> None:
    driver = FakeDriver(protocol_version=OLDER)
    call(driver, get(), driver.result(3))
    assert written(driver) == [OLDER]
    error = failed(driver, get(), refusal(2))
    assert isinstance(error, VersionError)
    assert str(error) == (
        f"version {OLDER} of the protocol is unknown to the host of counter['k'], which knows version 2; "
        "leave protocol_version out, or update the server"
    )
    assert not error.may_have_run
    assert written(driver) == [OLDER, OLDER]


# --- Over a connection -----------------------------------------------------------------------------------------


def sent_versions(pair: WirePair) -> list[int]:
    """The versions of the messages that the server got."""
    return [version_of(bytes(event.data)) for event in pair.seen if hasattr(event, "data")]


def init(pair: WirePair, version: int) -> WirePair:
    pair.feed(frame(BINARY, frames.encode_to_client(INIT, version)))
    return pair


def test_a_connection_writes_what_the_host_has_written() -> None:
    pair = WirePair().start().dial().accept()
    pair.session.subscribe("news")
    pair.call("early")
    init(pair, OLDER)
    pair.call("late")
    assert pair.received
    assert sent_versions(pair) == [OLDER, OLDER, OLDER]
    assert pair.context.versions.first == OLDER  # over HTTP, too
    pair.close(1011, "guard.service_unavailable")
    pair.advance(60)
    init(pair.dial().accept(), NEWEST)
    pair.call("last")
    assert sent_versions(pair)[3:] == [NEWEST] * (len(sent_versions(pair)) - 3)
    assert pair.context.versions.first == NEWEST


def test_a_connection_with_a_fixed_version() -> None:
    pair = WirePair(protocol_version=2).open()
    pair.call()
    assert sent_versions(pair) == [2]
    pair = WirePair(protocol_version=NEWEST).start().dial().accept()
    pair.call()
    init(pair, 2)
    assert pair.session.phase is Phase.FAILED
    error = pair.results["add"]
    assert isinstance(error, VersionError)
    assert not error.may_have_run
    assert str(error) == (
        f"version {NEWEST} of the protocol is unknown to the host of counter['k'], which knows version 2; "
        "leave protocol_version out, or update the server"
    )
    assert sent_versions(pair) == []
