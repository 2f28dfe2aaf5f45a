"""A raw WebSocket to an actor's own handler, without I/O (PROTOCOL.md 10): messages pass through as they are.

A raw WebSocket is never reconnected, because only its two ends know what they have said to each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from rivet_client._core.effects import HttpResponse
from rivet_client._core.encoding import JSON
from rivet_client._core.endings import closed_error
from rivet_client._core.failures import NO_CLASSES, defect, error_from_response
from rivet_client._core.gateway import DialPlan
from rivet_client._core.limits import Limits
from rivet_client._core.websocket import Accepted, Closed, Rejected, WebSocket
from rivet_client._core.wording import Asked
from rivet_client.errors import (
    ActionTimeoutError,
    ConfigError,
    ConnectionClosedError,
    ErrorClasses,
    RivetError,
)

__all__ = ["RawSession"]

_NORMAL = (1000, 1001)
_MAX_MESSAGES = 64


class RawSession:
    """One raw WebSocket.

    A driver feeds inputs. After each input, the driver writes `data_to_send()` and wakes the callers that wait. A
    caller stops waiting when it has what it waits for, or when `is_ended` is true. Then `end_error` says why.

    Attributes:
        messages: Received and not yet taken.
        was_open: The server has accepted the WebSocket, whatever has happened since.
        is_over: Nothing more will arrive from the peer.
        is_dropped: This end has given it up, whatever the peer still says.
        error: Why it is over, for callers that still wait for something.
        close_code, close_reason: As the peer gave them; None before, or when the stream ended without them.
    """

    def __init__(
        self,
        peer: str,
        random_bytes: Callable[[int], bytes],
        limits: Limits,
        error_classes: ErrorClasses = NO_CLASSES,
    ) -> None:
        self.messages: deque[str | bytes] = deque()
        self.was_open = False
        self.is_over = False
        self.is_dropped = False
        self.error: RivetError | None = None
        self.close_code: int | None = None
        self.close_reason = ""
        self._peer = peer
        self._asked = Asked(actor=peer, error_classes=error_classes)
        self._ray_id: str | None = None  # of the handshake
        self._own_code: int | None = None  # of our close, if we closed before the peer
        self._websocket = WebSocket(random_bytes, max_message_bytes=limits.max_message_bytes)

    @property
    def ray_id(self) -> str | None:
        """Id of the handshake in the engine's logs."""
        return self._ray_id

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self._websocket.is_open and not self.is_over

    @property
    def status(self) -> str:
        """Where it is in its life, in a word."""
        if self.is_open:
            return "open"
        return "closed" if self.was_open or self.is_over else "connecting"

    @property
    def is_ended(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.is_over or self.is_dropped

    @property
    def iteration_ends(self) -> bool:
        """Whether an iteration that finds no message ends. If not, it raises `end_error`.

        It ends when one of the two ends has closed normally, or when this end has given the WebSocket up.
        """
        code = self.close_code if self._own_code is None else self._own_code
        return code in _NORMAL or (self.is_dropped and not self.is_over)

    @property
    def has_enough(self) -> bool:
        """Whether a driver that reads ahead should stop until messages are taken. Then the peer waits.

        It is False while the WebSocket closes, because the peer's answer comes after the messages that nobody takes.
        """
        return self.is_open and len(self.messages) >= _MAX_MESSAGES

    def start(self, dial: DialPlan) -> None:
        """Send the handshake."""
        self._asked = replace(self._asked, namespace=dial.namespace)
        self._websocket.start(dial.authority, dial.resource, dial.headers.items(), dial.subprotocols)

    def data_to_send(self) -> list[bytes]:
        """Return, once, what is to be written."""
        return self._websocket.data_to_send()

    def receive_data(self, data: bytes) -> None:
        """Take bytes from the stream."""
        for item in self._websocket.receive_data(data):
            if isinstance(item, (str, bytes)):
                self.messages.append(item)
            else:
                self._note(item)

    def receive_eof(self) -> None:
        """Take the end, or the failure, of the stream."""
        if not self.is_over:
            self._note(self._websocket.receive_eof())

    def fail(self, cause: BaseException) -> None:
        """End because of a defect of the client."""
        if not self.is_over:
            self.is_over = True
            self.error = defect(f"the WebSocket to {self._peer}", cause)

    def send(self, data: object) -> None:
        """Send one message: str as text, bytes as binary.

        Raises:
            TypeError: Neither of these.
            RivetError: It is closed.
        """
        if isinstance(data, (bytearray, memoryview)):
            data = bytes(data)  # pyright: ignore[reportUnknownArgumentType]
        if not isinstance(data, (str, bytes)):
            raise TypeError(f"a message must be a str or bytes, not {type(data).__name__}")
        if not self.is_open:
            raise self.end_error()
        try:
            self._websocket.send_message(data)
        except UnicodeEncodeError:
            raise ConfigError(
                "the message contains a lone surrogate; use text that UTF-8 can encode"
            ) from None

    def close(self, code: int, reason: str) -> None:
        """Begin to close. It `is_over` when the peer has answered. If it was never open, it is dropped at once."""
        if self.is_open:
            self._own_code = code
        self.is_dropped = self.is_dropped or not self.was_open
        self._websocket.close(code, reason)

    def end_error(self) -> RivetError:
        """The error for a caller who still wants something."""
        return self.error or ConnectionClosedError(f"the WebSocket to {self._peer} is closed")

    def not_open_error(self, timeout: float | None) -> ActionTimeoutError:
        """The error for a caller who has waited `timeout` seconds for the server to accept."""
        return ActionTimeoutError(
            f"no WebSocket to {self._peer} within {timeout:g} s", timeout=timeout, may_have_run=False
        )

    def no_message_error(self, timeout: float | None) -> ActionTimeoutError:
        """The error for a caller who has waited `timeout` seconds for a message."""
        return ActionTimeoutError(
            f"no message from {self._peer} within {timeout:g} s", timeout=timeout, may_have_run=False
        )

    def not_taken_error(self, timeout: float | None) -> ActionTimeoutError:
        """The error for a caller who has waited `timeout` seconds for the peer to take a message."""
        return ActionTimeoutError(
            f"{self._peer} takes no more data: the message was not taken whole within {timeout:g} s",
            timeout=timeout,
        )

    def _note(self, item: Accepted | Rejected | Closed) -> None:
        if isinstance(item, Accepted):
            self.was_open = True
            self._ray_id = item.headers.get("x-rivet-ray-id")
            return
        self.is_over = True
        if isinstance(item, Closed):
            self.close_code, self.close_reason = item.code, item.reason
            if self._own_code is None:
                self.error = closed_error(item, self._asked, self._ray_id)
        else:
            response = HttpResponse(item.status, item.headers, item.body)
            self.error = error_from_response(JSON, response, asked=self._asked)
