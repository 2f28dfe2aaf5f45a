"""What the handlers of raw HTTP and raw WebSockets see: `Request`, `Response`, `WebSocket`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit

from rivet_client.testing.fake.http import HEADER_NAME, HEADER_VALUE

__all__ = ["RawSocket", "Request", "Response", "WebSocket", "as_response"]


class RawSocket(Protocol):
    """What carries a raw WebSocket."""

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        ...

    def send(self, message: str | bytes) -> None:
        """Send a message."""

    def close(self, code: int, reason: str = "") -> None:
        """Close."""


class Request:
    """How a caller came to the actor: a request over HTTP, or the handshake of a WebSocket.

    Attributes:
        method: HTTP method.
        url: The URL as the actor sees it.
        headers: By their names in lower case.
        body: The body.
    """

    __slots__ = ("body", "headers", "method", "url")

    def __init__(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.method: str = method
        self.url: str = url
        self.headers: Mapping[str, str] = headers
        self.body: bytes = body

    @property
    def path(self) -> str:
        """Percent-encoded path of the URL."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query of the URL, decoded; the last value of each name."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """Return the body, read as JSON.

        Raises:
            ValueError: It is none.
        """
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Response:
    """What an actor answers to a request.

    Args:
        body: Text, bytes, or an iterable of bytes, which are sent as they come.
        status: HTTP status.
        headers: By their names.

    Raises:
        ValueError: A header is none.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: str | bytes | AsyncIterable[bytes] = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status: int = status
        self.headers: dict[str, str] = {name.lower(): value for name, value in (headers or {}).items()}
        for name, value in self.headers.items():
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name!r}: {value!r} cannot be a header of a Response")
        if isinstance(body, str):
            self.headers.setdefault("content-type", "text/plain;charset=UTF-8")
            body = body.encode()
        self.body: bytes | AsyncIterable[bytes] = body

    @classmethod
    def json(cls, value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """Answer JSON.

        Args:
            value: What is written as JSON.
            status: HTTP status.
            headers: By their names, beside the content type.

        Raises:
            TypeError: JSON cannot carry the value.
            ValueError: A header is none.
        """
        return cls(
            json.dumps(value).encode(),
            status=status,
            headers={"content-type": "application/json", **(headers or {})},
        )

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def as_response(returned: object) -> Response:
    """Make a response of what a handler returned.

    Raises:
        TypeError: No response can be made of it.
    """
    if isinstance(returned, Response):
        return returned
    if isinstance(returned, (str, bytes)):
        return Response(returned)
    if isinstance(returned, (dict, list)):
        return Response.json(returned)
    raise TypeError(
        f"on_request must return a Response, str, bytes, dict or list, not {type(returned).__name__}"
    )


def _check_message(message: object) -> None:
    if not isinstance(message, (str, bytes)):
        raise TypeError(f"a message of a WebSocket must be str or bytes, not {type(message).__name__}")


class WebSocket:
    """The actor's end of a raw WebSocket.

        async def on_websocket(self, ctx, websocket):
            async for message in websocket:
                websocket.send(message)

    Attributes:
        request: The handshake.
        subprotocols: What the client offered beside the protocol's own.
        close_code: The code with which it was closed, from whichever side; None until then.
        close_reason: The reason with which it was closed; "" for none.
    """

    def __init__(self, request: Request, subprotocols: Sequence[str], socket: RawSocket) -> None:
        self.request = request
        self.subprotocols: tuple[str, ...] = tuple(subprotocols)
        self.close_code: int | None = None
        self.close_reason: str = ""
        self._socket = socket
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._socket.is_open

    def send(self, message: str | bytes) -> None:
        """Send a message. If the WebSocket is closed, nothing happens.

        Args:
            message: A str is sent as text, bytes as binary.

        Raises:
            TypeError: It is neither.
        """
        _check_message(message)
        self._socket.send(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close.

        Args:
            code: The close code.
            reason: What the client is told.
        """
        self._socket.close(code, reason)

    async def receive(self) -> str | bytes | None:
        """Return the next message, waiting for it; None if the client has closed."""
        message = await self._inbox.get()
        if message is None:
            self._inbox.put_nowait(None)  # for whoever asks again
        return message

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        while (message := await self.receive()) is not None:
            yield message

    def take(self, message: str | bytes) -> None:
        """Take a message that has come; only the engine calls this."""
        self._inbox.put_nowait(message)

    def end(self, code: int, reason: str) -> None:
        """Note the end, with code and reason; only the engine calls this."""
        self.close_code, self.close_reason = code, reason
        self._inbox.put_nowait(None)

    def __repr__(self) -> str:
        return f"<WebSocket {self.request.url}>"
