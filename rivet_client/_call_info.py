"""What a caller learns of a call that it has made: `call_info`. Imports: stdlib and _objects."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING

from rivet_client._objects import late_type

if TYPE_CHECKING:
    from rivet_client.observers import CallEnded
else:
    CallEnded = late_type("rivet_client.observers", "CallEnded")

__all__ = ["CallInfo", "call_info", "current_info", "without_call_info"]

_CURRENT: ContextVar[CallInfo | None] = ContextVar("rivet_client.call_info", default=None)

current_info: Callable[[], CallInfo | None] = _CURRENT.get
"""Returns what the caller's innermost `call_info` has made; None outside of any."""


class CallInfo:
    """What `call_info` yields: figures of the last call that has ended in its block, however it ended.

    Attributes:
        last: All that is known of that call; None before the first one.
    """

    __slots__ = ("_outer", "last")

    def __init__(self, outer: CallInfo | None = None) -> None:
        self.last: CallEnded | None = None
        self._outer = outer

    @property
    def ray_id(self) -> str | None:
        """Id of the call in the engine's logs; over a connection, the one of the handshake. None if unknown."""
        return None if self.last is None else self.last.ray_id

    @property
    def attempts(self) -> int:
        """How many attempts the call took."""
        return 0 if self.last is None else self.last.attempts

    @property
    def duration(self) -> float:
        """How long the call took, in seconds."""
        return 0.0 if self.last is None else self.last.duration

    def note(self, ended: CallEnded) -> None:
        """Take a call that has ended, for this block and for those around it."""
        info: CallInfo | None = self
        while info is not None:
            info.last = ended
            info = info._outer

    def __repr__(self) -> str:
        return f"<CallInfo ray_id={self.ray_id!r} attempts={self.attempts} duration={self.duration:.3f}>"


@contextmanager
def call_info() -> Generator[CallInfo]:
    """Learn the ray id, the attempts and the duration of a call, also of one that succeeds.

    For calls of both flavours, over HTTP and over connections, and those of typed packages. A plain `with` is right in
    asyncio, too. Of several calls in the block, it tells about the one that has ended last. Tasks that are started in
    the block belong to it. Threads do not.

    Yields:
        The figures. They are there when the call has ended, and stay after the block.
    """
    _CURRENT.set(info := CallInfo(outer := _CURRENT.get()))
    try:
        yield info
    finally:
        if _CURRENT.get() is info:  # if not, the block ends in another context than it has begun in
            _CURRENT.set(outer)


def without_call_info(variables: Context) -> Context:
    """Take a context out of all blocks, for what outlives them and serves others, too."""
    variables.run(_CURRENT.set, None)
    return variables
