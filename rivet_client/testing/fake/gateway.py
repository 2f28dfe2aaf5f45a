"""Requests and WebSockets to actors: what is called, and what is answered (PROTOCOL.md 3 to 5 and 10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rivet_client.errors import ActorSpecifier, ConfigError, DecodeError
from rivet_client.testing.fake import routes
from rivet_client.testing.fake.actors import Actor, Directory
from rivet_client.testing.fake.calls import Call, Calls, Lane
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import JSON, Arguments, Encoding, arguments_of
from rivet_client.testing.fake.failures import MASKED, AnswerLost, Failure, ShownError, shown
from rivet_client.testing.fake.http import Answer, HttpRequest
from rivet_client.testing.fake.raw import Request
from rivet_client.testing.fake.routes import ActorRoute, ById

__all__ = ["MAX_INCOMING_BYTES", "MAX_OUTGOING_BYTES", "ActorGateway", "run_action", "specifier_of"]

MAX_INCOMING_BYTES = 65_536
MAX_OUTGOING_BYTES = 1_048_576

_HEADER_VALUE = re.compile(r"[!-~\x80-\U0010ffff](?:[\t -~\x80-\U0010ffff]*[!-~\x80-\U0010ffff])?|")
_UNREADABLE = ShownError("core", "internal_error", MASKED, status=400)
_TOO_LONG_IN = ShownError("message", "incoming_too_long", "the message is too long", status=400)
_TOO_LONG_OUT = ShownError("message", "outgoing_too_long", "the answer is too long", status=400)


class ActorGateway:
    """Answers requests to actors."""

    def __init__(self, directory: Directory, calls: Calls, encodings: Mapping[str, Encoding]) -> None:
        self._directory = directory
        self._calls = calls
        self._encodings = encodings

    async def find(self, address: routes.Address) -> Actor:
        """The actor of an address, awake. It is made if the address says so.

        Raises:
            Failure: There is none, or it does not start.
        """
        if isinstance(address, ById):
            actor = self._directory.by_id(address.actor_id)
        else:
            self._directory.check_namespace(address.namespace)
            actor = self._directory.by_key(address.namespace, address.name, routes.serialize_key(address.key))
            if address.creates:
                if address.region not in (None, "default"):
                    raise Failure("datacenter", "not_found")
                pool = address.pool or ""
                self._directory.check_pool(address.namespace, pool)
                if actor is None:
                    actor = self._directory.create(
                        address.namespace, address.name, address.key, pool=pool, input=address.input
                    )
        if actor is None:
            raise Failure("actor", "not_found")
        await actor.wake()
        return actor

    async def answer(self, route: ActorRoute, request: HttpRequest, headers: Mapping[str, str]) -> Answer:
        """Answer a request to an actor.

        Raises:
            Failure: The engine answers, and not the actor.
            AnswerLost: Nobody answers.
        """
        actor = await self.find(route.address)
        below = routes.below_actor(route.path)
        encoding = self._encodings.get(headers.get("x-rivet-encoding", "json"), JSON)
        if below is None:
            message = f"Actor route '{route.path}' was not found."
            return self._failed(ShownError("actor", "not_found", message, status=404), actor, encoding)
        kind, name = below
        if kind == "action" and request.method != "POST":
            failure = ShownError("actor", "method_not_allowed", "only POST calls an action", status=405)
            return self._failed(failure, actor, encoding)
        try:
            if kind == "action":
                body = await self._action(actor, name, request, headers, encoding)
                return Answer(200, {"content-type": encoding.content_type, **_named(actor)}, body)
        except AnswerLost:
            raise
        except _Failed as failed:
            return self._failed(failed.failure, actor, encoding)
        except Exception as error:
            return self._failed(shown(error, f"{kind} {name!r} of {actor}"), actor, encoding)
        return Answer(404, _named(actor))

    async def _action(
        self, actor: Actor, name: str, request: HttpRequest, headers: Mapping[str, str], encoding: Encoding
    ) -> bytes:
        if len(request.body) > MAX_INCOMING_BYTES:
            raise _Failed(_TOO_LONG_IN)
        try:
            payload = encoding.read_action(request.body)
            params = routes.read_params(headers.get("x-rivet-conn-params"))
        except DecodeError:
            raise _Failed(_UNREADABLE) from None
        conn = Conn(params, Request(request.method, request.target, headers))
        await actor.admit(conn)
        try:
            arguments = arguments_of(encoding.tree(payload))
            result = await run_action(self._calls, actor, conn, name, arguments, "http")
        finally:
            await actor.dismiss(conn)
        try:
            output = encoding.dump(result, "result")
        except ConfigError:
            if encoding.name == "bare":
                raise
            output = None  # as a real host does, where an encoding cannot carry a value
        body = encoding.write_action(output)
        if len(body) > MAX_OUTGOING_BYTES:
            raise _Failed(_TOO_LONG_OUT)
        return body

    def _failed(self, failure: ShownError, actor: Actor, encoding: Encoding) -> Answer:
        """The answer of an actor's host that something failed."""
        if failure.by_engine:
            raise Failure(
                failure.group,
                failure.code,
                message=failure.message,
                metadata=failure.metadata,
                by_engine=True,
                status=failure.status,
            )
        headers = {"content-type": encoding.content_type, **_named(actor)}
        return Answer(failure.status, headers, _error_body(failure, encoding, specifier_of(actor)))


class _Failed(Exception):
    """What the host of an actor refuses by itself."""

    def __init__(self, failure: ShownError) -> None:
        self.failure = failure


def _error_body(failure: ShownError, encoding: Encoding, actor: ActorSpecifier) -> bytes:
    """The body that tells of a failure."""
    from rivet_client_generated.protocol import messages

    named = failure.actor or actor
    return encoding.write_error(
        messages.HttpResponseError(
            group=failure.group,
            code=failure.code,
            message=failure.message,
            metadata=None if failure.metadata is None else encoding.dump_plain(failure.metadata),
            actor=messages.ActorSpecifier(
                actor_id=named.actor_id, generation=named.generation, key=named.key
            ),
        )
    )


def specifier_of(actor: Actor) -> ActorSpecifier:
    """How errors name an actor."""
    return ActorSpecifier(actor.id, actor.generation, _key_text(actor))


async def run_action(
    calls: Calls, actor: Actor, conn: Conn, name: str, arguments: Arguments, over: Lane
) -> Any:
    """Run an action and return what it returns.

    Raises:
        AnswerLost: The client is to get no answer.
        Exception: What it raised.
    """

    async def work() -> Any:
        function = actor.definition.actions.get(name)
        if function is None:
            raise Failure("actor", "action_not_found", message=f"action '{name}' was not found")
        return await actor.run(function, conn, arguments.values)

    return await calls.run(Call("action", name, arguments, actor, conn, over), work)


def _named(actor: Actor) -> dict[str, str]:
    """The headers by which a host says which actor has answered."""
    headers = {"x-rivet-actor": actor.id, "x-rivet-actor-generation": str(actor.generation)}
    key = _key_text(actor)
    if key is not None and _HEADER_VALUE.fullmatch(key):
        headers["x-rivet-actor-key"] = key
    return headers


def _key_text(actor: Actor) -> str | None:
    return "" if actor.serialized_key == "/" else actor.serialized_key
