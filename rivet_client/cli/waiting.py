"""What a command waits for, told on one line while it waits: an engine that starts, an answer, a connection."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final

from rivet_client.cli.output import is_screen, note
from rivet_client.cli.progress import Line
from rivet_client.observers import (
    Call,
    CallEnded,
    CallStarted,
    ClientOpened,
    Connecting,
    Connection,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Failure,
    Observer,
    Reconnecting,
    RetryScheduled,
)

__all__ = ["Waiting"]

_QUICK: Final = 1.0
"""Seconds for which nothing is told."""


class Waiting(Observer):
    """Tells people what the client waits for.

    A terminal has one line for it, which is gone when the answer comes. Elsewhere a line is written if something is in
    the way, once for each thing that is waited for.

    Args:
        tells_connections: Whether connections that open and end are told, too, a line each.
    """

    def __init__(self, *, tells_connections: bool) -> None:
        self.endpoint: str | None = None
        self._tells_connections = tells_connections
        self._lock = threading.Lock()  # connections have a thread of their own
        self._for: Call | Connection | None = None
        self._since = 0.0
        self._is_told = False
        self._line: Line | None = None

    def client_opened(self, event: ClientOpened) -> None:
        """See `Observer`."""
        self.endpoint = event.endpoint

    def call_started(self, event: CallStarted) -> None:
        """See `Observer`."""
        self._begin(event.call)

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """See `Observer`."""
        self._trouble(event.error, event.delay)

    def call_ended(self, event: CallEnded) -> None:
        """See `Observer`."""
        self._end(event.call)

    def connecting(self, event: Connecting) -> None:
        """See `Observer`."""
        self._begin(event.connection)

    def reconnecting(self, event: Reconnecting) -> None:
        """See `Observer`."""
        self._begin(event.connection)
        self._trouble(event.error, event.delay)

    def connection_opened(self, event: ConnectionOpened) -> None:
        """See `Observer`."""
        self._end(event.connection)
        self._tell(f"connected to {event.connection.peer}")

    def connection_lost(self, event: ConnectionLost) -> None:
        """See `Observer`."""
        self._tell(f"connection to {event.connection.peer} ended")

    def connection_failed(self, event: ConnectionFailed) -> None:
        """See `Observer`."""
        if not event.is_final:  # else the command fails with this error
            self._tell(f"{event.connection.peer}: {event.error}")

    def connection_closed(self, event: ConnectionClosed) -> None:
        """See `Observer`."""
        self._end(event.connection)

    def _tell(self, text: str) -> None:
        if self._tells_connections:
            note(text)

    def _begin(self, what: Call | Connection) -> None:
        with self._lock:
            if self._for is not None:  # a part of what is waited for already
                return
            self._for, self._since, self._is_told = what, time.monotonic(), False
            if is_screen(sys.stderr):
                self._line = Line(_text(what), after=_QUICK, end="Ctrl-C ends it")

    def _trouble(self, error: Failure, delay: float) -> None:
        with self._lock:
            if self._for is None:
                return
            text = _text(self._for, error)
            if self._line is not None:
                self._line.update(text)
            elif not self._is_told and time.monotonic() - self._since + delay >= _QUICK:
                self._is_told = True
                note(f"{text}, trying again ...")

    def _end(self, what: Call | Connection) -> None:
        with self._lock:
            if self._for is what:
                line, self._for, self._line = self._line, None, None
                if line is not None:
                    line.stop()


def _text(what: Call | Connection, error: Failure | None = None) -> str:
    """What is waited for, and why it takes so long."""
    is_engine = isinstance(what, Call) and what.kind == "control"
    if is_engine and error is not None and error.code is None:
        return f"no engine yet at {what.endpoint}"
    if is_engine:
        wanted = f"waiting for the engine at {what.endpoint}"
    elif isinstance(what, Connection):
        wanted = f"connecting to {what.peer}"
    else:
        key = "" if what.key is None else f"[{', '.join(map(repr, what.key))}]"
        wanted = f"waiting for {what.actor}{key}.{what.name}"
    return wanted if error is None else f"{wanted}: {error.code or 'not reachable'}"
