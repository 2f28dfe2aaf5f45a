"""Proxies between a client and an engine or stub: of HTTP, and of SOCKS.

    async with HttpProxy(credentials="user:password") as proxy:
        async with flavour.client("http://engine.invalid:6420", proxy=proxy.url_for("user:password")) as client:
            ...
        assert proxy.targets == ["http://engine.invalid:6420/metadata"]

Whatever host a client asks for, it gets this machine: so a host that does not exist shows that nothing goes past the
proxy. Everything runs in the test's event loop and ends with the `async with`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.support.streams import end_quietly
from tests.support.stub_peer import identified

__all__ = ["Asked", "HttpProxy", "SocksProxy", "hang", "say"]


@dataclass(frozen=True)
class Asked:
    """What an HTTP proxy was asked for.

    Attributes:
        method, target, headers: The head of the request; names in lower case.
    """

    method: str
    target: str
    headers: dict[str, str]


Fault = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Say nothing until the client leaves."""
    while await reader.read(65536):
        pass


def say(data: bytes) -> Fault:
    """Say this, and end the stream."""

    async def fault(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return fault


class _Server:
    """A server whose streams end with it.

    Attributes:
        fault: What it does instead of its work, once it knows what it is asked for; None for nothing.
        connections: How many connections it has accepted.
    """

    scheme = ""

    def __init__(self, *, credentials: str | None = None, tls: bool = False) -> None:
        self.fault: Fault | None = None
        self.connections = 0
        self._credentials = credentials
        self._tls = identified() if tls else None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self):  # type: ignore[no-untyped-def]
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def open_streams(self) -> int:
        """How many connections there are now."""
        return len(self._tasks)

    def url_for(self, credentials: str = "", scheme: str = "") -> str:
        """Its URL, with these credentials."""
        return f"{scheme or self.scheme}://{credentials}{'@' if credentials else ''}127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """Its URL, without credentials."""
        return self.url_for()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        end_quietly(writer)
        self.connections += 1
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, greeting: bytes
) -> None:
    """Connect to this machine, say so, and pass everything on until either end has ended."""
    there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
    end_quietly(there_writer)
    try:
        writer.write(greeting)
        both = [_pump(reader, there_writer), _pump(there_reader, writer)]
        pumps = [asyncio.ensure_future(one) for one in both]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
    finally:
        there_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


class HttpProxy(_Server):
    """A proxy for `CONNECT` and for requests in absolute form.

    Args:
        credentials: "user:password" that it wants; None for nobody's.
        tls: Speak TLS, with the certificate that `stub_peer.trusting()` trusts.

    Attributes:
        asked: The requests so far.
    """

    def __init__(self, *, credentials: str | None = None, tls: bool = False) -> None:
        super().__init__(credentials=credentials, tls=tls)
        self.scheme = "https" if tls else "http"
        self.asked: list[Asked] = []

    @property
    def targets(self) -> list[str]:
        """What the requests so far were for."""
        return [f"{one.method} {one.target.partition('?')[0]}" for one in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            start = await reader.readexactly(1)
            if not start.isalpha():
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return None
            lines = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = lines[0].split(" ")
            fields = [line.split(": ", 1) for line in lines[1:] if line]
            headers = {name.lower(): value for name, value in fields}
            self.asked.append(Asked(method, target, headers))
            if self.fault is not None:
                return await self.fault(reader, writer)
            authorization = headers.pop("proxy-authorization", None)
            if self._credentials is not None and authorization != _basic(self._credentials):
                await _copy_body(reader, None, headers)
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                    b'proxy-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n'
                )
            elif method == "CONNECT":
                port = int(target.rpartition(":")[2])
                return await _pass_on(reader, writer, port, b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                await self._forward(reader, writer, method, target, headers)

    async def _forward(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        method: str,
        target: str,
        headers: dict[str, str],
    ) -> None:
        parts = urlsplit(target)
        assert parts.scheme == "http", target
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", parts.port or 80)
        end_quietly(there_writer)
        try:
            path = target.removeprefix(f"http://{parts.netloc}")
            _write_head(there_writer, f"{method} {path} HTTP/1.1", headers)
            await _copy_body(reader, there_writer, headers)
            head = (await there_reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            answered = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:] if line)}
            _write_head(writer, head[0], answered)
            await _copy_body(there_reader, writer, answered)
        finally:
            there_writer.close()


def _basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def _write_head(writer: asyncio.StreamWriter, first: str, headers: dict[str, str]) -> None:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    writer.write("\r\n".join(lines).encode("latin-1"))


async def _copy_body(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None, headers: dict[str, str]
) -> None:
    """Read a body, as it is framed, and write it as it came."""
    if "chunked" in headers.get("transfer-encoding", ""):
        while True:
            line = await reader.readuntil(b"\r\n")
            chunk = line + await reader.readexactly(int(line, 16) + 2)
            if writer is not None:
                writer.write(chunk)
            if int(line, 16) == 0:
                return
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    if writer is not None:
        writer.write(body)
        await writer.drain()


class SocksProxy(_Server):
    """A proxy for SOCKS 4, 4a and 5.

    Args:
        credentials: "user:password" that it wants, of SOCKS 4 only the user; None for nobody's.

    Attributes:
        targets: The `host:port` asked for so far.
        refusal: Code of the reply to whoever asks; 0 for none.
    """

    scheme = "socks5h"

    def __init__(self, *, credentials: str | None = None) -> None:
        super().__init__(credentials=credentials)
        self.targets: list[str] = []
        self.refusal = 0

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (version,) = await reader.readexactly(1)
        if self.fault is not None:
            await self.fault(reader, writer)
        elif version == 4:
            await self._serve_4(reader, writer)
        else:
            await self._serve_5(reader, writer)

    async def _serve_4(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(7)
        user = (await reader.readuntil(b"\0"))[:-1].decode()
        port, address = int.from_bytes(head[1:3], "big"), head[3:]
        host = str(ipaddress.ip_address(address))
        if address[:3] == b"\0\0\0":
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        self.targets.append(f"{host}:{port}")
        refused = self.refusal or (0x5D if self._credentials not in (None, f"{user}:") else 0)
        reply = bytes([0, refused or 0x5A]) + head[1:]
        if refused:
            writer.write(reply)
        else:
            await _pass_on(reader, writer, port, reply)

    async def _serve_5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 0 if self._credentials is None else 2
        if wanted not in methods:
            writer.write(b"\5\xff")
            return
        writer.write(bytes([5, wanted]))
        if wanted:
            assert await reader.readexactly(1) == b"\1"
            user = await reader.readexactly((await reader.readexactly(1))[0])
            password = await reader.readexactly((await reader.readexactly(1))[0])
            is_right = f"{user.decode()}:{password.decode()}" == self._credentials
            writer.write(b"\1\0" if is_right else b"\1\1")
            if not is_right:
                return
        assert await reader.readexactly(3) == b"\5\1\0"
        match await reader.readexactly(1):
            case b"\1":
                host = str(ipaddress.ip_address(await reader.readexactly(4)))
            case b"\4":
                host = str(ipaddress.ip_address(await reader.readexactly(16)))
            case _:
                host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.targets.append(f"{host}:{port}")
        reply = bytes([5, self.refusal, 0, 1]) + bytes(6)
        if self.refusal:
            writer.write(reply)
        else:
            await _pass_on(reader, writer, port, reply)
