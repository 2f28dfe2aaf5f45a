"""The errors that the client raises on purpose.

    RivetError
    ├── ConfigError (also ValueError)            a setting or argument of yours is wrong; nothing was sent
    ├── ActorError                               the actor or the engine answered with an error
    ├── ActionTimeoutError (also TimeoutError)   your deadline passed before an answer came
    ├── CallCancelledError                       another thread of yours has cancelled the call
    ├── TransportError                           the network failed
    │   └── ConnectionClosedError                a connection ended, or was closed
    └── ProtocolError                            the peer sent something that the protocol does not allow
        ├── DecodeError                          … in the bytes of one message
        └── VersionError                         … or knows too old a version of it for what you ask; nothing was sent

Who raises what, and what a caller does about it:

    ConfigError             config.py and the flows, before anything is sent. Correct the argument that the text names.
    ActorError              _core/failures.py makes it of what the actor, its host or the engine has answered, and takes
                            `is_retryable` and `may_have_run` from the catalogue (schema/errors.yaml). Decide by `group`
                            and `code`.
    ActionTimeoutError      _core/flows/timing.py, the sessions, and what waits for events. Give the call more time, or
                            mend what `last_error` tells.
    CallCancelledError      the blocking driver, in a `CancelScope` that was cancelled. You wanted that.
    TransportError          _network.py for the drivers; _core/failures.py where a proxy answers, and no engine. Do what
                            `hint` says, or try again if `is_retryable`.
    ConnectionClosedError   the sessions, and `close()` for whatever still waits. Open another connection.
    ProtocolError           _core and the generated codecs. Find out what answers: most likely it is not a Rivet engine.
    DecodeError             the codecs. It is a defect of one side, or a version that this client does not know.
    VersionError            the generated codecs and _core/versions.py. Leave out what is too new, or update the server.
    RivetError itself       _core/failures.py, where the client itself fails in a way that must not happen. Report it.

An error is whole when it is made: its fields are set once, and its text is built from them. Where its meaning for one
caller differs, `with_outcome` makes another one. The errors module
of a typed package has subclasses of ActorError for codes that its actors declare: `Context.error_classes` leads to
them. Every class survives pickling. `str` of an error is one line of
bounded length, whatever the peer sent; the fields are as they came. Imports: stdlib and _text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from rivet_client._text import one_line

__all__ = [
    "ActionTimeoutError",
    "ActorError",
    "ActorSpecifier",
    "CallCancelledError",
    "ConfigError",
    "ConnectionClosedError",
    "DecodeError",
    "ProtocolError",
    "RivetError",
    "TransportError",
    "VersionError",
]

E = TypeVar("E", bound="RivetError")

_MAX_TEXT = 4000  # characters
_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class ActorSpecifier:
    """Which actor answered: the identity that the host puts into its errors.

    Attributes:
        actor_id: The actor's id (30 characters).
        generation: Counts the actor's starts, from 1.
        key: The actor's key in its serialised form, or None.
    """

    actor_id: str
    generation: int
    key: str | None = None


class RivetError(Exception):
    """Root of every error this package raises on purpose.

    Args:
        args: What happened.
        fields: Values of attributes.

    Attributes:
        may_have_run: False when the actor surely has not acted on the call that failed.
        is_retryable: True when the same call may succeed later without a change of yours.
        hint: What to do about it, where the client knows; `str` of the error ends with it.
    """

    may_have_run: bool = True
    is_retryable: bool = False
    hint: str | None = None

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args)
        self.__dict__.update(fields)

    def __str__(self) -> str:
        return one_line(self._text(with_hints=True), _MAX_TEXT)

    def __repr__(self) -> str:
        return one_line(super().__repr__(), _MAX_TEXT)

    @property
    def summary(self) -> str:
        """What happened, without `hint`: for callers that show the hint separately."""
        return one_line(self._text(with_hints=False), _MAX_TEXT)

    def _text(self, *, with_hints: bool) -> str:
        """The text, built from the fields."""
        what = self._what_happened()
        return f"{what}; {self.hint}" if with_hints and self.hint else what

    def _what_happened(self) -> str:
        return super().__str__()

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way calls the class with `args` alone, which loses keyword-only arguments.
        return (_rebuild, (type(self), self.args, dict(self.__dict__)))


def _rebuild(cls: type[E], args: tuple[Any, ...], fields: dict[str, Any]) -> E:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


def with_outcome(error: E, *, may_have_run: bool) -> E:
    """Return a copy of the error for one caller, which says whether that caller's call may have run.

    All else is the same, including the cause. The copy has no traceback yet, because each caller gets a different one.
    """
    twin = _rebuild(type(error), error.args, {**vars(error), "may_have_run": may_have_run})
    twin.__cause__ = error.__cause__
    twin.__suppress_context__ = error.__suppress_context__
    return twin


class ConfigError(RivetError, ValueError):
    """A setting or argument is wrong: the text names it, shows its value (secrets masked), says what to do."""

    may_have_run = False


class TransportError(RivetError):
    """The network failed: refused, reset, timed out at the socket, or cut short.

    Args:
        message: What happened.

    Attributes:
        may_have_run: True when the request had left this machine, so that the actor may have acted on it.
        is_retryable: False when only a change helps: no such host, a certificate that is not trusted, TLS to a port
            without TLS, a proxy that refuses.
    """

    may_have_run: bool
    is_retryable: bool

    def __init__(
        self,
        message: str,
        *,
        may_have_run: bool = True,
        is_retryable: bool = True,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, may_have_run=may_have_run, is_retryable=is_retryable, hint=hint)


class ConnectionClosedError(TransportError):
    """A connection ended before the answer came, or was used after `close()`.

    Args:
        message: What happened.

    Attributes:
        code: WebSocket close code, or None when the socket just ended.
        reason: Close reason as the peer sent it; "" if none.
        may_have_run: True when the call had been sent, so that the actor may have acted on it.
    """

    code: int | None
    reason: str

    def __init__(
        self, message: str, *, code: int | None = None, reason: str = "", may_have_run: bool = False
    ) -> None:
        super().__init__(message, may_have_run=may_have_run)
        self.code = code
        self.reason = reason


class ProtocolError(RivetError):
    """The peer sent something that the protocol does not allow.

    Attributes:
        may_have_run: True when the call had been sent: an answer that cannot be read may mean success. False when
            something before the engine has refused the call.
    """


class DecodeError(ProtocolError):
    """The bytes of one message do not decode.

    Attributes:
        offset: Where in the message, in bytes from its start.
        expected: What should have stood there.
    """

    offset: int
    expected: str

    def __init__(self, offset: int, expected: str) -> None:
        super().__init__(offset, expected, offset=offset, expected=expected)

    def _what_happened(self) -> str:
        return f"cannot decode message: expected {self.expected} at byte {self.offset}"


class VersionError(ProtocolError):
    """The peer knows only a version of the protocol that cannot say what was asked. No part of it was sent.

    Attributes:
        version: The version of the protocol that is too old.
        why: What this version lacks, or needs.
    """

    version: int
    why: str
    may_have_run: bool = False

    def __init__(self, version: int, why: str, *, hint: str = "update the server") -> None:
        super().__init__(version, why, version=version, why=why, hint=hint)

    def _what_happened(self) -> str:
        return f"version {self.version} of the protocol {self.why}"


class ActionTimeoutError(RivetError, TimeoutError):
    """The caller's deadline passed before an answer came.

    Args:
        message: What happened.

    Attributes:
        timeout: The deadline that was set, in seconds.
        may_have_run: True when the request had been sent, so that the actor may have acted on it.
        is_retryable: True, because the answer may be in time when the call is made again.
        last_error: The error of the last attempt that failed before the deadline; None if there was none. It is also
            the `__cause__`.
    """

    timeout: float | None
    may_have_run: bool
    is_retryable = True
    last_error: RivetError | None

    def __init__(
        self,
        message: str,
        *,
        timeout: float | None = None,
        may_have_run: bool = True,
        hint: str | None = None,
        last_error: RivetError | None = None,
    ) -> None:
        super().__init__(
            message, timeout=timeout, may_have_run=may_have_run, hint=hint, last_error=last_error
        )
        if last_error is not None:
            error: Exception = self  # pyright would take `self.__cause__` for an attribute of this class
            error.__cause__ = last_error

    def _text(self, *, with_hints: bool) -> str:
        text = super()._text(with_hints=with_hints)
        if self.last_error is None:
            return text
        return f"{text}; what went wrong last: {self.last_error if with_hints else self.last_error.summary}"


class CallCancelledError(RivetError):
    """Another thread has cancelled the `CancelScope` that the call was in.

    Attributes:
        may_have_run: True when the request had been sent, so that the actor may have acted on it.
    """

    may_have_run: bool

    def __init__(self, *, may_have_run: bool) -> None:
        super().__init__("the call was cancelled by a CancelScope", may_have_run=may_have_run)


class ActorError(RivetError):
    """The actor, its host or the engine answered with an error.

    Attributes:
        group: Family of the code: "user" for what the actor's author threw, else "actor", "guard", "queue", …
        code: What happened, within the group.
        message: A text for people, as it was sent. The host masks internal errors as "An internal error occurred".
        metadata: JSON that the thrower attached, or None.
        ray_id: Id of the request in the engine's logs, or for a connection, the id of its handshake; None if the
            engine gave none.
        actor: The actor that answered, or None when the engine did.
        is_retryable: True when the same call may succeed later without a change of yours.
        may_have_run: True when the actor may have acted on the call before this error arose.
    """

    group: str
    code: str
    message: str
    metadata: Any
    ray_id: str | None
    actor: ActorSpecifier | None
    is_retryable: bool
    may_have_run: bool

    def __init__(
        self,
        group: str,
        code: str,
        message: str,
        *,
        metadata: Any = None,
        ray_id: str | None = None,
        actor: ActorSpecifier | None = None,
        is_retryable: bool = False,
        may_have_run: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(
            group,
            code,
            message,
            group=group,
            code=code,
            message=message,
            metadata=metadata,
            ray_id=ray_id,
            actor=actor,
            is_retryable=is_retryable,
            may_have_run=may_have_run,
            hint=hint,
        )

    def _what_happened(self) -> str:
        ray = f" (ray {one_line(self.ray_id, _MAX_NAME)})" if self.ray_id else ""
        name = one_line(f"{self.group}.{self.code}", _MAX_NAME)
        return f"{name}: {one_line(self.message)}{ray}"


ErrorClasses: TypeAlias = Mapping[tuple[str, str], type[ActorError]]
"""Classes for errors of a known group and code. An error with a code that has none here is a plain `ActorError`."""
