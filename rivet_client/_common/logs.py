"""What goes to the log, under "rivet_client". No secret does: no headers, no query strings, no bodies, no values.

WARNING tells of calls and connections that have failed for a while and are still tried. INFO tells what a service owner
wants to know without asking: connections that open, end and come back, and calls that are repeated. DEBUG adds each
request. What a peer or a caller may have chosen is one line: `str` of errors and targets sees to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from rivet_client._core.effects import HttpResponse, Send, Sleep
from rivet_client._core.session import (
    ErrorReported,
    Lost,
    Opened,
    OpenRequested,
    RetryScheduled,
    SessionEvent,
)
from rivet_client._text import one_line
from rivet_client.errors import RivetError

__all__ = ["connection_event", "request_done", "waiting"]

# Silent until the application says where logs go; without this, warnings would reach stderr.
logging.getLogger("rivet_client").addHandler(logging.NullHandler())

_requests = logging.getLogger("rivet_client.requests")
_connections = logging.getLogger("rivet_client.connections")


def request_done(
    effect: Send, started: float, now: Callable[[], float], outcome: HttpResponse | Exception
) -> None:
    """Note one HTTP request and its outcome."""
    if _requests.isEnabledFor(logging.DEBUG):
        request = effect.request
        result = outcome if isinstance(outcome, Exception) else f"HTTP {outcome.status}"
        ray = "" if isinstance(outcome, Exception) else one_line(outcome.headers.get("x-rivet-ray-id", ""))
        took = (now() - started) * 1000
        path = urlsplit(request.url).path
        _requests.debug(
            "%s %s: %s in %.0f ms%s", request.method, path, result, took, f" (ray {ray})" if ray else ""
        )


def waiting(effect: Sleep) -> None:
    """Note a pause before a request is repeated."""
    _requests.log(logging.WARNING if effect.is_warning else logging.INFO, "%s", effect.reason)


def connection_event(peer: object, event: SessionEvent) -> None:
    """Note what happens to a connection."""
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
                # Nobody has planned for what is nothing but a RivetError: tell where it comes from.
                exc_info=event.error if type(event.error) is RivetError else None,
            )
        case _:
            pass
