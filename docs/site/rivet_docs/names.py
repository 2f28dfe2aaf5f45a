"""Links inline code to the reference, where it is exactly a public name and no two things have the name.

Single backticks are the default role in docstrings, and inline code in the guides. Both end as `literal` nodes, which
are linked when all pages have been read. Types in signatures are references of Sphinx's own, so that a type without an
entry is a warning, unless it is not ours to document.
"""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from collections.abc import Iterator
from pkgutil import resolve_name
from typing import Any, NamedTuple, ParamSpec, TypeVar

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxRole
from sphinx.util.nodes import make_refnode

__all__ = ["Names", "setup"]

PLAIN = {
    *(
        f"rivet_client._common.httpx_adapter.{name}"
        for name in ("AsyncClientLike", "ClientLike", "RequestLike", "RequestOptions", "UrlLike")
    ),
    "rivet_client.testing.fake.failures.ShownError",
    "rivet_client.typed.actors._Connection",
    "rivet_client.typed.actors._Runtime",
}
"""Types of ours that have no entry. The text beside each says what it is, or it is one of httpx in other words."""

OTHER_NAMES = {"rivet_client._asyncio.websocket.OpeningWebSocket": "rivet_client.AsyncRawWebSocket"}
"""Where types without an entry are told of."""

VARIABLES = {
    "client": "Client",
    "connection": "ActorConnection",
    "engine": "testing.FakeEngine",
    "error": "ActorError",
    "handle": "ActorHandle",
    "info": "CallInfo",
    "scope": "CancelScope",
    "websocket": "RawWebSocket",
}
"""What variables of these names are in the guides: `client.figures()` is a method of `Client`."""

AREAS = {
    "control-api": "rivet_client.engine",
    "observability": "rivet_client.observers",
    "testing": "rivet_client.testing",
    "tutorial-typed": "rivet_client.typed",
    "typed-bindings": "rivet_client.typed",
}
"""The module that comes first on a page, by how the name of the page begins."""

_MEMBER = r"[A-Z]\w*\.\w+"
_NAME = re.compile(r"([A-Za-z_][\w.]*)(\(.*\))?")
_NOT_LINKED = (nodes.title, nodes.reference, addnodes.pending_xref, addnodes.desc_signature, nodes.rubric)


class Entry(NamedTuple):
    """Where something is documented."""

    name: str
    page: str
    anchor: str
    is_attribute: bool = False


class Names:
    """All documented names, by what they may be called.

    Args:
        env: Has read all pages.
    """

    def __init__(self, env: BuildEnvironment) -> None:
        self.entries: dict[str, Entry] = {}
        self._others = {
            name: Entry(name, page, anchor)
            for (kind, name), (page, anchor) in env.domains.standard_domain.objects.items()
            if kind in ("confval", "envvar", "errorcode", "fixture") and name != "rivet_client"  # the module
        }
        self._by_ending: defaultdict[str, set[str]] = defaultdict(set)
        for name, it in env.domains.python_domain.objects.items():
            if not it.aliased and it.objtype != "module":
                self.entries[name] = Entry(name, it.docname, it.node_id, it.objtype == "attribute")
                parts = name.split(".")
                for at in range(len(parts)):
                    self._by_ending[".".join(parts[at:])].add(name)

    def find(self, text: str, page: str, inside: str = "") -> Entry | None:
        """Return what a text names, if that is sure.

        Args:
            text: The inline code.
            page: Where it stands.
            inside: The public name of the class that it is said of; "" if there is none.
        """
        if text in self._others:
            return self._others[text]
        match = _NAME.fullmatch(text)
        if not match:
            return None
        name, call = match.groups()
        first, _, rest = name.partition(".")
        if rest and first in VARIABLES:
            name = f"{VARIABLES[first]}.{rest}"
        if inside and (own := self.entries.get(f"{inside}.{name}")):
            return own
        found = self._by_ending.get(name, set())
        if not call and name.islower() and "." not in name:
            if "_" not in name.strip("_"):
                return None  # a word
            found = {it for it in found if not self.entries[it].is_attribute}  # or a parameter
        found = self._preferred(found, page, inside)
        return self.entries[min(found)] if len(found) == 1 else None

    def _preferred(self, found: set[str], page: str, inside: str) -> set[str]:
        other = _asyncio if ".Async" in inside else _blocking
        found = {name for name in found if other(name) == name or other(name) not in found}
        topic = page.removeprefix("reference/")
        area = next((module for start, module in AREAS.items() if topic.startswith(start)), None)
        places = [(area, r"\w+"), ("rivet_client", r"\w+"), ("rivet_client", _MEMBER), (area, _MEMBER)]
        for module, own in places:
            near = {name for name in found if module and re.fullmatch(rf"{re.escape(module)}\.{own}", name)}
            if near:
                return near
        return found


def _blocking(name: str) -> str:
    return re.sub(r"\bAsync(?=[A-Z])", "", name)


def _asyncio(name: str) -> str:
    return re.sub(r"^(rivet_client\.)(?!Async)(?=[A-Z])", r"\1Async", name)


class InlineCode(SphinxRole):
    """The default role: code that may be a name."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make the node."""
        context = self.env.ref_context
        inside = ".".join(filter(None, (context.get("py:module"), context.get("py:class"))))
        return [nodes.literal(self.text, self.text, inside=inside)], []


class LinkNames(SphinxPostTransform):
    """Makes links of inline code."""

    default_priority = 8

    def run(self, **_: Any) -> None:
        """Change the document."""
        names: Names = self.env.app.rivet_names
        page = self.env.docname
        for code in list(self.document.findall(nodes.literal)):
            if code["ids"] or any(isinstance(it, _NOT_LINKED) for it in _ancestors(code)):
                continue
            entry = names.find(code.astext(), page, code.get("inside", ""))
            if entry is not None:
                link = make_refnode(
                    self.app.builder, page, entry.page, entry.anchor, code.deepcopy(), entry.name
                )
                code.replace_self(link)


def _ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node


# --- Types in signatures ---------------------------------------------------------------------------------------------


def _is_foreign(target: str) -> bool:
    """Whether a type is not ours to document, or has no entry on purpose."""
    thing = _thing(target)
    return thing is not None and (
        target in PLAIN or not _is_ours(target) or isinstance(thing, (TypeVar, ParamSpec))
    )


def _thing(target: str) -> Any:
    try:
        return getattr(builtins, target, None) or resolve_name(target)
    except (ImportError, AttributeError, ValueError):
        return None


def _is_ours(target: str) -> bool:
    return target.startswith(("rivet_client", "rivet_codegen"))


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> Any:
    """Resolve what Sphinx has no entry for."""
    target = node["reftarget"]
    if node["refdomain"] != "py":
        return None
    if target in OTHER_NAMES:
        entry = app.rivet_names.entries[OTHER_NAMES[target]]
        return make_refnode(app.builder, node["refdoc"], entry.page, entry.anchor, content, entry.name)
    return content if _is_foreign(target) else None


def _collect(app: Sphinx, env: BuildEnvironment) -> None:
    app.rivet_names = Names(env)


def setup(app: Sphinx) -> None:
    """Register the role, the transform and the events."""
    app.add_role("name", InlineCode())
    app.add_post_transform(LinkNames)
    app.connect("missing-reference", _resolve)
    app.connect("env-updated", _collect)
