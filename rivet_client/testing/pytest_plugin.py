"""The pytest plugin: an engine, clients and keys for tests.

It loads nothing of the client until a test asks for a fixture.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from rivet_client import AsyncClient, Client
    from rivet_client.testing import FakeEngine, LocalEngine
    from rivet_client.testing.asked import Asked
    from rivet_client.testing.local.shared import SharedEngine

__all__ = [
    "async_rivet_client",
    "rivet_actors",
    "rivet_client",
    "rivet_engine",
    "rivet_key",
    "rivet_package",
    "rivet_registry",
]

_KINDS = ("fake", "real")
_RUN = pytest.StashKey[Path]()  # folder of the engines that all workers share
_ASKED: pytest.StashKey[Asked] = pytest.StashKey()  # calls of a test's clients on a real engine
_LOGGED_BEFORE = pytest.StashKey[dict[Path, int]]()  # bytes in the logs of hosts before the test


# --- Settings ------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    parser.getgroup("rivet", "Rivet Actors").addoption(
        "--rivet-engine", choices=_KINDS, help="run the tests on this engine, whatever the ini file says"
    )
    parser.addini("rivet_engine", "the engine that tests run on: fake (the default) or real", default="fake")
    parser.addini("rivet_actors", "the fake engine, with its actors: tests.actors:engine", default="")
    parser.addini("rivet_registry", "the registry of the real actors: actors/registry.ts", default="")
    parser.addini("rivet_package", "the typed package that makes the clients: my_actors", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check what can be checked without loading anything."""
    config.addinivalue_line("markers", "rivet_engine(kind): run the test on this engine, 'fake' or 'real'.")
    if (kind := config.getini("rivet_engine")) not in _KINDS:
        raise pytest.UsageError(f"{_place(config, 'rivet_engine')} is {kind!r}; it must be 'fake' or 'real'")
    actors = config.getini("rivet_actors")
    if actors and not re.fullmatch(r"[\w.]+:\w+", actors):
        raise pytest.UsageError(
            f"{_place(config, 'rivet_actors')} is {actors!r}; it must name a module and the engine in it, "
            "such as 'tests.actors:engine'"
        )


def _place(config: pytest.Config, setting: str) -> str:
    """Say where a setting is: file, line and name. One that is not in the file comes from the command line."""
    if config.inipath is not None:
        for number, line in enumerate(config.inipath.read_text(encoding="utf-8").splitlines(), 1):
            if re.match(rf"\s*{setting}\b", line):
                return f"{config.inipath}:{number}: {setting}"
    return setting


def _folder(config: pytest.Config) -> Path:
    """Return the folder that the settings start from."""
    return config.rootpath if config.inipath is None else config.inipath.parent


def _failure(text: str) -> BaseException:
    """Make the failure of whatever asked for a fixture. A traceback would show nothing but this plugin."""
    return pytest.fail.Exception(text, pytrace=False)


# --- Which engine a test runs on -----------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test the engine that its marker names, if that is not the usual one."""
    marker = metafunc.definition.get_closest_marker("rivet_engine")
    if marker is None:
        return
    if marker.kwargs or marker.args not in (("fake",), ("real",)):
        raise _failure(f"{metafunc.definition.nodeid}: {_shown(marker)} is wrong; it takes 'fake' or 'real'")
    (kind,), config = marker.args, metafunc.config
    if kind == _usual_kind(config) or "rivet_engine" not in metafunc.fixturenames:
        return
    marks = []
    if config.getoption("rivet_engine") == "fake":
        marks = [pytest.mark.skip(reason="needs the real engine; this run has --rivet-engine=fake")]
    param = pytest.param(kind, marks=marks, id=pytest.HIDDEN_PARAM)
    metafunc.parametrize("rivet_engine", [param], indirect=True, scope="session")


def _shown(marker: pytest.Mark) -> str:
    named = (f"{name}={value!r}" for name, value in marker.kwargs.items())
    return f"@pytest.mark.{marker.name}({', '.join([*map(repr, marker.args), *named])})"


def _usual_kind(config: pytest.Config) -> str:
    return str(config.getoption("rivet_engine") or config.getini("rivet_engine"))


# --- Fixtures ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def rivet_actors(pytestconfig: pytest.Config) -> FakeEngine:
    """The fake engine with its actors, not started: what the ini file's `rivet_actors` names."""
    from rivet_client.testing import FakeEngine

    setting: str = pytestconfig.getini("rivet_actors")
    if not setting:
        raise _failure(
            "the fake engine has no actors; name it in the ini file, as in rivet_actors = 'tests.actors:engine', "
            "or return it from a fixture `rivet_actors` with the scope 'session'"
        )
    module, _, name = setting.partition(":")
    engine = getattr(_imported(pytestconfig, "rivet_actors", module), name, None)
    if not isinstance(engine, FakeEngine):
        raise _failure(
            f"{_place(pytestconfig, 'rivet_actors')} is {setting!r}; {name} must be a FakeEngine, "
            f"and is {'missing' if engine is None else f'a {type(engine).__name__}'}"
        )
    return engine


@pytest.fixture(scope="session")
def rivet_registry(pytestconfig: pytest.Config) -> Path:
    """The registry of the real actors: what the ini file's `rivet_registry` names."""
    setting: str = pytestconfig.getini("rivet_registry")
    if not setting:
        raise _failure(
            "the real engine has no actors; name their registry in the ini file, as in "
            "rivet_registry = 'actors/registry.ts', or return its path from a fixture `rivet_registry` "
            "with the scope 'session'"
        )
    registry = _folder(pytestconfig) / setting
    if not registry.is_file():
        raise _failure(
            f"{_place(pytestconfig, 'rivet_registry')} is {setting!r}; there is no file {registry}"
        )
    return registry


@pytest.fixture(scope="session")
def rivet_package(pytestconfig: pytest.Config) -> ModuleType:
    """The module that has the clients: the typed package that the ini file's `rivet_package` names, or rivet_client."""
    return _imported(pytestconfig, "rivet_package", pytestconfig.getini("rivet_package") or "rivet_client")


@pytest.fixture(scope="session")
def rivet_engine(request: pytest.FixtureRequest) -> Iterator[FakeEngine | LocalEngine | SharedEngine]:
    """The engine that the test runs on. It is shared: give each test actors of its own, by `rivet_key`."""
    from rivet_client.testing import EngineError

    # The param is there if a marker names another engine than the usual one.
    kind = getattr(request, "param", _usual_kind(request.config))
    try:
        engine = request.getfixturevalue("rivet_actors") if kind == "fake" else _real_engine(request)
        engine.start()
    except EngineError as error:
        raise _failure(f"the {kind} engine did not start: {error}") from None
    if (log := _host_log(engine)) is not None:
        _logged_before(request.config)[log] = _size(log)
    yield engine
    engine.stop()


@pytest.fixture
def rivet_client(
    request: pytest.FixtureRequest,
    rivet_engine: FakeEngine | LocalEngine | SharedEngine,
    rivet_package: ModuleType,
) -> Iterator[Client]:
    """A blocking client for the engine."""
    with rivet_engine.client(rivet_package.Client, **_watched(request, rivet_engine)) as client:
        yield client


@pytest.fixture
def async_rivet_client(
    request: pytest.FixtureRequest,
    rivet_engine: FakeEngine | LocalEngine | SharedEngine,
    rivet_package: ModuleType,
) -> Iterator[AsyncClient]:
    """An asyncio client for the engine. It works in whichever event loop the test runs, or makes."""
    client = rivet_engine.async_client(rivet_package.AsyncClient, **_watched(request, rivet_engine))
    yield client
    # An event loop that has ended has closed what the client had in there. One of a module or a session goes on.
    for loop in client._runtime.idle_loops():
        loop.run_until_complete(client.close())


def _watched(request: pytest.FixtureRequest, engine: object) -> dict[str, Any]:
    """Return the options by which a client's calls are noted. A fake engine notes them by itself."""
    from rivet_client.testing import FakeEngine
    from rivet_client.testing.clients import HasClients

    if isinstance(engine, FakeEngine) or not isinstance(engine, HasClients):
        return {}
    from rivet_client.testing.asked import Asked

    return {"observers": [request.node.stash.setdefault(_ASKED, Asked())]}


@pytest.fixture
def rivet_key(request: pytest.FixtureRequest) -> str:
    """An actor key that no other test and no other run uses."""
    name = re.sub(r"\W+", "-", request.node.name)
    return f"{name[:60]}-{os.urandom(4).hex()}"


def _imported(config: pytest.Config, setting: str, module: str) -> ModuleType:
    """Import a module that a setting names."""
    from importlib import import_module

    folder = str(_folder(config))
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        # A module that the project's own code misses is a defect there, and shown as such.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise _failure(
            f"{_place(config, setting)} is {config.getini(setting)!r}; "
            f"there is no module {error.name}, neither in {folder} nor elsewhere on Python's path"
        ) from None


# --- The real engine ------------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the workers of pytest-xdist share what they start, if they may start a real engine."""
    config: pytest.Config = node.config
    may_start = _usual_kind(config) == "real" or config.getini("rivet_registry")
    if may_start and sys.platform != "win32":
        if _RUN not in config.stash:
            from rivet_client.testing.local.shared import engines_of_run

            run = contextlib.ExitStack()
            config.stash[_RUN] = run.enter_context(engines_of_run())
            config.add_cleanup(run.close)
        node.workerinput["rivet_run"] = str(config.stash[_RUN])


def _real_engine(request: pytest.FixtureRequest) -> LocalEngine | SharedEngine:
    registry = request.getfixturevalue("rivet_registry")
    run = getattr(request.config, "workerinput", {}).get("rivet_run")
    if run is None:
        from rivet_client.testing import LocalEngine

        return LocalEngine(registry)
    from rivet_client.testing.local.shared import SharedEngine

    return SharedEngine(registry, Path(run))


# --- Before and after a test ----------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note where the test begins in the logs of hosts."""
    logged = _logged_before(item.config)
    logged.update({log: _size(log) for log in logged})


def _logged_before(config: pytest.Config) -> dict[Path, int]:
    return config.stash.setdefault(_LOGGED_BEFORE, {})


def _host_log(engine: FakeEngine | LocalEngine | SharedEngine) -> Path | None:
    """Return the log of the actors' host, if there is one."""
    from rivet_client.testing import EngineError

    with contextlib.suppress(EngineError):  # it does not run
        log_files: dict[str, Path] = getattr(engine, "log_files", {})
        return log_files.get("host")
    return None


def _size(log: Path) -> int:
    try:
        return log.stat().st_size
    except OSError:
        return 0  # the engine has ended


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the actors were asked, if the test failed. The next one begins without its faults and records."""
    report = yield
    fixtures: dict[str, Any] = getattr(item, "funcargs", None) or {}
    engine = fixtures.get("rivet_engine")
    if engine is not None:
        from rivet_client.testing import FakeEngine

        if report.failed:
            report.sections += _told(item, engine)
        if call.when == "teardown" and isinstance(engine, FakeEngine):
            engine.clear_faults()
            engine.records.clear()
    return report


def _told(item: pytest.Item, engine: FakeEngine | LocalEngine | SharedEngine) -> Iterator[tuple[str, str]]:
    """Yield what helps to see why a test has failed."""
    from rivet_client.testing import FakeEngine

    asked = engine.records if isinstance(engine, FakeEngine) else item.stash.get(_ASKED, None)
    if asked is not None:
        yield "What the actors were asked", str(asked) or "Nothing."
    if (log := _host_log(engine)) is not None:
        from rivet_client.testing.local.logs import shown_since
        from rivet_client.testing.wording import newest

        if lines := shown_since(_logged_before(item.config).get(log, 0), log):
            yield "Newest lines of the host's log", newest(lines, str)
