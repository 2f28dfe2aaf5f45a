"""How tests are told what actors were asked. Imports: none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

__all__ = ["asked", "newest", "owner"]

T = TypeVar("T")
_SHOWN: Final = 20


def owner(actor: str, key: Sequence[str] | None) -> str:
    """Return how an actor is shown; its key is None if it was asked by its id."""
    if key is None:
        return actor
    return f"{actor}({key[0]!r})" if len(key) == 1 else f"{actor}({list(key)!r})"


def asked(kind: str, actor: str, key: Sequence[str] | None, name: str, given: str) -> str:
    """Return what an actor was asked, as Python would ask it.

    Args:
        kind: "action", "queue", "connect", "websocket", or "request" and "fetch" for raw HTTP.
        actor: The actor's name.
        key: Its key, or None.
        name: Of the action or queue; the path of a raw WebSocket; the path or the method of raw HTTP.
        given: What it was given.
    """
    peer = owner(actor, key)
    match kind:
        case "queue":
            return f"{peer}.send({name!r}, {given})"
        case "connect":
            return f"{peer}.connect()"
        case "request" | "fetch":
            return f"{peer}.fetch({name!r})"
        case "websocket":
            return f"{peer}.websocket({name!r})"
        case _:
            return f"{peer}.{name}({given})"


def newest(some: Sequence[T], show: Callable[[T], str]) -> str:
    """Show the last ones of many, a line each, after the number of those before them."""
    lines = [show(one) for one in some[-_SHOWN:]]
    if len(some) > _SHOWN:
        lines.insert(0, f"… {len(some) - _SHOWN} earlier ones")
    return "\n".join(lines)
