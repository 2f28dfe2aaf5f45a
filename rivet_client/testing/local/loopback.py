"""Ports of this machine, and what is asked of the engine behind them."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import urllib.request
from typing import Any, Final

from rivet_client._secret import Secret
from rivet_client.testing.errors import EngineError

__all__ = ["check_port", "free_port", "get_json", "open_url", "other_ports", "port_or_none"]

# An engine on port P takes these, too.
PEER_PORT: Final = 1
METRICS_PORT: Final = 10

# No proxy, whatever the environment names.
_OPENER: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def open_url(url: str, token: Secret[str] | None = None) -> Any:
    """Open a URL of this machine, for at most 5 seconds.

    Args:
        url: The URL.
        token: The token that the server asks for.

    Raises:
        OSError: Nobody answers, or with an error.
    """
    asked = urllib.request.Request(url)
    if token is not None:
        asked.add_header("Authorization", f"Bearer {token.reveal()}")
    return _OPENER.open(asked, timeout=5)


def get_json(url: str, token: Secret[str] | None = None) -> Any:
    """GET JSON from a server on this machine.

    Args:
        url: The URL.
        token: The token that the server asks for.

    Raises:
        OSError: Nobody answers, or with an error.
        ValueError: The answer is not JSON.
    """
    with open_url(url, token) as response:
        return json.load(response)


def free_port() -> int:
    """Find a port that an engine can take, below the range that outgoing connections use."""
    for _ in range(200):
        port = random.randrange(20000, 32000)
        if _taken(*_ports(port)) is None:
            return port
    raise EngineError("found no free ports between 20000 and 32000")


def port_or_none(port: object) -> int | None:
    """Return what was given as a port.

    Raises:
        TypeError: It is neither an int nor None.
    """
    if port is not None and (isinstance(port, bool) or not isinstance(port, int)):
        raise TypeError(f"port must be an int or None, not {type(port).__name__}")
    return port


def check_port(port: int) -> None:
    """Check that an engine can take a port.

    Raises:
        EngineError: The port is none, or it is taken, or one of the others that the engine needs beside it.
    """
    if not 0 < port <= 65535 - METRICS_PORT:
        raise EngineError(f"port {port} is not between 1 and {65535 - METRICS_PORT}")
    if (taken := _taken(*_ports(port))) is not None:
        raise EngineError(
            f"port {taken} is taken; an engine on port {port} needs {port}, {port + PEER_PORT} and "
            f"{port + METRICS_PORT}. Free ones are found with port=None, or --port 0"
        )


def other_ports(port: int) -> tuple[int, int]:
    """Return the ports for peers and metrics of an engine: those after its own, or free ones if they are taken."""
    _, peer, metrics = _ports(port)
    return (peer, metrics) if _taken(peer, metrics) is None else (free_port(), free_port())


def _ports(port: int) -> tuple[int, int, int]:
    return port, port + PEER_PORT, port + METRICS_PORT


def _taken(*ports: int) -> int | None:
    with contextlib.ExitStack() as stack:
        for number in ports:
            probe = stack.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                return number
    return None
