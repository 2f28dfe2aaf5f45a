# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""`journal` for the asyncio client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rivet_client import (
    UNDEFINED,
    AsyncCommonAccessor,
    AsyncCommonConnection,
    AsyncCommonHandle,
    typed,
)
from rivet_client.typed import AsyncCaller, AsyncEvents, hide

from ... import models
from . import _bindings

__all__ = [
    "AsyncJournalAccessor",
    "AsyncJournalActions",
    "AsyncJournalConnection",
    "AsyncJournalHandle",
]


class AsyncJournalActions:
    """The actions."""

    __slots__ = ()

    async def last(self: AsyncCaller) -> models.Change:
        """Call the action `last`."""
        _call = _bindings.actor.actions["last"]
        _result: models.Change = _call.result(
            await self.action("last", *_call.arguments())
        )
        return _result


class AsyncJournalConnection(AsyncCommonConnection, AsyncJournalActions):
    """The actor `journal`."""

    __slots__ = ()

    def on(self, event: str, callback: Callable[..., object] | None = None) -> Any:
        """Call a function for each event of a name; without the function, a decorator."""
        return _bindings.actor.on(self, event, callback, once=False)

    def once(self, event: str, callback: Callable[..., object] | None = None) -> Any:
        """Call a function for the next event of a name, and no other; see `on`."""
        return _bindings.actor.on(self, event, callback, once=True)

    def events(
        self, event: str, *, timeout: float | None = None, max_buffer: int = 1000
    ) -> AsyncEvents[Any]:
        """Iterate over the events of a name; see `rivet_client.AsyncActorConnection.events`.

        Args:
            event: The event's name.
            timeout: Longest wait for the next event, in seconds; None waits for ever.
            max_buffer: From this many events not yet taken, the connection stops reading until some are.
        """
        known = _bindings.actor.event(event)
        return AsyncEvents(
            _bindings.actor.iterate(self, event, timeout, max_buffer), known
        )


class AsyncJournalHandle(AsyncCommonHandle, AsyncJournalActions):
    """The actor `journal`."""

    __slots__ = ()

    def connect(
        self,
        params: typed.OrUndefined[Any] = UNDEFINED,
        *,
        skip_ready_wait: bool | None = None,
    ) -> AsyncJournalConnection:
        """Open a connection; see `rivet_client.AsyncActorHandle.connect`.

        Args:
            params: Connection parameters; left out, the handle's `params` or `get_params`.
            skip_ready_wait: Connect to an actor that is not ready; None for the client's setting.
        """
        params = hide(params)
        return _bindings.actor.connect(
            self, AsyncJournalConnection, params, skip_ready_wait
        )


class AsyncJournalAccessor(AsyncCommonAccessor):
    """The actor `journal`.

    Makes handles. Nothing here but `create` does I/O.
    """

    __slots__ = ()

    def get(
        self,
        key: str | Sequence[str] = (),
        *,
        params: Any | None = None,
        get_params: typed.AsyncGetter[Any] | None = None,
    ) -> AsyncJournalHandle:
        """Return a handle to the actor that has a key; see `rivet_client.AsyncActorAccessor.get`.

        Args:
            key: A str, or a sequence of str for a compound key.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get(self, AsyncJournalHandle, key, params, get_params)

    def get_or_create(
        self,
        key: str | Sequence[str] = (),
        *,
        params: Any | None = None,
        get_params: typed.AsyncGetter[Any] | None = None,
        create_with_input: Any = UNDEFINED,
        create_in_region: str | None = None,
        pool_name: str | None = None,
    ) -> AsyncJournalHandle:
        """Return a handle to the actor that has a key; the first call creates it if there is none.

        See `rivet_client.AsyncActorAccessor.get_or_create`.

        Args:
            key: A str, or a sequence of str for a compound key.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.
            create_with_input: What a new actor is created with.
            create_in_region: Datacenter for a new actor; None leaves it to the engine.
            pool_name: Runner pool for a new actor; None for the client's.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get_or_create(
            self,
            AsyncJournalHandle,
            key,
            params,
            get_params,
            create_with_input=create_with_input,
            create_in_region=create_in_region,
            pool_name=pool_name,
        )

    async def create(
        self,
        key: str | Sequence[str] = (),
        *,
        input: Any = UNDEFINED,
        region: str | None = None,
        pool_name: str | None = None,
        params: Any | None = None,
        get_params: typed.AsyncGetter[Any] | None = None,
    ) -> AsyncJournalHandle:
        """Create an actor now, and return a handle to that very actor.

        See `rivet_client.AsyncActorAccessor.create`.

        Args:
            key: A str, or a sequence of str for a compound key.
            input: What the actor is created with.
            region: Datacenter; None leaves it to the engine.
            pool_name: Runner pool; None for the client's.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        target = await _bindings.actor.create(
            self,
            key,
            params,
            get_params,
            input=input,
            region=region,
            pool_name=pool_name,
        )
        return _bindings.actor.handle(self, AsyncJournalHandle, target)

    def get_for_id(
        self,
        actor_id: str,
        *,
        params: Any | None = None,
        get_params: typed.AsyncGetter[Any] | None = None,
    ) -> AsyncJournalHandle:
        """Return a handle to one actor for good; see `rivet_client.AsyncActorAccessor.get_for_id`.

        Args:
            actor_id: As `resolve()` returns it.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get_for_id(
            self, AsyncJournalHandle, actor_id, params, get_params
        )
