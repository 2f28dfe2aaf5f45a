"""One connection to an actor, from its acceptance to its end (PROTOCOL.md 5)."""

from __future__ import annotations

from typing import Any

from rivet_client.errors import DecodeError
from rivet_client.testing.fake.actors import Actor
from rivet_client.testing.fake.calls import Call, Calls
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import NO_ARGUMENTS, Encoding, Unsayable
from rivet_client.testing.fake.failures import AnswerLost, ShownError, shown
from rivet_client.testing.fake.host import MAX_OUTGOING_BYTES, run_action, specifier_of
from rivet_client.testing.fake.raw import Request
from rivet_client.testing.fake.server import Socket
from rivet_client.values import UNDEFINED
from rivet_client_generated.protocol import messages

__all__ = ["Session"]


class Session:
    """Serves one connection."""

    hibernates = True

    def __init__(
        self,
        calls: Calls,
        actor: Actor,
        socket: Socket,
        encoding: Encoding,
        *,
        params: Any,
        request: Request,
        ray: str,
    ) -> None:
        self._calls = calls
        self._actor = actor
        self._conn = Conn(params, request, self)
        self._socket = socket
        self._encoding = encoding
        self._ray = ray
        self._is_open = False
        self._early: list[messages.ToServer] = []  # what comes before the connection is open

    async def open(self) -> None:
        """Let the connection in, or end it."""
        call = Call("connect", "", NO_ARGUMENTS, self._actor, self._conn, "connection")
        try:
            await self._calls.run(call, lambda: self._actor.admit(self._conn))
        except AnswerLost:
            self._socket.abort()
            return
        except Exception as error:
            failure = shown(error, str(call))
            if not failure.by_engine:
                self._send(self._error(failure, None))
            self._close_as(failure)
            return
        if not self._socket.is_open:  # it ended while a hook waited
            await self._actor.dismiss(self._conn)
            return
        self._send(messages.Init(actor_id=self._actor.id, connection_id=self._conn.id))
        self._is_open = True
        early, self._early = self._early, []
        for message in early:
            self._handle(message)

    # --- From the client -----------------------------------------------------------------------------------------

    def received(self, data: bytes | str) -> None:
        """Take a message."""
        try:
            message = self._encoding.read_message(data)
        except DecodeError:
            self._socket.close(1011, "actor.invalid_request")
            return
        if self._is_open:
            self._handle(message)
        else:
            self._early.append(message)

    def too_long(self) -> None:
        """Refuse a message that is too long."""
        self._socket.close(1011, "message.incoming_too_long")

    def closed(self, code: int, reason: str) -> None:
        """Note that the connection has ended."""
        if self._is_open:
            self._actor.directory.spawn(self._actor.dismiss(self._conn))

    def _handle(self, message: messages.ToServer) -> None:
        self._actor.directory.spawn(self._serve(message))

    async def _serve(self, message: messages.ToServer) -> None:
        try:
            await self._actor.wake()
            if isinstance(message, messages.ActionRequest):
                await self._call(message)
            elif message.subscribe:
                await self._actor.check_allowed("can_subscribe", message.event_name, self._conn)
                self._conn.subscriptions.add(message.event_name)
            else:
                self._conn.subscriptions.discard(message.event_name)
        except Exception as error:
            # The actor does not wake, or this engine has a defect. Nobody may wait for ever.
            self._close_as(shown(error, f"a connection to {self._actor}"))

    async def _call(self, message: messages.ActionRequest) -> None:
        try:
            arguments = self._encoding.arguments(message.args)
            output = await run_action(
                self._calls, self._actor, self._conn, message.name, arguments, "connection", self._dump
            )
        except AnswerLost as lost:
            if not lost.is_silent:
                self._socket.abort()
            return
        except Unsayable:
            self._socket.close(1011, "actor.send_failed")
            return
        except Exception as error:
            failure = shown(error, f"action {message.name!r} of {self._actor}")
            if failure.by_engine:
                self._close_as(failure)
            else:
                self._send(self._error(failure, message.id))
            return
        answer = self._encoding.write_message(messages.ActionResponse(id=message.id, output=output))
        if len(answer) > MAX_OUTGOING_BYTES:
            failure = ShownError("message", "outgoing_too_long", "the answer is too long")
            self._send(self._error(failure, message.id, names_actor=False))
        else:
            self._write(answer)

    # --- To the client -------------------------------------------------------------------------------------------

    def send_event(self, name: str, args: tuple[Any, ...]) -> None:
        """Send an event."""
        try:
            payload = self._encoding.dump_for_connection(list(args) or [UNDEFINED], f"event {name!r}")
        except Unsayable:
            return  # as with a real host, a client whose encoding cannot carry the event does not get it
        data = self._encoding.write_message(messages.Event(name=name, args=payload))
        if len(data) > MAX_OUTGOING_BYTES:
            self._socket.close(1011, "message.outgoing_too_long")
        else:
            self._write(data)

    def disconnect(self, reason: str) -> None:
        """Close the connection from this side."""
        self._socket.close(1000, reason)

    def _error(
        self, failure: ShownError, action_id: int | None, *, names_actor: bool = True
    ) -> messages.Error:
        actor = failure.actor
        if actor is None and action_id is not None and names_actor:
            actor = specifier_of(self._actor)
        return messages.Error(
            group=failure.group,
            code=failure.code,
            message=failure.message,
            metadata=None if failure.metadata is None else self._encoding.dump_plain(failure.metadata),
            action_id=action_id,
            actor=None
            if actor is None
            else messages.ActorSpecifier(actor_id=actor.actor_id, generation=actor.generation, key=actor.key),
        )

    def _dump(self, result: object) -> Any:
        return self._encoding.dump_for_connection(result, "result")

    def _close_as(self, failure: ShownError) -> None:
        ray = f"#{self._ray}" if failure.by_engine else ""
        self._socket.close(1011, f"{failure.name}{ray}")

    def _send(self, message: messages.ToClient) -> None:
        self._write(self._encoding.write_message(message))

    def _write(self, data: bytes) -> None:
        self._socket.send(data.decode() if self._encoding.is_text else data)
