"""The one way to a socket for blocking code: HTTP, raw WebSockets and connections dial here."""

from __future__ import annotations

from collections.abc import Callable

from rivet_client._blocking.poller import PeriodicPoller, Poller, seconds_left
from rivet_client._blocking.proxy import dial_through
from rivet_client._blocking.stream import Stream
from rivet_client._blocking.tcp import DialScope, dial
from rivet_client._common.route import Route
from rivet_client._network import unreachable

__all__ = ["connect", "open_stream"]


def open_stream(
    route: Route, poller: Poller | PeriodicPoller, deadline: float | None, is_wanted: Callable[[], bool]
) -> Stream:
    """Connect to an address, through the route's proxy if there is one, with TLS if the route says so.

    Args:
        route: The way there.
        poller: Waits for the socket. Another thread wakes it, if possible, when the stream is not wanted any more.
        deadline: On the monotonic clock, in seconds; None for none.
        is_wanted: Says whether the stream is still wanted.

    Raises:
        OSError, UnicodeError: No address could be connected to; TimeoutError when the time was up.
        TransportError: The proxy failed, or the stream is not wanted any more.
        ConfigError: The proxy needs a package that is not installed.
    """
    scope = DialScope(poller, deadline, is_wanted)
    if route.proxy is not None:
        return dial_through(route.proxy, route, scope)
    return dial(route.host, route.port, route.tls, scope)


def connect(route: Route, poller: Poller, deadline: float | None, is_wanted: Callable[[], bool]) -> Stream:
    """Open the stream of a connection or raw WebSocket. Only the errors differ from those of `open_stream`.

    Raises:
        TransportError: No address could be connected to.
        TimeoutError: The deadline came before.
        ConfigError: As `open_stream`.
    """
    try:
        return open_stream(route, poller, deadline, is_wanted)
    except (OSError, UnicodeError) as error:
        if seconds_left(deadline) == 0:
            raise TimeoutError(f"{route} did not answer in time") from None
        raise unreachable(f"cannot connect to {route}", error) from None
