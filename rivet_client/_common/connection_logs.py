"""What goes to the log about connections, by the rules of `logs`."""

from __future__ import annotations

import logging

from rivet_client._core.session import (
    ErrorReported,
    Lost,
    Opened,
    OpenRequested,
    RetryScheduled,
    SessionEvent,
)
from rivet_client.errors import RivetError

__all__ = ["connection_event"]

_connections = logging.getLogger("rivet_client.connections")


def connection_event(peer: object, event: SessionEvent) -> None:
    """Log what happens to a connection."""
    match event:
        case OpenRequested():
            _connections.debug("connecting to %s (attempt %d)", peer, event.attempt)
        case Opened():
            _connections.info("connected to %s", peer)
        case Lost():
            _connections.info("connection to %s ended", peer)
        case RetryScheduled():
            level = logging.WARNING if event.is_warning else logging.INFO
            _connections.log(level, "%s: %s; trying again in %.2f s", peer, event.error, event.delay)
        case ErrorReported():
            _connections.log(
                logging.ERROR if event.final else logging.WARNING,
                "%s: %s%s",
                peer,
                event.error,
                "; giving up" if event.final else "",
                # An error of the class RivetError itself comes from a defect. The log says where.
                exc_info=event.error if type(event.error) is RivetError else None,
            )
        case _:
            pass
