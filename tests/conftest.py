"""Fixtures for all tests, and the way in which `async def` tests are run. See tests/support for what they return."""

from __future__ import annotations

import contextlib
import gc
import inspect
import logging
import os
import re
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from rivet_client._common import connection
from rivet_client._core.session import ActorSession
from rivet_client.testing.local.shared import engines_of_run
from tests.support.engine import EXAMPLE_REGISTRY, SERVER, PrivateEngine, SharedEngine
from tests.support.flavours import FLAVOURS, Flavour

if TYPE_CHECKING:
    from tests.support.browser import Browser, Chromium  # loads playwright

# What is imported and collected stays; looking for garbage in it takes a twentieth of a quick run.
gc.disable()

# The settings and the proxy of the person who runs the tests must not influence the client.
for _name in list(os.environ):
    if re.match(r"RIVET_(?!TESTS_)|.*_proxy$", _name, re.IGNORECASE):
        del os.environ[_name]
os.environ["NO_PROXY"] = "*"  # the proxy settings of the system must not count either

# If the tests run in the background of a shell, Ctrl-C is ignored, and the programs that they start inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Few examples, for a quick run; `--hypothesis-profile=thorough` takes many. A busy machine is no reason to fail.
hypothesis.settings.register_profile("quick", max_examples=25, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("quick")

RUN = pytest.StashKey[Path]()  # the folder of its engines
CLEANUP = pytest.StashKey[contextlib.ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=("real", "fake", "both"),
        default="both",
        help="what the conformance scenarios run on; the fake engine needs no Node",
    )


def pytest_configure(config: pytest.Config) -> None:
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[RUN] = Path(worker["run"])
    else:
        config.stash[CLEANUP] = contextlib.ExitStack()
        config.stash[RUN] = config.stash[CLEANUP].enter_context(engines_of_run())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each xdist worker which run it belongs to."""
    node.workerinput["run"] = str(node.config.stash[RUN])
    gc.enable()  # only the workers collect tests


def pytest_unconfigure(config: pytest.Config) -> None:
    if CLEANUP in config.stash:
        config.stash[CLEANUP].close()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test in an event loop of its own, of the kind that its flavour says; or in its browser's."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    runner = pyfuncitem.funcargs.get("browser") or pyfuncitem.funcargs.get("flavour", FLAVOURS[1])
    names = inspect.signature(pyfuncitem.obj).parameters
    runner.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    gc.collect()  # what this test left open is reported as this test's failure
    return True


@pytest.fixture(autouse=True, scope="module")
def _small_heap() -> None:
    """Let collections look at what the tests of a module make, not at all that was ever imported: they are many."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def this_run(request: pytest.FixtureRequest) -> Path:
    """The folder of this run, which the engines that all its tests share belong to."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def engine(this_run: Path) -> SharedEngine:
    """The engine that all tests of the run share, with the actors of tests/server."""
    return SharedEngine.of_run(this_run)


@pytest.fixture(scope="session")
def example_engine(this_run: Path) -> SharedEngine:
    """An engine that all tests share, with the actors of examples/registry: for the pages and the example programs."""
    return SharedEngine.of_run(this_run, EXAMPLE_REGISTRY)


@pytest.fixture
def private_engine() -> Iterator[Callable[..., PrivateEngine]]:
    """Start an engine for this test alone: `private_engine(env={"RIVET__…": "…"})`."""
    with contextlib.ExitStack() as engines:

        def start(
            registry: Path = SERVER / "registry.ts", *, env: Mapping[str, str] | None = None
        ) -> PrivateEngine:
            return engines.enter_context(PrivateEngine(registry, env=env))

        yield start


@pytest.fixture(params=FLAVOURS, ids=str)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Both flavours, one after the other."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def make_client(engine: SharedEngine, flavour: Flavour) -> Callable[..., Any]:
    """Make a client of the flavour for the shared engine: `async with make_client(encoding="json") as client:`."""
    return lambda endpoint=engine.url, **options: flavour.client(endpoint, **options)


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[ActorSession]:
    """The sessions of the connections that this test makes, oldest first. They show what was not cleaned up."""
    made: list[ActorSession] = []

    class Recorded(ActorSession):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr(connection, "ActorSession", Recorded)
    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The chromium of this process; without one, the test is skipped."""
    from tests.support.browser import fresh_chromium

    yield from fresh_chromium()


@pytest.fixture
def browser(chromium: Chromium) -> Browser:
    """A browser for this test alone; see `tests/support/browser.py`."""
    from tests.support.browser import Browser

    return Browser(chromium)


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """A command sets the process's logging; here the process goes on."""
    loggers = [logging.getLogger(f"rivet_client{name}") for name in ("", ".requests", ".connections")]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """An actor key that no other test and no other run uses."""
    name = re.sub(r"\W+", "-", request.node.name)
    return f"{name[:60]}-{uuid.uuid4().hex[:8]}"
