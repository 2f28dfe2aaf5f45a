"""Messages for queues over HTTP (PROTOCOL.md 4.5)."""

from __future__ import annotations

from rivet_client._checks import check_timeout
from rivet_client._core.context import Context
from rivet_client._core.effects import MESSAGES, Flow, load
from rivet_client._core.flows.timing import start_timer
from rivet_client._core.flows.to_actor import ActorRequest, read_answer, send_to_actor
from rivet_client._core.gateway import queue_path
from rivet_client._core.keys import check_name
from rivet_client._core.target import Target
from rivet_client.values import QueueSendResult

__all__ = ["send_queue"]

_QUEUE_GRACE = 5.0
"""A request that waits for the actor gets this many seconds more than the actor."""


def send_queue(
    context: Context,
    target: Target,
    queue: object,
    body: object,
    *,
    wait: bool = False,
    timeout: float | None = None,
    skip_ready_wait: bool | None = None,
) -> Flow[QueueSendResult | None]:
    """Send to a queue over HTTP.

    Args:
        context: The client's.
        target: The actor.
        queue: The queue's name.
        body: The message.
        wait: Wait until the actor completes the message.
        timeout: With `wait`, how long the actor has, in seconds; the request itself has a little longer.
            Without `wait`, the request's deadline.
        skip_ready_wait: Send to an actor that is not ready; None for the client's setting.

    Returns:
        None, or with `wait` what became of the message.

    Raises:
        ActorError: `queue.full`, `auth.forbidden`, … (PROTOCOL.md 4.5).
        ConfigError, TypeError, TransportError, ProtocolError, ActionTimeoutError: As everywhere.
    """
    name = check_name("queue name", queue)
    seconds = check_timeout("timeout", timeout)
    deadline = seconds if seconds is None or not wait else seconds + _QUEUE_GRACE
    yield from load(MESSAGES)
    from rivet_client_generated.protocol.base import made
    from rivet_client_generated.protocol.messages import HttpQueueSendRequest

    timer = start_timer(context, f"send to queue {name!r} of {target}", deadline)
    encoding = context.encoding
    fields = {
        "body": encoding.dump(body, "body"),
        "name": name,
        "wait": wait,
        "timeout": round(seconds * 1000) if wait and seconds is not None else None,
    }
    request = ActorRequest(
        method="POST",
        path=queue_path(name),
        message=made(HttpQueueSendRequest, fields),
        encode=encoding.messages.encode_queue,
        content_type=encoding.content_type,
        skip_ready_wait=context.skips_ready_wait(skip_ready_wait),
        to_queue=True,
    )
    with timer.watching("queue", name, target):
        response = yield from send_to_actor(timer, target, request)
        if not wait:
            return None
        answer = read_answer(timer, response, encoding.messages.decode_queue)
        reply = None if answer.response is None else encoding.load(answer.response)
        return QueueSendResult(answer.status, reply)
