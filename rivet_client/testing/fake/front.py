"""Who answers a request: the control API, or an actor through the gateway. What all answers have in common."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping

from rivet_client.errors import DecodeError
from rivet_client.testing.fake import routes
from rivet_client.testing.fake.calls import Calls
from rivet_client.testing.fake.control import ControlApi
from rivet_client.testing.fake.encoding import Encoding
from rivet_client.testing.fake.failures import Failure, ShownError, shown
from rivet_client.testing.fake.gateway import MAX_INCOMING_BYTES, ActorGateway
from rivet_client.testing.fake.http import Answer, HttpRequest, Refusal
from rivet_client.testing.fake.raw import Request
from rivet_client.testing.fake.server import Socket

__all__ = ["Front"]


class Front:
    """Takes every request, and every WebSocket."""

    def __init__(
        self, control: ControlApi, gateway: ActorGateway, calls: Calls, encodings: Mapping[str, Encoding]
    ) -> None:
        self._control = control
        self._gateway = gateway
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
            else:
                answer = await self._gateway.answer(route, request, headers)
        except Failure as error:
            answer = _failed(shown(error))
        return Answer(answer.status, {**answer.headers, "x-rivet-ray-id": ray}, answer.body)

    def refuse(self, refusal: Refusal) -> Answer:
        """Answer a request that is not read to its end."""
        if refusal.too_long:
            return _failed(shown(Failure("guard", "invalid_request_body", status=refusal.status)))
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
        from rivet_client.testing.fake.session import Session  # which loads pydantic

        if not socket.subprotocols:
            raise Failure("guard", "missing_header")
        handshake = routes.read_handshake(socket.subprotocols)
        path = request.target.partition("?")[0]
        if handshake.actor_id is not None and not path.startswith("/gateway/"):
            route = routes.ActorRoute(routes.ById(handshake.actor_id), path, "")
        else:
            found = routes.read_gateway(request.target, {})
            if found is None:
                raise Failure("guard", "websocket_not_supported")
            route = found
        actor = await self._gateway.find(route.address)
        encoding = self._encodings.get(handshake.encoding)
        if encoding is None:
            socket.accept({"x-rivet-ray-id": ray})
            socket.close(1003, "actor.unsupported_websocket_encoding")
            return
        try:
            params = routes.read_params(handshake.params)
        except DecodeError:
            raise Failure("guard", "websocket_closed_before_open") from None
        session = Session(
            self._calls,
            actor,
            socket,
            encoding,
            params=params,
            request=Request("GET", request.target, headers),
            ray=ray,
        )
        socket.accept({"x-rivet-ray-id": ray}, max_message_bytes=MAX_INCOMING_BYTES)
        socket.listen(session)
        await session.open()

    def _ray(self, headers: Mapping[str, str]) -> str:
        return routes.ray_id(headers) or f"ray{next(self._rays)}"


def _failed(failure: ShownError) -> Answer:
    """The engine's answer that something failed: JSON, whatever was asked for."""
    headers = {"content-type": "application/json", "x-rivet-error": failure.name}
    return Answer(failure.status, headers, json.dumps(failure.document()).encode())
