"""The client's loggers: which events they show at which level, and how RIVET_LOG switches them on.

They have no handler of their own. So what Python does for every logger holds for them: warnings and errors of a program
that has not configured logging go to stderr.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from rivet_client._text import printable
from rivet_client.errors import ConfigError

__all__ = ["CONNECTIONS", "OBSERVERS", "REQUESTS", "is_logged", "switch_on"]

_ALL: Final = logging.getLogger("rivet_client")
REQUESTS: Final = logging.getLogger("rivet_client.requests")
CONNECTIONS: Final = logging.getLogger("rivet_client.connections")
OBSERVERS: Final = logging.getLogger("rivet_client.observers")

_HIGHEST: Final[Mapping[str, tuple[logging.Logger, int]]] = {
    "request_ended": (REQUESTS, logging.DEBUG),
    "retry_scheduled": (REQUESTS, logging.WARNING),
    "connecting": (CONNECTIONS, logging.DEBUG),
    "connection_opened": (CONNECTIONS, logging.INFO),
    "connection_lost": (CONNECTIONS, logging.INFO),
    "reconnecting": (CONNECTIONS, logging.WARNING),
    "connection_failed": (CONNECTIONS, logging.ERROR),
}
"""The events that are logged, by the method of observers: the logger, and the highest level that such an event has."""

_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO}


def is_logged(name: str) -> bool:
    """Whether an event of this name may be logged now. If not, nobody has to make it for the log."""
    found = _HIGHEST.get(name)
    return found is not None and found[0].isEnabledFor(found[1])


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to stderr, as long as the application has no handlers of its own, which would show each line again."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        if not logging.getLogger().handlers:
            super().emit(record)


class _Readable(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03d %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n")


def switch_on(environ: Mapping[str, str]) -> None:
    """Log to stderr, if the environment variable RIVET_LOG says so.

    If the application has said where logs go, they go there, and the variable only sets the level.

    Raises:
        ConfigError: The variable has another value than "debug" or "info".
    """
    wanted = environ.get("RIVET_LOG")
    if not wanted:
        return
    level = _LEVELS.get(wanted.lower())
    if level is None:
        raise ConfigError(f"environment variable RIVET_LOG must be 'debug' or 'info', not {wanted!r}")
    _ALL.setLevel(level)
    if not _ALL.handlers:
        handler = _Handler()
        handler.setFormatter(_Readable())
        _ALL.addHandler(handler)
