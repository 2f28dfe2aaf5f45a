"""The observer that logs, under "rivet_client". No secret goes there: no headers, query strings, bodies or values.

WARNING tells of calls and connections that have failed for a while and are still tried. INFO tells what a service owner
wants to know without asking: connections that open, end and come back, and calls that are repeated. DEBUG adds each
request. Texts that a peer or a caller has chosen are made one line, by events and by `str` of targets.

Every client has this observer. The module is loaded when there is something to log: see `log_setup`.
"""

from __future__ import annotations

import logging

from rivet_client._common.log_setup import CONNECTIONS, REQUESTS
from rivet_client.observers import (
    Connecting,
    ConnectionFailed,
    ConnectionLost,
    ConnectionOpened,
    Observer,
    Reconnecting,
    RequestEnded,
    RetryScheduled,
)

__all__ = ["LogObserver"]


class LogObserver(Observer):
    """Logs what happens."""

    def request_ended(self, event: RequestEnded) -> None:
        """See `Observer`."""
        REQUESTS.debug(
            "%s %s: %s in %.0f ms%s",
            event.method,
            event.path,
            event.error if event.status is None else f"HTTP {event.status}",
            event.duration * 1000,
            f" (ray {event.ray_id})" if event.ray_id else "",
        )

    def retry_scheduled(self, event: RetryScheduled) -> None:
        """See `Observer`."""
        REQUESTS.log(logging.WARNING if event.is_warning else logging.INFO, "%s", event.message)

    def connecting(self, event: Connecting) -> None:
        """See `Observer`."""
        CONNECTIONS.debug("connecting to %s (attempt %d)", event.connection.peer, event.attempt)

    def connection_opened(self, event: ConnectionOpened) -> None:
        """See `Observer`."""
        CONNECTIONS.info("connected to %s", event.connection.peer)

    def connection_lost(self, event: ConnectionLost) -> None:
        """See `Observer`."""
        CONNECTIONS.info("connection to %s ended", event.connection.peer)

    def reconnecting(self, event: Reconnecting) -> None:
        """See `Observer`."""
        level = logging.WARNING if event.is_warning else logging.INFO
        CONNECTIONS.log(
            level, "%s: %s; trying again in %.2f s", event.connection.peer, event.error, event.delay
        )

    def connection_failed(self, event: ConnectionFailed) -> None:
        """See `Observer`."""
        CONNECTIONS.log(
            logging.ERROR if event.is_final else logging.WARNING,
            "%s: %s%s",
            event.connection.peer,
            event.error,
            "; giving up" if event.is_final else "",
            exc_info=event.error.exception,
        )
