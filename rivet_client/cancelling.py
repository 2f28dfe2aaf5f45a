"""Ending blocking calls from another thread.

The scopes that a call is in are in a context variable, so no call needs an argument for them. Outside of all scopes, a
call only looks the variable up (`active_scopes`). Inside, it looks before each step whether it was cancelled, and while
it waits, its scopes know how to wake it. The drivers end the wait, as they do when the client is closed.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager

from rivet_client._locks import Lock
from rivet_client.errors import CallCancelledError

__all__ = [
    "CancelScope",
    "active_scopes",
    "check_cancelled",
    "context_without_scopes",
    "is_cancelled",
    "refuse_scopes",
    "woken_on_cancel",
]


class CancelScope:
    """A block whose blocking calls any thread can end, while the client stays open.

        with CancelScope() as scope:
            ...  # give `scope` to the thread that may cancel
            counter.increment(1)

    `cancel` ends whatever waits for the network in the block: calls, pauses between attempts, iterations, `receive`,
    `wait_ready`. They raise `CallCancelledError`, which the block does not catch. `close` is not ended.

    A scope may be entered by several threads, inside other scopes, and again after its end. A scope that was cancelled
    stays so: a call in it fails at once, and sends nothing. Usable from any thread and signal handler.
    """

    def __init__(self) -> None:
        self._signal = _Signal()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._signal.is_given

    def cancel(self) -> None:
        """End the calls that are in this scope, and those that will be. Called again, it does nothing more."""
        self._signal.give()

    def __enter__(self) -> CancelScope:
        _signals.set((*_signals.get(), self._signal))
        return self

    def __exit__(self, *exc_info: object) -> None:
        signals = list(_signals.get())
        if self._signal in signals:  # if not, the block ends in another context than it has begun in
            signals.reverse()
            signals.remove(self._signal)
            signals.reverse()
        _signals.set(tuple(signals))

    def __repr__(self) -> str:
        return f"<CancelScope {'cancelled' if self.is_cancelled else 'active'}>"


class _Signal:
    """What a scope shares with the calls that are in it.

    Attributes:
        is_given: Whether the scope was cancelled.
    """

    def __init__(self) -> None:
        self.is_given = False
        self._lock = Lock()  # a signal handler may cancel while its own thread holds the lock
        self._wakes: list[Callable[[], object]] = []

    def give(self) -> None:
        """Wake all calls that wait."""
        self.is_given = True
        with self._lock:  # so that no call is woken after its wait, when its stream may carry another call
            for wake in self._wakes.copy():
                wake()

    def add(self, wake: Callable[[], object]) -> None:
        """Wake a call when the signal is given."""
        with self._lock:
            self._wakes.append(wake)

    def remove(self, wake: Callable[[], object]) -> None:
        """Forget a call, even if Ctrl-C came before it was added."""
        with self._lock:
            if wake in self._wakes:
                self._wakes.remove(wake)


_signals: contextvars.ContextVar[tuple[_Signal, ...]] = contextvars.ContextVar(
    "rivet_client_cancelling", default=()
)

active_scopes: Callable[[], object] = _signals.get
"""Returns something that is true if the caller is in a scope. It costs less than any function of this module."""


def is_cancelled() -> bool:
    """Whether a scope that the caller is in was cancelled."""
    return any(signal.is_given for signal in _signals.get())


def check_cancelled(*, may_have_run: bool = False) -> None:
    """Raise in a scope that was cancelled.

    Args:
        may_have_run: Whether the peer may have got a part of the caller's request.

    Raises:
        CallCancelledError: A scope that the caller is in was cancelled.
    """
    if is_cancelled():
        raise CallCancelledError(may_have_run=may_have_run)


def woken_on_cancel(wake: Callable[[], object]) -> AbstractContextManager[object]:
    """Wake the caller, who waits inside the block, if a scope that the caller is in is cancelled, or was before.

    Args:
        wake: Ends the wait. It takes no lock and does not raise. It may be called twice.
    """
    signals = _signals.get()
    return _added(signals, wake) if signals else _NOTHING


_NOTHING = contextlib.nullcontext()


@contextlib.contextmanager
def _added(signals: tuple[_Signal, ...], wake: Callable[[], object]) -> Generator[None]:
    try:
        for signal in signals:
            signal.add(wake)
        if is_cancelled():
            wake()
        yield
    finally:
        for signal in signals:
            signal.remove(wake)


def context_without_scopes() -> contextvars.Context:
    """A copy of the caller's context, for what outlives the caller's scopes and serves others, too."""
    context = contextvars.copy_context()
    context.run(_signals.set, ())
    return context


def refuse_scopes() -> None:
    """Raise in a scope, before a call that no scope can end.

    Raises:
        RuntimeError: The caller is in a scope.
    """
    if _signals.get():
        raise RuntimeError(
            "a CancelScope ends calls of the blocking Client only; cancel the task that makes this call, "
            "or use asyncio.timeout()"
        )
