"""Templates → text, by Jinja. A template can use only the values that it is given."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from rivet_codegen.output.source import literal, quoted

__all__ = ["render", "template_names"]

_ENVIRONMENT = Environment(
    loader=PackageLoader("rivet_codegen"),
    autoescape=False,  # the output is Python
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.filters.update(literal=literal, quoted=quoted)


def render(template: str, **context: object) -> str:
    """Render a template by its path below `templates/`.

    Raises:
        jinja2.UndefinedError: The template uses a name that the context does not have.
    """
    return _ENVIRONMENT.get_template(template).render(context)


def template_names(folder: str) -> list[str]:
    """Return the paths of the templates in a folder below `templates/`, sorted; none if there is no such folder."""
    return [
        name
        for name in _ENVIRONMENT.list_templates()
        if name.startswith(f"{folder}/") and name.endswith(".jinja")
    ]
