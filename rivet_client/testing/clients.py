"""Clients for an engine that a test has started."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

if TYPE_CHECKING:
    from rivet_client import AsyncClient, Client

__all__ = ["AnyClient", "HasClients", "is_asyncio"]

AnyClient = TypeVar("AnyClient")


def is_asyncio(client_class: object) -> bool:
    """Whether the clients of a class are for asyncio."""
    return inspect.iscoroutinefunction(getattr(client_class, "close", None))


class HasClients:
    """Something that has a URL, and makes clients for it."""

    @property
    def url(self) -> str:
        """What a client takes as its endpoint."""
        raise NotImplementedError

    @overload
    def client(self, **options: Any) -> Client: ...
    @overload
    def client(self, client_class: Callable[..., AnyClient], **options: Any) -> AnyClient: ...
    def client(self, client_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """Make a blocking client for this engine.

        Args:
            client_class: The client of a typed package, in the place of `rivet_client.Client`.
            **options: As the client takes them. Namespace, pool and proxy do not come from the environment.

        Raises:
            TypeError: That is no blocking client.
        """
        if client_class is None:
            from rivet_client import Client

            client_class = Client
        _check(client_class, "blocking")
        return self._made(client_class, options)

    @overload
    def async_client(self, **options: Any) -> AsyncClient: ...
    @overload
    def async_client(self, client_class: Callable[..., AnyClient], **options: Any) -> AnyClient: ...
    def async_client(self, client_class: Callable[..., Any] | None = None, **options: Any) -> Any:
        """Make an asyncio client for this engine.

        Args:
            client_class: The client of a typed package, in the place of `rivet_client.AsyncClient`.
            **options: As the client takes them. Namespace, pool and proxy do not come from the environment.

        Raises:
            TypeError: That is no asyncio client.
        """
        if client_class is None:
            from rivet_client import AsyncClient

            client_class = AsyncClient
        _check(client_class, "asyncio")
        return self._made(client_class, options)

    def _made(self, client_class: Callable[..., AnyClient], options: dict[str, Any]) -> AnyClient:
        # The environment may be that of a person who works with an engine elsewhere.
        return client_class(
            self.url, **{"namespace": "default", "pool_name": "default", "proxy": None, **options}
        )


def _check(client_class: object, flavour: Literal["blocking", "asyncio"]) -> None:
    fits = callable(client_class)
    if isinstance(client_class, type):  # of another function, nobody knows what it returns
        fits = is_asyncio(client_class) == (flavour == "asyncio")
    if not fits:
        name = {"blocking": "Client", "asyncio": "AsyncClient"}[flavour]
        raise TypeError(
            f"a class of {flavour} clients is needed, such as my_actors.{name}, not {client_class!r}"
        )
