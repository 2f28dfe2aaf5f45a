"""One raw WebSocket to an actor (PROTOCOL.md 10)."""

from __future__ import annotations

from typing import Any

from rivet_client.testing.fake.actors import Actor
from rivet_client.testing.fake.calls import Call, Calls
from rivet_client.testing.fake.context import Conn
from rivet_client.testing.fake.encoding import NO_ARGUMENTS
from rivet_client.testing.fake.failures import AnswerLost, shown
from rivet_client.testing.fake.raw import Request, WebSocket
from rivet_client.testing.fake.server import Socket

__all__ = ["RawSession"]


class RawSession:
    """Serves one raw WebSocket."""

    hibernates = False

    def __init__(
        self,
        calls: Calls,
        actor: Actor,
        socket: Socket,
        *,
        params: Any,
        request: Request,
    ) -> None:
        self._calls = calls
        self._actor = actor
        self._socket = socket
        self._conn = Conn(params, request, self)
        offered = [name for name in socket.subprotocols if name != "rivet" and not name.startswith("rivet_")]
        self._websocket = WebSocket(request, offered, socket)

    async def open(self) -> None:
        """Let the WebSocket in, and run the actor's handler for it."""
        actor, conn = self._actor, self._conn
        path = self._websocket.request.path
        call = Call("websocket", path, NO_ARGUMENTS, actor, conn, "connection")
        function = actor.definition.hooks.get("on_websocket")
        try:
            await self._calls.run(call, lambda: actor.admit(conn))
            if function is not None:  # else nobody ever answers
                await actor.run(function, conn, (self._websocket,))
        except AnswerLost:
            self._socket.abort()
        except Exception as error:
            self._socket.close(1011, shown(error, str(call)).name)

    # --- From the client -----------------------------------------------------------------------------------------

    def received(self, data: bytes | str) -> None:
        """Take a message."""
        self._websocket.take(data)

    def too_long(self) -> None:
        """Refuse a message that is too long."""
        self._socket.close(1009, "actor WebSocket message exceeds the maximum size")

    def closed(self, code: int, reason: str) -> None:
        """Note that the WebSocket has ended."""
        if code == 1006:
            code, reason = 1011, "ws.downstream_closed"
        self._websocket.end(code, reason)
        self._actor.directory.spawn(self._actor.dismiss(self._conn))

    # --- To the client -------------------------------------------------------------------------------------------

    def send_event(self, name: str, args: tuple[Any, ...]) -> None:
        """Send no event: a raw WebSocket has none."""

    def disconnect(self, reason: str) -> None:
        """Close the WebSocket from this side."""
        self._socket.close(1000, reason)
