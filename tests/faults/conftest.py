"""Fixtures of the fault tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from rivet_client._core.session import Limits


@pytest.fixture
def set_limits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change what `Limits()` is, for the connections that this test makes: `set_limits(ping_interval=0.1)`."""

    def set_(**changes: float) -> None:
        defaults = {field.name: field.default for field in dataclasses.fields(Limits)}
        assert changes.keys() <= defaults.keys()
        monkeypatch.setattr(Limits.__init__, "__defaults__", tuple((defaults | changes).values()))

    return set_
