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
    content_hash="sha256:8721680c211e05f00744ec199a90212f8ef655ce3c7f191e4b0dfa53377fa0f1",
    actors=(
        "counter",
        "journal",
    ),
)
