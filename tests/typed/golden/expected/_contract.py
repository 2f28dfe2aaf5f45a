# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""What this package was made from."""

from __future__ import annotations

from rivet_client.typed import Contract

__all__ = ["__contract__"]

__contract__ = Contract(
    generator="0.1.0",
    format_version=1,
    source="registry.ts",
    rivetkit="",
    content_hash="sha256:b63d3f1a19a72f44e378c372fcd9ea7397dfc5d955b6649437191ad0597d0e97",
    actors=(
        "counter",
        "journal",
    ),
)
