"""The errors that a registry declares → classes of exceptions."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Sequence
from dataclasses import dataclass

from rivet_codegen.output.docstrings import docstring
from rivet_codegen.registry.document import DeclaredError, RegistryDocument
from rivet_codegen.registry.naming import DIGIT_LIKE, Rename, Renames, pascal, snake

__all__ = ["ErrorClasses", "ErrorView"]

_IMPORTED = frozenset({"ActorError", "ErrorClasses"})


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One class of errors.

    Attributes:
        group, code: What its errors carry.
        class_name: Its name.
        docstring: Its docstring.
    """

    group: str
    code: str
    class_name: str
    docstring: str


class ErrorClasses:
    """The classes for the errors that a document declares: one for each group and code, wherever it is declared.

    Args:
        document: The document.
        renames: Where to note the classes that are not simply called as their codes.

    Attributes:
        views: The classes, in a fixed order.
    """

    def __init__(self, document: RegistryDocument, renames: Renames) -> None:
        said: dict[tuple[str, str], list[str]] = {}
        for error in document.errors():
            said.setdefault((error.group, error.code), []).append(error.description)
        self._names: dict[tuple[str, str], str] = {}
        for group, code in sorted(
            said, key=lambda error: (error[0] != "user", error[0], snake(error[1]) != error[1], error)
        ):
            self._names[group, code] = self._name(group, code, renames)
        self.views: tuple[ErrorView, ...] = tuple(
            ErrorView(group, code, name, _docstring(group, code, said[group, code]))
            for (group, code), name in self._names.items()
        )

    def raised(self, *declared: DeclaredError) -> list[tuple[str, str]]:
        """Return what a docstring says about errors: their classes, and when they come. The first text counts."""
        entries = {
            f"errors.{self._names[error.group, error.code]}": error.description
            or f"The error `{error.name}`."
            for error in reversed(declared)
        }
        return sorted(entries.items())

    def _name(self, group: str, code: str, renames: Renames) -> str:
        """Return the name of a class.

        Codes of the group "user" alone name their classes. Other groups stand before their codes. So no class gets
        another name when a second group gets the same code.
        """
        full = pascal(group) + pascal(code)
        usual = pascal(code) if group == "user" else full
        reason = _objection(usual)
        wanted = name = next(name for name in (usual, full, f"Error{full}") if not _objection(name))
        number = 2
        while name in self._names.values():
            name, number, reason = f"{wanted}{number}", number + 1, f"another error is {wanted} already"
        if reason:
            renames.append(Rename("error", "", f"{group}.{code}", name, reason))
        return name


def _objection(name: str) -> str:
    """Return why a class cannot be called so; "" if it can."""
    if not name.isidentifier() or keyword.iskeyword(name):
        return "it is no Python name"
    if name in _IMPORTED or name in DIGIT_LIKE or hasattr(builtins, name):
        return f"{name} has another meaning there"
    return ""


def _docstring(group: str, code: str, said: Sequence[str]) -> str:
    text = "\n\n".join(dict.fromkeys(filter(None, map(str.strip, said))))
    name = f"`{group}.{code}`"
    return docstring(text, f"The error {name}.") + (f"\n\nCode: {name}." if text else "")
