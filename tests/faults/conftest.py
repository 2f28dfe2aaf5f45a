"""Fixtures of the fault tests."""

from __future__ import annotations

import pytest

from rivet_client._core.flows import locate
from rivet_client._core.session import attempts
from tests.support.flavours import FLAVOURS_AND_UVLOOP, Flavour


@pytest.fixture(params=FLAVOURS_AND_UVLOOP, ids=str)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """All flavours, one after the other."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _quick_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses between attempts; how long they really are, and how they grow, is tested in tests/core."""
    monkeypatch.setattr(attempts, "INITIAL_DELAY", 0.02)
    monkeypatch.setattr(locate, "_LOCATE_DELAY", 0.05)
