"""What causes a failure of the network, whether it passes, and what to do. For the drivers and the command."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple, cast

from rivet_client._hints import CHECK_ENDPOINT, HUNG_UP
from rivet_client._peer import NoTextError, RemoteProtocolError
from rivet_client.errors import RivetError, TransportError

__all__ = ["NOBODY", "NO_HOST", "network_hint", "unreachable"]


def unreachable(
    what: str, error: Exception, *, sent: bool = False, setting: str | None = None
) -> TransportError:
    """The error of a request or connection that failed.

    Args:
        what: What failed, and where.
        error: Why.
        sent: The peer may have got the request. No failure of the network proves that it did not run.
        setting: Where the address stands, unless it is the endpoint.
    """
    diagnosis = _diagnose(error)
    passes = diagnosis is None or diagnosis.passes
    # asyncio's own time-outs have no text.
    why = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
    return TransportError(
        f"{what}: {why}",
        may_have_run=sent,
        is_retryable=passes,
        # A peer that has got the request was there, and may just have been stopped. So there is no hint.
        hint=None if diagnosis is None or (sent and passes) else diagnosis.hint_for(setting),
    )


def network_hint(error: BaseException) -> str | None:
    """What to do about an error that the network causes, or may cause; None if the client does not know."""
    diagnosis = _diagnose(error)
    return None if diagnosis is None else diagnosis.hint


class _Diagnosis(NamedTuple):
    """What causes a failure of the network.

    Attributes:
        hint: What is wrong, and what to do, where the address is that of the endpoint.
        passes: Another attempt may do better.
        at: What to do where the address stands in another setting, for `str.format`.
    """

    hint: str
    passes: bool
    at: str = "check {setting}"

    def hint_for(self, setting: str | None) -> str:
        """What to do about an address that stands in this setting; None is for the endpoint."""
        return self.hint if setting is None else self.at.format(setting=setting)


_NOT_TRUSTED = (
    "the certificate is not one to trust: check the host name; "
    "for an authority of your own, set SSL_CERT_FILE or the client's ssl_context"
)
NOT_TRUSTED = _Diagnosis(_NOT_TRUSTED, passes=False, at=_NOT_TRUSTED)
NO_TLS = _Diagnosis(
    "no TLS is spoken there: write http:// in the endpoint",
    passes=False,
    at="no TLS is spoken there: write http:// in {setting}",
)
TLS = _Diagnosis("what answers is no HTTP, but most likely TLS: write https:// in the endpoint", passes=False)
NO_HOST = _Diagnosis(f"there is no such host: {CHECK_ENDPOINT}", passes=False)
NO_LOOKUP = _Diagnosis(
    "the host's name cannot be looked up at present: check the network and its DNS", passes=True
)
NOBODY = _Diagnosis(f"nothing listens there: start the engine, or {CHECK_ENDPOINT}", passes=True)
ENDED = _Diagnosis(HUNG_UP, passes=True)

_NOT_ABOUT_TLS = (
    ssl.SSLEOFError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
    ssl.SSLZeroReturnError,
)
"""Errors of the module ssl that say how the connection ended, and nothing about the protocol of the peer."""


def _diagnose(error: BaseException) -> _Diagnosis | None:
    """The diagnosis of the first cause of an error for which there is a diagnosis."""
    return next(filter(None, map(_diagnose_one, _causes(error))), None)


def _diagnose_one(cause: BaseException) -> _Diagnosis | None:
    match cause:
        case ssl.SSLCertVerificationError():
            return NOT_TRUSTED
        case ssl.SSLError() if not isinstance(cause, _NOT_ABOUT_TLS):
            return NO_TLS
        case socket.gaierror(errno=socket.EAI_AGAIN):
            return NO_LOOKUP
        case socket.gaierror():
            return NO_HOST
        case ConnectionRefusedError() | OSError(errno=errno.ECONNREFUSED):
            return NOBODY
        case NoTextError():
            return TLS
        case ConnectionResetError() | RemoteProtocolError():
            return ENDED
        case _:
            return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those that led to it."""
    at: BaseException | None = error
    while at is not None:
        yield at
        if isinstance(at, BaseExceptionGroup):
            yield from _causes(cast("BaseExceptionGroup[BaseException]", at).exceptions[0])
        # The context of another error may be an unrelated error, which the caller was handling.
        at = at.__cause__ or (at.__context__ if isinstance(at, RivetError) else None)
