"""Turns docstrings into the reStructuredText that autodoc and napoleon expect.

Our docstrings are in Google's style with a little Markdown: single backticks, tables, lists and indented code. They are
meant to be read in an editor, too.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from textwrap import dedent
from typing import Any, get_type_hints

from sphinx.application import Sphinx
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.typing import stringify_annotation

from rivet_client_generated.protocol.versions import NEWEST
from tests.support.public_api import HANDED_OUT

__all__ = ["attributes", "entries", "setup", "to_rst"]

_SECTIONS = {"Args:", "Attributes:", "Raises:", "Returns:", "Yields:"}
_CODE = re.compile(r"(`[^`]+`)")
_IS_CODE = re.compile(r"\bhttps?://[\w.:/-]*\w|\bRIVET_[A-Z]\w+(?<!_)\b|(?<!\S)--?[a-z][\w-]*\b")
"""What is code without backticks, too."""
_ITEM = re.compile(r"\s*([-*]|\d+\.) ")


def to_rst(lines: list[str]) -> list[str]:
    """Translate the lines of a docstring."""
    return [*_translated(lines)]


def _translated(lines: list[str]) -> Iterator[str]:
    at, is_section, is_list = 0, False, False
    while at < len(lines):
        line = lines[at]
        depth = _depth(line)
        if line.strip() and depth == 0:
            is_section, is_list = line.strip() in _SECTIONS, bool(_ITEM.match(line))
        if line.lstrip().startswith("|"):
            end = _end(lines, at, lambda it: it.lstrip().startswith("|"))
            yield from _table(lines[at:end], depth)
        elif depth >= 4 and not is_section and not is_list and not lines[at - 1].strip():
            end = _end(lines, at, lambda it: not it.strip() or _depth(it) >= 4)
            yield from _code(lines[at:end])
        else:
            end = at + 1
            before = lines[at - 1] if at else ""
            if _ITEM.match(line) and before.strip() and not _ITEM.match(before) and _depth(before) <= depth:
                yield ""
            yield _escaped(line)
        at = end


def _end(lines: list[str], start: int, belongs: Any) -> int:
    return next((at for at in range(start, len(lines)) if not belongs(lines[at])), len(lines))


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _table(rows: list[str], depth: int) -> Iterator[str]:
    indent = " " * depth
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    yield from ("", f"{indent}.. list-table::", f"{indent}   :header-rows: 1", "")
    for row in cells[:1] + cells[2:]:
        for mark, cell in zip(["* -", *["  -"] * len(row)], row, strict=False):
            yield f"{indent}   {mark} {_escaped(cell)}"
    yield ""


def _code(lines: list[str]) -> Iterator[str]:
    text = dedent("\n".join(lines)).strip("\n")
    try:
        ast.parse(text)
        language = "python"
    except SyntaxError:
        language = "text"
    yield from (f".. code-block:: {language}", "")
    yield from (f"   {line}" for line in text.splitlines())
    yield ""


def _escaped(line: str) -> str:
    """Escape what reStructuredText takes for markup, and Markdown does not."""
    parts = _CODE.split(line)
    for at, part in enumerate(parts):
        if at % 2:
            after = parts[at + 1]
            part = part.replace("\\", "\\\\")
            parts[at] = f"{part}\\ " if re.match(r"\w", after) else part
        else:
            start = re.match(r"\s*([-*] )?", part)[0] if at == 0 else ""
            text = re.sub(r"([*|\\]|_(?=\W|$))", r"\\\1", part[len(start) :])
            parts[at] = start + _IS_CODE.sub(r"`\g<0>`", text)
    return "".join(parts)


# --- What autodoc asks for -------------------------------------------------------------------------------------------


_ATTRIBUTES = re.compile(r"^Attributes:\n((?: .*\n|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^    (\*{0,2}\w[\w, ]*): ?((?:.*\n(?:        .*\n|\n(?=        ))*))", re.MULTILINE)


def entries(thing: Any, title: str) -> dict[str, str]:
    """Return what a section of a docstring tells of each name in it."""
    section = re.search(rf"^{title}:\n((?: .*\n|\n)*)", (inspect.getdoc(thing) or "") + "\n", re.MULTILINE)
    told = _ENTRY.findall(section[1]) if section else []
    return {name: text for names, text in told for name in names.split(", ")}


def attributes(cls: type) -> dict[str, str]:
    """Return the attributes of a class that are data, with what is told of each, "" if nothing.

    They are those of the section `Attributes`, the fields of a model, dataclass or named tuple, and those of bases that
    have no entry of their own.
    """
    told: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base is cls or base.__module__.partition(".")[2].startswith("_"):
            told |= entries(base, "Attributes")
    fields = ("_fields", "model_fields", "__dataclass_fields__")
    names = next((found for field in fields if (found := getattr(cls, field, None))), ())
    return {name: told.get(name, "") for name in [*names, *told] if not name.startswith("_")}


def _attribute_lines(cls: type) -> Iterator[str]:
    hints = _hints(cls)
    for name, text in attributes(cls).items():
        yield from ("", f".. py:attribute:: {name}")
        if name in hints:
            yield f"   :type: {stringify_annotation(hints[name], 'smart')}"
        yield ""
        yield from (f"   {line}" for line in to_rst(dedent(f"        {text}").splitlines()))


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except (NameError, TypeError):
        return {}


def _translate(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    if isinstance(obj, type):
        text = _ATTRIBUTES.sub("", text)
    lines[:] = to_rst(text.splitlines())
    if what == "property":  # napoleon would read no sections, and take what is before a colon for the type
        lines[:] = ["..", "", *GoogleDocstring(lines, app.config, app, "method", name, obj).lines()]
    if isinstance(obj, type):
        lines += ["", *_attribute_lines(obj), ""]


def _skips(_: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out fields of named tuples, which are told of as attributes."""
    if (getattr(obj, "__doc__", None) or "").startswith("Alias for field number"):
        return True
    return None


_DEFAULTS = {"_DEFAULT_RETRY": "RetryPolicy()", "NEWEST": str(NEWEST), "<factory>": "..."}
"""What is shown in the place of defaults that a caller could not write."""


def _signature(
    _: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, result: str | None
) -> tuple[str | None, str | None] | None:
    """Leave out how a class is made that only the client makes, and name defaults as a caller would write them."""
    if signature is None:
        return None
    if what == "class" and HANDED_OUT.fullmatch(obj.__name__):
        return "", None
    for default, shown in _DEFAULTS.items():
        signature = signature.replace(f"= {default}", f"= {shown}")
    return _without_references(signature), result and _without_references(result)


def _without_references(types: str) -> str:
    """Name aliases of types inside of other types, where Sphinx shows how it keeps them."""
    return re.sub(r"TypeAliasForwardRef\('([\w.]+)'\)", r"~\1", types)


def setup(app: Sphinx) -> None:
    """Register the events."""
    app.connect("autodoc-process-docstring", _translate, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-skip-member", _skips)
