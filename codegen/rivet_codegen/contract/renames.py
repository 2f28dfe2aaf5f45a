"""What `generate` says about names that are others in Python."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rivet_codegen.contract.sources import SourceError, read_package
from rivet_codegen.contract.wording import listed
from rivet_codegen.registry.naming import SPELLED_AS_CLASSES, Rename
from rivet_codegen.registry.package_contract import CONTRACT_FILE
from rivet_codegen.registry.python_names import python_names
from rivet_codegen.registry.typed_package import TypedPackage

__all__ = ["new_renames", "rename_lines"]


def new_renames(rendered: TypedPackage, package: Path, *, are_checked: bool) -> tuple[Rename, ...]:
    """Return the renames that a package on disk does not have: all of them, if there is no package.

    Args:
        rendered: The package that takes its place.
        package: Its folder.
        are_checked: Whether the package checks values.
    """
    file = package / CONTRACT_FILE
    if not rendered.renames or not file.is_file():
        return rendered.renames
    if file.read_bytes() == rendered.tree[CONTRACT_FILE]:
        return ()
    try:
        known = {*python_names(read_package(package), are_checked=are_checked).renames}
    except SourceError:
        return rendered.renames
    return tuple(rename for rename in rendered.renames if rename not in known)


def rename_lines(renames: Iterable[Rename]) -> list[str]:
    """Return a line for each rename, and one for all types that are only spelled in another way."""
    spelled: list[Rename] = []
    others: list[Rename] = []
    for rename in renames:
        (spelled if rename.reason == SPELLED_AS_CLASSES else others).append(rename)
    lines = [f"renamed: {rename}" for rename in others]
    if spelled:
        names = listed([f"{rename.wire} is {rename.python}" for rename in spelled], 3)
        lines.append(f"spelled as classes: {names}")
    return lines
