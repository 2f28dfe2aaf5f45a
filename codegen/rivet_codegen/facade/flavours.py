"""What differs between the blocking and the asyncio client, as templates read it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FLAVOURS", "Flavour"]


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between the blocking and the asyncio facade.

    Attributes:
        name: Name of the facade's module.
        runtime: The module of `rivet_client` that performs the I/O.
        prefix: What the class names begin with.
        def_: How a method that does I/O is defined: `def` or `async def`.
        await_: What stands before a call that does I/O.
        with_: How a context manager is entered.
        enter, exit: The methods of a context manager.
        wrong_enter, wrong_exit: Those of the other flavour.
        any_result: What a call returns if nothing is known of the action.
        httpx_client: The class of httpx client that a caller may bring.
        callback_note: How callbacks are run.
        get_params_note: What `get_params` may be.
        iterator, contextmanager: What makes a context manager of a generator.
        close_response, response_iteration: Methods of httpx responses.
        websocket: The class of raw WebSockets, or of what opens one; `websocket_note` says how.
    """

    name: str
    runtime: str
    prefix: str
    def_: str
    await_: str
    any_result: str
    with_: str
    enter: str
    exit: str
    wrong_enter: str
    wrong_exit: str
    httpx_client: str
    callback_note: str
    get_params_note: str
    iterator: str
    contextmanager: str
    close_response: str
    response_iteration: str
    websocket: str
    websocket_note: str

    @property
    def late_types(self) -> tuple[tuple[str, str], ...]:
        """The types that only annotations of the client mention: the module of each, and its name."""
        adapter = "rivet_client._common.httpx_adapter"
        of_adapter = (
            (adapter, f"{self.prefix}ClientLike"),
            (adapter, "RequestLike"),
            (adapter, "RequestOptions"),
            (adapter, "Response"),
            (adapter, "UrlLike"),
        )
        return of_adapter if self.await_ else (*self._parts, *of_adapter)

    @property
    def early_types(self) -> tuple[tuple[str, str], ...]:
        """The types that are loaded with the client: a program asks for them while an event loop runs."""
        return self._parts if self.await_ else ()

    @property
    def _parts(self) -> tuple[tuple[str, str], ...]:
        """The types of what a client hands out."""
        runtime = f"rivet_client.{self.runtime}"
        return (
            (f"{runtime}.connection", "Connection"),
            (f"{runtime}.connection", f"{self.prefix}EventIterator"),
            (f"{runtime}.websocket", self.websocket),
            ("rivet_client.observers", "Figures"),
            ("rivet_client.observers", "Observer"),
            (f"rivet_client_generated.facade.{self.name}_engine", f"{self.prefix}EngineApi"),
        )


FLAVOURS = (
    Flavour(
        name="blocking",
        runtime="_blocking",
        prefix="",
        def_="def",
        await_="",
        any_result="ActorValue",
        with_="with",
        enter="__enter__",
        exit="__exit__",
        wrong_enter="__aenter__",
        wrong_exit="__aexit__",
        httpx_client="Client",
        callback_note="It runs on the connection's thread.",
        get_params_note="",
        iterator="Iterator",
        contextmanager="contextmanager",
        close_response="close",
        response_iteration="`iter_bytes()` or `iter_lines()`",
        websocket="RawWebSocket",
        websocket_note="",
    ),
    Flavour(
        name="asyncio",
        runtime="_asyncio",
        prefix="Async",
        def_="async def",
        await_="await ",
        any_result="Coroutine[Any, Any, ActorValue]",
        with_="async with",
        enter="__aenter__",
        exit="__aexit__",
        wrong_enter="__enter__",
        wrong_exit="__exit__",
        httpx_client="AsyncClient",
        callback_note="It may be `async def`.",
        get_params_note="; may be `async def`",
        iterator="AsyncIterator",
        contextmanager="asynccontextmanager",
        close_response="aclose",
        response_iteration="`aiter_bytes()` or `aiter_lines()`",
        websocket="OpeningWebSocket",
        websocket_note=": `await` it, or enter it with `async with`",
    ),
)
