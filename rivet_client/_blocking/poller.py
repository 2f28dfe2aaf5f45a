"""Waiting until a socket is ready: once, or again and again with a wake-up from other threads.

`poll` is used if the system has it, because `select` fails with more than 1024 open files. Windows has none. And on
Windows, Ctrl-C ends no wait, neither for sockets nor for locks. So there all waits are short and repeated.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import selectors
import socket
import sys
import threading
import time
from typing import Final

__all__ = ["POLL_INTERVAL", "PeriodicPoller", "Poller", "acquire", "not_too_long", "seconds_left", "wait"]

POLL_INTERVAL: Final = 0.1
"""Longest time, in seconds, until a wait that cannot be woken notices that its result is not wanted any more."""


def seconds_left(deadline: float | None) -> float | None:
    """Seconds until a deadline on the monotonic clock, at least 0; None for no deadline."""
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def not_too_long(timeout: float | None) -> float | None:
    """The longest wait, in seconds, after which there must be a look at signals; None for no limit."""
    if sys.platform != "win32":
        return timeout
    return POLL_INTERVAL if timeout is None else min(timeout, POLL_INTERVAL)


def acquire(lock: threading.Lock, timeout: float | None) -> bool:
    """Take a lock that another thread releases, within `timeout` seconds; return whether it is taken."""
    if sys.platform != "win32":
        return lock.acquire(timeout=-1 if timeout is None else timeout)
    until = None if timeout is None else time.monotonic() + timeout
    while not lock.acquire(timeout=not_too_long(left := seconds_left(until)) or 0):
        if left == 0:
            return False
    return True


if sys.platform != "win32" and hasattr(select, "poll"):

    def wait(sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, or `timeout` seconds; returns whether it is ready.

        Raises:
            OSError: The socket is closed.
        """
        poll = select.poll()
        try:
            poll.register(sock, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
        except ValueError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None
        return bool(poll.poll(None if timeout is None else timeout * 1000))

else:

    def wait(sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Do the same without `poll`."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = seconds_left(until)
            try:
                piece = not_too_long(left)
                if any(select.select([sock] if read else [], [sock] if write else [], [sock], piece)):
                    return True
            except ValueError:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None
            if left == 0:
                return False
            if _is_shut_down(sock):
                return True

    def _is_shut_down(sock: socket.socket) -> bool:
        """Whether another thread has ended the stream, of which `select` may tell nothing on Windows."""
        try:
            return not sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            return error.errno != errno.ENOTCONN  # else it is being connected


class Poller:
    """Waits for a socket, or for a wake-up from another thread."""

    def __init__(self) -> None:
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector = getattr(selectors, "PollSelector", selectors.SelectSelector)()
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        self._interest: tuple[socket.socket, int] | None = None

    def wake(self) -> None:
        """End the present or the next wait early. Callable from any thread."""
        with contextlib.suppress(OSError):  # full: a wake-up is pending already; closed: nobody waits
            self._wake_out.send(b"\0")

    def wait(self, sock: socket.socket | None, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, a wake-up, or at most `timeout` seconds; returns whether it is ready."""
        events = (selectors.EVENT_READ if read else 0) | (selectors.EVENT_WRITE if write else 0)
        self.set_interest(sock, events)
        ready = False
        timeout = not_too_long(timeout)
        for key, _ in self._selector.select(timeout if timeout is None else max(0.0, timeout)):
            if key.fileobj is self._wake_in:
                with contextlib.suppress(BlockingIOError):
                    self._wake_in.recv(4096)
            else:
                ready = True
        return ready

    def set_interest(self, sock: socket.socket | None, events: int) -> None:
        """Choose the socket to wait for. Before a socket is closed, this must be called with None."""
        wanted = (sock, events) if sock is not None and events else None
        if wanted == self._interest:
            return
        if self._interest is not None:
            self._selector.unregister(self._interest[0])
        if wanted is not None:
            self._selector.register(*wanted)
        self._interest = wanted

    def close(self) -> None:
        """Free the sockets."""
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()


class PeriodicPoller:
    """Waits for a socket, at most `POLL_INTERVAL` seconds at a time. It cannot be woken, and needs no closing."""

    def wait(self, sock: socket.socket, *, read: bool, write: bool, timeout: float | None) -> bool:
        """Wait until the socket is ready, for a short time of at most `timeout` seconds; return whether it is ready."""
        longest = POLL_INTERVAL if timeout is None else min(timeout, POLL_INTERVAL)
        return wait(sock, read=read, write=write, timeout=longest)

    def set_interest(self, sock: socket.socket | None, events: int) -> None:
        """Do nothing: each wait stands alone."""
