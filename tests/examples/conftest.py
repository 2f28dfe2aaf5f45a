"""What the tests of the examples share: their modules, and the engines that they run on."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from rivet_client.testing import FakeEngine
from tests.docs.snippets import ROOT

# The examples are programs, not a package. Django's and Celery's have folders of their own.
for folder in ("examples", "examples/django_site", "examples/celery_worker"):
    sys.path.append(str(ROOT / folder))


@pytest.fixture(scope="session")
def running_actors() -> Iterator[FakeEngine]:
    from fake_actors import engine

    with engine:
        yield engine


@pytest.fixture
def actors(running_actors: FakeEngine) -> FakeEngine:
    """The fake engine of the examples, as new."""
    running_actors.reset()
    return running_actors


@pytest.fixture(params=["fake", "real"])
def endpoint(request: pytest.FixtureRequest) -> str:
    """The fake engine and the real one, one after the other."""
    return request.getfixturevalue({"fake": "actors", "real": "example_engine"}[request.param]).url
