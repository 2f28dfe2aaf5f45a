"""A TCP proxy that misbehaves on demand, between a client and a real engine.

    async with Proxy(engine.url) as proxy, make_client(proxy.url) as client:
        proxy.down = nothing          # from now on, no byte of an answer passes
        proxy.down = everything       # … and now those that were held back do
        proxy.reset()

What may pass is decided by a gate for each direction: a function of all bytes seen on a stream so far, which returns
how many of them may have passed. Gates can be replaced at any time. Everything runs in the test's event loop and ends
with the `async with`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import urlsplit

from tests.support.streams import end_quietly, half_close, reset

__all__ = ["Gate", "Proxy", "everything", "first", "head", "nothing", "swallowing"]

Gate: TypeAlias = Callable[[bytearray], int]


def everything(seen: bytearray) -> int:
    return len(seen)


def nothing(_seen: bytearray) -> int:
    return 0


def head(seen: bytearray) -> int:
    """The head of the first HTTP message, and nothing after it."""
    return seen.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in seen else 0


def first(count: int, *, after_head: bool = False) -> Gate:
    """Only the first bytes, counted from the start or from the end of the head, to cut in the middle of a frame."""
    return lambda seen: min(len(seen), count + (head(seen) if after_head else 0))


@contextlib.contextmanager
def swallowing() -> Iterator[str]:
    """The URL of a port that neither accepts nor refuses connections, because its queue is full (Linux)."""
    with contextlib.ExitStack() as sockets:
        listening = sockets.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield "http://127.0.0.1:{1}".format(*listening.getsockname())


class Proxy:
    """Passes TCP streams on to the engine, as long as it is told to.

    Attributes:
        streams: One for each connection a client made, in their order.
        delay: Pause before each piece is passed on, in seconds.
        piece: Most bytes passed on at once; 1 makes a trickle. None for as they come.
    """

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._scheme = parts.scheme
        self.streams: list[_Stream] = []
        self.delay = 0.0
        self.piece: int | None = None
        self._down: Gate = everything
        self._up: Gate = everything
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        # Holds the port while nobody listens on it, so that connections to it are refused and nobody else gets it.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._port.bind(("127.0.0.1", 0))

    async def __aenter__(self) -> Proxy:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self._port.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        return f"{self._scheme}://127.0.0.1:{self._port.getsockname()[1]}"

    @property
    def connections(self) -> int:
        """How many connections were ever accepted."""
        return len(self.streams)

    # --- What is wrong with the network ------------------------------------------------------------------------

    async def refuse(self) -> None:
        """Refuse new connections; those that exist stay."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def listen(self) -> None:
        """Accept connections (again)."""
        assert self._server is None
        self._server = await asyncio.start_server(
            self._serve, *self._port.getsockname(), reuse_port=True, limit=1 << 20
        )

    @property
    def down(self) -> Gate:
        """What passes from the engine to the client, on every stream."""
        return self._down

    @down.setter
    def down(self, gate: Gate) -> None:
        self._down = gate
        self._notify()

    @property
    def up(self) -> Gate:
        """What passes from the client to the engine."""
        return self._up

    @up.setter
    def up(self, gate: Gate) -> None:
        self._up = gate
        self._notify()

    def heal(self) -> None:
        """Pass everything on again."""
        self.delay, self.piece = 0.0, None
        self.up = self.down = everything

    def cut(self) -> None:
        """End every stream in good order, in both directions."""
        for stream in self.streams:
            stream.close()

    def half_close(self) -> None:
        """End every stream towards the client, and go on reading what it sends."""
        for stream in self.streams:
            stream.half_close()

    def reset(self) -> None:
        """Reset every stream."""
        for stream in self.streams:
            stream.reset()

    def freeze(self) -> None:
        """Pass nothing more on the present streams, whatever the gates say later. New streams are not affected."""
        for stream in self.streams:
            for pipe in stream.pipes:
                pipe.is_frozen = True

    def cut_frame(self) -> None:
        """Pass one byte more of what is held back on each stream, then end it."""
        for stream in self.streams:
            for pipe in stream.pipes[:1]:
                pipe.pass_on(pipe.passed + 1)
            stream.close()

    @property
    def is_holding(self) -> bool:
        """Whether a gate keeps bytes of a living stream from passing."""
        return any(stream.is_held for stream in self.streams)

    async def held_back(self, timeout: float = 30.0) -> None:
        """Wait until a gate keeps bytes of a living stream from passing."""
        await self.until(lambda: self.is_holding, timeout)

    async def until(self, is_so: Callable[[], bool], timeout: float = 30.0) -> None:
        """Wait for something that this proxy can see."""
        async with asyncio.timeout(timeout):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    # --- Streams -----------------------------------------------------------------------------------------------

    def _notify(self) -> None:
        self._changed.set()
        for stream in self.streams:
            for pipe in stream.pipes:
                pipe.changed.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        end_quietly(writer)
        stream = _Stream(writer)
        self.streams.append(stream)
        self._notify()
        try:
            from_engine, upstream = await asyncio.open_connection(*self._upstream)
            end_quietly(upstream)
            stream.writers.append(upstream)
            stream.pipes = [
                _Pipe(from_engine, writer, lambda seen: self._down(seen)),
                _Pipe(reader, upstream, lambda seen: self._up(seen)),
            ]
            # Each end may say goodbye by itself; a failure of one ends the other.
            async with asyncio.TaskGroup() as both:
                for pipe in stream.pipes:
                    both.create_task(pipe.pump(self))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            stream.close()
            for one in stream.writers:
                one.transport.abort()
            stream.is_over = True
            self._notify()


class _Stream:
    """One connection of a client."""

    def __init__(self, to_client: asyncio.StreamWriter) -> None:
        self.writers = [to_client]
        self.pipes: list[_Pipe] = []
        self.is_over = False

    @property
    def is_held(self) -> bool:
        return not self.is_over and any(pipe.is_held for pipe in self.pipes)

    @property
    def sent(self) -> bytes:
        """What the client sent."""
        return bytes(self.pipes[1].seen) if self.pipes else b""

    def close(self) -> None:
        for writer in self.writers:
            writer.close()

    def half_close(self) -> None:
        if self.pipes:
            self.pipes[0].stop()
        half_close(self.writers[0])

    def reset(self) -> None:
        for writer in self.writers:
            reset(writer)


class _Pipe:
    """One direction of a stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: Gate) -> None:
        self.seen = bytearray()
        self.passed = 0
        self.is_over = False
        self.is_frozen = False
        self.changed = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._gate = gate

    @property
    def is_held(self) -> bool:
        return len(self.seen) > max(self.passed, self._gate(self.seen))

    def pass_on(self, until: int) -> None:
        """Write what has been seen up to there."""
        data, self.passed = self.seen[self.passed : until], until
        if not self.is_over and not self._writer.is_closing():
            self._writer.write(bytes(data))

    def stop(self) -> None:
        self.is_over = True
        self.changed.set()

    async def pump(self, proxy: Proxy) -> None:
        reading = asyncio.ensure_future(self._read(proxy))
        try:
            while not self.is_over:
                allowed = self._gate(self.seen)
                if self.passed < allowed and not self.is_frozen:
                    await asyncio.sleep(proxy.delay)
                    self.pass_on(allowed if proxy.piece is None else min(allowed, self.passed + proxy.piece))
                    await self._writer.drain()
                elif reading.done() and self.passed == len(self.seen):
                    reading.result()
                    half_close(self._writer)
                    return
                else:
                    self.changed.clear()
                    await self.changed.wait()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, proxy: Proxy) -> None:
        try:
            while data := await self._reader.read(65536):
                self.seen += data
                self.changed.set()
                proxy._changed.set()
        finally:
            self.changed.set()
