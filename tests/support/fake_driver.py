"""A driver of request flows that answers from a script: no network, no waiting, and a clock of its own."""

from __future__ import annotations

import base64
import copy
import json
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl, urlsplit

from rivet_client._core.context import Context
from rivet_client._core.effects import (
    Effect,
    Exclusive,
    Finished,
    Flow,
    HttpRequest,
    HttpResponse,
    Invoke,
    Read,
    Send,
    SendTimedOut,
    Sleep,
    step,
)
from rivet_client._core.encoding import ENCODINGS
from rivet_client._secret import Secret
from rivet_client._wire import cbor
from rivet_client.config import ClientConfig
from rivet_client.errors import ErrorClasses
from rivet_client.observers import RetryScheduled
from rivet_client_generated.protocol import documents, frames
from rivet_client_generated.protocol.messages import (
    ActorSpecifier,
    HttpActionResponse,
    HttpQueueSendResponse,
    HttpResponseError,
)
from tests.support.fake_clock import FakeClock
from tests.support.observing import Recorder

ENGINE = "http://engine:6420"
A, B = "a" * 30, "b" * 30
"""Ids of actors."""

T = TypeVar("T")
Reply: TypeAlias = HttpResponse | Exception | Callable[[Send], HttpResponse]


@dataclass
class TimedOut(Exception):
    """Script entry: no answer comes until the time is up."""

    sent: bool = True


# --- Replies ---------------------------------------------------------------------------------------------------


def json_reply(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """A JSON answer."""
    named = {"content-type": "application/json", **{n.replace("_", "-"): v for n, v in headers.items()}}
    return HttpResponse(status, named, json.dumps(body).encode())


def gateway_error(
    status: int, group: str, code: str, metadata: object = None, ray: str = "ray1"
) -> HttpResponse:
    """An error of the gateway: always JSON, named in a header, without an actor."""
    body = {"group": group, "code": code, "message": f"{group} says {code}"}
    if metadata is not None:
        body["metadata"] = metadata  # type: ignore[assignment]
    return json_reply(body, status, x_rivet_error=f"{group}.{code}", x_rivet_ray_id=ray)


def control_error(status: int, group: str, code: str) -> HttpResponse:
    """An error of the control API."""
    return json_reply({"group": group, "code": code, "message": f"{group} says {code}"}, status)


def actors(*found: Mapping[str, Any] | str) -> HttpResponse:
    """The answer to a list query."""
    rows = [{"actor_id": row} if isinstance(row, str) else dict(row) for row in found]
    return json_reply({"actors": rows, "pagination": {"cursor": None}})


def actor(actor_id: str = A, **fields: Any) -> HttpResponse:
    """The answer to a creation."""
    return json_reply({"actor": {"actor_id": actor_id}, **fields})


def refusal(
    version: int, group: str = "core", code: str = "internal_error", status: int = 400
) -> HttpResponse:
    """What a host answers that cannot read a request. `version` is the newest one that it knows."""
    message = HttpResponseError(group=group, code=code, message="An internal error occurred")
    headers = {"content-type": "application/octet-stream", "x-rivet-actor": A}
    return HttpResponse(status, headers, frames.encode_http_response_error(message, version))


class FakeDriver:
    """Runs flows. Every request takes the next reply of `script`; at the end none may be left.

    Args:
        encoding: The client's encoding.
        located: Skip the metadata look-up.
        wanted: The events that observers listen to.
        config: Further settings of the client.
    """

    def __init__(
        self,
        encoding: str = "bare",
        *,
        located: bool = True,
        wanted: Collection[str] = ("retry_scheduled",),
        **config: Any,
    ) -> None:
        settings = ClientConfig(
            **{"endpoint": ENGINE, "encoding": encoding, "disable_metadata_lookup": located, **config}
        )
        self.clock = FakeClock()
        self.observers = Recorder(wanted)
        self.error_classes: ErrorClasses = {}
        self.context = Context(
            settings,
            now=self.clock,
            jitter=lambda: 1.0,
            trace=lambda: {"traceparent": "00-trace"},
            load_error_classes=lambda: self.error_classes,
            observers=self.observers,
        )
        self.encoding = ENCODINGS[encoding]
        self.script: deque[Reply] = deque()
        self.sends: list[Send] = []
        self.sleeps: list[float] = []
        self.names: list[str] | None = None  # of actors that hosts have; None if the engine does not tell
        self.asked_for_names = 0
        self.reads: list[Read] = []
        self.read_error: Exception | None = None
        self.busy = False  # another flow runs, for which `Exclusive` waits

    def run(self, flow: Flow[T], *script: Reply) -> T:
        """Run a flow to its end, in which exactly the given replies must be used."""
        self.script = deque(script)
        try:
            return self._drive(flow)
        finally:
            assert not self.script, f"{len(self.script)} replies were not asked for"

    def _drive(self, flow: Flow[T]) -> T:
        reply: object = None
        error: Exception | None = None
        while not isinstance(effect := step(flow, reply, error), Finished):
            reply = error = None
            try:
                reply = self._perform(effect)
            except Exception as raised:
                error = raised
        return effect.value

    def _perform(self, effect: Effect) -> object:
        match effect:
            case Send():
                return self._send(effect)
            case Sleep():
                self.sleeps.append(effect.seconds)
                self.clock.advance(effect.seconds)
            case Invoke():
                return Secret(effect.function.reveal()())
            case Read():
                self.reads.append(effect)
                self._wait_for(self.read_error, effect.timeout)
            case Exclusive():
                if self.busy:
                    self._wait_for(TimedOut(sent=False), effect.timeout)
                self._drive(effect.flow())
        return None

    def _send(self, effect: Send) -> HttpResponse:
        request = effect.request
        if urlsplit(request.url).path == "/actors/names":  # asked only for the text of an error
            self.asked_for_names += 1
            if self.names is None:
                return control_error(403, "api", "forbidden")
            return json_reply({"names": {name: {"metadata": {}} for name in self.names}})
        self.sends.append(effect)
        assert self.script, f"no reply left for {request.method} {request.url}"
        reply = self.script.popleft()
        if isinstance(reply, Exception):
            self._wait_for(reply, effect.timeout)
        assert not isinstance(reply, Exception)
        return reply if isinstance(reply, HttpResponse) else reply(effect)

    def _wait_for(self, error: Exception | None, timeout: float | None) -> None:
        if isinstance(error, TimedOut):
            self.clock.advance(timeout or 0)
            raise SendTimedOut(sent=error.sent)
        if error is not None:
            raise copy.copy(error)  # one of its own each time, as from a real driver

    @property
    def warnings(self) -> list[str]:
        """What was told as a warning."""
        return [retry.message for retry in self.observers.of(RetryScheduled) if retry.is_warning]

    # --- What was sent -----------------------------------------------------------------------------------------

    @property
    def requests(self) -> list[HttpRequest]:
        """The requests so far."""
        return [effect.request for effect in self.sends]

    @property
    def lines(self) -> list[str]:
        """Method and path of the requests so far, without endpoint and query."""
        return [f"{request.method} {urlsplit(request.url).path}" for request in self.requests]

    def query(self, index: int = -1) -> dict[str, str]:
        """The query of one request."""
        return dict(parse_qsl(urlsplit(self.requests[index].url).query, keep_blank_values=True))

    def json(self, index: int = -1) -> Any:
        """The JSON body of one request."""
        return json.loads(self.requests[index].body)

    # --- Replies in the client's encoding ----------------------------------------------------------------------

    def _reply(self, status: int, body: bytes, actor_id: str | None) -> HttpResponse:
        named = {"content-type": self.encoding.content_type, "x-rivet-ray-id": "ray1"}
        if actor_id is not None:
            named["x-rivet-actor"] = actor_id
        return HttpResponse(status, named, body)

    def _dump(self, name: str, message: Any) -> bytes:
        if self.encoding.name == "bare":
            frame: bytes = getattr(frames, f"encode_{name}")(message)
            return frame
        document = getattr(documents, f"encode_{name}_document")(message)
        return cbor.dumps(document) if self.encoding.name == "cbor" else json.dumps(document).encode()

    def result(self, value: object, actor_id: str | None = A) -> HttpResponse:
        """What an action returned."""
        message = HttpActionResponse(output=self.encoding.dump(value, "value"))
        return self._reply(200, self._dump("http_action_response", message), actor_id)

    def queued(self, status: str = "completed", **response: Any) -> HttpResponse:
        """What became of a queue message."""
        payload = self.encoding.dump(response["response"], "value") if response else None
        message = HttpQueueSendResponse(status=status, response=payload)
        return self._reply(200, self._dump("http_queue_send_response", message), A)

    def host_error(
        self, status: int, group: str, code: str, metadata: object = None, actor_id: str = A
    ) -> HttpResponse:
        """An error of the actor or its host: in the client's encoding, with the actor."""
        message = HttpResponseError(
            group=group,
            code=code,
            message=f"{group} says {code}",
            metadata=None if metadata is None else self.encoding.dump(metadata, "value"),
            actor=ActorSpecifier(actor_id=actor_id, generation=1, key="k"),
        )
        return self._reply(status, self._dump("http_response_error", message), actor_id)


def decoded_input(text: str) -> object:
    """The value of an actor's input, from either form of base64."""
    return cbor.decode(
        base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
    )
