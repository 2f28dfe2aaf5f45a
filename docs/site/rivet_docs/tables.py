"""Directives that read the code: models, settings, options, error codes."""

from __future__ import annotations

from importlib import import_module

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from rivet_docs.docstrings import to_rst

__all__ = ["setup"]


class Models(SphinxDirective):
    """Documents all pydantic models of a module: `.. models:: rivet_client.engine`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the entries. Pydantic's own members are left out."""
        module = import_module(self.arguments[0])
        names = [name for name, thing in vars(module).items() if isinstance(thing, type)]
        text = "\n".join(
            f".. autoclass:: {self.arguments[0]}.{name}\n   :no-members:\n" for name in sorted(names)
        )
        return self.parse_text_to_nodes(text)


class Aliases(SphinxDirective):
    """Documents aliases of types by what is told of them, not by what they are made of.

    Its argument is the module that users import them from, then the module that they are written in, then their names.
    """

    required_arguments = 3
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Make the entries."""
        public, home, names = self.arguments
        told = ModuleAnalyzer.for_module(home).find_attr_docs()
        text = ""
        for name in names.split():
            lines = to_rst(told.get(("", name), []))
            text += f".. py:data:: {name}\n   :module: {public}\n\n" + "".join(
                f"   {line}\n" for line in lines
            )
        return self.parse_text_to_nodes(text)


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("aliases", Aliases)
    app.add_directive("models", Models)
