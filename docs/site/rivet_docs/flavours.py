"""Tabs for what exists twice, for blocking and for asyncio. Whoever chooses one sees it on all pages."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

__all__ = ["mark_asyncio", "setup"]

_LABELS = {"blocking": "Blocking", "asyncio": "asyncio"}
_MARK = "asyncio"


def mark_asyncio(block: nodes.Element) -> None:
    """Say that a block is the asyncio flavour of the one before it."""
    block[_MARK] = True


class Pairs(SphinxTransform):
    """Makes tabs of two blocks that are next to each other, the second one marked."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        """Change the document."""
        for block in list(self.document.findall(nodes.literal_block)):
            before = block.parent[block.parent.index(block) - 1] if block.parent.index(block) else None
            is_pair = isinstance(before, nodes.literal_block) and before.get("language") == "python"
            if block.get(_MARK) and is_pair and not before.get(_MARK):
                place = block.parent
                place.remove(block)
                place.replace(before, tabs({"blocking": [before], "asyncio": [block]}))


def tabs(contents: dict[str, list[nodes.Node]]) -> nodes.container:
    """Make a set of tabs, one for each flavour."""
    items = []
    for flavour, content in contents.items():
        name = _LABELS[flavour]
        label = nodes.rubric(name, name, classes=["sd-tab-label"], sync_id=flavour, sync_group="flavour")
        inside = create_component("tab-content", children=content, classes=["sd-tab-content"])
        items.append(create_component("tab-item", children=[label, inside], classes=["sd-tab-item"]))
    return create_component("tab-set", children=items, classes=["sd-tab-set", "flavours"])


class Flavours(SphinxDirective):
    """Documents classes of `rivet_client` in both flavours: `.. flavours:: Client`."""

    required_arguments = 1
    optional_arguments = 9

    def run(self) -> list[nodes.Node]:
        """Make the tabs."""
        contents = {}
        for flavour, prefix in (("blocking", ""), ("asyncio", "Async")):
            text = "\n".join(
                f".. autoclass:: rivet_client.{prefix}{name}\n   :inherited-members:\n"
                for name in self.arguments
            )
            contents[flavour] = self.parse_text_to_nodes(text)
        return [tabs(contents)]


def setup(app: Sphinx) -> None:
    """Register the transform and the directive."""
    app.add_transform(Pairs)
    app.add_directive("flavours", Flavours)
