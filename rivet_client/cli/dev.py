"""`rivet-client dev`: an engine and the actor host of a registry, for as long as somebody works on the actors."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, Literal, Protocol

import click

from rivet_client._secret import Secret, hide, reveal
from rivet_client.cli.dev_logs import LogReader, log_levels, print_line
from rivet_client.cli.dev_package import KeptPackage, package_generator
from rivet_client.cli.extract import Reading
from rivet_client.cli.generate import PackageRequest, warn_of_shadow
from rivet_client.cli.options import log_options
from rivet_client.cli.output import complain, note
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.progress import step
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand
from rivet_client.cli.watch import changed_sources, tell_changes

if TYPE_CHECKING:
    from rivet_client.testing import EngineError, LocalEngine

__all__ = ["Session", "command", "signals_that_end"]

DEFAULT_PORT = 6420
"""Where a client looks for an engine by itself."""

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_POLL: Final = 0.1  # seconds


class Engine(Protocol):
    """What a session needs of a `LocalEngine`."""

    def start_host(self, *, check: Callable[[], None]) -> None: ...
    def stop_host(self, *, check: Callable[[], None]) -> None: ...
    def kill_host(self) -> None: ...
    def check(self, *names: Literal["engine", "host"]) -> None: ...


@click.command(
    "dev",
    cls=Subcommand,
    examples=(
        "rivet-client dev registry.ts",
        "rivet-client dev src/registry.ts --generate my_package",
        "rivet-client dev src/registry.ts --port 0 --storage .rivet",
    ),
)
@click.argument("registry", metavar="REGISTRY.TS", type=_FILE)
@click.option(
    "--port",
    type=int,
    default=DEFAULT_PORT,
    metavar="N",
    help=f"The engine's port; 0 for any that is free [default: {DEFAULT_PORT}].",
)
@click.option(
    "--storage",
    type=_FOLDER,
    metavar="FOLDER",
    help="Keep the actors' state there [default: it is gone at the end].",
)
@click.option("--token", metavar="TOKEN", help="Have the engine ask for this token [default: for none].")
@click.option("--no-watch", is_flag=True, help="Start nothing again when a file changes.")
@click.option("--generate", type=_FOLDER, metavar="FOLDER", help="Keep the typed package there up to date.")
@click.option("--no-validate", is_flag=True, help="With --generate: as for `rivet-client generate`.")
@click.option(
    "--tsconfig", type=_FILE, metavar="FILE", help="With --generate: in place of the nearest tsconfig.json."
)
@log_options("Show all that engine and host log; -vv has the host log more.")
@click.pass_obj
def command(
    settings: Settings,
    registry: Path,
    port: int,
    storage: Path | None,
    token: str | None,
    no_watch: bool,
    generate: Path | None,
    no_validate: bool,
    tsconfig: Path | None,
) -> None:
    """Run the actors of a registry.ts on an engine of their own, until Ctrl-C.

    It shows what the actors print, and errors and warnings of engine and host. When a source of the project changes,
    the host starts again.
    """
    request = None
    if generate is None and (no_validate or tsconfig is not None):
        raise click.UsageError(
            "--no-validate and --tsconfig are about a package: give --generate FOLDER, too"
        )
    if generate is not None:
        reading = Reading(tsconfig)
        request = PackageRequest(registry, generate, reading, not no_validate, bool(settings.verbose))
        warn_of_shadow(request)
    with signals_that_end(), ExitStack() as stack:
        engine = _start_engine(registry, port, storage, hide(token), log_levels(settings.verbose))
        stack.callback(engine.stop)
        log_files, package = engine.log_files, None
        if request is not None:
            generator = stack.enter_context(package_generator(request))
            log_files["types"] = generator.log
            package = KeptPackage(generator)
        logs = LogReader(log_files, partial(print_line, whole=settings.verbose > 0))
        stack.enter_context(logs)
        if storage is not None:
            stack.callback(engine.stop)  # gracefully, and with what actors print then
        apart = [folder for folder in (generate, storage) if folder is not None]
        changes = _no_changes() if no_watch else changed_sources(registry, apart=apart)
        stack.enter_context(closing(changes))
        Session(engine, registry, logs.catch_up, package, goes_on=not no_watch).run(changes)


def _start_engine(
    registry: Path, port: int, storage: Path | None, token: Secret[str] | None, env: Mapping[str, str]
) -> LocalEngine:
    from rivet_client.testing import EngineError, LocalEngine

    try:
        with step("looking for rivetkit") as starting:
            engine = LocalEngine(
                registry, port=port or None, storage=storage, token=reveal(token), env=env, say=starting.say
            )
            engine.start(host=False)
    except EngineError as error:
        raise CommandFailed(str(error)) from error
    variable = "" if port == DEFAULT_PORT else f"RIVET_ENDPOINT={engine.url} "
    if token is not None:
        variable += "RIVET_TOKEN=... "
    note(f"the engine is ready in {starting.took}: {engine.url}")
    note(f"in another terminal: {variable}rivet-client actors")
    return engine


class _Changed(Exception):
    """Sources have changed while the host was starting."""

    def __init__(self, files: frozenset[Path]) -> None:
        super().__init__()
        self.files = files


def _end_if_changed(changes: Iterator[frozenset[Path]]) -> None:
    if changed := next(changes):
        raise _Changed(changed)


class Session:
    """What happens beside a running engine: a host, which is started again when a source changes, and a typed package.

    Args:
        engine: The engine.
        registry: The registry.ts.
        show_logs: Shows all that the host has printed up to now.
        package: The typed package that follows the registry, if any.
        goes_on: Whether a change can mend a host that has ended; else that is the end.
    """

    def __init__(
        self,
        engine: Engine,
        registry: Path,
        show_logs: Callable[[], None],
        package: KeptPackage | None,
        *,
        goes_on: bool,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._show_logs = show_logs
        self._package = package
        self._goes_on = goes_on
        self._host_runs = False

    def run(self, changes: Iterator[frozenset[Path]]) -> None:
        """Go on until the engine ends, or an exception ends it all.

        Args:
            changes: Tells what has changed; an empty set, some times a second, if nothing has. It has no end.

        Raises:
            CommandFailed: The engine has ended, or the host, and no change can mend it.
        """
        next(changes)  # from now on, nothing is missed
        changed = self._start(changes)
        while True:
            while changed:
                tell_changes(changed)
                changed = self._start(changes, "again ")
            changed = next(changes)
            self._look()

    def _start(self, changes: Iterator[frozenset[Path]], again: str = "") -> frozenset[Path]:
        """Have host and package follow the sources: the host first, as somebody waits for it.

        Returns:
            The change that has ended the start, as it makes another one necessary; an empty set if there was none.
        """
        changed = frozenset[Path]()
        try:
            self._start_host(again, lambda: _end_if_changed(changes))
        except _Changed as end:
            changed = end.files
        if self._package is not None:
            self._package.renew()
        return changed

    def _start_host(self, again: str, check: Callable[[], None]) -> None:
        from rivet_client.testing import EngineError

        is_ready, self._host_runs = self._host_runs, False
        try:
            with step(f"starting {self._registry} {again}".rstrip()) as starting:
                if is_ready:
                    self._engine.stop_host(check=check)
                else:  # it has nothing to finish, and may hear no signal
                    self._engine.kill_host()
                self._engine.start_host(check=check)
            self._host_runs = True
            note(f"started {self._registry} {again}in {starting.took}")
        except EngineError as error:
            self._tell_end(error)

    def _look(self) -> None:
        """Look whether engine and host still run, and what becomes of the package."""
        from rivet_client.testing import EngineError

        self._show_logs()
        try:
            self._engine.check("engine")
        except EngineError as error:
            raise CommandFailed(error.summary) from error
        if self._host_runs:
            try:
                self._engine.check("host")
            except EngineError as error:
                self._tell_end(error)
        if self._package is not None:
            self._package.look()

    def _tell_end(self, error: EngineError) -> None:
        self._host_runs = False
        self._look()  # for the lines that say why; and without an engine, there is no host
        if not self._goes_on:
            raise CommandFailed(error.summary)
        complain(error.summary, "mend it; the host starts again when a source changes")


@contextmanager
def signals_that_end() -> Generator[None]:
    """Have SIGTERM and SIGHUP end the block as Ctrl-C does.

    Raises:
        CommandFailed: One of them did. The exit code is the shell's for that signal.
    """
    received: list[signal.Signals] = []

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(signal.Signals(number))
        raise KeyboardInterrupt  # which watchfiles lets through, unlike others

    # One that is ignored, as `nohup` has it, stays so.
    which = [signal.SIGTERM]
    if sys.platform != "win32":
        which.append(signal.SIGHUP)
    numbers = [one for one in which if signal.getsignal(one) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    except KeyboardInterrupt:
        if not received:
            raise
        raise CommandFailed(f"ended by {received[0].name}", code=128 + received[0]) from None
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def _no_changes() -> Generator[frozenset[Path]]:
    while True:
        yield frozenset()
        time.sleep(_POLL)
