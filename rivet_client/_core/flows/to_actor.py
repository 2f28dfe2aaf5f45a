"""Sending a request to an actor, wherever it is: the attempts, and what an answer means (PROTOCOL.md 3, 4 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rivet_client._core.effects import Flow, HttpRequest, HttpResponse, leaves_body
from rivet_client._core.encoding import JSON
from rivet_client._core.failures import (
    actor_error,
    error_from_response,
    not_from_engine,
    version_of_refusal,
)
from rivet_client._core.flows.actor_url import find_url
from rivet_client._core.flows.explain import explain_failure
from rivet_client._core.flows.locate import endpoint_doubt, ensure_located
from rivet_client._core.flows.names import explain_unknown_name
from rivet_client._core.flows.timing import Timer, retrying
from rivet_client._core.gateway import params_json, protocol_headers, user_headers
from rivet_client._core.retry import backoff, is_gone, lost_race, next_delay
from rivet_client._core.target import Target
from rivet_client._core.wording import Asked
from rivet_client._secret import Secret
from rivet_client.errors import (
    ActorError,
    DecodeError,
    ProtocolError,
    RivetError,
    TransportError,
    with_outcome,
)

__all__ = ["ActorRequest", "read_answer", "send_to_actor"]

M = TypeVar("M")


@dataclass(slots=True, kw_only=True)
class ActorRequest:
    """A request to an actor. Nobody changes it. For the same reason as `HttpRequest`, it is not frozen.

    Attributes:
        method: HTTP method.
        path: Percent-encoded path below the actor.
        query: The user's query string, without "?".
        body: As `HttpRequest.body`, where there is no `encode`.
        message: What `encode` makes the body of.
        encode: Makes the body in a version of the protocol; None if the body is none of the protocol's.
        content_type: Of the body; None where the user's headers say it, or where there is no body.
        skip_ready_wait: Send it to an actor that is not ready, too.
        action: The action that it calls, if it calls one.
        to_queue: Whether it is a message for a queue.
        own_headers: The user's headers. They make it a raw request: errors are answers like any other, unless the
            gateway made them.
        is_replayable: Whether the body can be sent a second time.
        max_raw_bytes: As `Send.max_raw_bytes`.
    """

    method: str
    path: str
    query: str = field(default="", repr=False)
    body: Any = field(default=b"", repr=False)
    message: Any = field(default=None, repr=False)
    encode: Callable[[Any, int], bytes] | None = field(default=None, repr=False)
    content_type: str | None = None
    skip_ready_wait: bool = False
    action: str | None = None
    to_queue: bool = False
    own_headers: Secret[Mapping[str, str]] | None = None
    is_replayable: bool = True
    max_raw_bytes: int | None = None

    @property
    def is_raw(self) -> bool:
        """Whether the request is the user's own, rather than one of the protocol."""
        return self.own_headers is not None

    @property
    def follows_key(self) -> bool:
        """Whether the request goes to the next actor that has the key, if the one addressed is gone.

        After `destroy`, the actor is gone because the user wanted that. No new actor may be made only to be destroyed.
        """
        return self.action != "destroy"


def send_to_actor(timer: Timer, target: Target, request: ActorRequest) -> Flow[HttpResponse]:
    """Send to an actor, wherever it is, and return the first answer that is not an error.

    Raises:
        ActorError: The actor threw, or the gateway could not reach it.
        ConfigError, TypeError: The request cannot be carried; nothing was sent.
        TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    yield from ensure_located(timer)
    attempts = _Attempts(timer, target, request)
    try:
        return (yield from retrying(timer, attempts.send, attempts.delay_after))
    except (ActorError, TransportError, ProtocolError) as error:
        told = yield from attempts.outcome(error)
        raise told.with_traceback(error.__traceback__) from error.__cause__


class _Attempts:
    """The attempts to send one request.

    Attributes:
        body: What was sent last.
        has_url: Whether the last attempt had a URL. If not, only the actor was looked up.
        sent_to: The actor's id in the URL of the last attempt, if the URL had one.
    """

    __slots__ = (
        "_encoding",
        "_headers",
        "_request",
        "_target",
        "_timer",
        "_version",
        "body",
        "has_url",
        "sent_to",
    )

    def __init__(self, timer: Timer, target: Target, request: ActorRequest) -> None:
        context = timer.context
        self._timer = timer
        self._target = target
        self._request = request
        # A raw request has no encoding. What its handler throws then comes as JSON, which the user can read.
        self._encoding = JSON if request.is_raw else context.encoding
        users = user_headers(context.headers, request.own_headers, context.trace())
        protocols = protocol_headers(
            context.endpoint,
            encoding=self._encoding.name,
            content_type=request.content_type,
            params=params_json(target.params.value),
            skip_ready_wait=request.skip_ready_wait,
        )
        self._headers = Secret({**users.reveal(), **protocols.reveal()})
        self._version = context.versions.first
        self.body: Any = request.body
        self.has_url = False
        self.sent_to: str | None = None

    def send(self) -> Flow[HttpResponse]:
        """Make one attempt, and remember what its answer tells of the actor."""
        timer, target, request = self._timer, self._target, self._request
        self.has_url = False
        url, self.sent_to = yield from find_url(
            timer,
            target,
            request.path,
            request.query,
            skip_ready_wait=request.skip_ready_wait,
            use_learned=request.is_replayable,
        )
        self.has_url = True
        is_raw = request.is_raw
        while True:
            if request.encode is not None:
                self.body = request.encode(request.message, self._version)
            response = yield from timer.send(
                HttpRequest(request.method, url, self._headers.reveal(), self.body),
                raw=is_raw,
                idempotent=False,
                max_raw_bytes=request.max_raw_bytes,
            )
            if response.status != 400 or not self._is_too_new(response):
                break
        if response.status < 300 or leaves_body(is_raw, response.status, response.headers):
            target.learn(response.headers.get("x-rivet-actor"))
            timer.context.known_names.add(target.name)
            if request.action is not None:
                timer.context.actions_of(target.name).add(request.action)
            return response
        error = self._error_from(response)
        raise (yield from explain_failure(timer, target, error)) from error.__cause__

    def _is_too_new(self, response: HttpResponse) -> bool:
        """Whether the host has refused the version of the request, and there is an older one to write."""
        if self._request.encode is None:
            return False
        known = version_of_refusal(self._encoding, response)
        if known is None or known >= self._version:
            return False
        self._version = self._timer.context.versions.learn(known, str(self._target))
        if (watch := self._timer.watch) is not None:
            watch.next_reason = "version"
            watch.attempt()
        return True

    def _error_from(self, response: HttpResponse) -> RivetError:
        context, request = self._timer.context, self._request
        asked = Asked(
            actor=str(self._target),
            actor_id=self._target.chosen_id,
            namespace=context.endpoint.namespace,
            action=request.action,
            actions=context.actions_of(self._target.name),
            size=None if request.is_raw else len(self.body),
            to_queue=request.to_queue,
            endpoint_doubt=endpoint_doubt(context),
            error_classes=context.error_classes,
        )
        return error_from_response(self._encoding, response, context.endpoint.url, asked=asked)

    def delay_after(self, error: ActorError | TransportError, number: int) -> float | None:
        """Seconds until the attempt after this one, which has failed; None if it was the last."""
        timer, target, request = self._timer, self._target, self._request
        if not self.has_url:
            return None  # the attempt ended while it looked the actor up, which has retries of its own
        timer.may_have_run = timer.may_have_run or error.may_have_run
        gone = is_gone(error)
        stale = gone and self.sent_to is not None and not target.is_static
        if stale:
            target.forget(self.sent_to)
        # A call that lost the race to create the actor has not reached the actor that won.
        ends = gone and (target.is_static or not (request.follows_key or lost_race(error)))
        if ends or not request.is_replayable:
            return None
        policy = timer.context.config.retry
        jitter = timer.context.jitter()
        if stale and number <= policy.max_attempts:
            if timer.watch is not None:
                timer.watch.next_reason = "re-resolved"
            return 0.0  # even with retries switched off, because the client itself chose the id that was out of date
        if gone and number < policy.max_attempts and target.how == "get_or_create":
            return backoff(number, policy.initial_delay, policy.max_delay, jitter)
        return next_delay(policy, error, number, jitter)

    def outcome(self, error: ActorError | TransportError | ProtocolError) -> Flow[RivetError]:
        """The caller's error, after the last attempt has ended with `error`."""
        timer, target = self._timer, self._target
        answered = self.has_url and isinstance(error, ProtocolError)
        may_have_run = timer.may_have_run or (answered and error.may_have_run)
        if self.has_url and target.how == "get" and isinstance(error, ActorError) and is_gone(error):
            why = yield from explain_unknown_name(timer, target)
            if why is not None:
                return actor_error(
                    error.group,
                    error.code,
                    f"{error.message}: {why}",
                    metadata=error.metadata,
                    ray_id=error.ray_id,
                    may_have_run=may_have_run,
                    classes=timer.context.error_classes,
                )
        return with_outcome(error, may_have_run=may_have_run)


def read_answer(timer: Timer, response: HttpResponse, decode: Callable[[bytes], M]) -> M:
    """The message in a good answer.

    Raises:
        ProtocolError: The answer holds no message. If it is a page of text, the error is that of `not_from_engine`.
    """
    try:
        return decode(response.body)
    except DecodeError:
        if response.headers.get("content-type", "").startswith("text/"):
            raise not_from_engine(response, timer.context.endpoint.url) from None
        raise
