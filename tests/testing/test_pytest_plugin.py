"""The pytest plugin, in runs of pytest inside this one. A run of many small tests says what becomes of each."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

# Loaded here, because a run inside forgets what it has loaded itself.
from rivet_client import AsyncClient, Client  # noqa: F401
from rivet_client.testing import FakeEngine, LocalEngine

pytest_plugins = ["pytester"]

ACTORS = """
from rivet_client.testing import FakeEngine

engine = FakeEngine()

@engine.actor("counter")
class Counter:
    count = 0

    def increment(self, ctx, amount):
        self.count += amount
        return self.count
"""
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest on a test file, in a project whose fake actors are in the module `actors`."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(actors=ACTORS)

    def run(
        tests: str, *options: str, ini: str = 'rivet_actors = "actors:engine"', **files: str
    ) -> pytest.RunResult:
        (pytester.path / "pyproject.toml").write_text(
            "[tool.pytest.ini_options]\n"
            'addopts = "-p rivet --strict-markers --strict-config"\n'
            'filterwarnings = ["error"]\n' + ini
        )
        pytester.makepyfile(test_it=dedent(tests), **files)
        return pytester.runpytest_inprocess("-rA", *options)

    return run


def test_it_loads_nothing_until_a_fixture_is_asked_for() -> None:
    script = "import sys, rivet_client.testing.pytest_plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {name for name in loaded if name.startswith("rivet")} == {
        "rivet_client",
        "rivet_client._objects",
        "rivet_client._version",
        "rivet_client.testing",
        "rivet_client.testing.pytest_plugin",
    }
    assert not loaded & {"asyncio", "cbor2", "h11", "pydantic", "ssl", "wsproto"}


def test_the_fixtures(run: Run) -> None:
    done = run(
        """
        import asyncio, os
        import pytest

        keys = set()
        descriptors = []

        def test_blocking(rivet_client, rivet_key):
            keys.add(rivet_key)
            assert rivet_client.counter.get_or_create(rivet_key).increment(2) == 2

        @pytest.mark.parametrize("amount", ["a/b c", "ü" * 200])
        def test_keys(rivet_client, rivet_key, amount):
            assert rivet_key not in keys
            keys.add(rivet_key)
            assert rivet_client.counter.get_or_create(rivet_key).increment(2) == 2

        async def use(client, key):
            counter = client.counter.get_or_create(key)
            assert await counter.increment(1) == 1
            async with counter.connect() as connection:
                assert await connection.increment(1) == 2

        @pytest.mark.asyncio
        async def test_pytest_asyncio(async_rivet_client, rivet_key):
            await use(async_rivet_client, rivet_key)

        @pytest.mark.asyncio(loop_scope="session")
        @pytest.mark.parametrize("n", range(10))
        async def test_a_loop_of_many_tests(async_rivet_client, rivet_key, n):
            await use(async_rivet_client, rivet_key)
            if os.path.isdir("/proc/self/fd"):
                descriptors.append(len(os.listdir("/proc/self/fd")))
                assert descriptors[-1] - descriptors[0] < 10  # the clients of the tests before are closed

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_anyio(async_rivet_client, rivet_key, anyio_backend):
            await use(async_rivet_client, rivet_key)

        def test_by_hand(async_rivet_client, rivet_key):
            asyncio.run(use(async_rivet_client, rivet_key))

        def test_not_even_used(async_rivet_client):
            pass

        def test_both(rivet_client, async_rivet_client, rivet_key):
            rivet_client.counter.get_or_create(rivet_key).increment(1)
            counter = async_rivet_client.counter.get_or_create(rivet_key)
            assert asyncio.run(counter.increment(1)) == 2

        def test_dynamically(request, rivet_key):
            client = request.getfixturevalue("rivet_client")
            assert client.counter.get_or_create(rivet_key).increment(2) == 2

        @pytest.fixture(scope="module")
        def visits(rivet_engine):
            with rivet_engine.client() as client:
                yield client.counter.get_or_create("visits")

        @pytest.mark.parametrize("n", [1, 2])
        def test_fixtures_of_a_module(visits, n):
            assert visits.increment(1) == n
        """,
        "--import-mode=importlib",  # so that pytest itself does not put the project's folder on Python's path
        *("-p", "pytest_asyncio.plugin", "-p", "anyio.pytest_plugin"),
        ini='rivet_actors = "actors:engine"\nasyncio_default_fixture_loop_scope = "function"',
    )
    done.assert_outcomes(passed=21)


def test_which_engine(run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The marker decides, or the command line, or the ini file; and an engine is started once, when it is needed."""
    started = []
    monkeypatch.setattr(LocalEngine, "__init__", lambda self, registry: started.append(registry))
    monkeypatch.setattr(LocalEngine, "start", lambda self: started.append("started"))
    monkeypatch.setattr(LocalEngine, "stop", lambda self: started.append("stopped"))
    tests = """
        import pytest
        from rivet_client.testing import FakeEngine

        def kind(engine):
            return "fake" if isinstance(engine, FakeEngine) else "real"

        def test_unmarked_1(rivet_engine):
            print(kind(rivet_engine))

        @pytest.mark.rivet_engine("fake")
        def test_fake(rivet_engine):
            assert kind(rivet_engine) == "fake"

        @pytest.mark.rivet_engine("real")
        class TestReal:
            def test_1(self, rivet_engine):
                assert kind(rivet_engine) == "real"

            def test_none(self):
                pass

        def test_unmarked_2(request):
            print(kind(request.getfixturevalue("rivet_engine")))

        @pytest.mark.rivet_engine("real")
        @pytest.mark.parametrize("n", [1, 2])
        def test_2(rivet_engine, n):
            assert kind(rivet_engine) == "real"
    """
    ini = 'rivet_actors = "actors:engine"\nrivet_registry = "registry.ts"\n'
    (pytester.path / "registry.ts").touch()
    done = run(tests, ini=ini)
    done.assert_outcomes(passed=7)
    assert started == [pytester.path / "registry.ts", "started", "stopped"]
    assert len(re.findall(r"^fake$", done.stdout.str(), re.MULTILINE)) == 2
    done = run(tests, "--rivet-engine=fake", ini=ini + 'rivet_engine = "real"')
    done.assert_outcomes(passed=4, skipped=3)
    done.stdout.fnmatch_lines(["*needs the real engine; this run has --rivet-engine=fake"])
    for options, more in (("--rivet-engine=real",), ""), ((), 'rivet_engine = "real"'):
        done = run(tests, *options, ini=ini + more)
        done.assert_outcomes(passed=7)
        assert len(re.findall(r"^real$", done.stdout.str(), re.MULTILINE)) == 2
        assert "real" not in "".join(re.findall(r"^PASSED .*$", done.stdout.str(), re.MULTILINE))


@pytest.mark.parametrize(
    ("ini", "options", "told"),
    [
        (
            '\nrivet_engine = "reel"',
            (),
            "*/pyproject.toml:5: rivet_engine is 'reel'; it must be 'fake' or 'real'",
        ),
        ("", ("-o", "rivet_engine=Fake"), "*ERROR: rivet_engine is 'Fake'; it must be 'fake' or 'real'"),
        ("", ("--rivet-engine=reel",), "*error: argument --rivet-engine: invalid choice: 'reel'*"),
        (
            'rivet_actors = "actors.engine"',
            (),
            "*/pyproject.toml:4: rivet_actors is 'actors.engine'; "
            "it must name a module and the engine in it, such as 'tests.actors:engine'",
        ),
    ],
)
def test_a_wrong_setting(run: Run, ini: str, options: tuple[str, ...], told: str) -> None:
    done = run("", *options, ini=ini)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([told])


@pytest.mark.parametrize(
    ("ini", "fixture", "told"),
    [
        ("", "rivet_client", "the fake engine has no actors; name it in the ini file, as in *"),
        (
            'rivet_actors = "tests.no_such:engine"',
            "rivet_client",
            "*/pyproject.toml:4: rivet_actors is 'tests.no_such:engine'; "
            "there is no module tests.no_such, neither in * nor elsewhere on Python's path",
        ),
        (
            'rivet_actors = "actors:engines"',
            "rivet_client",
            "*/pyproject.toml:4: rivet_actors is 'actors:engines'; engines must be a FakeEngine, and is missing",
        ),
        (
            'rivet_actors = "actors:Counter"',
            "rivet_client",
            "*/pyproject.toml:4: rivet_actors is 'actors:Counter'; Counter must be a FakeEngine, and is a type",
        ),
        (
            'rivet_engine = "real"',
            "rivet_client",
            "the real engine has no actors; name their registry in the ini file, as in *",
        ),
        (
            'rivet_engine = "real"\nrivet_registry = "src/registry.ts"',
            "rivet_client",
            "*/pyproject.toml:5: rivet_registry is 'src/registry.ts'; there is no file */src/registry.ts",
        ),
        (
            'rivet_package = "my_package"',
            "rivet_package",
            "*/pyproject.toml:4: rivet_package is 'my_package'; there is no module my_package, *",
        ),
    ],
)
def test_a_setting_that_leads_nowhere(run: Run, ini: str, fixture: str, told: str) -> None:
    done = run(f"def test_it({fixture}): ...", ini=ini)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["_* ERROR at setup of test_it _*", told, "=*"], consecutive=True)


def test_a_defect_in_the_actors_is_shown_as_such(run: Run) -> None:
    tests = "def test_it(rivet_client): ..."
    done = run(tests, ini='rivet_actors = "broken:engine"', broken="import no_such_module\n")
    done.stdout.fnmatch_lines([">*import no_such_module", "*No module named 'no_such_module'"])


def test_a_wrong_marker(run: Run) -> None:
    done = run("import pytest\n@pytest.mark.rivet_engine('real', 1, n=2)\ndef test_it(): ...")
    assert done.ret == pytest.ExitCode.INTERRUPTED
    done.stdout.fnmatch_lines(
        ["test_it.py::test_it: @pytest.mark.rivet_engine('real', 1, n=2) is wrong; it takes 'fake' or 'real'"]
    )


def test_a_failed_test_tells_what_the_actors_were_asked(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next test begins without its records and faults."""
    tests = """
        import pytest

        def test_before(rivet_client, rivet_engine):
            rivet_client.counter.get_or_create("before").increment(1)
            rivet_engine.fail_next("increment", "user", "no", times=None)
            rivet_engine.delay("increment", 3600, times=None)

        def test_fails(rivet_client):
            with rivet_client.counter.get_or_create("a").connect() as connection:
                connection.increment(1)
            rivet_client.counter.get_or_create("a").increment("x")

        def test_asks_nothing(rivet_engine):
            assert 0

        @pytest.fixture
        def counter(rivet_client):
            yield rivet_client.counter.get_or_create("b")
            assert 0

        def test_fails_at_its_end(counter):
            counter.increment(2)

        def test_without_an_engine():
            assert 0
    """
    done = run(tests)
    done.assert_outcomes(passed=2, failed=3, errors=1)
    for lines in (
        ["-* What the actors were asked -*", "counter('b').increment(2) -> 2", "=* FAILURES =*"],
        [
            "counter('a').connect() done",
            "counter('a').increment(1) over a connection -> 1",
            "counter('a').increment('x') failed: rivetkit.internal_error: * (in the fake: TypeError*",
            "_* test_asks_nothing _*",
        ],
        ["Nothing.", "_* test_without_an_engine _*"],
    ):
        done.stdout.fnmatch_lines(lines, consecutive=True)
    assert done.stdout.str().count("What the actors were asked") == 3


def test_on_a_real_engine_it_tells_what_its_clients_asked_and_what_the_host_logged_since_it_began(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pytester.path / "host.log").write_text("when the host started\n")
    (pytester.path / "registry.ts").touch()
    tests = """
        import asyncio, pathlib
        import pytest

        def log(*lines):
            with open("host.log", "a") as file:
                print(*lines, sep="\\n", file=file)

        def test_before(rivet_client):
            rivet_client.counter.get_or_create("before").increment(1)
            log("of the test before")

        @pytest.fixture
        def logging():
            log("at the beginning")

        def test_fails(rivet_client, async_rivet_client, logging):
            log('level=info msg="starting envoy"', 'level=warn msg="SQLite transaction is unnamed."')
            log('level=warn msg="action error" code=no')
            rivet_client.counter.create("a")
            asyncio.run(async_rivet_client.counter.get("a").send("jobs", {"token": "hunter2"}))
            with rivet_client.counter.get("a").connect() as connection:
                connection.increment(1)
            rivet_client.counter.get_or_create(["a", "b"]).increment("x")

        def test_with_a_long_log(rivet_engine):
            log(*range(100, 130))
            assert 0

        def test_asks_nothing(rivet_client):
            pathlib.Path("host.log").unlink()
            assert 0
    """
    with FakeEngine() as behind:
        exec(ACTORS.replace("FakeEngine()", "behind"), {"behind": behind})
        monkeypatch.setattr(LocalEngine, "start", lambda self: None)
        monkeypatch.setattr(LocalEngine, "check", lambda self: None)
        monkeypatch.setattr(LocalEngine, "url", behind.url)
        monkeypatch.setattr(LocalEngine, "log_files", {"host": pytester.path / "host.log"})
        done = run(tests, ini='rivet_engine = "real"\nrivet_registry = "registry.ts"')
    done.assert_outcomes(passed=1, failed=3)
    for lines in (
        [
            "-* What the actors were asked -*",
            "the engine: create counter('a') returned after * ms (ray *)",
            "counter('a').send('jobs', …) returned after * ms (ray *)",
            "counter('a').increment(…) over a connection returned after * ms (ray *)",
            "counter(*'a', 'b'*).increment(…) failed after * ms: rivetkit.internal_error: * (ray *)",
            "-* Newest lines of the host's log -*",
            "at the beginning",
            "warn  action error code=no",
            "_* test_with_a_long_log _*",
        ],
        ["… 10 earlier ones", "110", "111"],
        ["129", "_* test_asks_nothing _*"],
        ["Nothing.", "=*"],
    ):
        done.stdout.fnmatch_lines(lines, consecutive=True)
    for title in "What the actors were asked", "Newest lines of the host's log":
        assert done.stdout.str().count(title) == 2


def test_one_real_engine_for_all_workers(run: Run, pytester: pytest.Pytester) -> None:
    """The workers ask for the engine of one run, whose folder is there until all have ended."""
    conftest = """
        import os
        import sys
        from rivet_client.testing.local import shared

        def shared_engine(registry, run):
            for log in shared.SharedEngine(registry, run).log_files.values():
                log.parent.mkdir(exist_ok=True)
                with log.open("a") as file:
                    print("started", file=file)
            print(f"asked for {os.path.basename(registry)} of {run}: {run.is_dir()}")
            return "http://the-engine"

        if "PYTEST_XDIST_WORKER" in os.environ:  # the tests of this project go on in the other process
            shared.shared_engine = shared_engine
    """
    tests = """
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_it(rivet_engine, n, worker_id):
            assert rivet_engine.url == "http://the-engine"
            print("on", worker_id)

        def test_fails(rivet_engine, worker_id):
            with rivet_engine.log_files["host"].open("a") as log:
                print("while", worker_id, "tests", file=log)
            assert 0
    """
    (pytester.path / "registry.ts").touch()
    done = run(
        tests,
        *("-p", "xdist", "-n", "2", "--dist=each", "--rivet-engine=real"),
        ini='rivet_registry = "registry.ts"',
        conftest=dedent(conftest),
    )
    done.assert_outcomes(passed=4, failed=2)
    told = done.stdout.str()
    done.stdout.fnmatch_lines(["-* Newest lines of the host's log -*"])
    assert set(re.findall("^while (.*) tests$", told, re.MULTILINE)) == {"gw0", "gw1"}
    assert set(re.findall("^on (.*)$", told, re.MULTILINE)) == {"gw0", "gw1"}
    asked = re.findall("^asked for registry.ts of (.*): True$", told, re.MULTILINE)
    assert len(set(asked)) == 1
    assert not Path(asked[0]).exists()


def test_clients_of_a_typed_package(run: Run) -> None:
    package = """
        import rivet_client

        class Client(rivet_client.Client): ...

        class AsyncClient(rivet_client.AsyncClient): ...
    """
    done = run(
        """
        import my_actors

        def test_it(rivet_client, async_rivet_client, rivet_key):
            assert type(rivet_client) is my_actors.Client
            assert type(async_rivet_client) is my_actors.AsyncClient
            assert rivet_client.counter.get_or_create(rivet_key).increment(1) == 1
        """,
        ini='rivet_actors = "actors:engine"\nrivet_package = "my_actors"',
        my_actors=dedent(package),
    )
    done.assert_outcomes(passed=1)


def test_fixtures_of_the_project_itself(run: Run) -> None:
    """Each of them can be replaced; the others use what is in its place."""
    done = run(
        """
        import pytest
        from rivet_client.testing import FakeEngine
        from actors import Counter

        @pytest.fixture(scope="session")
        def rivet_actors():
            engine = FakeEngine()
            engine.add_actor("other", Counter)
            return engine

        @pytest.fixture
        def rivet_client(rivet_engine):
            with rivet_engine.client(timeout=7) as client:
                yield client

        def test_it(rivet_client):
            assert rivet_client.other.get_or_create("a").increment(1) == 1
            assert rivet_client._runtime.config.timeout == 7

        class TestEngine:
            @pytest.fixture
            def rivet_engine(self):
                with FakeEngine() as engine:
                    engine.add_actor("third", Counter)
                    yield engine

            def test_it(self, rivet_client):
                assert rivet_client.third.get_or_create("a").increment(1) == 1
        """,
        ini="",
    )
    done.assert_outcomes(passed=2)
