"""`LocalEngine`: one engine with one actor host."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
import urllib.error
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from rivet_client._secret import Secret, hide, reveal
from rivet_client.testing.clients import AnyClient, HasClients
from rivet_client.testing.errors import NEEDS_UNIX, EngineError
from rivet_client.testing.local.loopback import check_port, free_port, get_json, port_or_none
from rivet_client.testing.local.npm import Say, install, quiet
from rivet_client.testing.local.processes import Guard, Process, never
from rivet_client.testing.local.project import find_project, package_folder, registry_file
from rivet_client.testing.local.settings import TOKEN_VARIABLE, engine_environment, host_environment
from rivet_client.testing.local.storage import only_user

__all__ = ["LocalEngine"]

_START_TIMEOUT: Final = 60.0
_POLL: Final = 0.05


class LocalEngine(HasClients):
    """A real engine with one actor host, on free ports of their own.

    It takes rivetkit and the engine from the project of the registry, as they are installed there. Use it in `with` or
    `async with`, or call `start` and `stop`. Both processes end with this one, even if it is killed. The other methods
    block; in asyncio, call them by `asyncio.to_thread`.

    Needs Linux or macOS, and Node 20.6 or newer. Node runs TypeScript with the `tsx` of the project, or by itself from
    22.6 on.

    Args:
        registry: The file that exports the registry, or starts it.
        env: Environment for engine and host. Settings of the engine are `RIVET__SECTION__KEY`, such as
            `RIVET__GUARD__ACTOR_READY_TIMEOUT_MS`.
        token: The token that the engine asks for (its admin token), in printable ASCII characters. The host gets it in
            RIVET_TOKEN, and the clients that are made here have it. By default, the one that `env` names as
            `RIVET__AUTH__ADMIN_TOKEN`, or none is asked for.
        port: Port of the engine. It also takes the first and the tenth port after it, or others if somebody has these
            when it starts again. Free ones if None.
        install: Whether to run `npm ci` first, if that was not done for the project's lock file. By default nothing is
            downloaded.
        storage: Folder for what actors keep from one run to the next. By default it vanishes at the end.
        say: Receives one line for each step that takes a while.

    Raises:
        EngineError: There is no such file, or this is Windows, or a header cannot carry the token, or `env` names
            another one.
        TypeError: An argument has the wrong type.
    """

    def __init__(
        self,
        registry: str | os.PathLike[str],
        *,
        env: Mapping[str, str] | None = None,
        token: str | None = None,
        port: int | None = None,
        install: bool = False,
        storage: str | os.PathLike[str] | None = None,
        say: Say = quiet,
    ) -> None:
        hidden: Secret[str] | None = hide(token)
        del token
        _check_system()
        self._registry = registry_file(registry)
        self._env = dict(env or {})
        self._token = _checked(hidden, hide(self._env.get(TOKEN_VARIABLE)))
        self._asked_port = port_or_none(port)
        self._port = 0
        self._install = install
        self._storage = None if storage is None else Path(storage).absolute()
        self._say = say
        self._guard: Guard | None = None
        self._data = Path()
        self._ends = contextlib.ExitStack()
        self._processes: dict[str, Process] = {}
        self._engine_version = ""
        self._owner = 0
        self._given_up = threading.Event()

    @property
    def url(self) -> str:
        """What a client takes as its endpoint.

        Raises:
            EngineError: The engine has not been started.
        """
        self._process("engine")
        return f"http://127.0.0.1:{self._port}"

    @property
    def logs(self) -> dict[str, str]:
        """What engine and host have printed so far, by "engine" and "host".

        Raises:
            EngineError: The engine has not been started.
        """
        return {name: file.read_text(errors="replace") for name, file in self.log_files.items()}

    @property
    def log_files(self) -> dict[str, Path]:
        """The files that engine and host print to, by "engine" and "host". They vanish at the end.

        Raises:
            EngineError: The engine has not been started.
        """
        return {name: self._process(name).log for name in ("engine", "host")}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        from asyncio import CancelledError

        try:
            await self._in_thread(self.start)
        except CancelledError:
            await self._in_thread(self.stop)  # all may have been ready
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._in_thread(self.stop)

    def start(self, *, host: bool = True) -> None:
        """Start both and return when both answer.

        Args:
            host: Whether to start the host. If not, `start_host` does it later.

        Raises:
            EngineError: Node is missing or too old, something is not installed, a port is taken, or one of them ended
                or did not answer. Then the text ends with what its log said last.
        """
        if self._guard is not None:
            raise EngineError("this engine has been started already")
        if self._install:
            install(package_folder(self._registry), say=self._say, check=self._go_on)
        project = find_project(self._registry)
        if self._asked_port is not None:
            check_port(self._asked_port)
        self._engine_version = project.engine_version
        self._guard = guard = Guard()
        self._owner = os.getpid()
        try:
            self._data = (
                guard.folder if self._storage is None else self._ends.enter_context(only_user(self._storage))
            )
            for name, command in ("engine", project.engine), ("host", project.host):
                self._processes[name] = Process(name, command, project.folder, guard)
            self._say("starting the engine ...")
            self._start_engine_on_its_port()
            if host:
                self._say("starting the actor host ...")
                self.start_host()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End both, if they run. Without a storage of your own they are killed, as their state ends with them."""
        # A process that was forked from the owner has no right to end what its parent uses.
        if self._guard is None or self._owner != os.getpid():
            return
        for process in reversed(self._processes.values()):
            if self._storage is None:
                process.kill()
            else:
                process.terminate()
        self._processes.clear()
        self._guard.end()
        self._ends.close()
        self._guard = None

    def check(self, *names: Literal["engine", "host"]) -> None:
        """Check that neither engine nor host has ended by itself. Making a client does that, too.

        Args:
            names: "engine" or "host", to check only one of them.

        Raises:
            EngineError: One has ended; the text ends with what its log said last.
        """
        for name in names or ("engine", "host"):
            self._process(name).check()

    def restart(self) -> None:
        """End both as a deployment would, and start them again. Actors keep their state.

        The engine may need half a minute until it lets a host have an actor that ran before.

        Raises:
            EngineError: One of them ended or did not answer.
        """
        if self._process("engine").running:
            self.stop_host()
        else:
            self.kill_host()  # it would wait for the engine
        self.stop_engine()
        self.start_engine()
        self.start_host()

    def start_engine(self) -> None:
        """Start the engine on the port and the storage it had, and wait until it answers.

        Raises:
            EngineError: It runs already, or ended or did not answer.
        """
        engine = self._process("engine")
        engine.start(
            self._with_token(TOKEN_VARIABLE, engine_environment(self._engine_version, self._port, self._data))
        )
        self._wait_for(engine, self._answers, "answered")

    def stop_engine(self) -> None:
        """End the engine as a deployment would (SIGTERM) and wait for the process to be gone."""
        self._process("engine").terminate()

    def kill_engine(self) -> None:
        """End the engine as a crash would (SIGKILL)."""
        self._process("engine").kill()

    def start_host(self, *, check: Callable[[], None] = never) -> None:
        """Start the actor host and wait until the engine sends it work. A host whose start fails is killed.

        Args:
            check: Called again and again meanwhile. What it raises ends the start.

        Raises:
            EngineError: The engine does not run, or the host runs already, or it ended or did not register.
        """
        engine, host = self._process("engine"), self._process("host")
        engine.check()
        if not engine.running:
            # rivetkit would start an engine of its own, which nobody here would ever stop.
            raise EngineError("start the engine before the host")
        before = self._envoys()
        host.start(self._with_token("RIVET_TOKEN", host_environment(self.url, self._data)))
        try:
            # A killed host stays listed for some seconds, so only a new entry counts.
            self._wait_for(host, lambda: bool(self._envoys() - before), "registered with the engine", check)
        except BaseException:
            if host.running:
                host.kill()
            raise

    def stop_host(self, *, check: Callable[[], None] = never) -> None:
        """End the host as a deployment would (SIGTERM: actions in flight finish) and wait for it to be gone.

        Args:
            check: Called again and again meanwhile. What it raises ends the wait, and leaves the host as it is.
        """
        self._process("host").terminate(check)

    def kill_host(self) -> None:
        """End the host as a crash would (SIGKILL)."""
        self._process("host").kill()

    def _made(self, client_class: Callable[..., AnyClient], options: dict[str, Any]) -> AnyClient:
        self.check()
        token = {} if self._token is None else {"token": reveal(self._token)}
        return super()._made(client_class, token | options)

    def _with_token(self, variable: str, environment: dict[str, str]) -> dict[str, str]:
        """Return the environment of a process, with the token in a variable."""
        token = {} if self._token is None else {variable: self._token.reveal()}
        return environment | token | self._env

    def _process(self, name: str) -> Process:
        if name not in self._processes:
            raise EngineError("the engine has not been started; use it in `with`, or call start()")
        return self._processes[name]

    def _start_engine_on_its_port(self) -> None:
        if self._asked_port is not None:
            self._port = self._asked_port
            self.start_engine()
            return
        for attempt in range(3):
            self._port = free_port()
            try:
                self.start_engine()
                return
            except EngineError as error:
                # Between the look and the start somebody else may have taken a port.
                if attempt == 2 or "in use" not in str(error):
                    raise

    def _answers(self) -> bool:
        self._envoys()  # an error until the default namespace is there, some moments after the first answers
        return bool(get_json(f"{self.url}/health", self._token)["runtime"] == "engine")

    def _envoys(self) -> set[str]:
        found = get_json(f"{self.url}/envoys?namespace=default", self._token)
        return {envoy["envoy_key"] for envoy in found["envoys"]}

    def _wait_for(
        self, process: Process, ready: Callable[[], bool], what: str, check: Callable[[], None] = never
    ) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            self._go_on()
            check()
            try:
                if ready():
                    return
            except urllib.error.HTTPError as error:
                if error.code in (401, 403):
                    raise EngineError(
                        f"the engine refuses access (HTTP {error.code}): give the token that it asks for as token="
                    ) from None
            except (OSError, ValueError, KeyError):
                pass
            for each in self._processes.values():
                each.check(f" before {'it' if each is process else f'the {process.name}'} {what}")
            if time.monotonic() > deadline:
                raise EngineError(
                    f"the {process.name} has not {what} in {_START_TIMEOUT:.0f} s", process.last_lines()
                )
            time.sleep(_POLL)

    def _go_on(self) -> None:
        """Check that somebody still waits for the start."""
        if self._given_up.is_set():
            raise EngineError("the start was cancelled")

    async def _in_thread(self, function: Callable[[], None]) -> None:
        """Run a function to its end while the event loop goes on, also if this task is cancelled meanwhile."""
        import asyncio

        self._given_up.clear()
        work = asyncio.ensure_future(asyncio.to_thread(function))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._given_up.set()
            work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else looks
            await asyncio.wait([work])
            raise


def _check_system() -> None:
    if sys.platform == "win32":
        raise EngineError(NEEDS_UNIX)


def _checked(token: Secret[str] | None, of_environment: Secret[str] | None) -> Secret[str] | None:
    """Return the token that engine, host and clients use; the environment may name it, too."""
    if token is not None and not isinstance(reveal(token), str):
        raise TypeError(f"token must be a str or None, not {type(reveal(token)).__name__}")
    if None not in (token, of_environment) and token != of_environment:
        raise EngineError(f"token= and {TOKEN_VARIABLE} in env= are two tokens: leave one out")
    found = token or of_environment
    if found is not None and not re.fullmatch("[!-~]+", found.reveal()):
        raise EngineError("the engine's token is empty, or has characters that a header cannot carry")
    return found
