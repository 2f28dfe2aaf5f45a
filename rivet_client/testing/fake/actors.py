"""Actors, from creation to destruction, and where to find them."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rivet_client._wire import cbor
from rivet_client.testing.fake.context import ActorContext, Conn
from rivet_client.testing.fake.definition import ActorDefinition
from rivet_client.testing.fake.failures import Failure, Misfit, log, usual
from rivet_client.testing.fake.routes import serialize_key

if TYPE_CHECKING:
    from rivet_client import AsyncClient
    from rivet_client.testing.fake.contract import ActorContract, Contract

__all__ = ["DATACENTER", "Actor", "Directory", "Escaped"]

DATACENTER = "default"
CONNECT_TIMEOUT = 5.0
"""How long a hook of a connection may take, in seconds."""


Phase: TypeAlias = Literal["asleep", "awake", "destroyed"]
_ID_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def now_ms() -> int:
    """The time, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Actor:
    """One actor.

    Attributes:
        id, name, key, namespace, pool, region: Who it is.
        input: What it was created with, as a value.
        has_input: Whether it was given any.
        phase: What it is doing.
        generation: Counts its starts.
        state, vars: As in `ActorContext`.
        conns: Its connections by their ids, those of calls over HTTP included.
        error: Why it did not start, as in the control API; None if it did.
        created_ts, started_ts, slept_ts, destroyed_ts: When, in milliseconds since 1970.
    """

    def __init__(
        self,
        directory: Directory,
        name: str,
        key: tuple[str, ...] | None,
        *,
        namespace: str = "default",
        pool: str = "default",
        input: bytes | None = None,
    ) -> None:
        self.directory = directory
        self.id: str = _new_id()
        self.name = name
        self.key: tuple[str, ...] = key or ()
        self.serialized_key: str | None = None if key is None else serialize_key(key)
        contract = directory.contract
        self.contract: ActorContract | None = None if contract is None else contract.actors.get(name)
        self.namespace = namespace
        self.pool = pool
        self.region = DATACENTER
        self.has_input: bool = input is not None
        self._raw_input = input
        self.input: Any = None
        self.phase: Phase = "asleep"
        self.generation: int = 0
        self.state: SimpleNamespace = SimpleNamespace()
        self.vars: SimpleNamespace = SimpleNamespace()
        self.conns: dict[str, Conn] = {}
        self.error: dict[str, Any] | None = None
        self.created_ts: int = now_ms()
        self.started_ts: int | None = None
        self.slept_ts: int | None = None
        self.destroyed_ts: int | None = None
        self._instance: Any = None
        self._definition: ActorDefinition | None = None
        self._queued = 0  # messages of queues that are not completed yet
        self._queue_turns: dict[str, asyncio.Lock] = {}
        self._starting: asyncio.Task[BaseException | None] | None = None

    def __str__(self) -> str:
        return f"{self.name}{list(self.key)}"

    # --- Life ----------------------------------------------------------------------------------------------------

    @property
    def definition(self) -> ActorDefinition:
        """What its class says. An actor that has started has one."""
        assert self._definition is not None, "the actor has not started"
        return self._definition

    async def wake(self) -> None:
        """Wait until it is awake, and wake it if it is not.

        Raises:
            Failure: It is destroyed, or does not start.
        """
        if self._is("awake"):
            return
        if self._is("destroyed"):
            raise usual("actor", "not_found")
        if self._starting is None:
            self._starting = self.directory.spawn(self._start())
        failure = await asyncio.shield(self._starting)
        if failure is not None:
            metadata = {"actor_id": self.id, "reason": "crashed", "wake_retries": 8}
            raise usual("guard", "actor_wake_retries_exceeded", metadata=metadata) from failure
        if self._is("destroyed"):
            raise usual("actor", "destroyed_while_waiting_for_ready")

    def _is(self, phase: Phase) -> bool:
        return self.phase == phase

    async def _start(self) -> BaseException | None:
        """Start it, and return what prevents that."""
        try:
            definition = self.directory.definitions.get(self.name)
            if definition is None:
                raise _NotRegistered(f"not_registered: no actor is named {self.name!r}")
            self._definition = definition
            self.vars = SimpleNamespace()
            if self._instance is None:
                self.input = None if self._raw_input is None else cbor.decode(self._raw_input)
                self._instance = definition.kind()
                for attribute, value in definition.initial_state.items():
                    setattr(self._instance, attribute, copy.deepcopy(value))
                try:
                    await self.hook("on_create")
                except BaseException:
                    self._instance = None  # the next start begins anew
                    raise
            await self.hook("on_wake")
        except Exception as error:
            if not isinstance(error, _NotRegistered):
                log.exception("%s does not start", self)
            self.error = {"crashed": {"message": str(error)}}
            return error
        else:
            self.error = None
            if self.phase != "destroyed":
                self.phase, self.slept_ts = "awake", None
                self.generation += 1
                self.started_ts = self.started_ts or now_ms()
            return None
        finally:
            self._starting = None

    async def sleep(self) -> None:
        """Put it to sleep. Its connections stay."""
        if self.phase == "awake":
            self.phase, self.slept_ts = "asleep", now_ms()
            await self._hook_quietly("on_sleep")
            for conn in list(self.conns.values()):
                if not conn.hibernates:
                    conn.disconnect("actor.stopped")

    async def destroy(self) -> None:
        """Destroy it."""
        if self.phase == "destroyed":
            return
        was_awake = self.phase == "awake"
        self.phase, self.destroyed_ts = "destroyed", now_ms()
        self.directory.forget_key(self)
        if was_awake:
            await self._hook_quietly("on_destroy")
            for conn in list(self.conns.values()):
                conn.disconnect()

    def sleep_soon(self) -> None:
        """Put it to sleep as soon as the code that runs now has let go."""
        self.directory.spawn(self.sleep())

    def destroy_soon(self) -> None:
        """Destroy it as soon as the code that runs now has let go."""
        self.directory.spawn(self.destroy())

    # --- Its code ------------------------------------------------------------------------------------------------

    async def run(self, function: Callable[..., Any], conn: Conn, args: tuple[Any, ...]) -> Any:
        """Run one of its functions."""
        return await self._invoke(function, ActorContext(self, conn), *args)

    def schedule_after(self, seconds: float, name: str, args: tuple[Any, ...]) -> None:
        """Run an action of its own accord, when some time has passed.

        Raises:
            LookupError: There is no such action.
        """
        if name not in self.definition.actions:
            raise LookupError(f"{self} has no action {name!r} that could be scheduled")
        self.directory.spawn(self._run_later(seconds, name, args))

    async def _run_later(self, seconds: float, name: str, args: tuple[Any, ...]) -> None:
        await asyncio.sleep(seconds)
        if self._is("destroyed"):
            return
        try:
            await self.wake()
            await self._invoke(self.definition.actions[name], ActorContext(self), *args)
        except Exception:
            log.exception("the scheduled action %r of %s failed", name, self)

    async def _invoke(self, function: Callable[..., Any], context: ActorContext, *args: Any) -> Any:
        try:
            returned = function(self._instance, context, *args)
            return await returned if inspect.isawaitable(returned) else returned
        except Exception:
            raise
        except BaseException as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
                raise  # the engine stops
            # What pytest and sys.exit() raise must not end the engine.
            raise Escaped(f"{type(error).__name__} came out of an actor: {error}") from error

    async def hook(self, name: str, *args: Any, conn: Conn | None = None) -> Any:
        """Run a hook, if it has that one."""
        function = self.definition.hooks.get(name)
        if function is not None:
            return await self._invoke(function, ActorContext(self, conn), *args)
        return None

    def enqueue(
        self,
        name: str,
        function: Callable[..., Any],
        body: Any,
        ended: Callable[[Any, Exception | None], None],
    ) -> asyncio.Future[Any]:
        """Have a message of a queue consumed, after those before it. The consumer's reply will be the result.

        If the consumer fails, the message is never completed, as with a real host.

        Args:
            name: The queue.
            function: The consumer.
            body: The message.
            ended: Is told the reply, or why the consumer failed.

        Raises:
            Failure: Too many messages wait.
        """
        limit = self.definition.options.max_queue_size
        if limit is not None and self._queued >= limit:
            raise Failure("queue", "full", metadata={"limit": limit})
        consumed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queued += 1
        self.directory.spawn(self._consume(name, function, body, consumed, ended))
        return consumed

    async def _consume(
        self,
        name: str,
        function: Callable[..., Any],
        body: Any,
        consumed: asyncio.Future[Any],
        ended: Callable[[Any, Exception | None], None],
    ) -> None:
        async with self._queue_turns.setdefault(name, asyncio.Lock()):
            try:
                reply = await self._invoke(function, ActorContext(self), body)
                if self.contract is not None:
                    self.contract.check_reply(name, reply, function.__qualname__)
            except Misfit as error:
                consumed.set_exception(error)  # the author of the test should not wait for it
                consumed.exception()  # perhaps nobody waits
                ended(None, error)
            except Exception as error:
                log.exception("the consumer of queue %r of %s failed", name, self)
                ended(None, error)
            else:
                consumed.set_result(reply)
                ended(reply, None)
            finally:
                self._queued -= 1

    async def _hook_quietly(self, name: str, *args: Any, conn: Conn | None = None) -> None:
        try:
            await self.hook(name, *args, conn=conn)
        except Exception:
            log.exception("%s of %s failed", name, self)

    # --- Its connections -----------------------------------------------------------------------------------------

    async def admit(self, conn: Conn) -> None:
        """Let a connection in.

        Raises:
            Exception: A hook refused it, or failed.
        """
        if self.contract is not None:
            self.contract.check_params(conn.params)
            conn.check_event = self.contract.check_event
        hooks = self.definition.hooks
        if "on_before_connect" in hooks or "on_connect" in hooks:
            limit = asyncio.timeout(CONNECT_TIMEOUT)
            try:
                async with limit:
                    await self.hook("on_before_connect", conn.params, conn=conn)
                    self.conns[conn.id] = conn
                    await self.hook("on_connect", conn, conn=conn)
            except BaseException:
                self.conns.pop(conn.id, None)
                if limit.expired():
                    raise usual("actor", "callback_timed_out") from None
                raise
        self.conns[conn.id] = conn

    async def check_allowed(self, hook: str, name: str, conn: Conn) -> None:
        """Ask a hook whether a connection may use an event or a queue.

        Raises:
            Failure: It may not.
            Exception: What the hook raised.
        """
        if hook in self.definition.hooks and not await self.hook(hook, name, conn=conn):
            raise Failure("auth", "forbidden")

    async def dismiss(self, conn: Conn) -> None:
        """Note that a connection has ended."""
        if self.conns.pop(conn.id, None) is not None and self.phase == "awake":
            await self._hook_quietly("on_disconnect", conn, conn=conn)

    def broadcast(self, name: str, args: tuple[Any, ...]) -> None:
        """Send an event to all connections that subscribe to it."""
        if self.contract is not None:
            self.contract.check_event(name, args)
        for conn in list(self.conns.values()):
            if name in conn.subscriptions:
                conn.send(name, *args)

    def client(self) -> AsyncClient:
        """Return the client for calls to other actors."""
        return self.directory.client()


class Directory:
    """All actors of an engine, and what its classes say.

    Attributes:
        definitions: By the actors' names.
        contract: What the actors must fit; None for nothing.
        refuse_creation: Returns why there is to be no actor of a name and key; None if there may be one.
        namespaces: What the engine tells of each, by name.
        pools: Names that are known.
    """

    def __init__(self, client: Callable[[], AsyncClient]) -> None:
        self.client = client
        self.contract: Contract | None = None
        self.refuse_creation: Callable[[str, tuple[str, ...]], Failure | None] = lambda _name, _key: None
        self.definitions: dict[str, ActorDefinition] = {}
        self.namespaces: dict[str, dict[str, Any]] = {}
        self.add_namespace("default", "Default")
        self.pools: set[str] = {"default"}
        self._by_id: dict[str, Actor] = {}
        self._by_key: dict[tuple[str, str, str], Actor] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def __iter__(self) -> Iterator[Actor]:
        """All actors, destroyed ones too, oldest first."""
        return iter(self._by_id.values())

    def by_id(self, actor_id: str) -> Actor | None:
        """The actor of an id, even if it is destroyed."""
        return self._by_id.get(actor_id)

    def by_key(self, namespace: str, name: str, key: str) -> Actor | None:
        """The actor that has a key, in its serialised form."""
        return self._by_key.get((namespace, name, key))

    def create(
        self,
        namespace: str,
        name: str,
        key: tuple[str, ...] | None,
        *,
        pool: str = "default",
        input: bytes | None = None,
    ) -> Actor:
        """Make an actor, and begin to start it.

        Raises:
            Failure: The pool is unknown, a test wants it, or the input is not what the registry document says.
        """
        self.check_pool(namespace, pool)
        if (failure := self.refuse_creation(name, key or ())) is not None:
            raise failure
        if self.contract is not None and name in self.contract.actors:
            self.contract.actors[name].check_input(input)
        actor = Actor(self, name, key, namespace=namespace, pool=pool, input=input)
        self._by_id[actor.id] = actor
        if actor.serialized_key is not None:
            self._by_key[namespace, name, actor.serialized_key] = actor
        return actor

    def start_soon(self, actor: Actor) -> None:
        """Begin to start an actor, and wait for nothing."""
        self.spawn(_started(actor))

    def clear(self) -> None:
        """Forget all actors."""
        for task in list(self._tasks):
            task.cancel()
        self._by_id.clear()
        self._by_key.clear()

    def forget_key(self, actor: Actor) -> None:
        """Let the next actor have the key."""
        if actor.serialized_key is not None:
            self._by_key.pop((actor.namespace, actor.name, actor.serialized_key), None)

    def add_namespace(self, name: str, display_name: str) -> dict[str, Any]:
        """Add a namespace, and return what the engine tells of it.

        Raises:
            Failure: There is one of that name.
        """
        if name in self.namespaces:
            raise usual("namespace", "name_not_unique")
        about = {"namespace_id": _new_id(), "name": name, "display_name": display_name}
        self.namespaces[name] = {**about, "create_ts": now_ms()}
        return self.namespaces[name]

    def check_namespace(self, namespace: str) -> None:
        """Check that there is such a namespace.

        Raises:
            Failure: There is none.
        """
        if namespace not in self.namespaces:
            raise usual("namespace", "not_found")

    def check_pool(self, namespace: str, pool: str) -> None:
        """Check that there is such a pool.

        Raises:
            Failure: There is none.
        """
        if pool not in self.pools:
            metadata = {"namespace": namespace, "pool_name": pool}
            raise usual("actor", "no_runner_config_configured", metadata=metadata)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside what runs now, until the engine stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class Escaped(Exception):
    """Something that is no `Exception` came out of the code of an actor; it is the cause of this one."""


class _NotRegistered(Exception):
    """No class is registered for the actor's name."""


async def _started(actor: Actor) -> None:
    with contextlib.suppress(Failure):  # the row of the actor tells it
        await actor.wake()


def _new_id() -> str:
    number, digits = uuid.uuid4().int, ""
    while number:
        number, digit = divmod(number, 36)
        digits += _ID_DIGITS[digit]
    return digits.rjust(30, "0")
