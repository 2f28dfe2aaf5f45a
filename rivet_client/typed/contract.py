"""What a typed package was made from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Contract"]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a typed package was made from: its attribute `__contract__`.

    Attributes:
        generator: The version of rivet-client that has made the package.
        format_version: The format of the registry document.
        source: The name of the registry's file.
        rivetkit: The version of rivetkit that the registry was read with; "" if the document does not tell.
        content_hash: Of the actors and types. It changes only when they do, and is the `contentHash` of the document.
        actors: The names of the actors, as in the registry.
    """

    generator: str
    format_version: int
    source: str
    rivetkit: str
    content_hash: str
    actors: tuple[str, ...]
