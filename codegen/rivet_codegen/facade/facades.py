"""The facades: every template in `templates/facade/` rendered once for each flavour.

Each class of the client has a template of its own in `templates/client/`, which `client.py.jinja` includes. A part of a
class that is a subject of its own has one, too: raw requests, and the client's shortcuts to its accessors.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from rivet_codegen.facade.flavours import FLAVOURS
from rivet_codegen.output.templating import render, template_names

__all__ = ["render_facades"]


def render_facades(**context: object) -> dict[str, str]:
    """Return the source of each facade module, by its name below `facade/`.

    `client.py.jinja` becomes blocking.py and asyncio.py; another template `x.py.jinja` becomes blocking_x.py and
    asyncio_x.py.

    Args:
        context: What the templates may use, besides `flavour`.
    """
    sources = {}
    for template in template_names("facade"):
        stem = PurePosixPath(template).name.removesuffix(".py.jinja")
        for flavour in FLAVOURS:
            name = flavour.name if stem == "client" else f"{flavour.name}_{stem}"
            sources[f"{name}.py"] = render(template, flavour=flavour, **context)
    return sources
