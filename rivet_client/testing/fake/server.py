"""Streams: the sockets of an engine, and what is written to them. All of it runs in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from rivet_client.testing.fake.failures import AnswerLost, log
from rivet_client.testing.fake.http import Answer, HttpRequest, HttpServer, Refusal

if TYPE_CHECKING:
    import socket as sockets

    from rivet_client.testing.fake.actors import Actor
    from rivet_client.testing.fake.websocket import ServerWebSocket

__all__ = ["MAX_RAW_MESSAGE_BYTES", "Listener", "Server", "Service", "Socket", "Stream"]

_HALF_A_FRAME = b"\x82\x7e\x01\x00rivet"
"""A message of 256 bytes, which ends after five."""

_BUFFER_BYTES = 64 * 1024
MAX_RAW_MESSAGE_BYTES = 20 * 1024 * 1024


class Service(Protocol):
    """Who answers what comes over the streams."""

    async def answer(self, request: HttpRequest) -> Answer:
        """Answer a request, or raise `AnswerLost`."""
        ...

    def refuse(self, refusal: Refusal) -> Answer:
        """Answer a request that is not read to its end."""
        ...

    async def open(self, request: HttpRequest, socket: Socket) -> None:
        """Serve a WebSocket."""
        ...


class Listener(Protocol):
    """Who listens to a WebSocket."""

    def received(self, data: str | bytes) -> None:
        """Take a message."""

    def too_long(self) -> None:
        """Close the WebSocket, because a message is too long."""

    def closed(self, code: int, reason: str) -> None:
        """Note that the WebSocket has ended, from whichever side. Nothing follows."""


class Server:
    """The open streams.

    Attributes:
        streams: Those that are open now.
        buffer: Where what clients send is put.
        is_silent: Whether nothing is read, and nothing is written.
        answer_instead: Returns what something before the engine answers to a request; None for nothing.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.is_silent: bool = False
        self.answer_instead: Callable[[HttpRequest], Answer | None] = lambda _: None
        self.streams: set[Stream] = set()
        self.buffer: bytearray = bytearray(
            _BUFFER_BYTES
        )  # asyncio's own way maps 256 KiB of memory each time
        self._listening: asyncio.Server | None = None

    async def listen(self, listening: sockets.socket) -> None:
        """Take streams from a socket that listens."""
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(lambda: Stream(self), sock=listening)

    def stop_listening(self) -> None:
        """Take no more streams."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def abort_streams(self) -> None:
        """End all streams at once, without a word."""
        for stream in list(self.streams):
            stream.abort()

    def leave(self) -> list[object]:
        """Forget all streams without a touch, and return what must be kept so that nothing closes them.

        A process that was forked shares the selector of the loop: to close a stream would take it from there.
        """
        left: list[object] = [self._listening, *self.streams]
        self._listening, self.streams, self.is_silent = None, set(), False
        return left

    def set_silent(self, is_silent: bool) -> None:
        """Be silent from now on, or no more. What has come meanwhile is read then, and what is due is written."""
        self.is_silent = is_silent
        for stream in list(self.streams):
            stream.pause() if is_silent else stream.resume()


class Stream(asyncio.BufferedProtocol):
    """One stream: requests over HTTP one after the other, or one WebSocket."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._http = HttpServer()
        self._socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None  # answers the request that has come
        self._room = asyncio.Event()  # whether the peer takes what is written
        self._room.set()
        self._held = b""  # what is due, while the engine is silent

    # --- What asyncio tells --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that the client has connected."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.streams.add(self)
        if self._server.is_silent:
            self.pause()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Say where to put what the client sends. All streams have one place, because each takes it at once."""
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what the client has sent."""
        data = bytes(memoryview(self._server.buffer)[:nbytes])
        if self._socket is not None:
            self._socket.receive_data(data)
            return
        self._http.receive_data(data)
        if self._http.wants_more:
            self.write(self._http.go_on())
        if self._task is None:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the stream has ended."""
        self._server.streams.discard(self)
        self._room.set()
        if self._socket is not None:
            self._socket.lost()

    def pause_writing(self) -> None:
        """Note that the client takes no more for now."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Note that it takes more again."""
        self._room.set()

    # --- What is written -----------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Write bytes: all that the engine ever says to a client goes through here."""
        if self._server.is_silent:
            self._held += data
        elif data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """End the stream, when all is written."""
        self._transport.close()

    def abort(self) -> None:
        """End the stream at once."""
        self._transport.abort()

    @property
    def actor(self) -> Actor | None:
        """The actor that the WebSocket of this stream goes to; None if it has none."""
        return None if self._socket is None else self._socket.actor

    @property
    def is_at_work(self) -> bool:
        """Whether a request is being answered, or a WebSocket is open."""
        return self._task is not None

    def drop(self, *, mid_frame: bool = False) -> None:
        """End the stream without a word, or within a frame."""
        if mid_frame:
            self.write(_HALF_A_FRAME)
            self.close()
        else:
            self.abort()

    def close_socket(self, code: int, reason: str) -> None:
        """Close its WebSocket."""
        if self._socket is not None:
            self._socket.close(code, reason)

    def give_up(self) -> None:
        """End the stream, and what is being answered."""
        if self._task is not None:
            self._task.cancel()
        self.abort()

    def pause(self) -> None:
        """Read nothing for now."""
        self._transport.pause_reading()

    def resume(self) -> None:
        """Read again, and write what is due."""
        held, self._held = self._held, b""
        self.write(held)
        self._transport.resume_reading()

    # --- Requests ------------------------------------------------------------------------------------------------

    def _next(self) -> None:
        """Begin with the next request, if it has come."""
        request = self._http.next_request()
        if isinstance(request, HttpRequest):
            instead = self._server.answer_instead(request)
            if instead is not None:
                self._write_whole(instead, cast("bytes", instead.body))
                return
            work = self._upgrade(request) if request.is_upgrade else self._answer(request)
            self._task = asyncio.get_running_loop().create_task(work)
        elif request is not None:
            answer = self._server.service.refuse(request)
            self._write_whole(answer, cast("bytes", answer.body))

    async def _answer(self, request: HttpRequest) -> None:
        try:
            answer = await self._server.service.answer(request)
        except AnswerLost as lost:
            if not lost.is_silent:
                self.abort()
            return
        if isinstance(answer.body, bytes):
            self._write_whole(answer, answer.body)
        else:
            await self._write_pieces(answer)
        self._task = None
        if not self._transport.is_closing():
            self._next()

    def _write_whole(self, answer: Answer, body: bytes) -> None:
        self.write(self._http.whole(answer, body))
        if self._http.is_over:
            self.close()

    async def _write_pieces(self, answer: Answer) -> None:
        self.write(self._http.start(answer, None))
        try:
            async for piece in cast("Any", answer.body):
                self.write(self._http.send(piece))
                await self._room.wait()
        except Exception:
            log.exception("the body of a raw answer failed")
            self.abort()  # so that the client sees that it is not whole
            return
        self.write(self._http.end())
        if self._http.is_over:
            self.close()

    # --- WebSockets ----------------------------------------------------------------------------------------------

    async def _upgrade(self, request: HttpRequest) -> None:
        from rivet_client.testing.fake.websocket import NoHandshake, ServerWebSocket  # which loads wsproto

        try:
            websocket = ServerWebSocket(request, max_message_bytes=MAX_RAW_MESSAGE_BYTES)
        except NoHandshake:
            self._write_whole(Answer(400), b"")
            self.close()
            return
        self._socket = Socket(self, websocket)
        self._socket.receive_data(self._http.take_rest())
        try:
            await self._server.service.open(request, self._socket)
        except Exception:
            log.exception("the fake engine failed to open a WebSocket to %s", request.target)
            self.abort()


class Socket:
    """One WebSocket, over its stream.

    What comes before somebody listens waits for the listener.

    Attributes:
        actor: Whom it goes to, once somebody listens.
    """

    def __init__(self, stream: Stream, websocket: ServerWebSocket) -> None:
        self.actor: Actor | None = None
        self._stream = stream
        self._websocket = websocket
        self._listener: Listener | None = None
        self._is_over = False
        self._unread: list[bytes] = []  # what came before the handshake was accepted

    @property
    def subprotocols(self) -> Sequence[str]:
        """What the client offers."""
        return self._websocket.subprotocols

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._websocket.is_open and not self._is_over

    def accept(self, headers: dict[str, str], *, max_message_bytes: int = MAX_RAW_MESSAGE_BYTES) -> None:
        """Accept the handshake."""
        self._websocket.max_message_bytes = max_message_bytes
        self._stream.write(self._websocket.accept(headers))

    def listen(self, listener: Listener, actor: Actor) -> None:
        """Say who listens, and for which actor."""
        self.actor = actor
        self._listener = listener
        unread, self._unread = self._unread, []
        for data in unread:
            self.receive_data(data)
        if self._is_over:
            listener.closed(1006, "")

    def send(self, message: str | bytes) -> None:
        """Send a message. If the WebSocket is closed, nothing happens."""
        if self.is_open:
            self._stream.write(self._websocket.send(message))

    def close(self, code: int, reason: str = "") -> None:
        """Close, and end the stream at once, as an engine does."""
        if self.is_open:
            self._stream.write(self._websocket.close(code, reason))
            self._end(code, reason)

    def abort(self) -> None:
        """End the stream without a word."""
        self._stream.abort()

    # --- From the stream -----------------------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> None:
        """Take what the client has sent."""
        if self._listener is None:
            self._unread.append(data)
            return
        for incoming in self._websocket.receive_data(data):
            if not isinstance(incoming, (str, bytes)):
                self._write_replies()
                self._end(incoming.code, incoming.reason)
            elif not self._is_over:
                self._listener.received(incoming)
        self._write_replies()
        if self._websocket.too_long and not self._is_over:
            self._websocket.is_open = True  # for the close that tells why
            self._listener.too_long()

    def lost(self) -> None:
        """Note that the stream has ended."""
        self._end(1006, "")

    def _write_replies(self) -> None:
        for data in self._websocket.data_to_send():
            self._stream.write(data)

    def _end(self, code: int, reason: str) -> None:
        if not self._is_over:
            self._is_over = True
            self._stream.close()
            if self._listener is not None:
                self._listener.closed(code, reason)
