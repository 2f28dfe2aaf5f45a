"""What must not be seen: tokens, headers, connection parameters. Imports: errors and values.

Tools show what the variables of a traceback's frames hold: debuggers, `rich`, services that collect errors. So what is
secret is in a `Secret` wherever a variable holds it, and is taken out only inside an expression. Where code that
knows nothing of that has to work on the bare value, its frames are taken out of the errors it raises.
"""

from __future__ import annotations

from types import FrameType
from typing import Any, Final, Generic, TypeVar

from rivet_client.values import UNDEFINED

__all__ = ["Secret", "alone", "forget_frames", "hide", "reveal"]

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Secret(Generic[T]):
    """Holds a value that its repr does not show.

    It is no str, dict or list, for tools take those apart without asking for their repr.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value. Never bind it to a variable of a frame that may become part of a traceback."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SECRET) and bool(self._value == reveal(other))

    def __repr__(self) -> str:
        return "<secret>"


# For `isinstance`: after a check with `Secret` itself, a strict type checker takes the content for unknown.
_SECRET: Final[type[Any]] = Secret


def hide(value: Any) -> Any:
    """Put a value into a `Secret`, unless it is in one already or says that there is none (None, UNDEFINED)."""
    return value if value is None or value is UNDEFINED or isinstance(value, _SECRET) else Secret(value)


def reveal(value: Any) -> Any:
    """Undo `hide`."""
    return value.reveal() if isinstance(value, _SECRET) else value


def alone(error: E) -> E:
    """In an `except` block: the error, without the frames that it passed through and the errors that led to it."""
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
    """An error with those that led to it, and the error that callers of the present function handle already, if any.

    Python chains that one too. It is not ours to touch.
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
