"""HTTP/1.1 against h11: answers, whole or damaged, cut anywhere, of which h11 gets all the bytes at once; and requests.

So no bytes of a peer mean one thing to the code that reads plain heads and bodies, and another to the library that
judges all other heads; and no request goes out that h11 would not send, or that a server could read as another one.

The two may differ where one is stricter on purpose:

- This client has limits on heads, interim answers and bodies.
- It does not use a stream again after an answer of another version than 1.1.
- h11 takes no space before the extension of a chunk, which RFC 9112 allows.
- h11 sends a request with equal lengths in several headers, and a length in a list.
"""

from __future__ import annotations

import random
import re
from typing import Any

import h11

from rivet_client._core.http1 import MAX_HEAD_BYTES, MAX_INTERIM_ANSWERS, Broken, Head, Http1
from rivet_client._core.pieces import Pieces
from rivet_client.errors import ConfigError, ProtocolError
from tests.fuzz.mutate import cut, mutated
from tests.support.memory import traced_peak
from tests.support.pieces import in_steps

# --- Answers ---------------------------------------------------------------------------------------------------


def some_answer(rng: random.Random) -> bytes:
    """Return an answer, most often a sensible one, with something behind it now and then."""
    out = bytearray()
    for _ in range(rng.choice((0, 0, 0, 0, 1, 3, MAX_INTERIM_ANSWERS + 1))):
        end = rng.choice((b"\r\n", b"\n"))
        out += b"HTTP/1.%d %d%b%b" % (
            rng.randrange(2),
            rng.choice((100, 102, 103, 199)),
            rng.choice((b"", b" ", b" Yes")),
            end,
        )
        out += rng.choice((b"", b"link: </a>" + end)) + rng.choice((b"\r\n", b"\n"))
    end = rng.choice((b"\r\n", b"\r\n", b"\r\n", b"\n"))
    status = rng.choice((200, 200, 200, 201, 204, 299, 301, 304, 404, 500, 999, 99, 101))
    lines = [b"HTTP/1.%d %d%b" % (rng.random() < 0.9, status, rng.choice((b" OK", b"", b" ", b" N\xf6")))]
    body = rng.randbytes(rng.choice((0, 5, 300)))
    headers = [rng.choice(ORDINARY) for _ in range(rng.randrange(4))]
    kind = rng.randrange(4)
    if kind == 0:
        headers.append(
            b"Content-Length: %d" % rng.choice((len(body), len(body), len(body) + 3, len(body) // 2))
        )
    if kind == 1 or (kind == 0 and rng.random() < 0.05):
        headers.append(
            b"transfer-encoding: %b" % rng.choice((b"chunked", b"chunked", b"Chunked", b"chunked "))
        )
        body = chunks(rng, body)
    if rng.random() < 0.2:
        headers.append(rng.choice(ODD))
    if rng.random() < 0.02:
        headers.append(b"x: " + b"y" * rng.choice((MAX_HEAD_BYTES // 2, MAX_HEAD_BYTES * 2)))
    rng.shuffle(headers)
    out += end.join([*lines, *headers, b""]) + end + body
    return bytes(out + rng.choice((b"", b"", b"", b"?", b"HTTP/1.1 200 OK\r\n\r\n")))


ORDINARY = (
    b"content-type: text/plain",
    b"X-Rivet-Actor:a1",
    b"set-cookie: a=b; c=\"d\" \t",
    b"connection: keep-alive",
    b"Connection: close",
    b"connection: x ,Close",
    b"x-empty:",
    b"x-latin: \xe9\x80",
)  # fmt: skip
ODD = (
    b" folded",
    b"\tclose",
    b"x:" + b" " * 300 + b"\x00",
    b"x: \x01",
    b"x: a\rb",
    b":",
    b"nothing",
    b"a b: c",
    b"content-length: 5, 5",
    b"content-length:",
    b"content-length: 99999999999999999999",
    b"content-length: 199999999999999999999",
    b"transfer-encoding: gzip, chunked",
    b"transfer-encoding:",
)


def chunks(rng: random.Random, body: bytes) -> bytes:
    """Return a body in chunks, some of them odd."""
    out = bytearray()
    while body:
        size = rng.choice((1, 2, 16, 100))
        piece, body = body[:size], body[size:]
        extension = rng.choice((b"", b"", b"", b" ", b";", b";a=\"\r\x00\"", b" ;x", b"\t"))  # fmt: skip
        zeros = b"0" * rng.choice((0, 0, 1, 18, 19))
        out += b"%b%x%b\r\n%b%b" % (
            zeros,
            len(piece),
            extension,
            piece,
            rng.choice((b"\r\n",) * 9 + (b"\n",)),
        )
    trailers = rng.choice(
        (b"", b"", b"x: y\r\n", b"x: y\n", b" folded\r\n", b"x: \x0b\r\n", b"content-length: x\r\n")
    )
    return bytes(out) + b"0\r\n" + trailers + rng.choice((b"\r\n", b"\r\n", b"\n"))


class Outcome:
    """What is made of an answer."""

    def __init__(self) -> None:
        self.head: tuple[int, str, str, list[tuple[str, str]]] | None = None
        self.body = b""
        self.end = ""  # "whole" or "broken"
        self.is_reusable = False

    def __repr__(self) -> str:
        return repr(vars(self))


def reference(method: str, data: bytes) -> Outcome:
    """Return what h11 makes of these bytes, and then the end of the stream."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 30)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    outcome = Outcome()
    try:
        while not outcome.end:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                fields = [
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in event.headers.raw_items()
                ]
                reason = bytes(event.reason).decode("latin-1")
                outcome.head = (event.status_code, reason, event.http_version.decode(), fields)
            elif isinstance(event, h11.Data):
                outcome.body += event.data
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                outcome.end = "whole"
                states = set(connection.states.values())
                outcome.is_reusable = states == {h11.DONE} and connection.trailing_data == (b"", False)
            elif event is h11.NEED_DATA:
                connection.receive_data(b"")
    except h11.RemoteProtocolError:
        outcome.end = "broken"
    return outcome


def case(rng: random.Random) -> None:
    """Cut an answer anywhere, and end the stream; now and then look at the memory that a body takes."""
    if rng.random() < 0.01:
        check_memory(rng)
        return
    method = rng.choice(("GET", "GET", "POST", "HEAD", "CONNECT"))
    limit = rng.choice((None, 0, 5, 100))
    data = some_answer(rng)
    if rng.random() < 0.6:
        data = mutated(rng, data)
    client, got = Http1(), Outcome()
    client.request(method, "/", [("host", "h")], max_body_bytes=limit)
    error: Exception | None = None

    def take(items: list[Any]) -> None:
        nonlocal error
        for item in items:
            assert not got.end, "nothing comes after the end"
            if isinstance(item, Head):
                got.head = (item.status, item.reason, item.version, list(item.fields))
            elif isinstance(item, bytes):
                got.body += item
            elif isinstance(item, Broken):
                got.end, error = "broken", item.error
            else:
                got.end, got.is_reusable = "whole", client.is_reusable

    for piece in cut(rng, data):
        take(client.receive_data(piece))
    if got.is_reusable:
        got.is_reusable = client.is_reusable  # unless more came
    take(client.receive_eof())
    assert client.receive_data(b"more") == []
    if got.head is not None:  # h11 shows this one in small letters
        got.head[3][:] = [(n, "chunked" if n.lower() == "transfer-encoding" else v) for n, v in got.head[3]]
    if re.search(rb"[0-9A-Fa-f][ \t]+;", data):
        return  # h11 takes no space before the extension of a chunk
    expected = reference(method, data)
    about = f"{method}, at most {limit}: {data!r}: {got}, {error!r}; h11: {expected}"
    if isinstance(error, ProtocolError):
        assert limit is not None, about
        assert expected.head == got.head, about
        lengths = (
            [value for name, value in expected.head[3] if name.lower() == "content-length"]
            if expected.head
            else []
        )
        assert len(expected.body) > limit or int(lengths[0]) > limit, about
        assert len(got.body) <= limit, about
    elif error is not None and ("longer than" in str(error) or "interim answers" in str(error)):
        assert got.head is None or "trailers" in str(error), about
        assert len(data) > MAX_HEAD_BYTES or data.count(b"HTTP/1.") > MAX_INTERIM_ANSWERS, about
    else:
        assert limit is None or len(got.body) <= limit, about
        if expected.head is not None and expected.head[2] != "1.1":
            expected.is_reusable = False
        assert vars(got) == vars(expected), about


def check_memory(rng: random.Random) -> None:
    """A body in pieces of any size takes no more than three times its own size, and that of one read."""
    size = rng.randrange(50_000, 200_000)
    body = rng.randbytes(size)
    head = b"HTTP/1.1 200 OK\r\n"
    chunk = rng.choice((1, 2, 3, 100, 5000, size))
    match rng.randrange(3):
        case 0:
            data = head + b"\r\n" + body
        case 1:
            data = b"%bcontent-length: %d\r\n\r\n%b" % (head, size, body)
        case _:
            extension = rng.choice((b"", b";"))
            pieces = (body[at : at + chunk] for at in range(0, size, chunk))
            framed = (b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
            data = b"%btransfer-encoding: chunked\r\n\r\n%b0\r\n\r\n" % (head, b"".join(framed))
    step = rng.choice((1, 13, 1000, 4095, 4096, 65536))
    if step == 1:
        step = 1 + len(data) // 10_000  # one byte at a time takes seconds
    client, collected = Http1(), Pieces()
    client.request("GET", "/", [("host", "h")], max_body_bytes=size)
    received = in_steps(data, step)  # before the memory is traced: the pieces are the peer's
    with traced_peak() as peak:
        for piece in received:
            for item in client.receive_data(piece):
                if isinstance(item, bytes):
                    collected.add(item)
                assert not isinstance(item, Broken)
        client.receive_eof()
        got = collected.take_bytes()
    assert got == body
    most = 3 * size + 3 * step + 50_000
    assert peak.bytes < most, f"{peak.bytes} bytes for {size} in chunks of {chunk}, {step} bytes at a time"


# --- Requests --------------------------------------------------------------------------------------------------

BAD = "\r\n\0\t \x0b\x0c\x01\x7f\xe9\u4e2d:/?#\"(),;\ud800\x85\xa0"  # fmt: skip


def some_text(rng: random.Random, text: str) -> str:
    """Return a text, now and then with a character that might not be allowed in it."""
    if rng.random() < 0.85:
        return text
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(BAD) + text[at + rng.randrange(2) :]


def some_headers(rng: random.Random, size: int) -> list[tuple[str, str]]:
    """Return headers of a request with a body of that size."""
    headers = [("host", "h:1")] * rng.choice((1,) * 20 + (0, 2))
    for _ in range(rng.randrange(4)):
        name = some_text(rng, rng.choice(("x-a", "X-B", "connection", "Expect", "upgrade", "te", "")))
        value = some_text(rng, rng.choice(("", "a", "close", "100-continue", "a, b\tc", "x" * 300)))
        headers.append((name, value))
    while rng.random() < 0.3:
        length = str(rng.choice((size, size, size + 1, 0)))
        headers.append(
            rng.choice(
                (
                    ("Content-Length", some_text(rng, length)),
                    ("content-length", f"{length}, {length}"),
                    ("transfer-encoding", some_text(rng, "chunked")),
                    ("Transfer-Encoding", rng.choice(("Chunked", "gzip", "identity", ""))),
                )
            )
        )
    rng.shuffle(headers)
    return headers


def is_sent_by_h11(method: str, target: str, headers: list[tuple[str, str]], pieces: list[bytes]) -> bool:
    """Return whether h11 sends this request."""
    connection = h11.Connection(h11.CLIENT)
    try:
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        names = {name.lower() for name, _ in headers}
        if not names & {"content-length", "transfer-encoding"}:
            fields.append((b"transfer-encoding", b"chunked"))
        connection.send(
            h11.Request(method=method.encode("latin-1"), target=target.encode("latin-1"), headers=fields)
        )
        for piece in pieces:
            connection.send(h11.Data(piece))
        connection.send(h11.EndOfMessage())
    except (h11.LocalProtocolError, UnicodeEncodeError):
        return False
    return True


def request_case(rng: random.Random) -> None:
    """Send a request, or not; and let h11 read what was sent."""
    pieces = [rng.randbytes(rng.choice((0, 1, 100))) for _ in range(rng.randrange(4))]
    body = b"".join(pieces)
    method = some_text(rng, rng.choice(("GET", "POST", "HEAD", "PUT", "M-SEARCH", "CONNECT", "")))
    target = some_text(rng, rng.choice(("/", "/a?b=c%20d", "http://h/x", "h:443", "*")))
    headers = some_headers(rng, len(body))
    client = Http1()
    whole = rng.random() < 0.5
    about = f"{method!r} {target!r} {headers!r} {pieces!r} {whole}"
    try:
        client.request(method, target, headers, body if whole else None)
        if not whole:
            for piece in pieces:
                client.send_body(piece)
            client.end_body()
    except ConfigError:
        lengths = [name for name, _ in headers if name.lower() in ("content-length", "transfer-encoding")]
        stricter = len(lengths) > 1 or any("," in value for _, value in headers)
        assert stricter or not is_sent_by_h11(method, target, headers, pieces), about
        return
    assert is_sent_by_h11(method, target, headers, pieces), about
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"".join(client.data_to_send()))
    request: Any = server.next_event()
    read = b""
    while isinstance(event := server.next_event(), h11.Data):
        read += event.data
    assert isinstance(event, h11.EndOfMessage), about
    assert event.headers == [], about
    assert server.trailing_data == (b"", False), about
    assert (request.method.decode(), request.target.decode(), read) == (method, target, body), about
    got = [(name.decode(), value.decode("latin-1")) for name, value in request.headers]
    given = [(name.lower(), value) for name, value in headers]
    framing = [
        (name, value.lower()) for name, value in got if name in ("content-length", "transfer-encoding")
    ]
    assert len(framing) <= 1, about
    assert framing or not body, about
    if any(name in ("content-length", "transfer-encoding") for name, _ in given):
        assert [(name, value.lower()) for name, value in got] == [(n, v.lower()) for n, v in given], about
    else:
        assert got == given + framing, about
