"""Waits that end after a number of seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from rivet_client._secret import forget_frames

__all__ = ["fail_after"]


class fail_after:
    """Limits the time of a block of code. It raises `error()` if the block takes longer than `seconds`.

    Args:
        seconds: None for no bound.
        error: Makes the error.
        timeouts: Holds the timeout while the block runs, so that other code can end the block early.
    """

    __slots__ = ("_error", "_timeout", "_timeouts")

    def __init__(
        self,
        seconds: float | None,
        error: Callable[[], Exception],
        timeouts: set[asyncio.Timeout] | None = None,
    ) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._timeouts = timeouts
        self._error = error

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        if self._timeouts is not None:
            self._timeouts.add(self._timeout)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timeouts is not None:
            self._timeouts.discard(self._timeout)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as late:
            forget_frames(late)  # frames of an HTTP library that has headers in its variables
            raised = self._error()
            raise raised from raised.__cause__
