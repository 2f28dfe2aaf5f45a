"""Failures of the network: what is behind one, whether it passes, and what to do. For drivers and the command."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from rivet_client._hints import CHECK_ENDPOINT, HUNG_UP
from rivet_client._peer import NoTextError, RemoteProtocolError
from rivet_client.errors import RivetError, TransportError

__all__ = ["network_advice", "unreachable"]

NOT_TRUSTED = (
    "the certificate is not one to trust: check the host name; "
    "for an authority of your own, set SSL_CERT_FILE or the client's ssl_context"
)
NO_TLS = "no TLS is spoken there: write http:// in the endpoint"
TLS = "what answers is no HTTP, but most likely TLS: write https:// in the endpoint"
NO_HOST = f"there is no such host: {CHECK_ENDPOINT}"
NO_LOOKUP = "the host's name cannot be looked up at present: check the network and its DNS"
NOBODY = f"nothing listens there: start the engine, or {CHECK_ENDPOINT}"

_LASTING = frozenset({NOT_TRUSTED, NO_TLS, TLS, NO_HOST})
"""What another attempt does not mend."""
_PASSING = (
    ssl.SSLEOFError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLZeroReturnError,
)


def unreachable(
    what: str, error: Exception, *, sent: bool = False, setting: str | None = None
) -> TransportError:
    """The error of a request or connection that failed.

    Args:
        what: What failed, and where.
        error: Why.
        sent: The peer may have got the request.
        setting: Where the address stands, unless it is the endpoint.
    """
    advice = network_advice(error)
    is_lasting = advice in _LASTING
    if setting is not None and advice != NOT_TRUSTED:
        advice = (
            f"no TLS is spoken there: write http:// in {setting}" if advice == NO_TLS else f"check {setting}"
        )
    # asyncio's own time-outs have no text.
    why = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
    text = f"{what}: {why}"
    if advice is not None and (is_lasting or not sent):
        text = f"{text}; {advice}"
    return TransportError(text, may_have_run=sent and not is_lasting, is_retryable=not is_lasting)


def network_advice(error: BaseException) -> str | None:
    """What is behind a failure of the network, and what to do about it; None if nobody knows."""
    return next(filter(None, map(_advice, _causes(error))), None)


def _advice(cause: BaseException) -> str | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return NOT_TRUSTED
        case ssl.SSLError() if not isinstance(cause, _PASSING):
            return NO_TLS
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return NO_LOOKUP
        case socket.gaierror():
            return NO_HOST
        case ConnectionResetError():
            return HUNG_UP
        # Of several addresses asyncio tells in one text.
        case OSError() if cause.errno == errno.ECONNREFUSED or f"[Errno {errno.ECONNREFUSED}]" in str(cause):
            return NOBODY
        case RemoteProtocolError():
            return TLS if isinstance(cause, NoTextError) else HUNG_UP
        case _:
            return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    at: BaseException | None = error
    while at is not None:
        yield at
        if isinstance(at, BaseExceptionGroup):
            yield from _causes(at.exceptions[0])
        # Of others, the context may be what the caller was busy with.
        at = at.__cause__ or (at.__context__ if isinstance(at, RivetError) else None)
