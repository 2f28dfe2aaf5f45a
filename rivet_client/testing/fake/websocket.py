"""The server's end of one WebSocket, without I/O."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TypeAlias

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from rivet_client.testing.fake.http import HttpRequest

__all__ = ["Closed", "Incoming", "NoHandshake", "ServerWebSocket"]

_MAX_REASON_BYTES = 123


@dataclass(frozen=True, slots=True)
class Closed:
    """The client has closed the WebSocket, or broken its rules. Nothing follows.

    Attributes:
        code: The client's close code; 1005 if it gave none.
        reason: The client's reason.
    """

    code: int
    reason: str = ""


class NoHandshake(Exception):
    """A request is no handshake of a WebSocket."""


Incoming: TypeAlias = str | bytes | Closed


class ServerWebSocket:
    """One WebSocket, from its handshake on.

    What `accept`, `send` and `close` return is to be written. After `receive_data`, write what `data_to_send` returns.

    Args:
        request: The handshake.
        max_message_bytes: Longest message to take; with a longer one, `receive_data` gives `too_long`.

    Attributes:
        subprotocols: What the client offers.
        is_open: Whether messages can be sent.
        too_long: Whether the client has sent too long a message. Nothing more is read then.

    Raises:
        NoHandshake: The request is none.
    """

    def __init__(self, request: HttpRequest, *, max_message_bytes: int) -> None:
        self._wsproto = WSConnection(ConnectionType.SERVER)
        fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.fields]
        try:
            self._wsproto.initiate_upgrade_connection(fields, request.target)
        except RemoteProtocolError as error:
            raise NoHandshake(str(error)) from None
        (handshake,) = self._wsproto.events()
        assert isinstance(handshake, Request), "a handshake is all that has come"
        self.subprotocols: list[str] = handshake.subprotocols
        self.max_message_bytes = max_message_bytes
        self.is_open: bool = False
        self.too_long: bool = False
        self._out: list[bytes] = []
        self._pieces: list[bytes] | list[str] = []
        self._size = 0

    def accept(self, headers: dict[str, str]) -> bytes:
        """Accept the handshake, with the subprotocol "rivet", even if that was not offered."""
        fields = [(b"sec-websocket-protocol", b"rivet")]
        fields += [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers.items()]
        self.is_open = True
        return self._wsproto.send(AcceptConnection(extra_headers=fields))

    def data_to_send(self) -> list[bytes]:
        """Return, once, the answers to what was received: pongs, and the echo of a close."""
        out, self._out = self._out, []
        return out

    def receive_data(self, data: bytes) -> list[Incoming]:
        """Take what the client has sent, and return the whole messages in it."""
        found: list[Incoming] = []
        if not self.is_open:
            return found
        try:
            self._wsproto.receive_data(data)
            for event in list(self._wsproto.events()):
                if self.is_open:
                    self._handle(event, found)
        except RemoteProtocolError:
            found.append(Closed(1002))
            self.is_open = False
        return found

    def _handle(self, event: object, found: list[Incoming]) -> None:
        if isinstance(event, (BytesMessage, TextMessage)):
            self._size += len(event.data)
            if self._size > self.max_message_bytes:
                self.too_long = True
                self.is_open = False
                return
            self._pieces.append(event.data)  # type: ignore[arg-type]
            if event.message_finished:
                first = self._pieces[0]
                found.append(first[:0].join(self._pieces))  # type: ignore[arg-type]
                self._pieces, self._size = [], 0
        elif isinstance(event, Ping):
            self._out.append(self._wsproto.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.is_open = False
            with contextlib.suppress(
                LocalProtocolError
            ):  # after a failure of its own, wsproto has closed by itself
                self._out.append(self._wsproto.send(event.response()))
            found.append(Closed(int(event.code), event.reason or ""))

    def send(self, message: str | bytes) -> bytes:
        """Send a message: str as text, bytes as binary."""
        if isinstance(message, str):
            return self._wsproto.send(TextMessage(data=message))
        return self._wsproto.send(BytesMessage(data=message))

    def close(self, code: int, reason: str = "") -> bytes:
        """Close."""
        self.is_open = False
        short = reason.encode()[:_MAX_REASON_BYTES].decode("utf-8", "ignore")
        return self._wsproto.send(CloseConnection(code=code, reason=short))
