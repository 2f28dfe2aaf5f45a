"""The engines that the tests of the examples run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rivet_client.testing import FakeEngine


@pytest.fixture(scope="module")  # a module may start and stop it itself
def running_actors() -> Iterator[FakeEngine]:
    from examples.fake_actors import engine

    with engine:
        yield engine
        engine.reset()  # faults would outlast the stop


@pytest.fixture
def actors(running_actors: FakeEngine) -> FakeEngine:
    """The fake engine of the examples, as new."""
    running_actors.reset()
    return running_actors


@pytest.fixture(params=["fake", "real"])
def endpoint(request: pytest.FixtureRequest) -> str:
    """The fake engine and the real one, one after the other."""
    return request.getfixturevalue({"fake": "actors", "real": "example_engine"}[request.param]).url
