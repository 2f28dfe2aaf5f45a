"""The host of an actor, over HTTP: actions, queues and raw requests (PROTOCOL.md 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from rivet_client.errors import ActorSpecifier, DecodeError
from rivet_client.testing.fake import routes
from rivet_client.testing.fake.actors import Actor
from rivet_client.testing.fake.calls import Call, Calls, Lane, QueueOutcome
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import NO_ARGUMENTS, Arguments, Encoding, Unsayable
from rivet_client.testing.fake.failures import MASKED, AnswerLost, Failure, ShownError, shown, usual
from rivet_client.testing.fake.http import HEADER_VALUE, Answer
from rivet_client.testing.fake.raw import Request, as_response

__all__ = ["MAX_INCOMING_BYTES", "MAX_OUTGOING_BYTES", "Host", "Visit", "run_action", "specifier_of"]

T = TypeVar("T")

MAX_INCOMING_BYTES: Final = 65_536
MAX_OUTGOING_BYTES: Final = 1_048_576
_TOO_LONG = "the message is longer than the limit of {} bytes"

_NOT_THE_ACTORS = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})
"""Headers of an answer that belong to the stream."""


@dataclass(slots=True)
class Visit:
    """A request to an actor, at the door of its host. For the same reason as `HttpRequest`, it is not frozen.

    Attributes:
        actor: The actor, awake.
        method, headers, body: The request's.
        path, query: Where below the actor it goes.
        encoding: What it asks for.
    """

    actor: Actor
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    encoding: Encoding

    def as_seen(self, path: str) -> Request:
        """The request, as the actor sees it."""
        query = f"?{self.query}" if self.query else ""
        headers = dict(self.headers)
        # Of a request that the client was given, and sends on.
        original = headers.pop("x-rivet-internal-original-request-url", None)
        return Request(self.method, original or f"http://127.0.0.1{path}{query}", headers, self.body)


class Host:
    """Answers requests to actors."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def answer(self, visit: Visit) -> Answer:
        """Answer a request.

        Raises:
            Failure: The engine answers, and not the host.
            AnswerLost: Nobody answers.
        """
        try:
            answer = await self._answer(visit)
        except AnswerLost:
            raise
        except Exception as error:
            failure = shown(error, f"{visit.method} {visit.path} of {visit.actor}")
            if failure.by_engine:
                raise
            answer = _failed(visit, failure)
        _add_names(answer.headers, visit.actor)
        return answer

    async def _answer(self, visit: Visit) -> Answer:
        below = routes.below_actor(visit.path)
        if below is None:
            message = f"Actor route '{visit.path}' was not found."
            metadata = {"id": visit.path, "resource": "route"}
            raise _by_host("actor", "not_found", message, metadata)
        kind, name = below
        if kind in ("action", "queue"):
            if visit.method != "POST":
                metadata = {"method": visit.method, "path": visit.path}
                raise _by_host("actor", "method_not_allowed", "the route takes POST only", metadata)
            body = await (self._action if kind == "action" else self._queue)(visit, name)
            return Answer(200, {"content-type": visit.encoding.content_type}, body)
        if kind == "request":
            return await self._request(visit, name)
        if visit.method not in ("GET", "HEAD"):
            raise _by_host("actor", "method_not_allowed", "the route takes GET only")
        return _information(kind)

    async def _action(self, visit: Visit, name: str) -> bytes:
        encoding = visit.encoding
        payload = _read(visit, encoding.read_action)
        arguments = encoding.arguments(payload)

        def encode(result: object) -> bytes:
            return _written(encoding.write_action(_dumped(encoding, result)))

        async def work(conn: Conn) -> bytes:
            return await run_action(self._calls, visit.actor, conn, name, arguments, "http", encode)

        return await self._visited(visit, work)

    async def _queue(self, visit: Visit, name: str) -> bytes:
        from rivet_client_generated.protocol.messages import HttpQueueSendResponse

        encoding, actor = visit.encoding, visit.actor
        message = _read(visit, encoding.read_queue)
        arguments = encoding.body(message.body)
        timeout = None if message.timeout is None else message.timeout / 1000

        def encode(outcome: QueueOutcome) -> bytes:
            response = None if outcome.reply is None else _dumped(encoding, outcome.reply)
            answer = HttpQueueSendResponse(status=outcome.status, response=response)
            return _written(encoding.write_queue(answer))

        async def work(conn: Conn) -> bytes:
            call = Call("queue", name, arguments, actor, conn, "http")

            async def consume() -> QueueOutcome:
                function, contract = actor.definition.queues.get(name), actor.contract
                if contract is not None:
                    contract.check_message(name, arguments.trees[0])
                if function is None:  # a host drops a message that nobody asks for
                    return QueueOutcome("completed", is_dropped=True)
                await actor.check_allowed("can_publish", name, conn)
                ended = partial(self._calls.consumed, call)
                consumed = actor.enqueue(name, function, arguments.values[0], ended)
                if not message.wait:
                    return QueueOutcome("completed")
                done, _ = await _in_time(actor, asyncio.wait([consumed], timeout=timeout))
                return QueueOutcome("completed", consumed.result()) if done else QueueOutcome("timedOut")

            body: bytes = await self._calls.run(call, consume, encode)
            return body

        return await self._visited(visit, work)

    async def _request(self, visit: Visit, path: str) -> Answer:
        if visit.path == "/request" and visit.query:
            raise usual("envoy", "fetch_failed")
        actor = visit.actor
        request = visit.as_seen(path)

        async def work(conn: Conn) -> Answer:
            call = Call("request", path, NO_ARGUMENTS, actor, conn, "http")
            returned = await self._calls.run(call, lambda: actor.hook("on_request", request, conn=conn))
            if "on_request" not in actor.definition.hooks:
                return Answer(404)
            response = as_response(returned)
            headers = {name: value for name, value in response.headers.items() if name not in _NOT_THE_ACTORS}
            return Answer(response.status, headers, b"" if visit.method == "HEAD" else response.body)

        return await self._visited(visit, work, request)

    async def _visited(
        self, visit: Visit, work: Callable[[Conn], Awaitable[T]], request: Request | None = None
    ) -> T:
        """Do something over a connection that lasts as long."""
        try:
            params = routes.read_params(visit.headers.get("x-rivet-conn-params"))
        except DecodeError:
            raise _unreadable() from None
        conn = Conn(params, request or visit.as_seen(visit.path))
        await visit.actor.admit(conn)
        try:
            return await work(conn)
        finally:
            await visit.actor.dismiss(conn)


async def run_action(
    calls: Calls,
    actor: Actor,
    conn: Conn,
    name: str,
    arguments: Arguments,
    over: Lane,
    encode: Callable[[Any], T],
) -> T:
    """Run an action and return what `encode` makes of what it returns.

    Raises:
        AnswerLost: The client is to get no answer.
        Exception: What it raised.
    """

    async def work() -> Any:
        function, contract = actor.definition.actions.get(name), actor.contract
        if function is None:
            message = f"Action `{name}` was not found." if contract is None else contract.missing(name)
            raise usual("actor", "action_not_found", message=message)
        if contract is not None:
            contract.check_arguments(name, arguments.trees)
        result = await _in_time(actor, actor.run(function, conn, arguments.values))
        if contract is not None:
            contract.check_result(name, result, function.__qualname__)
        return result

    sent: T = await calls.run(Call("action", name, arguments, actor, conn, over), work, encode)
    return sent


async def _in_time(actor: Actor, work: Awaitable[T]) -> T:
    """Wait for something as long as an action may take."""
    limit = asyncio.timeout(actor.definition.options.action_timeout)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise usual("actor", "action_timed_out") from None
        raise


def specifier_of(actor: Actor) -> ActorSpecifier:
    """How errors name an actor."""
    return ActorSpecifier(actor.id, actor.generation, _key_text(actor))


def _read(visit: Visit, read: Callable[[bytes], Any]) -> Any:
    if len(visit.body) > MAX_INCOMING_BYTES:
        raise _by_host("message", "incoming_too_long", _TOO_LONG.format(MAX_INCOMING_BYTES))
    try:
        return read(visit.body)
    except DecodeError:
        raise _unreadable() from None


def _dumped(encoding: Encoding, value: object) -> Any:
    try:
        return encoding.dump(value, "result")
    except Unsayable:
        return None  # a host says nothing at all where JSON cannot say one part


def _written(body: bytes) -> bytes:
    if len(body) > MAX_OUTGOING_BYTES:
        raise _by_host("message", "outgoing_too_long", _TOO_LONG.format(MAX_OUTGOING_BYTES))
    return body


def _by_host(group: str, code: str, message: str, metadata: Any = None, status: int | None = None) -> Failure:
    return Failure(group, code, message=message, metadata=metadata, status=status)


def _unreadable() -> Failure:
    return _by_host("core", "internal_error", MASKED, status=400)


def _information(kind: str) -> Answer:
    if kind == "metadata":
        return Answer(
            200,
            {"content-type": "application/json"},
            b'{"runtime":"rivetkit","type":"local","version":"2.3.19"}',
        )
    text = b"ok" if kind == "health" else b"This is a RivetKit actor."
    return Answer(200, {"content-type": "text/plain;charset=UTF-8"}, text)


def _failed(visit: Visit, failure: ShownError) -> Answer:
    """The host's answer that something failed."""
    from rivet_client_generated.protocol import messages

    encoding, named = visit.encoding, failure.actor or specifier_of(visit.actor)
    error = messages.HttpResponseError(
        group=failure.group,
        code=failure.code,
        message=failure.message,
        metadata=None if failure.metadata is None else encoding.dump_plain(failure.metadata),
        actor=messages.ActorSpecifier(actor_id=named.actor_id, generation=named.generation, key=named.key),
    )
    headers = {"content-type": encoding.content_type}
    return Answer(failure.status, headers, encoding.write_error(error))


def _add_names(headers: dict[str, str], actor: Actor) -> None:
    """Add the headers by which a host says which actor has answered."""
    headers["x-rivet-actor"] = actor.id
    headers["x-rivet-actor-generation"] = str(actor.generation)
    key = _key_text(actor)
    if key is not None and HEADER_VALUE.fullmatch(key):
        headers["x-rivet-actor-key"] = key


def _key_text(actor: Actor) -> str | None:
    return "" if actor.serialized_key == "/" else actor.serialized_key
