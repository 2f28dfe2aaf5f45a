"""What happens to calls, for those who watch them: the client's observers, and the caller's `call_info`.

Flows and drivers note what happens to a call in a `Watch`, which makes events of it. Nobody watches most calls. They
have no watch, and where there are no others, this module is not even loaded.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from rivet_client._call_info import CallInfo, current_info
from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpRequest, HttpResponse, SendTimedOut
from rivet_client._core.target import Target
from rivet_client._text import one_line
from rivet_client.errors import ActorError, CallCancelledError, RivetError
from rivet_client.observers import (
    AttemptStarted,
    Call,
    CallEnded,
    CallStarted,
    Connection,
    Event,
    Failure,
    RequestEnded,
    RetryScheduled,
)

__all__ = ["CallKind", "Watch", "note_retry", "observed"]

CallKind: TypeAlias = Literal["action", "queue", "fetch", "websocket", "control"]
Reason: TypeAlias = Literal["first", "retry", "re-resolved", "version"]


_MAX_RAY_ID = 200
_next_id = itertools.count(1).__next__


class Watch:
    """One call that somebody watches, as a context manager around it.

    Args:
        context: The client's.
        kind, name: See `Call`.
        target: The actor, if there is one.
        started: When the call began, in seconds.
        connection: The connection that carries it, if one does.
        ray_id: Returns the id that the call has in the engine's logs.

    Attributes:
        call: What events are about.
        attempts: How many attempts there were.
        next_reason: Why there is the next one; see `AttemptStarted`.
    """

    __slots__ = ("_context", "_info", "_ray_id", "_started", "attempts", "call", "next_reason")

    def __init__(
        self,
        context: Context,
        kind: CallKind,
        name: str,
        target: Target | None,
        started: float,
        ray_id: Callable[[], str | None],
        connection: Connection | None = None,
    ) -> None:
        self.call = Call(
            _next_id(),
            kind,
            name,
            None if target is None else target.name,
            None if target is None or target.how == "id" else target.key,
            context.endpoint.url,
            connection,
        )
        self.attempts = 0
        self.next_reason: Reason = "first"
        self._context = context
        self._started = started
        self._ray_id = ray_id
        self._info: CallInfo | None = None

    def __enter__(self) -> Watch:
        self._info = current_info()
        try:
            self._tell("call_started", CallStarted, self.call)
        except BaseException as error:  # Ctrl-C: others have been told that the call begins
            self._end(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, GeneratorExit):  # the driver closes the flow, because of what ends the caller
            error = error.__context__ or error
        self._end(error)

    def attempt(self, delay: float = 0.0, error: RivetError | None = None) -> None:
        """Note that an attempt begins, for the `next_reason`.

        Args:
            delay: The pause before it, in seconds.
            error: How the attempt before has failed.
        """
        self.attempts += 1
        if self.attempts == 1:
            delay, error = 0.0, None  # before this, something was looked up, perhaps with attempts of its own
        failure = None if error is None else Failure.of(error)
        self._tell(
            "attempt_started", AttemptStarted, self.call, self.attempts, self.next_reason, delay, failure
        )
        self.next_reason = "retry"

    def _end(self, error: BaseException | None) -> None:
        outcome: Literal["ok", "error", "cancelled"] = "ok"
        may_have_run, ray_id = self.attempts > 0, None
        if error is not None:
            outcome = "error"
            if not isinstance(error, Exception) or isinstance(error, CallCancelledError):
                outcome = "cancelled"
            if isinstance(error, RivetError):
                may_have_run = error.may_have_run
            if isinstance(error, ActorError):
                ray_id = error.ray_id
        ended = CallEnded(
            self.call,
            outcome,
            self._context.now() - self._started,
            self.attempts,
            may_have_run,
            _shown(ray_id or self._ray_id()),
            None if error is None else Failure.of(error),
        )
        if self._info is not None:
            self._info.note(ended)
        observers = self._context.observers
        if observers.wants("call_ended"):
            observers.tell("call_ended", ended)

    def _tell(self, name: str, kind: Callable[..., Event], *fields: Any) -> None:
        observers = self._context.observers
        if observers.wants(name):
            observers.tell(name, kind(*fields))


def observed(
    sending: Flow[HttpResponse], context: Context, watch: Watch | None, request: HttpRequest
) -> Flow[HttpResponse]:
    """Send a request, and tell how that has ended. The caller knows that somebody listens."""
    started = context.now()
    status = ray_id = failure = None
    try:
        response = yield from sending
        status, ray_id = response.status, _shown(response.headers.get("x-rivet-ray-id"))
        return response
    except SendTimedOut as error:  # the core's own form of it
        failure = Failure("TimeoutError", None, str(error), error.sent)
        raise
    except Exception as error:
        failure = Failure.of(error)
        raise
    finally:
        if status is not None or failure is not None:  # the caller has not given it up
            about = None if watch is None else watch.call
            path, duration = urlsplit(request.url).path, context.now() - started
            ended = RequestEnded(about, request.method, path, duration, status, ray_id, failure)
            context.observers.tell("request_ended", ended)


def note_retry(
    context: Context,
    watch: Watch | None,
    attempt: int,
    delay: float,
    error: RivetError,
    message: str,
    *,
    is_warning: bool,
) -> None:
    """Tell that a request is sent again after a pause; see `RetryScheduled`. The caller knows that somebody listens."""
    call = None if watch is None else watch.call
    event = RetryScheduled(call, attempt, delay, Failure.of(error), is_warning, message)
    context.observers.tell("retry_scheduled", event)


def _shown(ray_id: str | None) -> str | None:
    return None if ray_id is None else one_line(ray_id, _MAX_RAY_ID)
