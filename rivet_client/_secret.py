"""Secrets: tokens, headers, connection parameters.

Debuggers, `rich` and services that collect errors show the variables of a traceback's frames. So a variable holds a
secret only inside a `Secret`, and code takes the secret out only inside an expression. Some code must work on the bare
value, and does not know this rule. The errors that it raises lose its frames.
"""

from __future__ import annotations

from types import FrameType
from typing import Any, Final, Generic, TypeVar

from rivet_client.values import UNDEFINED

__all__ = ["Secret", "alone", "forget_frames", "hide", "reveal"]

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Secret(Generic[T]):
    """Holds a value, and does not show it in its repr.

    It is not a str, dict or list, because tools show the content of these without a look at their repr.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the value. Never bind it to a variable of a frame that may become part of a traceback."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SECRET) and bool(self._value == reveal(other))

    def __repr__(self) -> str:
        return "<secret>"


# For `isinstance`: after a check with `Secret` itself, the content has an unknown type to a strict type checker.
_SECRET: Final[type[Any]] = Secret


def hide(value: Any) -> Any:
    """Put a value into a `Secret`. None, UNDEFINED and what is in a `Secret` already stay as they are."""
    return value if value is None or value is UNDEFINED or isinstance(value, _SECRET) else Secret(value)


def reveal(value: Any) -> Any:
    """Undo `hide`."""
    return value.reveal() if isinstance(value, _SECRET) else value


def alone(error: E) -> E:
    """In an `except` block: return the error without the frames that it passed and the errors that led to it."""
    _, others = _beneath(error)
    is_quiet = error.__suppress_context__
    error.__cause__ = None
    error.__context__ = others
    error.__suppress_context__ = is_quiet
    return error.with_traceback(None)


def forget_frames(error: BaseException) -> None:
    """In an `except` block: forget the frames of the error and of those that led to it."""
    for one in _beneath(error)[0]:
        one.__traceback__ = None


def _beneath(error: BaseException) -> tuple[list[BaseException], BaseException | None]:
    """Return an error with those that led to it, and the error that a caller of this function is handling, if any.

    Python chains that last error, too. It belongs to the caller, and must not change.
    """
    callers: set[FrameType] = set()
    frame = error.__traceback__ and error.__traceback__.tb_frame.f_back
    while frame is not None:
        callers.add(frame)
        frame = frame.f_back
    found: list[BaseException] = []
    others = None
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or any(one is other for other in found):
            continue
        if one.__traceback__ is not None and one.__traceback__.tb_frame in callers:
            others = one
        else:
            found.append(one)
            todo += [one.__cause__, one.__context__]
    return found, others
