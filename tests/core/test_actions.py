"""Actions over HTTP, and reload (PROTOCOL.md 4)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.effects import HttpResponse
from rivet_client._core.encoding import ENCODINGS
from rivet_client._wire import cbor, json_text
from rivet_client.errors import (
    ActorError,
    ConfigError,
    DecodeError,
    ProtocolError,
)
from rivet_client_generated.protocol import documents, frames
from tests.support.counter import by_id, call, get
from tests.support.fake_driver import (
    A,
    FakeDriver,
    gateway_error,
)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_call(encoding: str) -> None:
    driver = FakeDriver(encoding, token="tok", headers={"x-mine": "1"})
    target = get(params={"user": "é"})
    assert call(driver, target, driver.result({"sum": 3})) == {"sum": 3}
    (request,) = driver.requests
    assert driver.lines == ["POST /gateway/counter/action/add"]
    assert request.headers == {
        "x-mine": "1",
        "accept-encoding": "identity",
        "traceparent": "00-trace",
        "x-rivet-encoding": encoding,
        "content-type": driver.encoding.content_type,
        "x-rivet-token": "tok",
        "x-rivet-conn-params": '{"user":"\\u00e9"}',
    }
    assert "tok" not in request.url
    sent = {
        "bare": lambda body: cbor.decode(frames.decode_http_action_request(body).args),
        "cbor": lambda body: documents.decode_http_action_request_document(cbor.loads(body)).args,
        "json": lambda body: documents.decode_http_action_request_document(json_text.loads(body)).args,
    }
    assert sent[encoding](request.body) == [1, 2]


@pytest.mark.parametrize(
    ("name", "segment"),
    [("math.add", "math.add"), ("a/b", "a%2Fb"), ("pct%41", "pct%2541"), ("é ?#", "%C3%A9%20%3F%23")],
)
def test_names_are_one_segment(name: str, segment: str) -> None:
    driver = FakeDriver()
    call(driver, by_id(), driver.result(None), name=name)
    assert driver.requests[0].url == f"http://engine:6420/gateway/{A}/action/{segment}"


@pytest.mark.parametrize(
    ("client", "argument", "expected"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_skip_ready_wait(client: bool, argument: bool | None, expected: bool) -> None:
    driver = FakeDriver(skip_ready_wait=client)
    call(driver, get(), driver.result(None), skip_ready_wait=argument)
    call(driver, by_id(), driver.result(None), skip_ready_wait=argument)
    by_key = "rvt-skip-ready-wait" in driver.query(0)
    direct = driver.requests[1].headers.get("x-rivet-skip-ready-wait") == "1"
    assert (by_key, direct) == (expected, expected)


@pytest.mark.parametrize(
    ("name", "args", "error", "text"),
    [
        ("", (), ConfigError, "action name must not be empty"),
        ("..", (), ConfigError, r"action name must not be '\.\.'"),
        (5, (), TypeError, "action name must be a str, not int"),
        ("\ud800", (), ConfigError, "lone surrogate"),
        ("add", (1, {"a": [object()]}), TypeError, r"args\[1\]\.a\[0\]"),
    ],
)
def test_bad_arguments(name: Any, args: tuple[Any, ...], error: type[Exception], text: str) -> None:
    driver = FakeDriver(located=False)
    with pytest.raises(error, match=text):
        driver.run(flows.call_action(driver.context, get(), name, args))
    assert driver.requests == []


def test_params_that_cannot_be_carried() -> None:
    driver = FakeDriver()
    with pytest.raises(TypeError, match=r"params\.a: object"):
        call(driver, get(params={"a": object()}))
    assert driver.requests == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("bare", b""),
        ("bare", b"\x04\x00\x05\x00"),
        ("bare", b"\x04\x00\x01\xff"),
        ("bare", b"\x05\x00\x01\x00"),
        ("bare", b"\x04\x00\x01\x00junk"),
        ("cbor", b"\xff"),
        ("cbor", b"\xa0"),
        ("json", b"{"),
        ("json", b"[]"),
        ("json", b'{"outcome":1}'),
        ("json", b"[" * 100_000),
    ],
)
def test_results_that_cannot_be_read(encoding: str, body: bytes) -> None:
    driver = FakeDriver(encoding)
    with pytest.raises(DecodeError):
        call(driver, by_id(), HttpResponse(200, {}, body))


def test_a_page_is_not_taken_for_a_result() -> None:
    driver = FakeDriver()
    page = HttpResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<p>Hello</p>")
    with pytest.raises(
        ProtocolError, match="engine:6420 answered HTTP 200: '<p>Hello</p>'.*check the endpoint"
    ):
        call(driver, by_id(), page)


# --- reload ----------------------------------------------------------------------------------------------------


def test_reload() -> None:
    driver = FakeDriver()
    driver.run(flows.reload(driver.context, by_id()), HttpResponse(200, {}, b""))
    assert driver.lines == [f"PUT /gateway/{A}/dynamic/reload"]
    assert not {"content-type", "x-rivet-skip-ready-wait"} & set(driver.requests[0].headers)


def test_reload_of_an_actor_that_cannot() -> None:
    driver = FakeDriver()
    with pytest.raises(ActorError, match=r"actor\.reload_failed: counter\['k'\] did not reload") as caught:
        driver.run(flows.reload(driver.context, get()), driver.host_error(404, "actor", "not_found"))
    assert caught.value.ray_id == "ray1"
    with pytest.raises(ActorError, match="invalid_header"):
        driver.run(flows.reload(driver.context, get()), gateway_error(400, "guard", "invalid_header"))
