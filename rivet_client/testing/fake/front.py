"""Who answers a request: the control API, or an actor through the gateway. What all answers have in common."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rivet_client.errors import DecodeError
from rivet_client.testing.fake import routes
from rivet_client.testing.fake.actors import Actor, Directory
from rivet_client.testing.fake.calls import Calls
from rivet_client.testing.fake.control import ControlApi
from rivet_client.testing.fake.encoding import JSON, Encoding
from rivet_client.testing.fake.failures import AnswerLost, Failure, ShownError, shown, usual
from rivet_client.testing.fake.gateway import find_actor
from rivet_client.testing.fake.host import MAX_INCOMING_BYTES, Host, Visit
from rivet_client.testing.fake.http import Answer, HttpRequest, Refusal
from rivet_client.testing.fake.raw import Request
from rivet_client.testing.fake.raw_session import RawSession
from rivet_client.testing.fake.server import MAX_RAW_MESSAGE_BYTES, Socket

if TYPE_CHECKING:
    from rivet_client.testing.fake.session import Session

__all__ = ["Front"]


class Front:
    """Takes every request, and every WebSocket."""

    def __init__(self, directory: Directory, calls: Calls, encodings: Mapping[str, Encoding]) -> None:
        self._directory = directory
        self._control = ControlApi(directory)
        self._host = Host(calls)
        self._calls = calls
        self._encodings = encodings
        self._rays = itertools.count(1)

    async def answer(self, request: HttpRequest) -> Answer:
        """Answer a request.

        Raises:
            AnswerLost: Nobody answers.
        """
        headers = request.headers
        ray = self._ray(headers)
        try:
            route = routes.read_gateway(request.target, headers)
            if route is None:
                answer = await self._control.answer(request)
            elif request.method == "OPTIONS":
                answer = _preflight(headers)
            else:
                actor = await find_actor(self._directory, route.address)
                encoding = self._encodings.get(headers.get("x-rivet-encoding", "json"), JSON)
                answer = await self._host.answer(
                    Visit(actor, request.method, route.path, route.query, headers, request.body, encoding)
                )
        except AnswerLost:
            raise
        except Exception as error:
            answer = _failed(shown(error, f"{request.method} {request.target}"))
        answer.headers["x-rivet-ray-id"] = ray
        return answer

    def refuse(self, refusal: Refusal) -> Answer:
        """Answer a request that is not read to its end."""
        if refusal.too_long:
            return _failed(shown(usual("guard", "invalid_request_body", status=refusal.status)))
        return Answer(refusal.status)

    async def open(self, request: HttpRequest, socket: Socket) -> None:
        """Serve a WebSocket: accept it and say who listens to it, or end it."""
        headers = request.headers
        ray = self._ray(headers)
        try:
            await self._open(request, headers, socket, ray)
        except Failure as error:
            # An error of the gateway is no answer to the handshake, but the end of what it has opened.
            socket.accept({"x-rivet-ray-id": ray})
            socket.close(1011, f"{shown(error).name}#{ray}")

    async def _open(self, request: HttpRequest, headers: Mapping[str, str], socket: Socket, ray: str) -> None:
        if not socket.subprotocols:
            raise usual("guard", "missing_header", metadata={"header": "sec-websocket-protocol"})
        handshake = routes.read_handshake(socket.subprotocols)
        route = _socket_route(request.target, handshake)
        actor = await find_actor(self._directory, route.address)
        try:
            params = routes.read_params(handshake.params)
        except DecodeError:
            raise usual("guard", "websocket_closed_before_open") from None
        query = f"?{route.query}" if route.query else ""
        seen = Request("GET", f"http://127.0.0.1{route.path}{query}", headers)
        session: Session | RawSession | None
        if route.path == "/connect":
            session = self._session(actor, socket, handshake, params=params, request=seen, ray=ray)
            limit = MAX_INCOMING_BYTES
        else:
            session = RawSession(self._calls, actor, socket, params=params, request=seen)
            limit = MAX_RAW_MESSAGE_BYTES
        socket.accept({"x-rivet-ray-id": ray}, max_message_bytes=limit)
        if session is None:
            socket.close(1003, "actor.unsupported_websocket_encoding")
            return
        socket.listen(session, actor)
        await session.open()

    def _session(
        self,
        actor: Actor,
        socket: Socket,
        handshake: routes.Handshake,
        *,
        params: Any,
        request: Request,
        ray: str,
    ) -> Session | None:
        from rivet_client.testing.fake.session import Session  # which loads pydantic

        encoding = self._encodings.get(handshake.encoding)
        if encoding is None:
            return None
        return Session(self._calls, actor, socket, encoding, params=params, request=request, ray=ray)

    def _ray(self, headers: Mapping[str, str]) -> str:
        return routes.ray_id(headers) or f"ray{next(self._rays)}"


def _socket_route(target: str, handshake: routes.Handshake) -> routes.ActorRoute:
    """Where a WebSocket goes: the URL says it, or the subprotocols do."""
    path, _, query = target.partition("?")
    if handshake.actor_id is not None and not path.startswith("/gateway/"):
        return routes.ActorRoute(routes.ById(handshake.actor_id), path, query)
    route = routes.read_gateway(target, {})
    if route is None:
        raise usual("guard", "websocket_not_supported")
    return route


def _preflight(headers: Mapping[str, str]) -> Answer:
    """The gateway's own answer to a browser that asks what it may send."""
    return Answer(
        204,
        {
            "access-control-allow-origin": headers.get("origin", "*"),
            "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
            "access-control-allow-headers": headers.get("access-control-request-headers", "*"),
        },
    )


def _failed(failure: ShownError) -> Answer:
    """The engine's answer that something failed: JSON, whatever was asked for."""
    headers = {"content-type": "application/json", "x-rivet-error": failure.name}
    return Answer(failure.status, headers, json.dumps(failure.document()).encode())
