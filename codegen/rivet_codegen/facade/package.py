"""The package `rivet_client_generated.facade`: each template in `templates/facade/`, rendered once for each flavour.

Each class of the client has a template of its own in `templates/client/`, which `client.py.jinja` includes. A part of a
class that is a subject of its own has one, too: raw requests, the life of a connection, and the client's shortcuts to
its accessors. `templates/client/docs/` has what the docstrings of an accessor and of its shortcuts share.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from rivet_codegen.facade.flavours import FLAVOURS
from rivet_codegen.output.templating import render, template_names
from rivet_codegen.output.tree import headed

__all__ = ["render_facade"]

_TITLE = '"""The client classes, blocking and asyncio."""\n'


def render_facade(operations: Sequence[object]) -> dict[str, str]:
    """Return the sources of the package, not yet formatted, by path.

    `client.py.jinja` becomes blocking.py and asyncio.py; another template `x.py.jinja` becomes blocking_x.py and
    asyncio_x.py.

    Args:
        operations: The operations of the control API, as the room `engine_api` reads them.
    """
    sources = {"__init__.py": _TITLE}
    for template in template_names("facade"):
        stem = PurePosixPath(template).name.removesuffix(".py.jinja")
        for flavour in FLAVOURS:
            name = flavour.name if stem == "client" else f"{flavour.name}_{stem}"
            sources[f"{name}.py"] = render(template, flavour=flavour, operations=operations)
    return {
        path: headed(source, "codegen/rivet_codegen/templates/facade") for path, source in sources.items()
    }
