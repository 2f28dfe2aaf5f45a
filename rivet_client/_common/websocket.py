"""What raw WebSockets of both flavours have in common: the part of their drivers without I/O, and what users see."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from rivet_client._call_info import current_info
from rivet_client._core import flows
from rivet_client._core.context import Context
from rivet_client._core.effects import Flow
from rivet_client._core.flows import DialOptions
from rivet_client._core.raw_session import RawSession
from rivet_client._core.target import Target
from rivet_client._network import unreachable
from rivet_client._objects import Shown
from rivet_client.errors import RivetError

if TYPE_CHECKING:
    from rivet_client.observers import Figures

__all__ = ["CommonWebSocket", "WebSocketDriver"]

D = TypeVar("D", bound="WebSocketDriver")


class WebSocketDriver:
    """The part of a raw WebSocket's driver that neither waits nor does I/O.

    Args:
        context: The client's.
        target: The actor.
        timeout: How long the opening and each message may take, in seconds; None for the client's.
    """

    def __init__(self, context: Context, target: Target, timeout: float | None) -> None:
        self.target = target
        self.limits = context.limits
        self.session = RawSession(str(target), os.urandom, self.limits, context.error_classes)
        self._context = context
        self._timeout = context.config.timeout if timeout is None else timeout

    @property
    def figures(self) -> Figures:
        """What the WebSocket adds to the client's figures."""
        from rivet_client.observers import Figures

        return Figures(websockets=int(self.session.is_open))

    @contextmanager
    def watched(self, options: DialOptions) -> Generator[None]:
        """Watch the opening, if anybody wants that."""
        context, session = self._context, self.session
        if not context.observers.watches_calls and current_info() is None:
            yield
            return
        from rivet_client._core.watch import Watch

        path = options.path.removeprefix("/websocket")
        with Watch(context, "websocket", path, self.target, context.now(), lambda: session.ray_id) as watch:
            watch.attempt()
            yield

    def _open_error(self, error: BaseException, *, is_late: bool) -> BaseException:
        """The error that the caller gets in place of one that has ended the opening.

        Args:
            error: The error.
            is_late: The time for the opening has passed.
        """
        if not isinstance(error, Exception):
            return error
        if self.session.is_ended:
            return self.session.end_error()
        if isinstance(error, RivetError):
            return error
        if is_late:
            return self.session.not_open_error(self._timeout)
        return unreachable(f"cannot connect to {self.target}", error) if isinstance(error, OSError) else error

    def _explain_end(self) -> Flow[RivetError]:
        return flows.explain_end(self._context, self.target, self.session.end_error())


class CommonWebSocket(Shown, Generic[D]):
    """What users see of a raw WebSocket in either flavour."""

    def __init__(self, driver: D) -> None:
        self._driver = driver

    def _about(self) -> tuple[str, ...]:
        return str(self._driver.target), self._driver.session.status

    @property
    def close_code(self) -> int | None:
        """The peer's close code; None before, or when the stream ended without one."""
        return self._driver.session.close_code

    @property
    def close_reason(self) -> str:
        """The peer's close reason."""
        return self._driver.session.close_reason
