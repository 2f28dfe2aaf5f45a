"""Templates → text, by Jinja, which is loaded when it is used. A template can use only the values that it is given."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rivet_codegen.output.source import literal, quoted

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render", "template_names"]


def render(template: str, **context: object) -> str:
    """Render a template by its path below `templates/`.

    Raises:
        jinja2.UndefinedError: The template uses a name that the context does not have.
    """
    return _environment().get_template(template).render(context)


def template_names(folder: str) -> list[str]:
    """Return the paths of the templates in a folder below `templates/`, sorted; none if there is no such folder."""
    return [
        name
        for name in _environment().list_templates()
        if name.startswith(f"{folder}/") and name.endswith(".jinja")
    ]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("rivet_codegen"),
        autoescape=False,  # the output is Python
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(literal=literal, quoted=quoted)
    return environment
