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
    content_hash="sha256:758a28880444375cdd8c32168ebccbc13583c887b54edaeda0cf9e8d823b2b7c",
    actors=("counter",),
)
