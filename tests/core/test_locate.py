"""The metadata look-up before a client's first request (PROTOCOL.md 1.4)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import HttpResponse
from rivet_client._core.endpoint import Endpoint
from rivet_client._core.target import Target
from rivet_client._hints import HUNG_UP
from rivet_client.errors import ActionTimeoutError, ActorError, ProtocolError, TransportError
from tests.support.fake_driver import ENGINE, A, FakeDriver, TimedOut, actors, gateway_error, json_reply

ENGINE_METADATA = json_reply({"runtime": "engine", "version": "2.3.19"})
REFUSED = TransportError("refused", may_have_run=False)


def resolve(driver: FakeDriver, *script: Any, timeout: float | None = None) -> str:
    return driver.run(flows.resolve(driver.context, Target("get", "counter", ("k",)), timeout), *script)


def test_asked_once_before_the_first_request() -> None:
    driver = FakeDriver(located=False, namespace="my ns", token="s3cret", headers={"x-mine": "1"})
    assert resolve(driver, ENGINE_METADATA, actors(A)) == A
    assert driver.lines == ["GET /metadata", "GET /actors"]
    first = driver.requests[0]
    assert first.url == "http://engine:6420/metadata?namespace=my+ns"
    assert first.headers == {"x-mine": "1", "accept-encoding": "identity", "authorization": "Bearer s3cret"}
    assert resolve(driver, actors(A)) == A
    assert len(driver.requests) == 3


def test_can_be_switched_off() -> None:
    driver = FakeDriver(located=True)
    resolve(driver, actors(A))
    assert driver.lines == ["GET /actors"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, Endpoint("http://engine:6420", "ns", "tok")),
        ({"clientEndpoint": None, "clientNamespace": "x"}, Endpoint("http://engine:6420", "ns", "tok")),
        ({"clientNamespace": "x", "clientToken": "y"}, Endpoint("http://engine:6420", "ns", "tok")),
        ({"clientEndpoint": "https://other:7000/base/"}, Endpoint("https://other:7000/base", "ns", "tok")),
        ({"clientEndpoint": "http://o", "clientNamespace": "x"}, Endpoint("http://o", "x", "tok")),
        ({"clientEndpoint": "http://o", "clientToken": "y"}, Endpoint("http://o", "ns", "y")),
        (
            {"clientEndpoint": "http://a:b@o:1", "clientNamespace": "x", "clientToken": "y"},
            Endpoint("http://o:1", "x", "y"),
        ),
        (
            {"clientEndpoint": "http://o", "clientNamespace": "", "clientToken": 5},
            Endpoint("http://o", "ns", "tok"),
        ),
        (
            {"clientEndpoint": "http://o", "clientNamespace": 5, "clientToken": ""},
            Endpoint("http://o", "ns", "tok"),
        ),
        ({"clientEndpoint": "http://[::1]:80"}, Endpoint("http://[::1]:80", "ns", "tok")),
        (
            {"clientEndpoint": "http://b\u00fccher/\u00e9"},
            Endpoint("http://xn--bcher-kva/%C3%A9", "ns", "tok"),
        ),
    ],
)
def test_redirections(answer: dict[str, Any], expected: Endpoint) -> None:
    driver = FakeDriver(located=False, namespace="ns", token="tok")
    resolve(driver, json_reply({"runtime": "rivetkit", **answer}), actors(A))
    assert driver.context.endpoint == expected
    assert driver.requests[-1].url.startswith(f"{expected.url}/actors?namespace={expected.namespace}")
    assert driver.requests[-1].headers["authorization"] == f"Bearer {expected.token}"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "the scheme must be http or https"),
        ("engine", "the scheme must be http or https"),
        ("ftp://h", "the scheme must be http or https"),
        ("http://", "not a host name"),
        ("http://a..b", "not a host name"),
        ("http://ns:s3cret@a..b", "not a host name: 'http://ns:***@a..b'"),
        ("http://[::1", "not a URL"),
        ("http://h:port", "the port must be"),
        ("http://h:0", "the port must be"),
        ("http://h:99999", "the port must be"),
        ("http://a b", "spaces or control characters"),
        ("http://h/a?b", "cannot contain a query string"),
        ("http://h//a", "an empty or dot segment"),
        (5, "not a URL: 5"),
        ([], "not a URL"),
    ],
)
def test_redirections_to_nowhere(url: object, why: str) -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(ProtocolError) as caught:
        resolve(driver, json_reply({"runtime": "rivetkit", "clientEndpoint": url}))
    text = str(caught.value)
    assert text.startswith("the metadata of http://engine:6420 names an engine that cannot be used: ")
    assert why in text
    assert "s3cret" not in text
    assert not caught.value.may_have_run
    assert not driver.context.located


@pytest.mark.parametrize(
    ("engine", "is_allowed"),
    [
        ("http://engine.example.com", False),
        ("http://10.0.0.5:6420", False),
        ("http://localhost.example.com", False),
        ("https://engine.example.com", True),
        ("http://localhost:6420", True),
        ("http://a.localhost.", True),
        ("http://127.0.0.9", True),
        ("http://[::1]:6420", True),
    ],
)
def test_redirections_to_a_way_that_is_not_encrypted(engine: str, is_allowed: bool) -> None:
    driver = FakeDriver(located=False, endpoint="https://app.example.com", token="tok")
    answer = json_reply({"runtime": "rivetkit", "clientEndpoint": engine})
    if is_allowed:
        assert resolve(driver, answer, actors(A)) == A
        assert driver.context.endpoint.url == engine
        return
    with pytest.raises(ProtocolError) as caught:
        resolve(driver, answer)
    assert f"names {engine}, to which token and params would go unencrypted; have the" in str(caught.value)
    assert len(driver.requests) == 1


def test_redirections_with_a_token_that_no_header_carries() -> None:
    driver = FakeDriver(located=False)
    answer = {"runtime": "rivetkit", "clientEndpoint": "http://o", "clientToken": "s3cret\r\nx: y"}
    with pytest.raises(ProtocolError, match="a token that a header cannot carry") as caught:
        resolve(driver, json_reply(answer))
    assert "s3cret" not in str(caught.value)


def test_a_server_that_is_starting_is_asked_again() -> None:
    driver = FakeDriver(located=False, timeout=60)
    starting = [
        REFUSED,
        HttpResponse(503, {}, b""),
        gateway_error(503, "guard", "service_unavailable"),
        REFUSED,
    ]
    assert resolve(driver, *starting, *[REFUSED] * 2, ENGINE_METADATA, actors(A)) == A
    # One pause is cut in two, for a warning after 3 s.
    assert driver.sleeps == [0.5, 1, 1.5, 0.5, 4, 8, 15]


def test_nothing_is_asked_again_where_nothing_may_be_repeated() -> None:
    driver = FakeDriver(located=False, timeout=60, retry=RetryPolicy(max_attempts=1))
    with pytest.raises(TransportError, match="refused"):
        resolve(driver, REFUSED)
    assert driver.sleeps == []
    assert resolve(driver, ENGINE_METADATA, actors(A)) == A


def test_a_call_in_vain_is_told_of_once() -> None:
    driver = FakeDriver(located=False, timeout=60)
    resolve(driver, *[REFUSED] * 6, ENGINE_METADATA, actors(A))
    text = f"resolving counter['k']: no success at {ENGINE} for 3 s: refused; trying again, for 57 s more"
    assert driver.warnings == [text]


def test_a_peer_that_takes_the_first_request_and_hangs_up() -> None:
    driver = FakeDriver(located=False, timeout=60, retry=RetryPolicy(max_attempts=1))
    with pytest.raises(TransportError) as caught:
        resolve(driver, TransportError("cut", may_have_run=True))
    assert str(caught.value) == f"cut; {HUNG_UP}"
    assert not caught.value.may_have_run


def test_what_no_repetition_mends_is_not_repeated() -> None:
    driver = FakeDriver(located=False, timeout=60)
    with pytest.raises(TransportError, match="no such host"):
        resolve(driver, TransportError("no such host", may_have_run=False, is_retryable=False))
    assert driver.sleeps == []


def test_without_a_deadline_it_is_asked_for_ever() -> None:
    driver = FakeDriver(located=False, timeout=None)
    assert resolve(driver, *[REFUSED] * 7, ENGINE_METADATA, actors(A)) == A
    assert driver.sleeps == [0.5, 1, 1.5, 0.5, 4, 8, 15, 15]


def test_a_server_that_never_starts() -> None:
    """The call's own timeout bounds the wait, and what is wrong is said."""
    driver = FakeDriver(located=False, timeout=60)
    with pytest.raises(TransportError, match="refused"):
        resolve(driver, *[REFUSED] * 9, timeout=5)
    # Ever shorter towards the end: a server that is up in time is found.
    assert driver.sleeps == pytest.approx([0.5, 1, 1.5, 0.25, 0.875, 0.4375, 0.21875, 0.109375, 0.1])
    assert not driver.context.located


def test_an_answer_that_never_comes() -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(ActionTimeoutError) as caught:
        resolve(driver, TimedOut(sent=True), timeout=2)
    assert (caught.value.timeout, caught.value.may_have_run) == (2, False)
    assert "resolving counter['k']" in str(caught.value)


def test_somebody_else_is_looking() -> None:
    driver = FakeDriver(located=False)
    driver.busy = True
    with pytest.raises(ActionTimeoutError) as caught:
        resolve(driver, timeout=2)
    assert not caught.value.may_have_run


def test_somebody_else_found_it() -> None:
    """A flow that waited for its turn does not ask again."""
    driver = FakeDriver(located=False)
    flow = flows.resolve(driver.context, Target("get", "counter", ("k",)))
    effect = next(flow)
    driver.context.located = True
    assert driver.run(effect.flow()) is None  # type: ignore[union-attr]
    assert driver.requests == []


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (HttpResponse(200, {}, b"<html>It works!</html>"), "HTTP 200: '<html>It works!</html>'"),
        (HttpResponse(200, {}, b"\xff"), "check the endpoint"),
        (HttpResponse(200, {}, b"[" * 100_000), "check the endpoint"),
        (json_reply(["runtime"]), "check the endpoint"),
        (json_reply({"status": "ok"}), "not as a Rivet engine"),
        (HttpResponse(404, {}, b"Not Found"), "HTTP 404: 'Not Found'"),
        (HttpResponse(301, {"location": "https://engine/?t=s3cret"}, b""), "'https://engine/'"),
        (HttpResponse(302, {}, b""), "HTTP 302 with an empty body: not an answer of a Rivet engine"),
        (
            HttpResponse(304, {"location": "/"}, b""),
            "HTTP 304 with an empty body: not an answer of a Rivet engine",
        ),
    ],
)
def test_something_else_answers(answer: HttpResponse, text: str) -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(ProtocolError) as caught:
        resolve(driver, answer)
    assert text in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert driver.sleeps == []


def test_an_engine_that_refuses() -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(ActorError, match="unauthorized"):
        resolve(driver, gateway_error(401, "api", "unauthorized"))
    assert driver.sleeps == []


def test_a_failure_is_not_remembered() -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(ProtocolError):
        resolve(driver, HttpResponse(404, {}, b""))
    assert resolve(driver, ENGINE_METADATA, actors(A)) == A
