# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""`counter` for the blocking client."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any, Literal, overload

from rivet_client import (
    UNDEFINED,
    CommonAccessor,
    CommonConnection,
    CommonHandle,
    typed,
)
from rivet_client.typed import Caller, Events, hide

from ... import models
from . import _bindings

__all__ = [
    "CounterAccessor",
    "CounterActions",
    "CounterConnection",
    "CounterHandle",
    "CounterHistoryActions",
]


class CounterHistoryActions:
    """The actions `history.…`."""

    __slots__ = ("_owner",)

    def __init__(self, owner: Caller) -> None:
        self._owner = owner

    @typed.deprecated("use history.page")
    def list(self, kind: models.Kind) -> builtins.list[models.Change]:
        """Call the action `history.list`.

        Raises:
            errors.NotFound: Nobody has counted yet
        """
        _call = _bindings.actor.actions["history.list"]
        _result: builtins.list[models.Change] = _call.result(
            self._owner.action("history.list", *_call.arguments(kind))
        )
        return _result


class CounterActions:
    """The actions."""

    __slots__ = ()

    @property
    def history(self: Caller) -> CounterHistoryActions:
        """The actions `history.…`."""
        return CounterHistoryActions(self)

    def increment(self: Caller, by: int | None = None) -> int:
        """Add to the count.

        Args:
            by: How much. Default: 1.

        Returns:
            The new count

        Raises:
            errors.NotFound: Nobody has counted yet
            errors.QueueFull: The error `queue.full`.
            errors.TooMuch: The count would be too large. Its `metadata` is the largest that there can be.
        """
        _call = _bindings.actor.actions["increment"]
        _result: int = _call.result(self.action("increment", *_call.arguments(by)))
        return _result


class CounterConnection(CommonConnection, CounterActions):
    """Counts.

    One for each key.
    """

    __slots__ = ()

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: Literal[False] = False,
        timeout: float | None = None,
    ) -> None: ...

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: Literal[True],
        timeout: float | None = None,
    ) -> typed.QueueResult[bool]: ...

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: bool,
        timeout: float | None = None,
    ) -> typed.QueueResult[bool] | None: ...

    def send(
        self,
        queue: str,
        body: Any = None,
        *,
        wait: bool = False,
        timeout: float | None = None,
    ) -> Any:
        """Send a message to one of the actor's queues; with `wait`, return what became of it.

        Raises:
            errors.NotFound: Nobody has counted yet
        """
        known = _bindings.actor.queue(queue)
        return known.result(known.send(self, queue, body, wait, timeout))

    @overload
    def on(
        self, event: Literal["changed"], callback: Callable[[models.Change], object]
    ) -> Callable[[], None]: ...

    @overload
    def on(
        self, event: Literal["changed"]
    ) -> typed.EventDecorator[[models.Change]]: ...

    def on(self, event: str, callback: Callable[..., object] | None = None) -> Any:
        """Call a function for each event of a name; without the function, a decorator."""
        return _bindings.actor.on(self, event, callback, once=False)

    @overload
    def once(
        self, event: Literal["changed"], callback: Callable[[models.Change], object]
    ) -> Callable[[], None]: ...

    @overload
    def once(
        self, event: Literal["changed"]
    ) -> typed.EventDecorator[[models.Change]]: ...

    def once(self, event: str, callback: Callable[..., object] | None = None) -> Any:
        """Call a function for the next event of a name, and no other; see `on`."""
        return _bindings.actor.on(self, event, callback, once=True)

    def events(
        self,
        event: Literal["changed"],
        *,
        timeout: float | None = None,
        max_buffer: int = 1000,
    ) -> Events[tuple[models.Change]]:
        """Iterate over the events of a name; see `rivet_client.ActorConnection.events`.

        Args:
            event: The event's name.
            timeout: Longest wait for the next event, in seconds; None waits for ever.
            max_buffer: From this many events not yet taken, the connection stops reading until some are.
        """
        known = _bindings.actor.event(event)
        return Events(_bindings.actor.iterate(self, event, timeout, max_buffer), known)


class CounterHandle(CommonHandle, CounterActions):
    """Counts.

    One for each key.
    """

    __slots__ = ()

    def connect(
        self,
        params: typed.OrUndefined[Any] = UNDEFINED,
        *,
        skip_ready_wait: bool | None = None,
    ) -> CounterConnection:
        """Open a connection; see `rivet_client.ActorHandle.connect`.

        Args:
            params: Connection parameters; left out, the handle's `params` or `get_params`.
            skip_ready_wait: Connect to an actor that is not ready; None for the client's setting.
        """
        params = hide(params)
        return _bindings.actor.connect(self, CounterConnection, params, skip_ready_wait)

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: Literal[False] = False,
        timeout: float | None = None,
    ) -> None: ...

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: Literal[True],
        timeout: float | None = None,
    ) -> typed.QueueResult[bool]: ...

    @overload
    def send(
        self,
        queue: Literal["resets"],
        body: models.CounterResetsMessage,
        *,
        wait: bool,
        timeout: float | None = None,
    ) -> typed.QueueResult[bool] | None: ...

    def send(
        self,
        queue: str,
        body: Any = None,
        *,
        wait: bool = False,
        timeout: float | None = None,
    ) -> Any:
        """Send a message to one of the actor's queues; with `wait`, return what became of it.

        Raises:
            errors.NotFound: Nobody has counted yet
        """
        known = _bindings.actor.queue(queue)
        return known.result(known.send(self, queue, body, wait, timeout))


class CounterAccessor(CommonAccessor):
    """Counts.

    One for each key.

    Makes handles. Nothing here but `create` does I/O.
    """

    __slots__ = ()

    def get(
        self,
        key: str | Sequence[str] = (),
        *,
        params: Any | None = None,
        get_params: typed.Getter[Any] | None = None,
    ) -> CounterHandle:
        """Return a handle to the actor that has a key; see `rivet_client.ActorAccessor.get`.

        Args:
            key: A str, or a sequence of str for a compound key.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get(self, CounterHandle, key, params, get_params)

    def get_or_create(
        self,
        key: str | Sequence[str] = (),
        *,
        params: Any | None = None,
        get_params: typed.Getter[Any] | None = None,
        create_with_input: models.Options | None = None,
        create_in_region: str | None = None,
        pool_name: str | None = None,
    ) -> CounterHandle:
        """Return a handle to the actor that has a key; the first call creates it if there is none.

        See `rivet_client.ActorAccessor.get_or_create`.

        Args:
            key: A str, or a sequence of str for a compound key.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt.
            create_with_input: What a new actor is created with.
            create_in_region: Datacenter for a new actor; None leaves it to the engine.
            pool_name: Runner pool for a new actor; None for the client's.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get_or_create(
            self,
            CounterHandle,
            key,
            params,
            get_params,
            create_with_input=create_with_input,
            create_in_region=create_in_region,
            pool_name=pool_name,
        )

    def create(
        self,
        key: str | Sequence[str] = (),
        *,
        input: models.Options | None = None,
        region: str | None = None,
        pool_name: str | None = None,
        params: Any | None = None,
        get_params: typed.Getter[Any] | None = None,
    ) -> CounterHandle:
        """Create an actor now, and return a handle to that very actor.

        See `rivet_client.ActorAccessor.create`.

        Args:
            key: A str, or a sequence of str for a compound key.
            input: What the actor is created with.
            region: Datacenter; None leaves it to the engine.
            pool_name: Runner pool; None for the client's.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt.

        Raises:
            ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        target = _bindings.actor.create(
            self,
            key,
            params,
            get_params,
            input=input,
            region=region,
            pool_name=pool_name,
        )
        return _bindings.actor.handle(self, CounterHandle, target)

    def get_for_id(
        self,
        actor_id: str,
        *,
        params: Any | None = None,
        get_params: typed.Getter[Any] | None = None,
    ) -> CounterHandle:
        """Return a handle to one actor for good; see `rivet_client.ActorAccessor.get_for_id`.

        Args:
            actor_id: As `resolve()` returns it.
            params: Connection parameters, sent with every call.
            get_params: Called for the parameters of each connection attempt.

        Raises:
            ConfigError: An argument is wrong, or the client's encoding cannot carry the actor's values.
        """
        params, get_params = hide(params), hide(get_params)
        return _bindings.actor.get_for_id(
            self, CounterHandle, actor_id, params, get_params
        )
