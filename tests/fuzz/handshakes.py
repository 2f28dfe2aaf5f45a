"""Answers to the handshake, whole or damaged, cut anywhere, against h11, which gets all the bytes at once.

So no bytes mean one thing to the code that cuts the stream into heads, and another to the library that reads them.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re

import h11

from rivet_client._core.websocket import MAX_BODY_BYTES, MAX_HEAD_BYTES, Accepted, Closed, Rejected, WebSocket
from tests.fuzz.mutate import cut, mutated
from tests.support.wire_pair import TEXT, frame

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_token(request: bytes) -> bytes:
    """Return what the server must say to this handshake."""
    found = re.search(rb"(?i)sec-websocket-key: (\S+)", request)
    assert found is not None
    return base64.b64encode(hashlib.sha1(found[1] + GUID).digest())


def some_answer(rng: random.Random, token: bytes) -> bytes:
    """Return an answer, most often a sensible one."""
    out = bytearray()
    for _ in range(rng.choice((0, 0, 0, 1, 3, 120))):
        out += b"HTTP/1.%d %d%b" % (
            rng.randrange(2),
            rng.choice((100, 102, 103, 199)),
            rng.choice((b"", b" ", b" Yes")),
        )
        end = rng.choice((b"\r\n", b"\n"))
        out += end + rng.choice((b"", b"link: </a>" + end)) + rng.choice((b"\r\n", b"\n"))
    end = rng.choice((b"\r\n", b"\r\n", b"\n"))
    body = rng.randbytes(rng.choice((0, 5, 300)))
    if rng.random() < 0.4:
        lines = [b"HTTP/1.1 101 Yes", b"upgrade: websocket", b"Connection: keep-alive, Upgrade"]
        lines += [b"sec-websocket-accept: " + token]
        body = frame(TEXT, b"hello")
    else:
        lines = [b"HTTP/1.1 %d No" % rng.choice((200, 204, 301, 304, 403, 500, 503, 99, 999))]
        kind = rng.randrange(3)
        if kind == 0:
            lines += [b"content-length: %d" % rng.choice((len(body), len(body) + 3, len(body) // 2))]
        elif kind == 1:
            lines += [b"transfer-encoding: chunked"]
            body = b"%x%b\r\n%b\r\n0\r\n%b\r\n" % (
                len(body) or 1,
                rng.choice((b"", b";x")),
                body or b"y",
                b"a: b\r\n",
            )
    if rng.random() < 0.2:
        lines.append(
            rng.choice(
                (b" folded", b"x:" + b" " * 500 + b"\x00", b"sec-websocket-protocol: \xff", b":", b"x: \x01")
            )
        )
    if rng.random() < 0.03:
        lines.append(b"x: " + b"y" * rng.choice((MAX_HEAD_BYTES // 2, MAX_HEAD_BYTES * 2)))
    rng.shuffle(tail := lines[1:])
    return bytes(out + end.join([lines[0], *tail, b""]) + end + body)


def reference(request: bytes, data: bytes) -> tuple[int, bytes] | None:
    """Return status and body as h11 reads them: the body as far as it is sound. None if there is no such answer."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 30)
    upgrade = [("Host", "host"), ("Upgrade", "websocket"), ("Connection", "Upgrade")]
    connection.send(h11.Request(method="GET", target="/", headers=upgrade))
    connection.receive_data(data)
    status, body = 0, bytearray()
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.InformationalResponse) and event.status_code == 101:
                return 101, b""
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                break
    except h11.RemoteProtocolError:
        pass
    return (status, bytes(body)) if status else None


def case(rng: random.Random) -> None:
    """Cut an answer anywhere, and end the stream."""
    client = WebSocket(rng.randbytes, max_message_bytes=1000)
    client.start("host", "/", [("x-a", "b")], ["rivet"])
    request = b"".join(client.data_to_send())
    data = some_answer(rng, accept_token(request))
    if rng.random() < 0.6:
        data = mutated(rng, data)
    got = []
    for piece in cut(rng, data):
        got += client.receive_data(piece)
    first = got[0] if got else client.receive_eof()
    expected = reference(request, data)
    about = f"{data!r}: {first}; h11: {expected}"
    if isinstance(first, Accepted):
        assert expected == (101, b""), about
    elif isinstance(first, Rejected):
        assert len(got) <= 1, about
        assert expected is not None, about
        assert expected[0] == first.status, about
        assert expected[1][:MAX_BODY_BYTES].startswith(first.body), about
        # A damaged body may end later for h11, which reads lines of any length here.
        assert len(first.body) == min(len(expected[1]), MAX_BODY_BYTES) or len(data) > 15_000, about
    else:
        assert isinstance(first, Closed), about
        limited = any(
            limit in first.reason
            for limit in ("longer than", "more than", "header", "Header", "token", "protocol")
        )
        assert expected is None or expected[0] == 101 or limited, about
