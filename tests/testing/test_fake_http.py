"""The server's end of HTTP in a `FakeEngine`: requests are read in the same way however they come."""

from __future__ import annotations

import pytest

from rivet_client.testing.fake.http import MAX_BODY_BYTES, Answer, HttpRequest, HttpServer, Refusal

PLAIN = b"POST /a?b HTTP/1.1\r\nHost: x\r\nX-Own:  1 \t2\r\nContent-Length: 3\r\n\r\nabc"
REQUESTS = {
    "plain": PLAIN,
    "chunked": PLAIN.replace(b"Content-Length: 3", b"Transfer-Encoding: chunked").replace(
        b"abc", b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    ),
    "closing": PLAIN.replace(b"Host: x", b"Host: x\r\nConnection: keep-alive"),
}


def next_request(server: HttpServer) -> HttpRequest:
    request = server.next_request()
    assert isinstance(request, HttpRequest)
    return request


@pytest.mark.parametrize("data", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("pieces", ["whole", "bytes", "two at once"])
def test_requests(data: bytes, pieces: str) -> None:
    server = HttpServer()
    for _ in range(2):
        if pieces == "bytes":
            for at in range(len(data)):
                assert server.next_request() is None
                server.receive_data(data[at : at + 1])
        else:
            server.receive_data(data if pieces == "whole" else data * 2)
        for _ in range(2 if pieces == "two at once" else 1):
            request = next_request(server)
            assert (request.method, request.target, request.body) == ("POST", "/a?b", b"abc")
            assert (request.headers["host"], request.headers["x-own"]) == ("x", "1 \t2")
            assert not request.is_upgrade
        assert server.next_request() is None
        assert not server.is_over


def test_what_is_read_by_nobody_comes_after_a_handshake() -> None:
    server = HttpServer()
    server.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n\r\nrest")
    assert next_request(server).is_upgrade
    assert server.take_rest() == b"rest"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"garbage\r\n\r\n", Refusal(400)),
        (b"GET / HTTP/1.1\r\n\r\n", Refusal(400)),  # no host
        (PLAIN.replace(b"Content-Length: 3", b"Content-Length: x"), Refusal(400)),
        (b"GET /" + b"x" * 66_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", Refusal(414)),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (MAX_BODY_BYTES + 1),
            Refusal(413, too_long=True),
        ),
    ],
    ids=["garbage", "no host", "no length", "long target", "long body"],
)
def test_what_is_refused(data: bytes, refusal: Refusal) -> None:
    server = HttpServer()
    server.receive_data(data)
    assert server.next_request() == refusal
    assert b"connection: close" in server.whole(Answer(refusal.status), b"")
    assert server.is_over
    server.receive_data(PLAIN)
    assert server.next_request() is None


def test_a_client_that_waits_is_told_to_go_on() -> None:
    server = HttpServer()
    server.receive_data(PLAIN.replace(b"Host: x", b"Host: x\r\nExpect: 100-continue")[:-3])
    assert not server.wants_more
    assert server.next_request() is None
    assert server.wants_more
    assert server.go_on().startswith(b"HTTP/1.1 100 ")
    assert not server.wants_more
    server.receive_data(b"abc")
    assert next_request(server).body == b"abc"


@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        (b"GET / HTTP/1.1", b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        (b"HEAD / HTTP/1.1", b"transfer-encoding: chunked\r\n\r\n"),
        (b"GET / HTTP/1.0", b"connection: close\r\n\r\nabc"),
    ],
    ids=["in chunks", "head", "old client"],
)
def test_answers_in_pieces(request_line: bytes, answer: bytes) -> None:
    server = HttpServer()
    server.receive_data(request_line + b"\r\nHost: x\r\n\r\n")
    next_request(server)
    sent = server.start(Answer(200, {"x-own": "é"}), None)
    sent += server.send(b"ab") + server.send(b"") + server.send(b"c") + server.end()
    assert sent == "HTTP/1.1 200 \r\nx-own: é\r\n".encode() + answer
    assert server.is_over == request_line.endswith(b"1.0")
