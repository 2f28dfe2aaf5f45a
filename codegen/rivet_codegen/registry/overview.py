"""The actors of a registry → the docstring of their package, which a reader sees first."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rivet_codegen.registry.views import ActorView

__all__ = ["overview"]

_WIDTH = 100
_MOST_ACTORS = 40
_MOST_NAMES = 20
"""More are only counted, so that the list of a large registry can still be read."""


def overview(package: str, source: str, actors: Sequence[ActorView]) -> str:
    """Return what a package says about itself: its actors, and what each of them does and has.

    Args:
        package: The name of the package.
        source: The name of the registry's file.
        actors: The actors.
    """
    parts = [
        f"{package}: clients for the actors of a registry. `Client` blocks, `AsyncClient` is for asyncio.",
        f"Made from {source}; see `__contract__`. A client has these attributes:",
        *map(_about, actors[:_MOST_ACTORS]),
    ]
    if (more := len(actors) - _MOST_ACTORS) > 0:
        parts.append(f"… and {more} more: `__contract__.actors` has all names.")
    return "\n\n".join(parts)


def _about(actor: ActorView) -> str:
    named = {
        "Actions": [action.path for action in actor.actions],
        "Events": [event.wire for event in actor.events],
        "Queues": [queue.wire for queue in actor.queues],
    }
    lines = [f"{actor.attribute}: {actor.docstring.splitlines()[0]}"]
    lines += [f"    {title}: {_list(names)}" for title, names in named.items() if names]
    return "\n".join(part for line in lines for part in _wrapped(line))


def _list(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        line, _WIDTH, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False
    )
