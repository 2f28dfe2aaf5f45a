"""Every task of this project. Needs Python 3.11+ and Node 20.6+, nothing else: run as a script, it makes `.venv`,
once for each state of pyproject.toml, and hands over to the nox in there.

    python3 noxfile.py            lint, types, fresh, test: what CI runs
    python3 noxfile.py demo       a local engine, and two programs that use it
    python3 noxfile.py --list     all tasks; what follows a `--` goes to pytest
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"


def bootstrap() -> None:
    """Make `.venv` if need be and replace this process by the nox in it."""
    if sys.version_info < (3, 11):  # noqa: UP036  whoever meets this has not read pyproject.toml
        sys.exit(
            f"error: Python 3.11 or newer is needed; {sys.executable} is Python {sys.version.split()[0]}"
        )
    python, stamp = str(VENV / "bin" / "python"), VENV / "installed"
    project = (ROOT / "pyproject.toml").read_bytes()
    wanted = hashlib.sha256(project + f"{sys.version} {ROOT}".encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        import tomllib

        if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
            advice = "Install it (Debian, Ubuntu: `apt install python3-venv`) or use another Python."
            sys.exit(f"error: {sys.executable} comes without the venv module. {advice}")
        tools = tomllib.loads(project.decode())["dependency-groups"]["dev"]
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(f"making {VENV} ...", sys.executable, "-m", "venv", "--clear", str(VENV))
        run("installing the project and its tools ...", *pip, "--editable", f"{ROOT}[cli,codegen]", *tools)
        stamp.write_text(wanted)
    arguments = sys.argv[1:]
    if arguments and not arguments[0].startswith("-"):
        arguments.insert(0, "--session")
    os.execv(python, [python, "-m", "nox", "--noxfile", __file__, *arguments])


def run(text: str, *command: str) -> None:
    print(text, flush=True)
    try:  # in a group of its own, so that Ctrl-C is told here only
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True, process_group=0)
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


if __name__ == "__main__":
    bootstrap()

import nox  # noqa: E402  only the bootstrap's environment has it

# Core and codecs: no sockets, threads or sleeps. They alone must cover every branch.
SANS_IO = ("tests/wire", "tests/core", "tests/generated")
GATE = ("-n", "auto", "--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=100")
# The other tests mostly wait for the engine, so more workers than cores save time.
PARALLEL = ("-n", "4", "--dist", "worksteal")
NPM_PROJECTS = ("examples/registry", "tests/server", "tests/registries")

# The tests start some hundred processes, and each one would compile the same modules.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "fresh", "test"]


def python(session: nox.Session, *arguments: str, **env: str) -> None:
    session.run(sys.executable, *arguments, env=env)


def npm_packages(session: nox.Session) -> None:
    from rivet_client.testing import EngineError
    from rivet_client.testing.local.npm import install
    from rivet_client.testing.local.project import find_node

    try:
        find_node()
        with ThreadPoolExecutor() as pool:  # npm mostly waits for downloads
            list(pool.map(partial(install, say=session.log), [ROOT / project for project in NPM_PROJECTS]))
    except EngineError as error:
        session.error(str(error))


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff: rules and layout."""
    python(session, "-m", "ruff", "check", ".")
    python(session, "-m", "ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy and pyright on the packages, tsc on the registries."""
    env = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    with ThreadPoolExecutor(2) as pool:  # each takes little more than one core

        def start(*command: str) -> Future[Any]:
            return pool.submit(session.run, *command, env=env, silent=True)

        checks = [
            start(sys.executable, "-m", "pyright", "--pythonpath", sys.executable),
            start(sys.executable, "-m", "mypy"),
        ]
        npm_packages(session)  # meanwhile
        checks += [start("npm", "run", "--silent", "--prefix", project, "check") for project in NPM_PROJECTS]
        for check in checks:
            session.log(check.result().strip() or "ok")


@nox.session
def fresh(session: nox.Session) -> None:
    """Are the generated files what the schemas generate?"""
    python(session, "-m", "rivet_codegen", "--check")


@nox.session
def test(session: nox.Session) -> None:
    """All tests, with the coverage gate; or those that the arguments name."""
    if "--engine=fake" not in session.posargs:  # the fake engine needs no Node
        npm_packages(session)
    if session.posargs:
        python(session, "-m", "pytest", *session.posargs)
    else:
        python(session, "-m", "pytest", *GATE, *SANS_IO)
        python(session, "-m", "pytest", *PARALLEL, *(f"--ignore={folder}" for folder in SANS_IO))


@nox.session
def mutants(session: nox.Session) -> None:
    """Do the tests notice small mistakes? All that tests/mutants lists, or those that have the given texts."""
    python(session, "-m", "tests.mutants.run", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Random peers, for a minute: see `nox -s fuzz -- --help`."""
    python(session, "-m", "tests.fuzz", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """Not in CI: with a made-up protocol 5, and on the oldest and newest rivetkit; see `tests/compat.py`."""
    python(session, "-m", "tests.compat", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Start an engine, regenerate the bindings, run both example programs, stop the engine."""
    python(session, "examples/demo.py")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the generated files anew from schema/."""
    python(session, "-m", "rivet_codegen")


@nox.session(venv_backend="venv")
def lock(session: nox.Session) -> None:
    """Write the lock file of the generator's tools anew from pyproject.toml; `lock -- --upgrade` renews it."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    tools = Path(session.create_tmp()) / "tools.in"
    tools.write_text("\n".join(project["optional-dependencies"]["codegen"]))
    lock_file = ROOT / "codegen" / "rivet_codegen" / "tools" / "requirements.txt"
    session.install("uv>=0.13,<1")
    # For all platforms and all versions of Python; the versions of the file stay as far as they fit.
    options = ["--quiet", "--universal", "--python-version=3.11", "--generate-hashes"]
    options += ["--no-annotate", "--no-emit-index-url", "--custom-compile-command=python3 noxfile.py lock"]
    session.run("uv", "pip", "compile", *options, *session.posargs, f"--output-file={lock_file}", str(tools))


@nox.session
def fmt(session: nox.Session) -> None:
    """Ruff: mend rules and layout."""
    python(session, "-m", "ruff", "check", "--fix", ".")
    python(session, "-m", "ruff", "format", ".")


@nox.session
def build(session: nox.Session) -> None:
    """Build sdist and wheel into dist/; `test` installs and uses such a wheel."""
    python(session, "-m", "build")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside the reference client, say which goals are met, then measure the tools; see docs/performance.md."""
    python(session, "benchmarks/run.py", *session.posargs)
    for tool in () if session.posargs else ("extraction", "generation"):
        python(session, f"benchmarks/{tool}.py")
