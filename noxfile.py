"""Every task of this project. Needs Python 3.11+ and Node 20.6+, nothing else: run as a script, it makes `.venv`,
once for each state of pyproject.toml, and hands over to the nox in there.

    python3 noxfile.py            lint, types, fresh, docs, test: what CI runs
    python3 noxfile.py demo       a local engine, and two programs that use it
    python3 noxfile.py --list     all tasks

What follows a `--` goes to the task: to pytest, where the task runs it. All other options are those of nox.
"""

import ast
import difflib
import hashlib
import importlib.util
import logging
import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
DEFAULT = ["lint", "types", "fresh", "docs", "test"]


def main() -> None:
    """Answer at once what needs no nox; else make `.venv` if need be and hand over to the nox in it."""
    if sys.version_info < (3, 11):  # noqa: UP036  whoever meets this has not read pyproject.toml
        sys.exit(
            f"error: Python 3.11 or newer is needed; {sys.executable} is Python {sys.version.split()[0]}"
        )
    arguments, tasks = sys.argv[1:], read_tasks()
    if arguments and arguments[0] in ("--list", "-l", "--help", "-h"):
        print(f"{__doc__}\nTasks; those with a * run when none is named:\n")
        for name, text in tasks.items():
            print("*" if name in DEFAULT else " ", f"{name:10}{text}")
        return
    if arguments and not arguments[0].startswith("-"):
        for name in takewhile(lambda argument: not argument.startswith("-"), arguments):
            if name not in tasks:
                near = "".join(f"; did you mean {it!r}?" for it in difflib.get_close_matches(name, tasks, 1))
                sys.exit(f"error: no task is called {name!r}{near or '; there are: ' + ', '.join(tasks)}")
        arguments.insert(0, "--session")
    python = str(VENV / ("Scripts/python.exe" if WINDOWS else "bin/python"))
    make_environment(python, everything=arguments != ["--session", "demo"])
    hand_over(python, "-m", "nox", "--noxfile", __file__, *arguments)


def read_tasks() -> dict[str, str]:
    """The sessions below and what they do, read from this file because nox may not be installed."""
    body = ast.parse(Path(__file__).read_text(encoding="utf-8")).body
    functions = [it for it in body if isinstance(it, ast.FunctionDef) and it.decorator_list]
    return {it.name: ast.get_docstring(it) or "" for it in functions}


def make_environment(python: str, *, everything: bool) -> None:
    """Make `.venv`, unless it has what is needed: the project and nox, and the other tools if `everything` is."""
    stamp, project = VENV / "installed", (ROOT / "pyproject.toml").read_bytes()
    state = hashlib.sha256(project + f"{sys.version} {ROOT}".encode()).hexdigest()
    states = (f"{state} everything", f"{state} nox")
    if stamp.exists() and stamp.read_text() in (states[:1] if everything else states):
        return
    import tomllib

    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        advice = "Install it (Debian, Ubuntu: `apt install python3-venv`) or use another Python."
        sys.exit(f"error: {sys.executable} comes without the venv module. {advice}")
    tools = tomllib.loads(project.decode())["dependency-groups"]["dev"]
    if not everything:
        tools = [tool for tool in tools if tool.startswith("nox>")]
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(f"making {VENV} ...", sys.executable, "-m", "venv", "--clear", str(VENV))
    what = "the project and its tools, about 700 MB" if everything else "the project"
    run(f"installing {what} ...", *pip, "--editable", f"{ROOT}[cli,codegen]", *tools)
    stamp.write_text(states[0] if everything else states[1])


def run(text: str, *command: str) -> None:
    print(text, flush=True)
    # In a group of its own, so that Ctrl-C is told here only.
    group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if WINDOWS else {"process_group": 0}
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, check=True, **group)
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted")


def hand_over(*command: str) -> None:
    """Replace this process."""
    if WINDOWS:  # there exec would start a second process, and the shell would not wait for it
        process = subprocess.Popen(command)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other one, which gets it, too
        sys.exit(process.wait())
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
    sys.exit()

import nox  # noqa: E402  only the environment that `main` makes has it

# Core and codecs: no sockets, threads or sleeps. They alone must cover every branch.
SANS_IO = ("tests/wire", "tests/core", "tests/generated")
GATE = ("-n", "auto", "--cov", "--cov-report=term-missing:skip-covered", "--cov-fail-under=100")
# The other tests mostly wait for the engine, so more workers than cores save time.
PARALLEL = ("-n", "4", "--dist", "worksteal")
NPM_PROJECTS = ("examples/registry", "tests/server", "tests/registries")

# The tests start some hundred processes, and each one would compile the same modules.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.options.default_venv_backend = "none"
nox.options.sessions = DEFAULT
# Nox looks for uv before each session, and tells that there is none, though no session needs it.
logging.getLogger("nox").addFilter(lambda record: record.msg != "uv binary not found.")


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
    """Mypy and pyright on the packages, pyright on the examples, tsc on the registries."""
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
def docs(session: nox.Session) -> None:
    """The site with guides and reference, in build/site; `docs -- --links` also asks the hosts of external links."""
    python(session, "docs/site/build.py", *session.posargs)


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
def api(session: nox.Session) -> None:
    """What has changed in the public API since the last release; `api -- --write` at a release."""
    python(session, "-m", "tests.api", *session.posargs)


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

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
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
