"""What a typed package is to the client that imports it: its format, its accessors and its errors.

A package compares its format when it is imported. So this module loads neither pydantic nor the other modules here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from rivet_client._version import __version__
from rivet_client.errors import ErrorClasses, VersionError

__all__ = ["PACKAGE_FORMAT", "PackageVersionError", "accessor", "check_package", "declares_errors"]

PACKAGE_FORMAT: Final = 1
"""The format of typed packages: which names of `rivet_client.typed` they use, and how.

It grows when a package that was made before does not work any more. Packages that do not tell a format were made
before there was one; they still work.
"""

A = TypeVar("A")
C = TypeVar("C")


class PackageVersionError(VersionError, ImportError):
    """A typed package was made by another version of rivet-client, whose packages this version cannot use.

    Attributes:
        version: The format of the package.
        why: What this means, with the versions of rivet-client that made the package and that runs.
    """

    def _what_happened(self) -> str:
        return self.why


def check_package(name: str, *, format: int, generator: str, command: str) -> None:
    """Check that this version can use a typed package. The package calls this function when it is imported.

    Args:
        name: The `__name__` of the package.
        format: Its format, as `PACKAGE_FORMAT` was when the package was made.
        generator: The version of rivet-client that made it.
        command: The command that makes it anew, without the folder.

    Raises:
        PackageVersionError: The format is another one.
    """
    if format == PACKAGE_FORMAT:
        return
    path = getattr(sys.modules.get(name), "__file__", None)
    folder = Path(path).parent if path else name.rpartition(".")[2]
    hint = f"make it anew: {command} -o {folder}"
    if format > PACKAGE_FORMAT:
        hint = f"update the client to {generator} or newer; or {hint}"
    why = (
        f"the typed package {name} was made by rivet-client {generator} (package format {format}), "
        f"and this is rivet-client {__version__} (package format {PACKAGE_FORMAT})"
    )
    raise PackageVersionError(format, why, hint=hint)


def accessor(client: Any, accessor_class: Callable[[Any, str], A], actor: str) -> A:
    """Return what makes a client's handles to the actors of one name."""
    return accessor_class(client._runtime, actor)


def declares_errors(load: Callable[[], ErrorClasses]) -> Callable[[type[C]], type[C]]:
    """Decorate the client of a package whose actors declare errors. Their classes are loaded with the first error."""

    def decorate(client_class: type[C]) -> type[C]:
        client_class._error_classes = staticmethod(load)  # type: ignore[attr-defined]
        return client_class

    return decorate
