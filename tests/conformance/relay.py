"""A TCP relay before the engine: shows what a client sends, and cuts its streams."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any
from urllib.parse import urlsplit


class Relay:
    """Passes streams on to the engine.

    Attributes:
        sent: What the clients sent, one entry for each stream, in the order of the streams.
        log: The same as it came.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._streams: set[asyncio.Task[None]] = set()
        self.sent: list[bytearray] = []
        self.log = bytearray()

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._streams, return_exceptions=True)

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    @property
    def text(self) -> str:
        """Everything that the clients sent, in the order in which it came."""
        return self.log.decode("latin-1")

    @property
    def heads(self) -> list[str]:
        """The head of the first request on each stream."""
        return [bytes(sent).partition(b"\r\n\r\n")[0].decode("latin-1") for sent in self.sent]

    def cut(self) -> None:
        """Reset every stream there is."""
        for stream in self._streams:
            stream.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._streams.add(task)
        sent = bytearray()
        self.sent.append(sent)
        upstream = None
        try:
            from_engine, upstream = await asyncio.open_connection(
                self._upstream.hostname, self._upstream.port
            )
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, upstream, sent, self.log))
                both.create_task(_pump(from_engine, writer))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            self._streams.discard(task)
            for stream in (writer, upstream):
                if stream is not None:
                    stream.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *copies: bytearray) -> None:
    while data := await reader.read(65536):
        for copy in copies:
            copy += data
        writer.write(data)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
