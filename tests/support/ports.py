"""Ports for programs that must be told theirs."""

from __future__ import annotations

import contextlib
import secrets
import socket

__all__ = ["free_port"]


def free_port() -> int:
    """A free port below those that systems hand out, so that nobody gets it by chance before the program does."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
