"""Raw HTTP to an actor's own handler (PROTOCOL.md 4.6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import HttpResponse, Send
from rivet_client._core.flows import RawRequest, raw_path
from rivet_client._core.target import Target
from rivet_client.errors import ActionTimeoutError, ActorError, ConfigError, ProtocolError, TransportError
from tests.support.counter import by_id, get
from tests.support.fake_driver import A, B, FakeDriver, TimedOut, actors, gateway_error

OK = HttpResponse(200, {"x-rivet-actor": A}, b"")
CUT = TransportError("cut short", may_have_run=True)
REFUSED = TransportError("refused", may_have_run=False)


def raw(**changes: Any) -> RawRequest:
    fields: dict[str, Any] = {
        "method": "GET",
        "path": "/history",
        "query": "",
        "headers": {},
        "body": b"",
        "is_replayable": True,
        **changes,
    }
    return RawRequest(**fields)


def fetch(
    driver: FakeDriver, request: RawRequest, *script: Any, target: Target | None = None, **options: Any
) -> Any:
    flow = flows.fetch(driver.context, get() if target is None else target, request, **options)
    return driver.run(flow, *script)


# --- Paths -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        ("", "/", ""),
        ("/", "/", ""),
        ("a", "/a", ""),
        ("/a/b", "/a/b", ""),
        ("a/", "/a/", ""),
        # The gateway refuses empty segments.
        ("//a///b//", "/a/b/", ""),
        ("//host/a", "/host/a", ""),
        # What a browser does with dots; nothing leaves the actor.
        ("a/./b", "/a/b", ""),
        ("a/../b", "/b", ""),
        ("a/b/..", "/a/", ""),
        ("a/.", "/a/", ""),
        ("..", "/", ""),
        ("../../../b", "/b", ""),
        ("%2e%2e/%2E/b", "/b", ""),
        ("a/%2e%2e/../..%2fb", "/..%2fb", ""),
        ("...", "/...", ""),
        # `/request?x=1` fails at the engine, `/request/?x=1` does not.
        ("?x=1", "/", "x=1"),
        ("a?x=1&y", "/a", "x=1&y"),
        ("a?", "/a", ""),
        ("a?x=?&y=/..//", "/a", "x=?&y=/..//"),
        ("a#part", "/a", ""),
        ("a?x=1#part?y", "/a", "x=1"),
        ("#?x", "/", ""),
        # Escapes stay, everything else that needs one gets one.
        ("a%20b%2Fc?x=%26", "/a%20b%2Fc", "x=%26"),
        ("a b/é?x=é +y", "/a%20b/%C3%A9", "x=%C3%A9%20+y"),
        ("100%?p=50%", "/100%", "p=50%"),
        ("~a!$&'()*+,;=:@-._", "/~a!$&'()*+,;=:@-._", ""),
        ("a\\..\\b", "/a%5C..%5Cb", ""),
        ("a\r\nx: y?\n", "/a%0D%0Ax:%20y", "%0A"),
        ("?a[]=1&b={}", "/", "a[]=1&b=%7B%7D"),
        ("https:/x", "/https:/x", ""),
    ],
)
def test_paths(text: str, path: str, query: str) -> None:
    assert raw_path(text) == (path, query)
    assert raw_path(path + ("?" + query if query else "")) == (path, query)


@given(st.text(max_size=30) | st.text("/.%2eE?#a", max_size=20))
def test_any_path_stays_below_the_actor(text: str) -> None:
    assume("://" not in text)  # a whole URL is refused
    path, query = raw_path(text)
    assert path.startswith("/")
    assert "//" not in path
    assert not {".", ".."} & {unquote(segment) for segment in path.split("/")}
    assert (path + query).isascii()
    assert not set(" #\r\n") & set(path + query)
    assert raw_path(f"{path}?{query}") == (path, query)


@pytest.mark.parametrize("url", ["http://other/a", "HTTPS://x", "ws://x", "wss://x?token=s3cret"])
def test_urls_are_no_paths(url: str) -> None:
    with pytest.raises(ConfigError, match="below the actor, not a URL") as caught:
        raw_path(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("path", ["\ud800", "a?\udfff"])
def test_paths_that_cannot_be_encoded(path: str) -> None:
    with pytest.raises(ConfigError, match="lone surrogate"):
        raw_path(path)


@pytest.mark.parametrize("path", [None, b"/a", 5])
def test_paths_of_other_types(path: object) -> None:
    with pytest.raises(TypeError, match="path must be a str"):
        raw_path(path)


# --- fetch -----------------------------------------------------------------------------------------------------


def test_a_raw_request() -> None:
    driver = FakeDriver(
        token="tok", headers={"x-mine": "1", "x-both": "client", "traceparent": "00-configured"}
    )
    request = raw(
        method="PATCH",
        query="x=1&y=%26",
        headers={"x-both": "request", "content-type": "text/plain", "x-rivet-encoding": "mine"},
        body=b"body",
    )
    assert fetch(driver, request, OK, target=get(params=[1])) is OK
    (sent,) = driver.requests
    assert sent.method == "PATCH"
    assert sent.url == (
        "http://engine:6420/gateway/counter/request/history?x=1&y=%26"
        "&rvt-namespace=default&rvt-method=get&rvt-key=k"
    )
    assert sent.body == b"body"
    assert sent.headers == {
        "x-mine": "1",
        "accept-encoding": "identity",
        "x-both": "request",
        "content-type": "text/plain",
        "traceparent": "00-trace",
        "x-rivet-encoding": "json",
        "x-rivet-token": "tok",
        "x-rivet-conn-params": "[1]",
    }
    assert driver.sends[0].raw


def test_a_trace_of_the_users_own() -> None:
    driver = FakeDriver()
    fetch(driver, raw(headers={"tracestate": "a=b"}), OK)
    headers = driver.requests[0].headers
    assert headers["tracestate"] == "a=b"
    assert "traceparent" not in headers  # half of one context and half of another would mean nothing


def test_by_id_the_query_is_the_users_alone() -> None:
    driver = FakeDriver()
    target = by_id()
    fetch(driver, raw(path="/", query="x=1"), OK, target=target)
    fetch(driver, raw(path="/"), OK, target=target)
    prefix = f"http://engine:6420/gateway/{A}/request/"
    assert [request.url for request in driver.requests] == [f"{prefix}?x=1", prefix]


@pytest.mark.parametrize("query", ["rvt-token=x", "x=1&rvt-key=other", "rvt-"])
@pytest.mark.parametrize("target", [get(), by_id()])
def test_the_gateways_parameters_are_not_the_users(query: str, target: Target) -> None:
    """One of them, passed on from some request of a stranger's, would address another actor."""
    with pytest.raises(ConfigError, match="'rvt-' belong to the gateway"):
        fetch(FakeDriver(), raw(query=query), target=target)


@pytest.mark.parametrize("query", ["a=rvt-key", "xrvt-key=1", "%72vt-key=1"])
def test_other_parameters_are(query: str) -> None:
    fetch(FakeDriver(), raw(query=query), OK)


@pytest.mark.parametrize("status", [200, 204, 301, 404, 429, 500, 503])
def test_the_actors_answers_are_answers(status: int) -> None:
    driver, target = FakeDriver(), get()
    answer = HttpResponse(status, {"x-rivet-actor": A}, b"")
    assert fetch(driver, raw(), answer, target=target) is answer
    assert driver.sleeps == []
    assert target.actor_id == A


def test_errors_of_the_gateway_are_errors() -> None:
    driver = FakeDriver()
    busy = gateway_error(503, "guard", "service_unavailable")
    assert fetch(driver, raw(), busy, busy, OK) is OK
    assert driver.sleeps == [0.05, 0.1]
    with pytest.raises(ActorError, match=r"guard\.no_route"):
        fetch(driver, raw(), gateway_error(404, "guard", "no_route"))


def test_an_ambiguous_error() -> None:
    driver = FakeDriver()
    for error in (CUT, gateway_error(503, "guard", "actor_stopped_while_waiting")):
        with pytest.raises((TransportError, ActorError)) as caught:
            fetch(driver, raw(), error)
        assert caught.value.may_have_run
    assert fetch(FakeDriver(retry=RetryPolicy(ambiguous="retry")), raw(), CUT, OK) is OK


@pytest.mark.parametrize("error", [REFUSED, CUT, gateway_error(503, "guard", "service_unavailable")])
def test_a_body_that_can_be_sent_only_once(error: Any) -> None:
    driver = FakeDriver(retry=RetryPolicy(ambiguous="retry"))
    with pytest.raises((TransportError, ActorError)):
        fetch(driver, raw(is_replayable=False), error)
    assert driver.sleeps == []


def test_an_id_that_is_out_of_date() -> None:
    gone = gateway_error(404, "actor", "not_found")
    driver, target = FakeDriver(), get()
    target.learn(B)
    assert fetch(driver, raw(), gone, OK, target=target) is OK
    # What cannot be sent again goes by the key from the start.
    target.learn(B)
    fetch(driver, raw(is_replayable=False), OK, target=target)
    assert driver.lines[-1] == "GET /gateway/counter/request/history"
    fetch(driver, raw(is_replayable=False), OK, target=by_id(B))
    assert driver.lines[-1] == f"GET /gateway/{B}/request/history"


def test_a_body_is_not_touched_while_the_key_is_looked_up() -> None:
    driver = FakeDriver()
    fetch(driver, raw(is_replayable=False), REFUSED, actors(A), OK, target=get("a,b"))
    assert driver.lines == ["GET /actors"] * 2 + [f"GET /gateway/{A}/request/history"]


def test_the_body_of_the_answer_is_read_within_the_deadline() -> None:
    driver = FakeDriver()
    fetch(driver, raw(), OK, timeout=5)
    (read,) = driver.reads
    assert read.response is OK
    assert read.timeout == 5
    fetch(driver, raw(), OK, timeout=5, stream=True)
    assert len(driver.reads) == 1


def test_an_answer_that_is_cut_short() -> None:
    driver = FakeDriver()
    driver.read_error = CUT
    with pytest.raises(TransportError, match="cut short"):
        fetch(driver, raw(), OK)
    driver.read_error = TimedOut()
    with pytest.raises(ActionTimeoutError, match="GET request to counter") as caught:
        fetch(driver, raw(), OK, timeout=5)
    assert caught.value.may_have_run


def test_a_deadline_between_the_head_of_the_answer_and_its_body() -> None:
    driver = FakeDriver()

    def late(_: Send) -> HttpResponse:
        driver.clock.advance(5)
        return OK

    with pytest.raises(ActionTimeoutError) as caught:
        fetch(driver, raw(), late, timeout=5)
    assert caught.value.may_have_run, "the actor has answered"
    assert driver.reads == []


def test_limits_of_bodies() -> None:
    driver = FakeDriver(max_body_bytes=100)
    fetch(driver, raw(), OK)
    fetch(driver, raw(), OK, max_body_bytes=5)
    fetch(driver, raw(), OK, max_body_bytes=None, stream=True)
    assert [send.max_raw_bytes for send in driver.sends] == [100, 5, None]
    assert {send.max_body_bytes for send in driver.sends} == {100}
    for wrong, error in ((0, ConfigError), ("1", TypeError), (True, TypeError)):
        with pytest.raises(error, match="max_body_bytes must be"):
            fetch(driver, raw(), max_body_bytes=wrong)


def test_codings() -> None:
    """The user may ask for one; what the client reads itself has none."""
    driver = FakeDriver()
    coded = HttpResponse(200, {"content-encoding": "gzip"}, b"")
    assert fetch(driver, raw(headers={"accept-encoding": "gzip"}), coded) is coded
    assert driver.requests[0].headers["accept-encoding"] == "gzip"
    refused = gateway_error(404, "guard", "no_route")
    answer = HttpResponse(404, {**refused.headers, "content-encoding": "GZIP"}, refused.body)
    with pytest.raises(
        ProtocolError, match="HTTP 404 in the coding 'GZIP', though no coding was asked"
    ) as caught:
        fetch(driver, raw(), answer)
    assert caught.value.may_have_run
    plain = HttpResponse(404, {**refused.headers, "content-encoding": "identity"}, refused.body)
    with pytest.raises(ActorError, match="no_route"):
        fetch(driver, raw(), plain)


def test_skip_ready_wait() -> None:
    driver = FakeDriver()
    fetch(driver, raw(), OK, skip_ready_wait=True)
    assert driver.query()["rvt-skip-ready-wait"] == "true"
    assert driver.requests[0].headers["x-rivet-skip-ready-wait"] == "1"


def test_requests_do_not_show_what_is_in_them() -> None:
    assert "s3cret" not in repr(raw(headers={"authorization": "s3cret"}, body=b"s3cret"))
