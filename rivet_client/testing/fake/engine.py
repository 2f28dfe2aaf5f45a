"""`FakeEngine`: a thread with an event loop and a socket that listens; everything else happens there."""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Coroutine
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from rivet_client.errors import ConfigError
from rivet_client.testing.clients import AnyClient, HasClients, is_asyncio
from rivet_client.testing.errors import EngineError
from rivet_client.testing.fake.actors import Directory
from rivet_client.testing.fake.calls import Calls
from rivet_client.testing.fake.definition import ActorDefinition, ActorOptions, check_name
from rivet_client.testing.fake.encoding import encodings_of
from rivet_client.testing.fake.fault_methods import FaultMethods
from rivet_client.testing.fake.front import Front
from rivet_client.testing.fake.loop import LoopThread
from rivet_client.testing.fake.names import Names
from rivet_client.testing.fake.record import Records
from rivet_client.testing.fake.server import Server
from rivet_client_generated.protocol.versions import NEWEST, OLDEST

if TYPE_CHECKING:
    from rivet_client import AsyncClient

__all__ = ["FakeEngine"]

T = TypeVar("T")
K = TypeVar("K", bound=type)

_HOST = "127.0.0.1"


class FakeEngine(HasClients, FaultMethods):
    """An engine in this process whose actors are Python classes. It speaks the real protocol, over loopback.

        engine = FakeEngine()

        @engine.actor("counter")
        class Counter:
            count = 0

            def increment(self, ctx, amount):
                self.count += amount
                return self.count

        with engine, engine.client() as client:
            assert client.counter.get_or_create("a").increment(2) == 2

    Each actor, which is a name with a key, is one instance of its class. The attributes of the instance are the state
    of the actor. Public methods are its actions. All code of actors runs in one thread: a plain method runs to its end
    before anything else happens there, so that it must not block; an `async def` lets others run while it waits.

    Args:
        port: Port to listen on at 127.0.0.1; None for any that is free.
        protocol_version: The newest version of the protocol that the actors' host knows.

    Raises:
        TypeError, ConfigError: An argument is wrong.
    """

    def __init__(self, port: int | None = None, *, protocol_version: int = NEWEST) -> None:
        _check_number("port", port or 0, 0, 65_535)
        _check_number("protocol_version", protocol_version, OLDEST, NEWEST)
        self._given_port = port or 0
        encodings = encodings_of(protocol_version)
        self._directory = Directory(functools.partial(self._actors_client, weakref.ref(self)))
        self._names = Names(self._directory)
        self._calls = Calls()
        self._log, self._faults = self._calls.log, (faults := self._calls.faults)
        self._server = Server(Front(self._directory, self._calls, encodings))
        self._server.answer_instead = functools.partial(faults.take, "answer")
        self._directory.refuse_creation = lambda name, key: faults.take("create", (name, key))
        self._port: int | None = None  # while it runs
        self._runner: LoopThread | None = None
        self._lost: list[object] = []  # what another process has; to close it here would do harm there
        self._life = threading.RLock()
        self._own_client: AsyncClient | None = None

    @classmethod
    def from_registry(
        cls,
        source: str | os.PathLike[str] | ModuleType,
        port: int | None = None,
        *,
        protocol_version: int = NEWEST,
    ) -> Self:
        """Make an engine whose actors must fit a registry document, so that they cannot drift from the real ones.

        It refuses classes that have what the document does not, calls whose arguments do not fit, and results, events
        and replies of the classes that do not fit. Methods may have the names that typed packages have: `get_count` is
        the action `getCount`.

        Args:
            source: The document, or a typed package: the package itself, or its folder.
            port: As of the class.
            protocol_version: As of the class.

        Raises:
            ConfigError: There is no document, or it cannot be read.
        """
        from rivet_client.testing.fake.contract import Contract

        engine = cls(port, protocol_version=protocol_version)
        engine._directory.contract = Contract.read(source)
        return engine

    def __repr__(self) -> str:
        state = "stopped" if self._port is None else self.url
        return f"<FakeEngine {state} {sorted(self._directory.definitions)}>"

    # --- Actors --------------------------------------------------------------------------------------------------

    def actor(
        self, name: str, *, action_timeout: float | None = 60.0, max_queue_size: int | None = 1000
    ) -> Callable[[K], K]:
        """Register the class that this decorates; see `add_actor`.

        Args:
            name: The actors' name.
            action_timeout: How long an action may take, in seconds; None for any time.
            max_queue_size: Most messages of queues that wait to be consumed; None for any number.

        Raises:
            TypeError: That is no class, or one that cannot be that of an actor.
            ConfigError: The name is taken, or the class does not fit: itself, or the registry document.
        """
        check_name("the name of an actor", name)

        def register(kind: K) -> K:
            self.add_actor(name, kind, action_timeout=action_timeout, max_queue_size=max_queue_size)
            return kind

        return register

    def add_actor(
        self,
        name: str,
        kind: type,
        *,
        action_timeout: float | None = 60.0,
        max_queue_size: int | None = 1000,
    ) -> None:
        """Have actors of a name: each is an instance of `kind`.

        Args:
            name: Their name.
            kind: Their class.
            action_timeout: How long an action may take, in seconds; None for any time.
            max_queue_size: Most messages of queues that wait to be consumed; None for any number.

        Raises:
            TypeError: That is no class, or one that cannot be that of an actor.
            ConfigError: The name is taken, or the class does not fit: itself, or the registry document.
        """
        definition = ActorDefinition.of(name, kind, ActorOptions(action_timeout, max_queue_size))
        if self._directory.contract is not None:
            definition = self._directory.contract.actor(name).definition(definition)
        other = self._directory.definitions.setdefault(name, definition)
        if other is not definition:
            raise ConfigError(
                f"actor {name!r} is registered already, as {other.kind.__qualname__}; choose another name"
            )

    # --- What happened -------------------------------------------------------------------------------------------

    @property
    def records(self) -> Records:
        """All that the actors were asked, in the order in which it began. The other lists hold parts of this one."""
        return Records(self._log, "record", names=self._names)

    @property
    def calls(self) -> Records:
        """The calls of actions, over HTTP and over connections."""
        return Records(self._log, "call", lambda it: it.kind == "action", names=self._names)

    @property
    def messages(self) -> Records:
        """The messages for queues. A record ends when the message is consumed."""
        return Records(self._log, "message", lambda it: it.kind == "queue", names=self._names)

    @property
    def requests(self) -> Records:
        """The raw requests."""
        return Records(self._log, "request", lambda it: it.kind == "request")

    @property
    def connections(self) -> Records:
        """The connections and raw WebSockets that were opened or refused."""
        return Records(self._log, "connection", lambda it: it.kind in ("connect", "websocket"))

    def reset(self) -> None:
        """Forget all actors, records and faults, for the next test. The classes of actors stay.

        Connections and raw WebSockets end, and so do calls that still run. `on_destroy` is not called.
        """
        self.clear_faults()
        if self._runner is not None:
            self._on_loop(self._forget())
        self._calls.forget()

    async def _forget(self) -> None:
        for stream in list(self._server.streams):
            if stream.is_at_work:
                stream.give_up()
        self._directory.clear()

    # --- Life ----------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Endpoint for clients.

        Raises:
            EngineError: The engine does not run.
        """
        if self._port is None:
            raise EngineError("the FakeEngine does not run: enter it with `with engine:`, or call start()")
        return f"http://{_HOST}:{self._port}"

    def start(self) -> Self:
        """Start, and return when clients can connect.

        Raises:
            EngineError: It runs already, or the port is taken.
        """
        with self._life:
            if self._runner is not None:
                if not self._runner.is_lost:
                    raise EngineError(
                        f"this FakeEngine runs already, at {self.url}; make another one, or stop() it first"
                    )
                self._stop(self._runner)
            listening = _listening_socket(self._given_port)
            self._port = listening.getsockname()[1]
            self._runner = LoopThread("rivet-fake-engine")
            try:
                self._runner.run(self._server.listen(listening))
            except BaseException:
                self._stop(self._runner)
                raise
        return self

    def stop(self) -> None:
        """Stop: end all streams, and forget all actors. If it does not run, nothing happens.

        In a process that was forked from the one in which it runs, nothing happens to that one.

        Raises:
            EngineError: The code of an actor blocks, or this is called there.
        """
        with self._life:
            if self._runner is not None:
                self._stop(self._runner)

    def _stop(self, runner: LoopThread) -> None:
        if runner.is_current:
            raise EngineError(
                "the code of an actor cannot stop the FakeEngine that it runs in; do it in the test"
            )
        self._runner = self._port = None
        if runner.is_lost:
            self._lost += [runner, self._own_client, *self._server.leave()]
            self._own_client = None
            self._directory.clear()
        else:
            runner.stop(self._shutting_down())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _made(self, client_class: Callable[..., AnyClient], options: dict[str, Any]) -> AnyClient:
        if not is_asyncio(client_class) and self._runner is not None and self._runner.is_current:
            raise EngineError(
                "the code of an actor cannot use a blocking client of its own FakeEngine: it would wait for the thread "
                "that it runs in; write `async def`, and use ctx.client()"
            )
        return super()._made(client_class, options)

    @staticmethod
    def _actors_client(engine: weakref.ref[FakeEngine]) -> AsyncClient:
        """The client that actors have for calls to each other.

        Raises:
            EngineError: The engine does not run any more.
        """
        found = engine()
        if found is None:
            raise EngineError("the FakeEngine was dropped while the code of an actor ran")
        if found._own_client is None:
            found._own_client = found.async_client()
        return found._own_client

    # --- The loop ------------------------------------------------------------------------------------------------

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop, from another thread, and return what it returns."""
        if self._runner is None:
            work.close()
            raise EngineError("this can be done while the FakeEngine runs only")
        return self._runner.run(work)

    async def _listen(self) -> None:
        await self._server.listen(_listening_socket(self._port or self._given_port))

    def _shutting_down(self) -> Coroutine[Any, Any, None]:
        own, self._own_client = self._own_client, None
        return _shut_down(self._server, self._directory, own)

    def __del__(self) -> None:
        # The thread holds all that an engine has, but not the engine.
        runner = getattr(self, "_runner", None)
        if (
            warnings is None or runner is None or runner.is_lost
        ):  # None: the interpreter has begun to clear modules
            return
        warnings.warn(f"{self!r} was not stopped", ResourceWarning, source=self, stacklevel=2)
        runner.stop_soon(self._shutting_down())


async def _shut_down(server: Server, directory: Directory, own_client: AsyncClient | None) -> None:
    server.set_silent(False)
    server.stop_listening()
    server.abort_streams()
    if own_client is not None:
        await own_client.close()
    directory.clear()


def _check_number(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not least <= value <= most:
        raise ConfigError(f"{name} must be {least} to {most}, not {value}")


def _listening_socket(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that name TCP. Without it, an answer behind an event waits for 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two programs listen on one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_HOST, port))
        listening.listen(128)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise EngineError(
            f"the FakeEngine cannot listen on port {port} of {_HOST}: {error.strerror}; "
            "leave the port out, and it takes a free one"
        ) from error
    return listening
