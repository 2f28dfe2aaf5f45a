"""Where the engine is: the metadata of the endpoint, asked once per client (PROTOCOL.md 1.4)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from rivet_client._core.context import Context
from rivet_client._core.effects import Flow, HttpRequest, HttpResponse, SendTimedOut, exclusively
from rivet_client._core.encoding import as_object
from rivet_client._core.endpoint import redirected
from rivet_client._core.failures import error_from_response, not_from_engine
from rivet_client._core.flows.timing import Timer, retrying
from rivet_client._core.gateway import control_headers, control_url
from rivet_client._core.retry import backoff
from rivet_client._core.wording import Asked
from rivet_client._hints import HUNG_UP
from rivet_client._secret import Secret, hide
from rivet_client.errors import ActorError, ProtocolError, RivetError, TransportError, with_outcome

__all__ = [
    "endpoint_doubt",
    "ensure_located",
    "read_json_object",
]

_LOCATE_MAX_DELAY = 15.0
_LOCATE_DELAY = 0.5
_LOCATE_MIN_DELAY = 0.1


def read_json_object(response: HttpResponse, endpoint: str) -> dict[str, Any]:
    """The JSON object that a response of `endpoint` holds.

    Raises:
        ProtocolError, TransportError: The response holds none; see `not_from_engine`.
    """
    try:
        found = as_object(json.loads(response.body))
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise not_from_engine(response, endpoint)
    return found


def endpoint_doubt(context: Context) -> str | None:
    """What may be wrong with the endpoint if an engine answers there that it has nothing at this URL.

    None if the metadata lookup has found the engine at the endpoint: then something else is missing.
    """
    url = context.endpoint.url
    if context.located and not context.config.disable_metadata_lookup and url == context.config.endpoint:
        return None
    parts = urlsplit(url)
    if parts.path:
        return f"an engine answers at {url}, but has nothing there: take {parts.path!r} off the endpoint"
    usual = f", here {parts.port - 1}" if parts.port else ""
    return (
        f"an engine answers at {url}, but not with its API: this may be its peer port; "
        f"the API's is the one before it as a rule{usual}"
    )


def ensure_located(timer: Timer, *, patient: bool = True) -> Flow[None]:
    """Find out where the engine is, once per client, before the client's first request.

    A `patient` call waits for a server that is still starting, as long as its time lasts.
    """
    context = timer.context
    if not context.located:
        try:
            yield from exclusively(lambda: _locate(timer, patient=patient), timer.left())
        except SendTimedOut:
            raise timer.expired() from timer.last_error
        except RivetError as error:
            # The call itself has not been sent.
            told = with_outcome(error, may_have_run=False)
            raise told.with_traceback(error.__traceback__) from error.__cause__


def _locate(timer: Timer, *, patient: bool) -> Flow[None]:
    """Ask the endpoint where the engine is.

    How long a server takes to start has nothing to do with how often a call may be repeated. So this function has
    delays of its own. It asks only once if the call is not `patient`, or if the `RetryPolicy` allows only one attempt.
    """
    context = timer.context
    if context.located:
        return  # another call has found the engine while this one waited
    endpoint = context.endpoint
    request = HttpRequest(
        "GET",
        control_url(endpoint, "/metadata", [("namespace", endpoint.namespace)]),
        control_headers(context.config.headers, endpoint, has_body=False).reveal(),
    )

    def attempt() -> Flow[Secret[dict[str, Any]]]:
        try:
            response = yield from timer.send(request)
        except TransportError as error:
            if error.hint is not None or not error.may_have_run:
                raise
            # This was the first request. So a stop of the server since then does not explain the lost connection.
            raise TransportError(error.summary, hint=HUNG_UP) from error
        if response.status != 200:
            asked = Asked(endpoint_doubt=endpoint_doubt(context), error_classes=context.error_classes)
            raise error_from_response(context.encoding, response, endpoint.url, asked=asked)
        body = Secret(read_json_object(response, endpoint.url))
        if "runtime" not in body.reveal():
            raise ProtocolError(
                f"{endpoint.url} answers, but not as a Rivet engine or rivetkit server does; check the endpoint"
            )
        return body

    def delay_after(error: ActorError | TransportError, number: int) -> float | None:
        once = not patient or context.config.retry.max_attempts == 1
        if once or not error.is_retryable:
            return None
        delay = backoff(number, _LOCATE_DELAY, _LOCATE_MAX_DELAY, context.jitter())
        if timer.deadline is None:
            return delay
        # A pause takes at most half of the time left. So the call does not sleep while a server comes up in time.
        return min(delay, max((timer.deadline - context.now()) / 2, _LOCATE_MIN_DELAY))

    body = yield from retrying(timer, attempt, delay_after, is_lookup=True)
    named = body.reveal().get
    context.endpoint = redirected(
        endpoint, hide(named("clientEndpoint")), named("clientNamespace"), hide(named("clientToken"))
    )
    context.located = True
