"""What a call says of itself when the bytes of its answer were spoilt on the way.

`may_have_run` is False only for calls that surely did not run. Here every call did run, and the peer's answer says so:
it is a success, or the error of a call that ran. Then bytes of the answer are cut off, changed, put in or repeated. Or
the answer before, on the same stream, was spoilt, and what is left of it comes before this one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from string import ascii_lowercase
from typing import TypeAlias

import pytest

from rivet_client._common.exchange import Exchange
from rivet_client._common.route import Routes, tls_context
from rivet_client._core import flows
from rivet_client._core.effects import Flow, HttpRequest, HttpResponse, Send
from rivet_client._core.proxy import Proxies
from rivet_client._core.target import NO_PARAMS, Creation, target_by_key
from rivet_client.config import RetryPolicy
from rivet_client.errors import ActorError, RivetError
from rivet_client_generated.errors import ERRORS, lookup
from tests.support.fake_driver import (
    ENGINE,
    A,
    B,
    FakeDriver,
    actor,
    control_error,
    gateway_error,
    json_reply,
)

Call: TypeAlias = Callable[[FakeDriver], Flow[object]]
Reply: TypeAlias = Callable[[FakeDriver], HttpResponse]

ROUTES = Routes(Proxies(), tls_context)
ODD = (b"\0", b"\x15", b"\n", b"\r", b" ", b"0", b"4", b":", b"\xff")
"""Bytes that mean something in an answer, or nothing anywhere."""


# --- How answers are spoilt ------------------------------------------------------------------------------------


def spoilt(data: bytes) -> Iterator[bytes]:
    """The bytes of an answer with one fault each."""
    for at in range(len(data)):
        before, byte, after = data[:at], data[at], data[at + 1 :]
        yield before  # cut
        yield before + after
        yield before + data[at:] + data[at:]  # doubled: the rest, the beginning, one byte
        yield before + data
        yield before + data[at : at + 1] + data[at:]
        for bit in range(8):
            yield before + bytes((byte ^ 1 << bit,)) + after
        for odd in ODD:
            yield before + odd + after
            yield before + odd + data[at:]
    yield data + data
    yield from (data + odd for odd in ODD)
    yield from with_other_lengths(data)


def with_other_lengths(data: bytes) -> Iterator[bytes]:
    """The same body, said to have another length."""
    head, end, body = data.partition(b"\r\n\r\n")
    for length in range(len(body) + 3):
        yield re.sub(rb"(?<=content-length: )\d+", b"%d" % length, head) + end + body


# --- The wire --------------------------------------------------------------------------------------------------


def on_the_wire(response: HttpResponse) -> bytes:
    """The bytes of a response."""
    fields = {**response.headers, "content-length": str(len(response.body))}
    lines = [f"HTTP/1.1 {response.status} Whatever", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + response.body


class WireDriver(FakeDriver):
    """Runs flows over streams that bring the given bytes, and then end."""

    def __init__(self, encoding: str) -> None:
        super().__init__(encoding, wanted=(), retry=RetryPolicy(max_attempts=1))
        self.incoming = b""

    def _send(self, effect: Send) -> HttpResponse:
        exchange = Exchange(effect, ROUTES, self.clock())
        exchange.sent = True
        exchange.receive(self.incoming)
        if not exchange.has_enough:
            exchange.receive(b"")
        return exchange.response()

    def says_it_did_not_run(self, call: Call, incoming: bytes) -> bool:
        """Whether a call fails and tells that it has surely not run."""
        error = self.outcome(call, incoming)
        return error is not None and not error.may_have_run

    def outcome(self, call: Call, incoming: bytes) -> RivetError | None:
        """The error of a call, or None if it has succeeded."""
        self.incoming = incoming
        try:
            self.run(call(self))
        except RivetError as error:
            return error
        return None


def left_after(effect: Send, data: bytes) -> bytes | None:
    """What is left of an answer when its exchange has ended, or None if nothing may follow on the stream.

    The bytes that are left come as late as they can: when the next request has been written.
    """
    rest = b""
    while True:
        exchange = Exchange(effect, ROUTES, 0.0)
        exchange.sent = True
        exchange.receive(data[: len(data) - len(rest)])
        if not exchange.http1.rest:
            return rest if exchange.can_be_followed else None
        rest = exchange.http1.rest


# --- Calls, and answers that say that they ran ------------------------------------------------------------------


def action(driver: FakeDriver) -> Flow[object]:
    return flows.call_action(driver.context, target_by_key("get_or_create", "counter", ["k"]), "get", [])


def create(driver: FakeDriver) -> Flow[object]:
    return flows.create(driver.context, "counter", "k", NO_PARAMS, Creation())


def success(driver: FakeDriver) -> HttpResponse:
    return driver.result({"n": 1, "text": "HTTPS port"})


def thrown(driver: FakeDriver) -> HttpResponse:
    return driver.host_error(500, "user", "broke")


def failed(driver: FakeDriver) -> HttpResponse:
    return driver.host_error(500, "actor", "aborted")


def passed_on(driver: FakeDriver) -> HttpResponse:
    """The error of another actor, which this actor's code has called."""
    reply = driver.host_error(500, "actor", "stopping", actor_id=B)
    reply.headers["x-rivet-actor"] = A  # type: ignore[index]
    return reply


def denied(driver: FakeDriver) -> HttpResponse:
    """The same, with a status that proxies have, too."""
    reply = driver.host_error(403, "auth", "forbidden", actor_id=B)
    reply.headers["x-rivet-actor"] = A  # type: ignore[index]
    return reply


def unconfirmed(_driver: FakeDriver) -> HttpResponse:
    return gateway_error(503, "guard", "request_timeout")


def bad_gateway(_driver: FakeDriver) -> HttpResponse:
    return HttpResponse(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>")


def created(_driver: FakeDriver) -> HttpResponse:
    return actor()


def not_created(_driver: FakeDriver) -> HttpResponse:
    return control_error(500, "core", "internal_error")


def broken(driver: FakeDriver) -> HttpResponse:
    return driver.host_error(500, "core", "internal_error")


RAN = [
    (action, success),
    (action, thrown),
    (action, failed),
    (action, broken),
    (action, passed_on),
    (action, denied),
    (action, unconfirmed),
    (action, bad_gateway),
    (create, created),
    (create, not_created),
]


def is_another_answer(reply: Reply, data: bytes, error: RivetError) -> bool:
    """Whether one wrong byte has made another correct answer, about a call that did not run. Nobody can notice that.

    - Another last digit makes 503 of 502, and a proxy that answers 503 has sent nothing on.
    - A host that fails in a call says the same as one that cannot read the request, but for the status: 500, not 400.
    - An error of another actor differs from one of the host itself in the field `actor` alone. If CBOR or JSON give the
      field another name, it is a field that nobody knows, and is skipped.
    """
    if reply is bad_gateway:
        return data.startswith(b"HTTP/1.1 503 ")
    if reply is broken:
        return data.startswith(b"HTTP/1.1 400 ")
    return reply in (passed_on, denied) and isinstance(error, ActorError) and error.actor is None


# Answers to the request before.


def refused(driver: FakeDriver) -> HttpResponse:
    return driver.host_error(500, "actor", "stopping")


def refused_by_the_gateway(_driver: FakeDriver) -> HttpResponse:
    return gateway_error(503, "guard", "rate_limit")


def refused_by_a_proxy(_driver: FakeDriver) -> HttpResponse:
    return HttpResponse(429, {"content-type": "text/plain"}, b"slowly")


def located(_driver: FakeDriver) -> HttpResponse:
    return json_reply({"runtime": "engine"})


BEFORE = [success, thrown, refused, refused_by_the_gateway, refused_by_a_proxy, located]


# --- The rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "call", "reply"),
    [*(("bare", *case) for case in RAN), *((name, action, passed_on) for name in ("cbor", "json"))],
)
def test_a_spoilt_answer(encoding: str, call: Call, reply: Reply) -> None:
    driver = WireDriver(encoding)
    data = on_the_wire(reply(driver))
    assert (driver.outcome(call, data) is None) == (reply in (success, created))
    lies = [
        told
        for told in spoilt(data)
        if (error := driver.outcome(call, told)) is not None
        and not error.may_have_run
        and not is_another_answer(reply, told, error)
    ]
    assert lies == []


@pytest.mark.parametrize("before", BEFORE)
def test_what_is_left_of_a_spoilt_answer(before: Reply) -> None:
    driver = WireDriver("bare")
    effect = Send(HttpRequest("POST", f"{ENGINE}/", {}, b""), None)
    rests = {left_after(effect, told) for told in spoilt(on_the_wire(before(driver)))} - {None}
    assert before not in (success, located) or len(rests) > 100, "many answers can be followed"
    for reply in (success, thrown):
        data = on_the_wire(reply(driver))
        lies = [
            rest for rest in rests if rest is not None and driver.says_it_did_not_run(action, rest + data)
        ]
        assert lies == []


@pytest.mark.parametrize("reply", [refused, refused_by_the_gateway, refused_by_a_proxy])
def test_an_answer_that_is_read_and_says_so(reply: Reply) -> None:
    driver = WireDriver("bare")
    assert driver.says_it_did_not_run(action, on_the_wire(reply(driver)))


def test_no_code_is_one_character_from_another_that_did_not_run() -> None:
    """One wrong byte in the code of a call that ran makes no code of calls that did not run."""
    ran = [f"{group}.{code}" for (group, code), info in ERRORS.items() if info.may_have_run]
    assert len(ran) > 50
    lies = [(name, other) for name in ran for other in near(name) if did_not_run(other)]
    assert lies == []


def did_not_run(name: str) -> bool:
    group, _, code = name.partition(".")
    info = lookup(group, code)
    return info is not None and not info.may_have_run


def near(name: str) -> Iterator[str]:
    """The names that one character makes of another."""
    for at in range(len(name) + 1):
        yield name[:at] + name[at + 1 :]
        for character in ascii_lowercase + "._":
            yield name[:at] + character + name[at + 1 :]
            yield name[:at] + character + name[at:]
