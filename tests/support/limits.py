"""Other limits of connections, for one test."""

from __future__ import annotations

import dataclasses

import pytest

from rivet_client._core.limits import Limits

__all__ = ["change_limits"]


def change_limits(monkeypatch: pytest.MonkeyPatch, **changes: float) -> None:
    """Change what `Limits()` is, until the test ends: `change_limits(monkeypatch, ping_interval=0.1)`."""
    defaults = {field.name: field.default for field in dataclasses.fields(Limits)}
    assert changes.keys() <= defaults.keys()
    monkeypatch.setattr(Limits.__init__, "__defaults__", tuple((defaults | changes).values()))
