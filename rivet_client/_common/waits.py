"""How a wait for the network ends without success: at its deadline, or because the client was closed."""

from __future__ import annotations

from rivet_client._core.effects import SendTimedOut
from rivet_client.errors import ConnectionClosedError

__all__ = ["client_closed", "deadline_of", "wait_ended"]


def deadline_of(timeout: float | None, now: float) -> float | None:
    """The time on the clock of `now` when the timeout (in seconds) ends; None stands for no limit."""
    return None if timeout is None else now + timeout


def client_closed(*, may_have_run: bool) -> ConnectionClosedError:
    """The error of a call during which the client was closed.

    Args:
        may_have_run: Whether the peer may have got a part of a request.
    """
    return ConnectionClosedError("the client was closed", may_have_run=may_have_run)


def wait_ended(*, is_closed: bool, sent: bool) -> ConnectionClosedError | SendTimedOut:
    """The error of a wait that ended without success.

    Args:
        is_closed: Whether the client was closed. If it was not, the time was up.
        sent: Whether the peer may have got a part of the request whose answer was awaited.
    """
    return client_closed(may_have_run=sent) if is_closed else SendTimedOut(sent=sent)
