"""A process that looks like Windows or macOS to the client: `python -m tests.support.other_system win32`.

It imports every module of the wheel there, and then makes real calls against a `FakeEngine`. The parts of Python that
this other system has not are hidden. How the real system behaves, this cannot show.
"""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import importlib
import os
import pkgutil
import select
import selectors
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

PACKAGES = ("rivet_client", "rivet_client_generated", "rivet_codegen")
RUN_AT_IMPORT = "rivet_codegen.tools.worker"
NO_MODULES = {
    "win32": "crypt curses fcntl grp nis posix pty pwd readline resource spwd syslog termios tty",
    "darwin": "spwd",
}
# By module; a star stands for the rest of a name.
NO_NAMES = {
    "win32": {
        select: "poll epoll POLL* EPOLL*",
        selectors: "PollSelector EpollSelector",
        signal: """
            SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRT* SIGSTKFLT
            SIGSTOP SIGSYS SIGT[RST]* SIGURG SIGUSR* SIGVTALRM SIGWINCH SIGX* alarm getitimer pause pthread_* setitimer
            siginterrupt sigpending sigwait*""",
        socket: "AF_UNIX CMSG_* MSG_DONTWAIT MSG_NOSIGNAL SO_REUSEPORT SOCK_[CN]* recv_fds send_fds sethostname",
        os: """
            W[A-Z]* chroot fork* *chown get*gid get*uid getgroups getp[gr]* getsid killpg mkfifo mknod
            nice openpty pipe2 posix_* pread* pwrite* register_at_fork sched_* sendfile set*id statvfs sync sysconf tc*
            uname wait wait3 wait4 waitid""",
        time: "clock_get* pthread_* tzset",
    },
    "darwin": {
        select: "epoll EPOLL*",
        selectors: "EpollSelector",
        signal: "SIGPOLL SIGPWR SIGSTKFLT SIGRT* sigtimedwait sigwaitinfo",
        socket: "AF_NETLINK MSG_NOSIGNAL SOCK_CLOEXEC SOCK_NONBLOCK TCP_USER_TIMEOUT",
        os: "eventfd* memfd_create pidfd_open pipe2 posix_fallocate sched_getaffinity",
    },
}
NOT_IN_PROACTOR = ("add_reader", "add_signal_handler", "add_writer", "remove_reader", "remove_signal_handler")


def modules_of_wheel() -> list[str]:
    """The names of all modules but those that run something when they are imported."""
    found = list(PACKAGES)
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        found += [it.name for it in pkgutil.walk_packages(path, f"{package}.", onerror=_fail)]
    return [name for name in found if not name.endswith("__main__") and name != RUN_AT_IMPORT]


def _fail(name: str) -> None:
    raise ImportError(f"cannot import {name}")


def become(system: str) -> None:
    """Look like the other system, once all that is not ours is imported for this one."""
    for name in NO_MODULES[system].split():
        sys.modules[name] = None  # type: ignore[assignment]
    for module, patterns in NO_NAMES[system].items():
        for pattern in patterns.split():
            for name in fnmatch.filter([*vars(module)], pattern):
                delattr(module, name)
    selectors.DefaultSelector = selectors.SelectSelector  # type: ignore[misc]
    if system == "win32":
        # What the usual loop on Windows cannot do. asyncio itself does it under other names.
        for name in NOT_IN_PROACTOR:
            setattr(asyncio.SelectorEventLoop, name, _not_there)
        socket.socketpair = _tcp_pair  # type: ignore[assignment]
    sys.platform = system


def _tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


def _not_there(*_: object) -> None:
    raise NotImplementedError


class Counter:
    """The actor."""

    count = 0

    def increment(self, ctx: Any, amount: int = 1) -> int:
        """Count."""
        self.count += amount
        ctx.broadcast("newCount", self.count)
        return self.count

    async def pause(self, ctx: Any, seconds: float) -> None:
        """Take a while."""
        await asyncio.sleep(seconds)


def call_with_threads(url: str) -> None:
    """Calls, events, deadlines and cancellation with the blocking client."""
    from rivet_client import (
        ActionTimeoutError,
        CallCancelledError,
        CancelScope,
        Client,
        ConnectionClosedError,
        RetryPolicy,
    )

    with Client(url, retry=RetryPolicy(max_attempts=1)) as client:
        counter = client.counter.get_or_create("threads")
        assert counter.increment() == 1
        with counter.connect() as connection:
            events = connection.events("newCount", timeout=30)
            connection.wait_ready()
            assert connection.increment(2) == 3
            assert next(events) == (3,)
            nothing = connection.events("newCount", timeout=0.3)
            assert isinstance(error_of(lambda: next(nothing)), ActionTimeoutError)
            for caller in (counter, connection):
                late = error_of(partial(caller.action, "pause", 60, timeout=0.3))
                assert isinstance(late, ActionTimeoutError), late
                with CancelScope() as scope:
                    threading.Timer(0.3, scope.cancel).start()
                    cancelled = error_of(partial(caller.action, "pause", 60, timeout=60))
                    assert isinstance(cancelled, CallCancelledError), cancelled
            assert counter.increment(4) == 7
            assert next(events) == (7,)
        threading.Timer(0.3, client.close).start()
        closed = error_of(partial(counter.action, "pause", 60, timeout=60))
        assert isinstance(closed, ConnectionClosedError), closed
    with Client("http://127.0.0.1:1", retry=RetryPolicy(max_attempts=1)) as client:
        error = error_of(client.counter.get_or_create("x").increment)
        assert "nothing listens there" in str(error), error


def error_of(call: Callable[[], object]) -> Exception | None:
    """What a call raises."""
    from rivet_client import RivetError

    try:
        call()
    except RivetError as error:
        return error
    return None


async def call_with_asyncio(url: str) -> None:
    """Calls, events and cancellation with the asyncio client."""
    from rivet_client import AsyncClient

    async with AsyncClient(url) as client:
        counter = client.counter.get_or_create("asyncio")
        assert await counter.increment() == 1
        async with counter.connect() as connection:
            events = connection.events("newCount")
            await connection.wait_ready()
            assert await connection.increment(2) == 3
            assert await anext(events) == (3,)
            for caller in (counter, connection):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await caller.action("pause", 60, timeout=60)
                    raise AssertionError("nothing was cancelled")
            assert await counter.increment(4) == 7


def use_local_engine() -> str:
    """What is said of the engine that needs Unix."""
    from rivet_client.testing import EngineError, LocalEngine

    try:
        LocalEngine("no.ts")
    except EngineError as error:
        return str(error)
    raise AssertionError("it should have looked for the file")


def main(system: str) -> None:
    """Do it all. What is said on standard output is compared by the test."""
    for name in modules_of_wheel():
        importlib.import_module(name)
    import urllib.request  # noqa: F401  which the client imports when it looks for proxies

    ours = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    for name in ours:
        del sys.modules[name]
    become(system)
    warnings.filterwarnings("error", category=EncodingWarning, module="rivet_")
    modules = modules_of_wheel()
    for name in modules:
        importlib.import_module(name)
    print(f"{len(modules)} modules")

    from rivet_client.testing import FakeEngine

    engine = FakeEngine()
    engine.add_actor("counter", Counter)
    with engine:
        call_with_threads(engine.url)
        asyncio.run(call_with_asyncio(engine.url))
    print("calls")
    print(use_local_engine())


if __name__ == "__main__":
    main(sys.argv[1])
