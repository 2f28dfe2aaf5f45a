"""Errors as people read them: what went wrong, what to do about it, and the exit code."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator

from rivet_client.errors import (
    ActionTimeoutError,
    ActorError,
    ConfigError,
    ProtocolError,
    RivetError,
    TransportError,
)

__all__ = ["TOKEN_REFUSED", "Failure", "advice", "exit_code", "explain"]

TOKEN_REFUSED = frozenset(
    {
        "api.forbidden",
        "api.unauthorized",
        "auth.insufficient_permissions",
        "auth.invalid_token",
        "auth.token_expired",
    }
)
"""What an engine answers to a token that is missing, wrong or too weak."""

_DOCTOR = "`rivet-client doctor` tells more"
_NO_HTTP = (
    "the other side does not speak HTTP: check the port; if it speaks TLS, write https:// in the endpoint"
)
_NOT_READY = f"is the registry running, and has it an actor of this name? {_DOCTOR}"
_ADVICE = {
    "actor.no_runner_config_configured": f"choose another pool with --pool or RIVET_POOL; {_DOCTOR}",
    "guard.actor_ready_timeout": _NOT_READY,
    "guard.actor_wake_retries_exceeded": _NOT_READY,
    "namespace.not_found": f"choose another with --namespace or RIVET_NAMESPACE; {_DOCTOR}",
}


class Failure(Exception):
    """What was asked for did not come true, without an error of the client.

    Args:
        message: What is wrong; "" if it has been told already.
        hint: What to do.
    """

    def __init__(self, message: str = "", hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def explain(error: Exception) -> tuple[str, str | None]:
    """Return the text of an error, and what to do about it."""
    if isinstance(error, Failure):
        return str(error), error.hint
    if isinstance(error, RivetError):
        hint = advice(error)
        if hint is None and isinstance(error, ActorError) and error.metadata is not None:
            return f"{error}\nmetadata: {json.dumps(error.metadata, ensure_ascii=False)}", None
        return str(error), hint
    if isinstance(error, OSError):
        return str(error), None
    return f"{type(error).__name__}: {error}", "this should not happen; --debug shows where it did"


def exit_code(error: Exception) -> int:
    """Return 2 if the command line or a setting is wrong and nothing was sent, else 1."""
    return 2 if isinstance(error, ConfigError) else 1


def advice(error: RivetError) -> str | None:
    """Return what to do about an error, if there is anything to say."""
    if isinstance(error, ActorError):
        name = f"{error.group}.{error.code}"
        if name in TOKEN_REFUSED:
            return "give a token that may do this in RIVET_TOKEN, or name another variable with --token-env"
        return _ADVICE.get(name)
    if isinstance(error, ProtocolError):
        return "something else than a Rivet engine answers: check --endpoint or RIVET_ENDPOINT, and proxies on the way"
    if isinstance(error, TransportError | ActionTimeoutError):
        return _network_advice(list(_causes(error)), str(error))
    return None


def _network_advice(causes: list[BaseException], text: str) -> str | None:
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                return (
                    "the certificate is not one to trust: check the host name; "
                    "for an authority of your own, set SSL_CERT_FILE=ca.pem"
                )
            case ssl.SSLError():
                return "no TLS is spoken there: try http:// in the endpoint"
            case socket.gaierror():
                return "there is no such host: check --endpoint or RIVET_ENDPOINT"
            case ConnectionRefusedError():
                return "nothing listens there: start the engine, or check --endpoint or RIVET_ENDPOINT"
            case ConnectionResetError():
                return _NO_HTTP
            case _ if type(cause).__name__ == "RemoteProtocolError":  # httpx's
                return _NO_HTTP
            case _:
                pass
    if "HTTP 50" in text:
        return "a proxy answers, and the engine behind it does not: start the engine, or check the proxy"
    if isinstance(causes[0], ActionTimeoutError):
        return "raise --timeout if it may take that long"
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__
