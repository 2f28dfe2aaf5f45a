"""A scripted peer in the place of an engine, for what an engine cannot be made to do.

    async def refuse(visit):
        await visit.respond(503)

    async with StubPeer(sockets=[refuse, serve]) as peer, flavour.client(peer.url) as client:
        ...  # the first handshake is refused, the next ones are served

A script is run for each visit: one HTTP request, or one WebSocket from its handshake on. The first script of its list
is for the first visit, and so on; the last one is for all that follow. Frames are made and read by hand, so that
they can be wrong, and so that this end shares no code with the other. Messages travel as "bare". Everything runs in
the test's event loop and ends with the `async with`; a script that raises fails the test.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from rivet_client._core.session import PROBE
from rivet_client._wire import cbor
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    HttpActionResponse,
    HttpQueueSendResponse,
    HttpResponseError,
    Init,
    SubscriptionRequest,
    ToClient,
    ToServer,
)
from tests.support.streams import end_quietly, half_close, reset

__all__ = [
    "ACTOR",
    "CERTIFICATE",
    "METADATA",
    "Gone",
    "Script",
    "StubPeer",
    "Visit",
    "answer",
    "frame",
    "html",
    "identified",
    "json_body",
    "locate",
    "problem",
    "response",
    "serve",
    "trusting",
]

ACTOR = "a" * 30
METADATA = {"runtime": "engine", "version": "2.3.19"}

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

_REASONS = {
    101: "Switching Protocols",
    200: "OK",
    302: "Found",
    401: "Unauthorized",
    429: "Too Many Requests",
}
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CERTIFICATE = Path(__file__).parent / "tls" / "localhost.pem"
"""Key and certificate of "localhost" and 127.0.0.1, signed by itself, of no use to anybody else."""


class Gone(Exception):
    """The client has left, in whatever way; ends a script quietly."""


# --- What a peer says, as bytes --------------------------------------------------------------------------------


def response(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole HTTP response; `headers` go over those it would have."""
    fields = {"content-length": str(len(body)), **(headers or {})}
    lines = [
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Whatever')}",
        *(f"{k}: {v}" for k, v in fields.items()),
    ]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def json_body(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> bytes:
    """A response as the engine's own: JSON."""
    return response(
        status, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})}
    )


def html(status: int) -> bytes:
    """A response as a proxy on the way gives it."""
    return response(status, b"<html><h1>No</h1></html>", {"content-type": "text/html"})


def problem(status: int, name: str, **headers: str) -> bytes:
    """An error of the gateway, named `group.code`."""
    group, _, code = name.partition(".")
    error = {"group": group, "code": code, "message": f"{name} happened"}
    return json_body(error, status, {"x-rivet-error": name, "x-rivet-ray-id": "ray1", **headers})


def frame(payload: bytes, opcode: int = BINARY, *, last: bool = True, masked: bool = False) -> bytes:
    """One WebSocket frame, masked or not."""
    size = len(payload)
    bit = 0x80 if masked else 0
    start = bytes([(0x80 if last else 0) | opcode])
    if size < 126:
        start += bytes([bit | size])
    elif size < 65536:
        start += bytes([bit | 126]) + size.to_bytes(2, "big")
    else:
        start += bytes([bit | 127]) + size.to_bytes(8, "big")
    return start + (b"\0\0\0\0" if masked else b"") + payload


# --- One request or WebSocket ----------------------------------------------------------------------------------


class Visit:
    """What a client came with, and the means to answer.

    Attributes:
        method, target, headers, body: The request. `target` is the path with the query.
        pings: Payloads of the pings that came, each answered unless `answers_pings` is False.
        calls: Names of the actions asked for over this WebSocket.
        held: Ids of the calls of `hold`, the action that never returns by itself.
        subscriptions: Event names subscribed to at present.
    """

    def __init__(
        self,
        peer: StubPeer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        request: tuple[str, str, dict[str, str], bytes],
    ) -> None:
        self.method, self.target, self.headers, self.body = request
        self.pings: list[bytes] = []
        self.calls: list[str] = []
        self.held: list[int] = []
        self.subscriptions: set[str] = set()
        self.answers_pings = True
        self.close_code: int | None = None
        self._peer = peer
        self._reader = reader
        self._writer = writer

    @property
    def is_socket(self) -> bool:
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    # --- Bytes -------------------------------------------------------------------------------------------------

    async def write(self, data: bytes) -> None:
        """Send bytes just as they are."""
        if self._writer.is_closing():
            raise Gone
        self._writer.write(data)
        await self._drained()

    async def trickle(self, data: bytes, pause: float = 0.0) -> None:
        """Send bytes one at a time."""
        for at in range(len(data)):
            await self.write(data[at : at + 1])
            await asyncio.sleep(pause)

    async def _drained(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            raise Gone from None

    def eof(self) -> None:
        """End the stream in good order."""
        self._writer.close()

    def half_close(self) -> None:
        """Say that nothing more comes, without leaving."""
        half_close(self._writer)

    def reset(self) -> None:
        """Reset the stream."""
        reset(self._writer)

    async def gone(self) -> None:
        """Say nothing, and wait until the client leaves."""
        with contextlib.suppress(OSError):
            while await self._reader.read(65536):
                pass

    # --- HTTP --------------------------------------------------------------------------------------------------

    async def respond(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """Answer with an ordinary response."""
        await self.write(response(status, body, headers))

    # --- WebSocket ---------------------------------------------------------------------------------------------

    def acceptance(self, *, subprotocol: str | None = "rivet", key: str | None = None) -> bytes:
        """The 101 response."""
        digest = hashlib.sha1((key or self.headers["sec-websocket-key"]).encode() + _MAGIC).digest()
        headers = {
            "upgrade": "websocket",
            "connection": "upgrade",
            "sec-websocket-accept": base64.b64encode(digest).decode(),
        }
        if subprotocol is not None:
            headers["sec-websocket-protocol"] = subprotocol
        return response(101, headers=headers).replace(b"content-length: 0\r\n", b"")

    async def accept(self, *, subprotocol: str | None = "rivet") -> None:
        """Accept the handshake."""
        await self.write(self.acceptance(subprotocol=subprotocol))

    async def open(self) -> None:
        """Accept the handshake and the connection."""
        await self.accept()
        await self.send(Init(actor_id=ACTOR, connection_id=f"c{len(self._peer.sockets)}"))

    async def send(self, *messages: ToClient) -> None:
        """Send messages, all at once."""
        await self.write(b"".join(frame(frames.encode_to_client(message)) for message in messages))

    async def emit(self, name: str, *args: object) -> None:
        """Send an event."""
        await self.send(Event(name=name, args=cbor.encode(list(args))))

    async def fail(self, name: str, action_id: int | None = None, **fields: Any) -> None:
        """Send an Error named `group.code`: about one call, or about the connection."""
        group, _, code = name.partition(".")
        await self.send(
            Error(group=group, code=code, message=f"{name} happened", action_id=action_id, **fields)
        )

    async def close(self, code: int, reason: str = "") -> None:
        """Close, and end the stream at once, as the engine does."""
        await self.write(frame(code.to_bytes(2, "big") + reason.encode(), CLOSE))
        self.eof()

    async def receive_frame(self) -> tuple[int, bytes]:
        """Return the opcode and payload of the next frame, which must be whole and masked.

        Raises:
            Gone: The client has left.
        """
        try:
            first, second = await self._reader.readexactly(2)
            size = second & 0x7F
            if size > 125:
                size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
            assert first & 0x80, "a fragment"
            assert second & 0x80, "a frame that is not masked"
            mask = await self._reader.readexactly(4)
            masked = await self._reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError):
            raise Gone from None
        key = (mask * (size // 4 + 1))[:size]
        plain = int.from_bytes(masked, "big") ^ int.from_bytes(key, "big")
        return first & 0x0F, plain.to_bytes(size, "big")

    async def receive(self) -> ToServer:
        """Return the next message, answering pings and a close.

        Raises:
            Gone: The client has closed or left.
        """
        while True:
            opcode, payload = await self.receive_frame()
            if opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2], "big")
                with contextlib.suppress(Gone):
                    await self.write(frame(payload, CLOSE))
                self.eof()
                raise Gone
            if opcode == PING:
                self.pings.append(payload)
                if self.answers_pings:
                    await self.write(frame(payload, PONG))
            elif opcode != PONG:
                return self._noted(frames.decode_to_server(payload))
            self._peer.notify()

    def _noted(self, message: ToServer) -> ToServer:
        if isinstance(message, ActionRequest):
            if message.name != PROBE:
                self.calls.append(message.name)
            if message.name == "hold":
                self.held.append(message.id)
        elif message.subscribe:
            self.subscriptions.add(message.event_name)
        else:
            self.subscriptions.discard(message.event_name)
        self._peer.notify()
        return message

    async def attend(self) -> None:
        """Serve messages until the client leaves: see `serve` for the actions there are."""
        while True:
            message = await self.receive()
            if isinstance(message, SubscriptionRequest):
                continue
            args = cbor.decode(message.args)
            if message.name == "echo":
                await self.send(ActionResponse(id=message.id, output=cbor.encode(args[0])))
            elif message.name == "increment":
                self._peer.count += 1
                if "newCount" in self.subscriptions:
                    await self.emit("newCount", self._peer.count)
                await self.send(ActionResponse(id=message.id, output=cbor.encode(self._peer.count)))
            elif message.name == "fail":
                await self.fail(args[0], message.id)
            elif message.name == PROBE:
                await self.fail("actor.action_not_found", message.id)
            else:
                assert message.name == "hold", f"a stub has no action {message.name!r}"


Script: TypeAlias = Callable[[Visit], Awaitable[None]]


# --- Scripts of a peer in good health --------------------------------------------------------------------------


async def locate(visit: Visit) -> None:
    """Answer the metadata look-up."""
    await visit.write(json_body(METADATA))


async def answer(visit: Visit) -> None:
    """Answer a request as an engine with one actor would; the action `echo` returns its first argument."""
    actor = {"x-rivet-actor": ACTOR, "content-type": "application/octet-stream"}
    _, gateway, route = visit.path.partition("/gateway/")
    route = route.partition("/")[2]
    if not gateway:
        row = {"actor_id": ACTOR, "name": "stub", "key": "k", "destroy_ts": None}
        await visit.write(
            json_body({"actors": [row], "pagination": {"cursor": None}, "actor": row, "created": False})
        )
    elif route == "action/echo":
        args = cbor.decode(frames.decode_http_action_request(visit.body).args)
        output = HttpActionResponse(output=cbor.encode(args[0]))
        await visit.respond(200, frames.encode_http_action_response(output), actor)
    elif route.startswith("action/"):
        group, _, code = unquote(route.partition("/")[2]).partition(".")
        error = HttpResponseError(group=group, code=code, message=f"{group}.{code} happened")
        await visit.respond(500, frames.encode_http_response_error(error), actor)
    elif route.startswith("queue/"):
        await visit.respond(
            200, frames.encode_http_queue_send_response(HttpQueueSendResponse(status="completed"))
        )
    else:
        await visit.respond(200, visit.body or b"stub", {"x-rivet-actor": ACTOR})


async def serve(visit: Visit) -> None:
    """Accept a connection and serve it.

    Actions: `echo` returns its argument, `increment` counts and emits `newCount` as the actor of tests/server does,
    `fail` fails with the given `group.code`, `hold` is never answered.
    """
    await visit.open()
    await visit.attend()


# --- The peer --------------------------------------------------------------------------------------------------


class StubPeer:
    """A peer on a port of its own.

    Args:
        sockets: Scripts for WebSockets.
        requests: Scripts for HTTP requests other than the metadata look-up.
        metadata: Scripts for that.
        tls: Speak TLS, with the certificate that `trusting()` trusts.

    Attributes:
        sockets, requests, metadata: The visits so far.
        connections: TCP connections so far.
        count: What the action `increment` counts.
    """

    def __init__(
        self,
        *,
        sockets: Sequence[Script] = (serve,),
        requests: Sequence[Script] = (answer,),
        metadata: Sequence[Script] = (locate,),
        tls: bool = False,
    ) -> None:
        self._scripts = {"sockets": sockets, "requests": requests, "metadata": metadata}
        self._tls = identified() if tls else None
        self.sockets: list[Visit] = []
        self.requests: list[Visit] = []
        self.metadata: list[Visit] = []
        self.connections = 0
        self.count = 0
        self._failures: list[BaseException] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> StubPeer:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", limit=1 << 20, ssl=self._tls)
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._failures and kind is None:
            raise self._failures[0]

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def open_streams(self) -> int:
        """How many TCP connections there are now."""
        return len(self._tasks)

    def notify(self) -> None:
        """Make `until` check its condition again."""
        self._changed.set()

    async def until(self, is_so: Callable[[], object], timeout: float = 30.0) -> None:
        """Wait for something that this peer can see."""
        async with asyncio.timeout(timeout):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        end_quietly(writer)
        self.connections += 1
        try:
            while (request := await _request(reader)) is not None and not writer.is_closing():
                visit = Visit(self, reader, writer, request)
                await self._script(visit)(visit)
                if visit.is_socket:
                    break
        except (Gone, OSError, asyncio.CancelledError):
            pass
        except Exception as error:
            self._failures.append(error)
        finally:
            self._tasks.discard(task)
            writer.close()
            self.notify()

    def _script(self, visit: Visit) -> Script:
        kind = (
            "sockets" if visit.is_socket else "metadata" if visit.path.endswith("/metadata") else "requests"
        )
        visits: list[Visit] = getattr(self, kind)
        scripts = self._scripts[kind]
        visits.append(visit)
        self.notify()
        return scripts[min(len(visits), len(scripts)) - 1]


def trusting() -> ssl.SSLContext:
    """TLS settings of a client that trusts the stub, and nobody else."""
    return ssl.create_default_context(cafile=CERTIFICATE)


def identified() -> ssl.SSLContext:
    """TLS settings of the stub."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str], bytes] | None:
    """Read one HTTP request; None at the end of the stream."""
    try:
        start, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, target, _ = start.split(" ")
        body = b""
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    return method, target, headers, body
