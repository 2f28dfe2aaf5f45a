"""One HTTP/1.1 stream against the server half of h11, and against bytes that no h11 would send."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rivet_client._core.http1 import (
    END,
    MAX_CHUNK_HEAD_BYTES,
    MAX_HEAD_BYTES,
    MAX_INTERIM_ANSWERS,
    Broken,
    Head,
    Http1,
    Incoming,
)
from rivet_client._peer import RemoteProtocolError
from rivet_client.errors import ConfigError, ProtocolError
from tests.support.frames import shown_frames
from tests.support.memory import traced_peak
from tests.support.pieces import WHOLE_AND_BYTEWISE, Cut, bytewise, in_pieces, in_steps

HOST = ("host", "actor:1")


@dataclass
class Answer:
    """All that a client made of what a peer sent."""

    head: Head | None = None
    body: bytes = b""
    end: str = "none yet"  # "whole", or what broke it
    error: Exception | None = field(default=None, compare=False)

    def take(self, items: Iterable[Incoming]) -> None:
        for item in items:
            assert self.end == "none yet", "nothing comes after the end"
            if isinstance(item, Head):
                assert (self.head, self.body) == (None, b"")
                self.head = item
            elif isinstance(item, bytes):
                assert item
                self.body += item
            elif isinstance(item, Broken):
                self.end, self.error = str(item.error), item.error
            else:
                assert item is END
                self.end = "whole"


def asked(
    method: str = "GET", headers: Sequence[tuple[str, str]] = (), max_body_bytes: int | None = None
) -> Http1:
    """A client that waits for an answer."""
    client = Http1()
    client.request(method, "/", [HOST, *headers], max_body_bytes=max_body_bytes)
    client.data_to_send()
    return client


def answered(client: Http1, pieces: Iterable[bytes], *, eof: bool = False) -> Answer:
    answer = Answer()
    for piece in pieces:
        answer.take(client.receive_data(piece))
    if eof:
        answer.take(client.receive_eof())
    return answer


def broken(answer: Answer) -> str:
    """Why the peer's answer counts as broken."""
    assert isinstance(answer.error, RemoteProtocolError)
    return answer.end


# --- Requests --------------------------------------------------------------------------------------------------


class Server:
    """What h11 makes of requests."""

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.SERVER)

    def read(self, client: Http1) -> tuple[str, str, list[tuple[str, str]], bytes, bool]:
        """Method, target, headers and body of a request, as far as it was sent, and whether it is whole."""
        for data in client.data_to_send():
            self._h11.receive_data(data)
        request: Any = self._h11.next_event()
        assert isinstance(request, h11.Request)
        body = b""
        while isinstance(event := self._h11.next_event(), h11.Data):
            body += event.data
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
        whole = isinstance(event, h11.EndOfMessage)
        return request.method.decode(), request.target.decode(), headers, body, whole


@pytest.mark.parametrize(
    ("method", "headers", "body", "framing"),
    [
        ("GET", [], b"", []),
        ("DELETE", [], b"", []),
        ("POST", [], b"", [("content-length", "0")]),
        ("PUT", [], b"", [("content-length", "0")]),
        ("PATCH", [], b"", [("content-length", "0")]),
        ("GET", [], b"abc", [("content-length", "3")]),
        ("POST", [], b"x" * 70_000, [("content-length", "70000")]),
        ("POST", [("Content-Length", "3")], b"abc", []),
        ("POST", [("Transfer-Encoding", "Chunked")], b"abc", []),
        ("POST", [("content-length", "0")], b"", []),
        ("POST", [("transfer-encoding", "chunked")], b"", []),
        ("M-SEARCH", [("X-A", "one,\ttwo  three"), ("x-a", ""), ("x-b", "\xe9~\x7f\x01")], b"", []),
    ],
)
def test_a_request(method: str, headers: list[tuple[str, str]], body: bytes, framing: list[Any]) -> None:
    client = Http1()
    client.request(method, "/a?b=%20", [("x-first", "1"), ("Host", "a:1"), *headers], body)
    assert not client.is_reusable
    found = Server().read(client)
    told = [(name.lower(), "chunked" if value == "Chunked" else value) for name, value in headers]
    assert found == (method, "/a?b=%20", [("x-first", "1"), ("host", "a:1"), *told, *framing], body, True)
    assert client.data_to_send() == []


@pytest.mark.parametrize("headers", [[], [("content-length", "5")], [("transfer-encoding", "chunked")]])
def test_a_body_in_pieces(headers: list[tuple[str, str]]) -> None:
    server, client = Server(), Http1()
    client.request("POST", "/", [HOST, *headers], None)
    for piece in (b"", b"abc", b"", b"de"):
        client.send_body(piece)
    client.end_body()
    _, _, found, body, whole = server.read(client)
    assert found == [HOST, *(headers or [("transfer-encoding", "chunked")])]
    assert (body, whole) == (b"abcde", True)


def test_a_body_that_is_known_and_sent_later() -> None:
    """Its head says how long the body is, and is wrong at once if the caller's header says otherwise."""
    server, client = Server(), Http1()
    with pytest.raises(ConfigError, match="not the length of its body"):
        client.request("POST", "/", [HOST, ("content-length", "4")], b"abcde", is_sent_later=True)
    client.request("POST", "/", [HOST], b"abcde", is_sent_later=True)
    client.send_body(memoryview(b"abc"))
    client.send_body(b"de")
    client.end_body()
    _, _, found, body, whole = server.read(client)
    assert (found, body, whole) == ([HOST, ("content-length", "5")], b"abcde", True)


@pytest.mark.parametrize("headers", [[("content-length", "5")], [("transfer-encoding", "chunked")]])
def test_half_a_body(headers: list[tuple[str, str]]) -> None:
    client = Http1()
    client.request("POST", "/", [HOST, *headers], None)
    client.send_body(b"abc")
    assert Server().read(client)[3:] == (b"abc", False)


def test_a_body_that_is_not_as_long_as_its_header_says() -> None:
    client = Http1()
    client.request("POST", "/", [HOST, ("content-length", "5")], None)
    client.send_body(b"abc")
    with pytest.raises(ConfigError, match="shorter than its content-length"):
        client.end_body()
    with pytest.raises(ConfigError, match="longer than its content-length") as caught:
        client.send_body(b"key")  # one byte too many
    assert "key" not in shown_frames(caught.value)
    assert Server().read(client)[3:] == (b"abc", False)
    assert not client.is_reusable


SECRET = "s3cret"


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (("GET /", "/", [HOST]), "'GET /' is not an HTTP method"),
        (("", "/", [HOST]), "'' is not an HTTP method"),
        (("G\u00cbT", "/", [HOST]), "is not an HTTP method"),
        (("GET", f"/{SECRET} HTTP/1.1", [HOST]), "its URL has a character that must be percent-encoded"),
        (("GET", f"/{SECRET}\r\n", [HOST]), "its URL has"),
        (("GET", f"/{SECRET}\u00e9", [HOST]), "its URL has"),
        (("GET", "", [HOST]), "its URL has"),
        (("GET", f"/{SECRET}", []), "exactly one header 'host'"),
        (("GET", f"/{SECRET}", [HOST, ("Host", SECRET)]), "exactly one header 'host'"),
        (("GET", "/", [HOST, ("", SECRET)]), "'' is not the name of a header"),
        (("GET", "/", [HOST, ("a b", SECRET)]), "'a b' is not the name of a header"),
        (("GET", "/", [HOST, ("a:", SECRET)]), "'a:' is not the name of a header"),
        (("GET", "/", [HOST, ("a\n", SECRET)]), "'a\\n' is not the name of a header"),
        (("GET", "/", [HOST, ("\u00e9", SECRET)]), "is not the name of a header"),
        (("GET", "/", [HOST, ("content-length", SECRET)]), "its content-length is not a number"),
        (("GET", "/", [HOST, ("content-length", "\u00b2")]), "its content-length is not a number"),
        (("GET", "/", [HOST, ("content-length", "9" * 5000)]), "its content-length is not a number"),
        (("GET", "/", [HOST, ("content-length", "")]), "its content-length is not a number"),
        (("GET", "/", [HOST, ("content-length", "7")], b"abc"), "is not the length of its body"),
        (("GET", "/", [HOST, ("content-length", "1")]), "is not the length of its body"),
        (("GET", "/", [HOST, ("transfer-encoding", SECRET)]), 'can be "chunked"'),
        (("GET", "/", [HOST, ("content-length", "3"), ("Content-Length", "3")], b"abc"), "two headers say"),
        (
            ("GET", "/", [HOST, ("Transfer-Encoding", "chunked"), ("content-length", "3")], b"abc"),
            "two headers say",
        ),
        *(
            (("GET", "/", [HOST, ("x-a", value)]), "the value of the header 'x-a' has spaces around it, or a")
            for value in (
                f"{SECRET}\r\nx: y",
                f"{SECRET}\n",
                f"{SECRET}\r",
                f"{SECRET}\0",
                f"\x0b{SECRET}",
                f"a\x0c{SECRET}",
                f" {SECRET}",
                f"{SECRET}\t",
                " ",
                f"{SECRET}\u4e2d",
            )
        ),
    ],
)
def test_requests_that_cannot_be_sent(request_: tuple[Any, ...], why: str) -> None:
    client = Http1()
    with pytest.raises(ConfigError) as caught:
        client.request(*request_)
    assert str(caught.value).startswith("the request cannot be sent: ")
    assert why in str(caught.value)
    assert SECRET not in shown_frames(caught.value)
    assert client.data_to_send() == []
    client.request("GET", "/", [HOST])  # nothing was sent, so the stream is as good as new


# --- Answers ---------------------------------------------------------------------------------------------------

BODY = b"hello, world"
LENGTH = b"content-length: 12\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"


def a_head(*headers: bytes, status: bytes = b"200 OK", version: bytes = b"1.1") -> bytes:
    return b"HTTP/%b %b\r\n%b\r\n" % (version, status, b"".join(headers))


WHOLE: dict[str, tuple[bytes, bytes]] = {
    "length": (a_head(LENGTH) + BODY, BODY),
    "no reason": (a_head(LENGTH, status=b"200") + BODY, BODY),
    "empty reason": (a_head(LENGTH, status=b"200 ") + BODY, BODY),
    "lines that end oddly": (a_head(LENGTH).replace(b"\r\n", b"\n") + BODY, BODY),
    "a folded line": (a_head(LENGTH, b"x-a: b\r\n c\r\n") + BODY, BODY),
    "length 0": (a_head(b"content-length: 0\r\n"), b""),
    "the same length twice": (a_head(LENGTH, b"Content-Length:12 , 12\r\n") + BODY, BODY),
    "no body, whatever the header says": (a_head(LENGTH, status=b"204 No"), b""),
    "not modified": (a_head(CHUNKED, status=b"304 No"), b""),
    "an odd 304": (a_head(LENGTH, b"x: \x01\r\n", status=b"304 No"), b""),
    "chunks": (a_head(CHUNKED) + b"5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n", BODY),
    "chunked in capitals": (a_head(b"Transfer-Encoding: CHUNKED\r\n") + b"c\r\nhello, world\r\n0\r\n\r\n", BODY),
    "no chunk": (a_head(CHUNKED) + b"0\r\n\r\n", b""),
    "odd chunks": (
        a_head(CHUNKED) + b"00000000000000000005 \t\r\nhello\r\n7 \t;a=\"\r;\"\r\n, world\r\n0; a = b\r\n\r\n",
        BODY,
    ),
    "trailers": (a_head(CHUNKED) + b"c\r\nhello, world\r\n0\r\nx-a: b\r\n c\r\n\r\n", BODY),
    "trailers that end oddly": (a_head(CHUNKED) + b"c\r\nhello, world\r\n0\r\nx-a: b\n\n", BODY),
    "no trailers, oddly": (a_head(CHUNKED) + b"c\r\nhello, world\r\n0\r\n\n", BODY),
    "interim answers": (
        a_head(status=b"100 Continue") + a_head(b"link: a\r\n", status=b"103") + a_head(LENGTH) + BODY,
        BODY,
    ),
}  # fmt: skip
UNTIL_EOF: dict[str, tuple[bytes, bytes]] = {
    "until the end": (a_head() + BODY, BODY),
    "until the end, nothing": (a_head(), b""),
    "until the end, old": (a_head(b"connection: keep-alive\r\n", version=b"1.0") + BODY, BODY),
    "until the end of CONNECT's refusal": (a_head(status=b"407 No") + BODY, BODY),
}
LAST: dict[str, tuple[bytes, bytes]] = {
    "old": (a_head(LENGTH, b"connection: keep-alive\r\n", version=b"1.0") + BODY, BODY),
    "connection: close": (a_head(LENGTH, b"Connection: Close\r\n") + BODY, BODY),
    "connection: close, at last": (a_head(LENGTH, b"connection: x\r\nconnection: y ,close\r\n") + BODY, BODY),
    "connection: close, oddly": (a_head(b"connection: close\r\n x\r\nconnection: close\r\n", LENGTH) + BODY, BODY),
    "chunks, and a length": (a_head(CHUNKED, LENGTH) + b"C\r\nhello, world\r\n000\r\n\r\n", BODY),
    "something behind": (a_head(LENGTH) + BODY + b"?", BODY),
    "something behind no body": (a_head(status=b"204 No") + b"?", b""),
    "something behind chunks": (a_head(CHUNKED) + b"c\r\nhello, world\r\n0\r\n\r\n?", BODY),
    "something behind trailers": (a_head(CHUNKED) + b"c\r\nhello, world\r\n0\r\na:b\r\n\r\n?", BODY),
}  # fmt: skip


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(("data", "body"), WHOLE.values(), ids=WHOLE)
def test_whole_answers_leave_the_stream_reusable(data: bytes, body: bytes, cut: Cut) -> None:
    client = asked(max_body_bytes=len(BODY))
    for _ in range(2):
        answer = answered(client, cut(data))
        assert (answer.body, answer.end) == (body, "whole")
        assert client.is_reusable
        client.request("GET", "/", [HOST], max_body_bytes=len(BODY))
    assert not client.is_reusable


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(("data", "body"), UNTIL_EOF.values(), ids=UNTIL_EOF)
def test_answers_until_the_end_of_the_stream(data: bytes, body: bytes, cut: Cut) -> None:
    client = asked("CONNECT" if b"407" in data else "GET")
    answer = answered(client, cut(data))
    assert (answer.body, answer.end) == (body, "none yet")
    answer.take(client.receive_eof())
    assert answer.end == "whole"
    assert not client.is_reusable


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(("data", "body"), LAST.values(), ids=LAST)
def test_answers_after_which_the_stream_is_not_reusable(data: bytes, body: bytes, cut: Cut) -> None:
    client = asked()
    answer = answered(client, cut(data), eof=True)
    assert (answer.body, answer.end) == (body, "whole")
    assert not client.is_reusable
    assert client.receive_data(b"more") == []


@pytest.mark.parametrize("values", [["close"], ["close", "te"], ["te", "Close ,x"]])
def test_a_request_that_asks_for_the_end_of_the_stream(values: list[str]) -> None:
    client = asked(headers=[("Connection", value) for value in values])
    assert answered(client, [a_head(LENGTH) + BODY]).end == "whole"
    assert not client.is_reusable
    assert answered(client := asked(headers=[("Connection", "te")]), [a_head(LENGTH) + BODY]).end == "whole"
    assert client.is_reusable


@WHOLE_AND_BYTEWISE
def test_a_head_as_it_came(cut: Cut) -> None:
    data = (
        b"HTTP/1.1 404 N\xf6t here\r\nX-A: \t one,\ttwo\r\nset-cookie: a=b; c\r\nSet-Cookie:d\r\nx-b:\r\n"
        b"content-length: 0\r\n"
    )
    for odd, version in ((b"", "1.1"), (b"x-c: \x01\r\n", "1.1"), (b"", "1.0"), (b"x-c: \x01 \t\r\n", "1.1")):
        changed = data.replace(b"1.1", version.encode())
        answer = answered(asked(), cut(changed + odd + b"\r\n"))
        assert answer.head is not None
        more = [("x-c", "\x01")] if odd else []
        assert answer.head == Head(
            404,
            "N\xf6t here",
            version,
            {
                "x-a": "one,\ttwo",
                "set-cookie": "a=b; c, d",
                "x-b": "",
                "content-length": "0",
                **dict(more),
            },
            [
                ("X-A", "one,\ttwo"),
                ("set-cookie", "a=b; c"),
                ("Set-Cookie", "d"),
                ("x-b", ""),
                ("content-length", "0"),
                *more,
            ],
        )
        assert "a=b" not in repr(answer.head)


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("framing", [LENGTH, CHUNKED, b""])
def test_an_answer_to_head_has_no_body(framing: bytes, cut: Cut) -> None:
    client = asked("HEAD", max_body_bytes=1)
    answer = answered(client, cut(a_head(framing)))
    assert (answer.body, answer.end) == (b"", "whole")
    assert client.is_reusable


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("framing", [LENGTH, CHUNKED, b""])
@pytest.mark.parametrize("status", [b"200 OK", b"204 No"])
def test_a_tunnel(status: bytes, framing: bytes, cut: Cut) -> None:
    client = asked("CONNECT")
    pieces = cut(a_head(framing, status=status))
    answer = answered(client, [*pieces[:-1], pieces[-1] + b"first bytes of the tunnel"])
    assert (answer.body, answer.end) == (b"", "whole")
    assert client.rest == b"first bytes of the tunnel"
    assert not client.is_reusable


@WHOLE_AND_BYTEWISE
def test_a_refused_tunnel(cut: Cut) -> None:
    client = asked("CONNECT")
    answer = answered(client, cut(a_head(LENGTH, status=b"407 No") + BODY))
    assert (answer.body, answer.end) == (BODY, "whole")
    assert client.is_reusable


def test_nothing_was_asked() -> None:
    client = Http1()
    assert client.is_reusable
    assert client.receive_eof() == []
    client = asked()
    assert answered(client, [a_head(LENGTH) + BODY]).end == "whole"
    assert client.receive_data(b"") == []
    assert client.is_reusable
    assert client.receive_data(a_head(LENGTH) + BODY) == []
    assert not client.is_reusable
    assert client.receive_eof() == []


@pytest.mark.parametrize("body", [[], [("content-length", "5")]])
@WHOLE_AND_BYTEWISE
def test_an_answer_before_the_request_is_whole(body: list[tuple[str, str]], cut: Cut) -> None:
    for ended in (False, True):
        client = Http1()
        client.request("POST", "/", [HOST, *body], None)
        client.send_body(b"abc")
        head, rest = a_head(LENGTH) + BODY[:3], BODY[3:]
        answer = answered(client, cut(head))
        if ended:
            client.send_body(b"de")
            client.end_body()
        answer.take(client.receive_data(rest))
        assert (answer.body, answer.end) == (BODY, "whole")
        assert client.is_reusable == ended


STREAM = (
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1\r\na\r\n10;x\r\n0123456789abcdef\r\n0\r\nx-a: b\r\n\r\n"
)


def test_the_same_whole_and_cut_anywhere() -> None:
    whole = answered(asked(), [STREAM])
    assert (whole.body, whole.end) == (b"a0123456789abcdef", "whole")
    assert answered(asked(), bytewise(STREAM)) == whole
    for at in range(len(STREAM)):
        client = asked()
        assert answered(client, [STREAM[:at], STREAM[at:]]) == whole
        assert client.is_reusable
        assert "closed the stream" in broken(answered(asked(), [STREAM[:at]], eof=True))


def test_the_end_of_the_stream_says_where_it_came() -> None:
    assert "without an answer" in broken(answered(asked(), [], eof=True))
    assert "without an answer" in broken(answered(asked(), [a_head(status=b"100")], eof=True))
    assert "in the midst of an answer" in broken(answered(asked(), [b"HTTP"], eof=True))
    for data in (a_head(LENGTH), a_head(CHUNKED), a_head(CHUNKED) + b"0\r\nx:"):
        client = asked()
        assert "before the end of the answer's body" in broken(answered(client, [data], eof=True))
        assert client.receive_data(b"more") == []
        assert client.receive_eof() == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\ncontent-type: application/json\r\n"
            b"x-rivet-actor-generation: 1\r\nx-rivet-actor-key: a\r\nx-rivet-actor: lzgc4d8rpioaj4mzs3d5deoh49dl00\r\n"
            b"x-rivet-ray-id: hwfyaxuedyyz2r346nq1sawlodcl00\r\naccess-control-allow-origin: *\r\n"
            b"access-control-allow-credentials: true\r\naccess-control-expose-headers: *\r\n"
            b"date: Thu, 26 Nov 2026 23:05:27 GMT\r\n\r\n",
            b'{"output":0}',
            id="of an action by the engine",
        ),
        pytest.param(
            b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\nvary: origin\r\n"
            b"content-length: 2\r\ndate: Thu, 26 Nov 2026 23:05:27 GMT\r\n\r\n",
            b"{}",
            id="of the control API",
        ),
        pytest.param(a_head(b"Transfer-Encoding: chunked\r\n"), b"2\r\nab\r\n0\r\n\r\n", id="chunked"),
    ],
)
def test_ordinary_answers_do_not_cost_what_h11_costs(
    head: bytes, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(h11, "Connection")
    for pieces in ([head + body], [head, body]):
        assert answered(client := asked(), pieces).end == "whole"
        assert client.is_reusable


# --- Answers that are none -------------------------------------------------------------------------------------


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x16", "the answer is not HTTP, but binary"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the answer is not HTTP"),
        (b"220 smtp ready\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "the head of an answer is not HTTP: illegal status line"),
        (b"HTTP/1.1 099\r\n\r\n", "the head of an answer is not HTTP"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", "the peer switched to another protocol"),
        (a_head(b": nameless, s3cret\r\n"), "the head of an answer is not HTTP: illegal header line"),
        (a_head(b" folded\r\n"), "the head of an answer is not HTTP"),
        (a_head(b"content-length: 5\r\ncontent-length: 6\r\n"), "conflicting Content-Length headers"),
        (a_head(b"content-length: -5\r\n"), "bad Content-Length"),
        (a_head(b"content-length: 0%b\r\n" % (b"0" * 20)), "bad Content-Length"),
        (a_head(b"content-length:\r\n"), "bad Content-Length"),
        (a_head(b"transfer-encoding: gzip, chunked\r\n"), "Only Transfer-Encoding"),
        (a_head(CHUNKED, CHUNKED), "multiple Transfer-Encoding headers"),
        (a_head(b"x: \0\r\n"), "has a control character"),
    ],
)  # fmt: skip
def test_heads_that_are_none(data: bytes, why: str, cut: Cut) -> None:
    client = asked()
    answer = answered(client, cut(data))
    assert answer.head is None
    assert why in broken(answer)
    assert "s3cret" not in str(answer)
    assert not client.is_reusable
    assert client.receive_data(b"more") == []


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    "data",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x1\r\n",
        b"1 x\r\n",
        b"1;\n\r\n",
        b"%b1\r\n" % (b"0" * 20),
        b"2\r\nabc\r\n0\r\n\r\n",
        b"2\r\nab\n0\r\n\r\n",
        b"2\r\nab\r0\r\n\r\n",
        b"1;%b" % (b"x" * MAX_CHUNK_HEAD_BYTES),
        b"1;%b\r\n" % (b"x" * MAX_CHUNK_HEAD_BYTES),
    ],
)  # fmt: skip
def test_malformed_chunks(data: bytes, cut: Cut) -> None:
    answer = answered(asked(), cut(a_head(CHUNKED) + b"3\r\nxyz\r\n" + data))
    assert answer.body in (b"xyz", b"xyzab")
    assert "malformed chunk" in broken(answer)


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    ("trailers", "why"),
    [
        (b"no trailer\r\n\r\n", "illegal header line"),
        (b" folded\r\n\r\n", "continuation line"),
        (b"x: \0\r\n\r\n", "control character"),
        (b"x: %b\r\n\r\n" % (b"y" * MAX_HEAD_BYTES), "longer than"),
        (b"x: %b" % (b"y" * MAX_HEAD_BYTES), "longer than"),
    ],
)
def test_trailers_that_are_none(trailers: bytes, why: str, cut: Cut) -> None:
    answer = answered(asked(), cut(a_head(CHUNKED) + b"3\r\nxyz\r\n0\r\n" + trailers))
    assert answer.body == b"xyz"
    assert why in broken(answer)


# --- Limits ----------------------------------------------------------------------------------------------------


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("status", [b"100", b"200 OK"])
@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n"])
def test_heads_are_limited(status: bytes, end: bytes, cut: Cut) -> None:
    longest = (b"HTTP/1.1 %b\r\nx: " % status).ljust(MAX_HEAD_BYTES - len(end), b"y")
    client = asked()
    answer = answered(client, cut(longest + end))
    assert answer.end == "none yet"
    assert (answer.head is None) == (status == b"100")
    for tail in (b"y" + end, b"y" * (len(end) + 1)):
        assert "longer than 65536 bytes" in broken(answered(asked(), cut(longest + tail)))


@WHOLE_AND_BYTEWISE
def test_heads_of_chunks_are_limited(cut: Cut) -> None:
    longest = b"1;".ljust(MAX_CHUNK_HEAD_BYTES - 4, b"x")
    data = a_head(CHUNKED) + longest + b"\r\na\r\n" + longest + b"\r\na\r\n0\r\n\r\n"
    answer = answered(asked(), cut(data))
    assert (answer.body, answer.end) == (b"aa", "whole")
    answer = answered(asked(), cut(data.replace(b"\r\na\r\n0", b"x\r\na\r\n0")))
    assert answer.body == b"a"
    assert "malformed chunk" in broken(answer)


@WHOLE_AND_BYTEWISE
def test_interim_answers_are_limited(cut: Cut) -> None:
    interim = a_head(b"x: y\r\n", status=b"102 Processing")
    client = asked()
    for _ in range(2):
        answer = answered(client, cut(interim * MAX_INTERIM_ANSWERS + a_head(LENGTH) + BODY))
        assert answer.end == "whole"
        client.request("GET", "/", [HOST])
    assert "more than 100 interim" in broken(answered(client, cut(interim * 101)))


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(a_head(LENGTH), id="length"),
        pytest.param(a_head(b"content-length: %b\r\n" % (b"9" * 20)), id="absurd length"),
        pytest.param(a_head(CHUNKED) + b"c\r\n" + BODY, id="one chunk"),
        pytest.param(a_head(CHUNKED) + b"1\r\nx\r\n" * 12, id="chunks"),
        pytest.param(a_head() + BODY, id="until the end"),
    ],
)
def test_bodies_are_limited(data: bytes, cut: Cut) -> None:
    client = asked(max_body_bytes=11)
    answer = answered(client, cut(data), eof=True)
    assert isinstance(answer.error, ProtocolError)
    assert "(HTTP 200) is longer than max_body_bytes=11" in answer.end
    assert len(answer.body) <= 11
    assert client.receive_data(b"more") == []
    assert not client.is_reusable


# --- What it costs ---------------------------------------------------------------------------------------------


@WHOLE_AND_BYTEWISE
@pytest.mark.parametrize("character", [b"\0", b"\x0b", b"\x0c", b"\r"])
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 X\r\nx:", b"HTTP/1.1 200", b"HTTP/1.1 100 X\r\nx"])
def test_heads_that_would_take_quadratic_time(start: bytes, character: bytes, cut: Cut) -> None:
    head = start + b" " * 60_000 + character + b".\r\n\r\n"
    assert "control character" in broken(answered(asked(), cut(head)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(a_head(CHUNKED) + b"2\r\nab\r\n" * 5_000, id="tiny chunks"),
        pytest.param(a_head(CHUNKED) + b"2;\r\nab\r\n" * 5_000, id="tiny odd chunks"),
        pytest.param(a_head(LENGTH.replace(b"12", b"1000000")) + bytes(1_000_000), id="length"),
        pytest.param(a_head(b"set-cookie: a\r\n" * 4000), id="a head of many headers of one name"),
    ],
)
@pytest.mark.parametrize("step", [1 << 14, 1 << 20])
def test_memory_is_within_three_times_what_comes(data: bytes, step: int) -> None:
    pieces = in_steps(data, step)
    client = asked()
    size = 0
    with traced_peak() as peak:
        for piece in pieces:
            got = client.receive_data(piece)
            size += sum(len(item) for item in got if isinstance(item, bytes))
            assert len(got) <= 3
            del got
    assert size in (0, 10_000, 1_000_000)
    # A head takes more: all of its fields are there twice, as objects.
    assert peak.bytes < 3 * min(step, len(data)) + (30 * MAX_HEAD_BYTES if not size else 50_000)


# --- Hostile bytes ---------------------------------------------------------------------------------------------

PARTS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 204 \r\n",
        b"HTTP/1.0 200\n",
        b"HTTP/1.1 100 \r\n\r\n",
        b"HTTP/1.1 199\n\r\n",
        b"HTTP/1.1 101 X\r\n\r\n",
        b"content-length: 4\r\n",
        b"transfer-encoding: chunked\r\n",
        b"connection: close\r\n",
        b" folded\r\n",
        b"x: \xff\r\n",
        b"\r\n",
        b"\n",
        b"4\r\nabcd\r\n0\r\n\r\n",
        b"4;x\r\nabcd\r\n0\r\nx: y\r\n\r\n",
        b"4\r\nab",
        b"abcd",
        b"0\r\n",
    ]
)


@given(
    st.sampled_from(["GET", "HEAD", "CONNECT"]),
    st.lists(PARTS | st.binary(max_size=10), max_size=8),
    st.lists(st.integers(0, 300), max_size=4),
)
@example("GET", [b"HTTP/1.1 100\n\r\nHTTP/1.1 200 X\r\n\r\n", b"body"], [])
@example("GET", [b"HTTP/1.1 200 X\r\n", CHUNKED, b"\r\n0\r\n", b"x: y\r\n\r\n"], [])
def test_any_bytes_cut_anywhere(method: str, parts: list[bytes], cuts: list[int]) -> None:
    """Nothing raises, and where the stream is cut makes no difference."""
    data = b"".join(parts)
    outcomes = []
    for pieces in ([data], in_pieces(data, cuts), bytewise(data)):
        client = asked(method, max_body_bytes=6)
        answer = answered(client, pieces, eof=True)
        assert answer.end != "none yet"
        limited = isinstance(answer.error, ProtocolError)
        outcomes.append((answer.head, b"" if limited else answer.body, type(answer.error), limited))
    assert outcomes[0] == outcomes[1] == outcomes[2]
