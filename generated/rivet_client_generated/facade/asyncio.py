# Generated, do not edit. Source: codegen/rivet_codegen/templates/facade; command: python -m rivet_codegen

"""The asyncio client."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, Never, Self, TypeVar, Unpack, overload

from rivet_client._asyncio.connection import AsyncEventIterator, Connection
from rivet_client._asyncio.run import (
    Creation,
    Runtime,
    Target,
    flows,
    make_params,
    target_by_id,
    target_by_key,
)
from rivet_client._asyncio.websocket import OpeningWebSocket
from rivet_client._checks import check_timeout
from rivet_client._hints import (
    AS_FUNCTION,
    CONNECTION_METHODS,
    JAVASCRIPT,
    JAVASCRIPT_CLIENT,
    as_function,
    called,
    chosen,
    from_javascript,
    hides_unknown_names,
    named_arguments,
    not_on_a_handle,
    not_on_an_accessor,
    not_the_accessor,
    probed,
    shows_types,
    unknown_settings,
    wrong_with,
)
from rivet_client._objects import PROBED, Sealed, Shareable, Shown, late_type
from rivet_client._secret import hide
from rivet_client.config import ClientConfig, RetryPolicy
from rivet_client.errors import ErrorClasses
from rivet_client.observers import Figures, Observer
from rivet_client.values import UNDEFINED, ActorValue, ConnectionStatus, QueueSendResult, UndefinedType
from rivet_client_generated.facade.asyncio_engine import AsyncEngineApi

if TYPE_CHECKING:
    from rivet_client._common.httpx_adapter import (
        AsyncClientLike,
        RequestLike,
        RequestOptions,
        Response,
        UrlLike,
    )
else:  # `typing.get_type_hints` loads them
    AsyncClientLike = late_type("rivet_client._common.httpx_adapter", "AsyncClientLike")
    RequestLike = late_type("rivet_client._common.httpx_adapter", "RequestLike")
    RequestOptions = late_type("rivet_client._common.httpx_adapter", "RequestOptions")
    Response = late_type("rivet_client._common.httpx_adapter", "Response")
    UrlLike = late_type("rivet_client._common.httpx_adapter", "UrlLike")

__all__ = [
    "AsyncActorAccessor",
    "AsyncActorConnection",
    "AsyncActorHandle",
    "AsyncClient",
    "AsyncCommonAccessor",
    "AsyncCommonClient",
    "AsyncCommonConnection",
    "AsyncCommonHandle",
]

Callback = TypeVar("Callback", bound=Callable[..., object])
_DEFAULT_RETRY = RetryPolicy()


class AsyncCommonClient(Shareable):
    """What dynamic and typed clients have in common."""

    @hides_unknown_names
    def __init__(
        self,
        endpoint: str | None = None,
        *,
        token: str | None = None,
        namespace: str | None = None,
        pool_name: str | None = None,
        encoding: str = "bare",
        protocol_version: int | None = None,
        headers: Mapping[str, str] | None = None,
        max_input_size: int = 4096,
        max_body_bytes: int | None = 64 * 1024 * 1024,
        disable_metadata_lookup: bool = False,
        skip_ready_wait: bool = False,
        timeout: float | None = 60.0,
        retry: RetryPolicy = _DEFAULT_RETRY,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | UndefinedType | None = UNDEFINED,
        http_client: AsyncClientLike | None = None,
        observers: Iterable[Observer] = (),
        **unknown: Never,
    ) -> None:
        endpoint, token, headers, proxy = hide(endpoint), hide(token), hide(headers), hide(proxy)
        if unknown:
            error = unknown_settings(self, unknown)
            unknown.clear()  # a value may be a secret
            raise error
        config = ClientConfig.resolve(
            endpoint,
            token=token,
            namespace=namespace,
            pool_name=pool_name,
            encoding=encoding,
            protocol_version=protocol_version,
            headers=headers,
            max_input_size=max_input_size,
            max_body_bytes=max_body_bytes,
            disable_metadata_lookup=disable_metadata_lookup,
            skip_ready_wait=skip_ready_wait,
            timeout=timeout,
            retry=retry,
            ssl_context=ssl_context,
            proxy=proxy,
        )
        self._runtime = Runtime(config, http_client, self._error_classes, observers)

    @staticmethod
    def _error_classes() -> ErrorClasses:
        """Return the classes of the errors that the actors of a typed package declare."""
        return {}

    def _about(self) -> tuple[str, ...]:
        runtime = self.__dict__.get("_runtime")
        if runtime is None:  # in the traceback of an error about its settings
            return ()
        return runtime.config.endpoint, f"namespace={runtime.config.namespace!r}"

    @property
    def engine(self) -> AsyncEngineApi:
        """The engine's control API."""
        return AsyncEngineApi(self._runtime)

    def figures(self) -> Figures:
        """Return what the client holds at this moment: connections, calls and events that wait. From any thread."""
        return self._runtime.figures()

    def actor(self, name: str) -> AsyncActorAccessor:
        """Return the accessor for an actor name, which need not be a Python identifier."""
        return AsyncActorAccessor(self._runtime, name)

    def get(
        self,
        name: str,
        key: str | Sequence[str] = (),
        *,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
    ) -> AsyncActorHandle:
        """Return a handle to the actor that has a key; calls fail with `actor.not_found` while there is none.

        Args:
            name: The actor's name in the registry.
            key: A str, or a sequence of str for a compound key. Never join parts into one str yourself: two
                different keys may become the same.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: The key is too long, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        return self.actor(name).get(key, params=params, get_params=get_params)

    def get_or_create(
        self,
        name: str,
        key: str | Sequence[str] = (),
        *,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
        create_with_input: ActorValue = UNDEFINED,
        create_in_region: str | None = None,
        pool_name: str | None = None,
    ) -> AsyncActorHandle:
        """Return a handle to the actor that has a key; the first call creates it if there is none.

        Args:
            name: The actor's name in the registry.
            key: A str, or a sequence of str for a compound key. Never join parts into one str yourself: two
                different keys may become the same.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.
            create_with_input: What a new actor is created with; left out, nothing. None is `null`.
            create_in_region: Datacenter for a new actor; None leaves it to the engine.
            pool_name: Runner pool for a new actor; None for the client's.

        Raises:
            ConfigError: The key or the input is too long, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        return self.actor(name).get_or_create(
            key,
            params=params,
            get_params=get_params,
            create_with_input=create_with_input,
            create_in_region=create_in_region,
            pool_name=pool_name,
        )

    async def create(
        self,
        name: str,
        key: str | Sequence[str] = (),
        *,
        input: ActorValue = UNDEFINED,
        region: str | None = None,
        pool_name: str | None = None,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
    ) -> AsyncActorHandle:
        """Create an actor now, and return a handle to that very actor.

        Args:
            name: The actor's name in the registry.
            key: A str, or a sequence of str for a compound key.
            input: What the actor is created with; left out, nothing. None is `null`.
            region: Datacenter; None leaves it to the engine.
            pool_name: Runner pool; None for the client's.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
            ConfigError, TypeError: An argument is wrong.
            TransportError: The engine could not be reached.
            ActionTimeoutError: It did not answer in time.
        """
        params, get_params = hide(params), hide(get_params)
        return await self.actor(name).create(
            key, input=input, region=region, pool_name=pool_name, params=params, get_params=get_params
        )

    def get_for_id(
        self,
        name: str,
        actor_id: str,
        *,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
    ) -> AsyncActorHandle:
        """Return a handle to one actor for good.

        Args:
            name: The actor's name in the registry.
            actor_id: As `resolve()` returns it.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: Not an id, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        return self.actor(name).get_for_id(actor_id, params=params, get_params=get_params)

    async def close(self) -> None:
        """Close every connection and the connection pool. The client cannot be used afterwards."""
        await self._runtime.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    if not TYPE_CHECKING:  # a type checker goes on to refuse it

        def __enter__(self, *_: object) -> Never:
            raise wrong_with(self, "async with")

        __exit__ = __enter__

    def __del__(self) -> None:
        if warnings is None:  # the interpreter ends, and has begun to clear modules
            return
        runtime = self.__dict__.get("_runtime")
        if runtime is not None and runtime.holds_resources:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, source=self, stacklevel=2)


class AsyncClient(AsyncCommonClient):
    """Calls actors that a Rivet engine hosts.

    Making one does no I/O. Attributes are actor names: `client.counter` is `client.actor("counter")`.

    A setting is looked up as argument, then environment, then default. The same setting given differently in the
    endpoint's URL and elsewhere is an error.

    Args:
        endpoint: Base URL, which may carry `namespace:token@`. Environment: RIVET_ENGINE, RIVET_ENDPOINT. Default:
            http://localhost:6420.
        token: Secret. Environment: RIVET_TOKEN.
        namespace: Environment: RIVET_NAMESPACE. Default: "default".
        pool_name: Runner pool for new actors. Environment: RIVET_POOL, RIVET_RUNNER. Default: "default".
        encoding: How values travel: "bare" carries them all, "cbor" and "json" what JSON can say.
        protocol_version: The version of the protocol to write. Environment: RIVET_PROTOCOL_VERSION. Default: the newest
            one that both sides know.
        headers: Extra headers for every request and handshake.
        max_input_size: Largest encoded `create_with_input`, in bytes.
        max_body_bytes: Longest body of an answer over HTTP, in bytes; None for no limit.
        disable_metadata_lookup: Use the endpoint as it is, without asking it where the engine is.
        skip_ready_wait: Send to actors that are not ready, instead of waiting for them.
        timeout: Deadline of every call that sets none itself, in seconds; None for no deadline.
        retry: What is repeated by itself, and when.
        ssl_context: TLS settings for https endpoints.
        proxy: URL of a proxy for everything, which may carry `user:password@`; None for none. Left out, the one that
            the environment names (HTTPS_PROXY, ALL_PROXY, NO_PROXY, …), or the system.
        http_client: An `httpx.AsyncClient` of yours, or one of httpx2, for HTTP requests, with its
            proxies, mounts and auth. It is not closed with the client, and its own logging is yours. WebSockets do not
            go through it.
        observers: Are told what the client does; see `Observer`.

    Raises:
        ConfigError: A setting is wrong; the text names it and says what to do.
        TypeError: A setting has the wrong type.
    """

    def __getattr__(self, name: str) -> AsyncActorAccessor:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in PROBED:
            raise probed(name, "client.actor")
        if name in JAVASCRIPT_CLIENT:
            raise from_javascript(name, JAVASCRIPT_CLIENT, "client.actor")
        return self.actor(name)


class AsyncCommonAccessor(Sealed, Shareable):
    """What dynamic and typed accessors have in common."""

    __slots__ = ("__weakref__", "_name", "_runtime")

    def __init__(self, runtime: Runtime, name: str) -> None:
        self._runtime = runtime
        self._name = name

    def _about(self) -> tuple[str, ...]:
        return (self._name,)

    if not TYPE_CHECKING:  # a type checker goes on to refuse it

        def __getattr__(self, name: str) -> Never:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise not_on_an_accessor(self._name, name)

        def __call__(self, *_: object, **__: object) -> Never:
            """Say that a key is missing."""
            raise not_the_accessor(self._name)

    def _by_key(
        self,
        how: Literal["get", "get_or_create"],
        key: str | Sequence[str],
        *,
        params: ActorValue,
        get_params: Callable[[], ActorValue] | None,
        create_with_input: ActorValue = UNDEFINED,
        create_in_region: str | None = None,
        pool_name: str | None = None,
    ) -> Target:
        creation = Creation.on_demand(
            self._runtime.config,
            pool_name=pool_name,
            create_with_input=create_with_input,
            create_in_region=create_in_region,
        )
        return target_by_key(how, self._name, key, make_params(params, get_params), creation)

    async def _create(
        self,
        key: str | Sequence[str],
        *,
        input: ActorValue,
        region: str | None,
        pool_name: str | None,
        params: ActorValue,
        get_params: Callable[[], ActorValue] | None,
    ) -> Target:
        creation = Creation.at_once(self._runtime.config, pool_name=pool_name, input=input, region=region)
        return await self._runtime.run(
            flows.create(self._runtime.context, self._name, key, make_params(params, get_params), creation)
        )

    def _by_id(
        self, actor_id: str, *, params: ActorValue, get_params: Callable[[], ActorValue] | None
    ) -> Target:
        return target_by_id(self._name, actor_id, make_params(params, get_params))


class AsyncActorAccessor(AsyncCommonAccessor):
    """Makes handles for the actors of one name. Nothing here but `create` does I/O."""

    __slots__ = ()

    def get(
        self,
        key: str | Sequence[str] = (),
        *,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
    ) -> AsyncActorHandle:
        """Return a handle to the actor that has a key; calls fail with `actor.not_found` while there is none.

        Args:
            key: A str, or a sequence of str for a compound key. Never join parts into one str yourself: two
                different keys may become the same.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: The key is too long, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        target = self._by_key("get", key, params=params, get_params=get_params)
        return AsyncActorHandle(self._runtime, target)

    def get_or_create(
        self,
        key: str | Sequence[str] = (),
        *,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
        create_with_input: ActorValue = UNDEFINED,
        create_in_region: str | None = None,
        pool_name: str | None = None,
    ) -> AsyncActorHandle:
        """Return a handle to the actor that has a key; the first call creates it if there is none.

        Args:
            key: A str, or a sequence of str for a compound key. Never join parts into one str yourself: two
                different keys may become the same.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.
            create_with_input: What a new actor is created with; left out, nothing. None is `null`.
            create_in_region: Datacenter for a new actor; None leaves it to the engine.
            pool_name: Runner pool for a new actor; None for the client's.

        Raises:
            ConfigError: The key or the input is too long, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        target = self._by_key(
            "get_or_create",
            key,
            params=params,
            get_params=get_params,
            create_with_input=create_with_input,
            create_in_region=create_in_region,
            pool_name=pool_name,
        )
        return AsyncActorHandle(self._runtime, target)

    async def create(
        self,
        key: str | Sequence[str] = (),
        *,
        input: ActorValue = UNDEFINED,
        region: str | None = None,
        pool_name: str | None = None,
        params: ActorValue = None,
        get_params: Callable[[], ActorValue] | None = None,
    ) -> AsyncActorHandle:
        """Create an actor now, and return a handle to that very actor.

        Args:
            key: A str, or a sequence of str for a compound key.
            input: What the actor is created with; left out, nothing. None is `null`.
            region: Datacenter; None leaves it to the engine.
            pool_name: Runner pool; None for the client's.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ActorError: `actor.duplicate_key` when the key is taken, or the engine refused.
            ConfigError, TypeError: An argument is wrong.
            TransportError: The engine could not be reached.
            ActionTimeoutError: It did not answer in time.
        """
        params, get_params = hide(params), hide(get_params)
        target = await self._create(
            key, input=input, region=region, pool_name=pool_name, params=params, get_params=get_params
        )
        return AsyncActorHandle(self._runtime, target)

    def get_for_id(
        self, actor_id: str, *, params: ActorValue = None, get_params: Callable[[], ActorValue] | None = None
    ) -> AsyncActorHandle:
        """Return a handle to one actor for good.

        Args:
            actor_id: As `resolve()` returns it.
            params: Connection parameters: any value that JSON can carry, sent with every call.
            get_params: Called for the parameters of each connection attempt; may be `async def`.

        Raises:
            ConfigError: Not an id, or both kinds of parameters are given.
            TypeError: An argument has the wrong type.
        """
        params, get_params = hide(params), hide(get_params)
        target = self._by_id(actor_id, params=params, get_params=get_params)
        return AsyncActorHandle(self._runtime, target)


class AsyncAction(Shareable):
    """One action of a handle or connection, or a group of them: call it, or go on with an attribute."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: AsyncActorHandle | AsyncActorConnection, name: str) -> None:
        self._owner = owner
        self._name = name

    @shows_types
    def __call__(self, *args: ActorValue, **named: Never) -> Coroutine[Any, Any, ActorValue]:
        if named:
            raise named_arguments(self._name, named)
        return called(f"{self._owner._actor}.{self._name}", self._owner.action(self._name, *args))

    def __getattr__(self, name: str) -> AsyncAction:
        if name in AS_FUNCTION:
            about: AsyncAction = as_function(name, self._owner._actor, self._name)
            return about
        if name.startswith("_"):
            raise AttributeError(f"action {self._name!r} has no attribute {name!r}")
        if name in PROBED:
            raise probed(f"{self._name}.{name}", "action")
        return AsyncAction(self._owner, f"{self._name}.{name}")

    def _about(self) -> tuple[str, ...]:
        return self._name, "of", repr(self._owner)


class AsyncCommonHandle(Sealed, Shareable):
    """What dynamic and typed handles have in common."""

    __slots__ = ("__weakref__", "_actor", "_runtime", "_skip_ready_wait", "_target", "_timeout")

    def __init__(self, runtime: Runtime, target: Target) -> None:
        self._runtime = runtime
        self._target = target
        self._actor = target.name
        self._timeout: float | None = None
        self._skip_ready_wait: bool | None = None

    def _about(self) -> tuple[str, ...]:
        return (str(self._target),)

    def with_options(self, *, timeout: float | None = None, skip_ready_wait: bool | None = None) -> Self:
        """Return a handle to the same actor whose calls have these options.

        An option that a call gives itself comes first. Connections that the copy opens have its timeout, too.

        Args:
            timeout: Deadline of each call, in seconds; None leaves it as it is for this handle.
            skip_ready_wait: Send to an actor that is not ready; None leaves it as it is for this handle.

        Raises:
            ConfigError, TypeError: The timeout is wrong.
        """
        copy = type(self)(self._runtime, self._target)
        copy._timeout = chosen(check_timeout("timeout", timeout), self._timeout)
        copy._skip_ready_wait = chosen(skip_ready_wait, self._skip_ready_wait)
        return copy

    async def action(
        self,
        name: str,
        /,
        *args: ActorValue,
        timeout: float | None = None,
        skip_ready_wait: bool | None = None,
    ) -> ActorValue:
        """Call an action.

        Args:
            name: The action; nested ones with dots.
            args: Its arguments.
            timeout: Deadline, in seconds; None for that of `with_options`, or else the client's.
            skip_ready_wait: Send to an actor that is not ready; None for the setting of `with_options`, or else the
                client's.

        Returns:
            What the action returned.

        Raises:
            ConfigError: An argument is wrong, or the encoding cannot carry it: the text has the path to the value.
            TypeError: An argument has a type that cannot be sent.
        """
        return await self._runtime.run(
            flows.call_action(
                self._runtime.context,
                self._target,
                name,
                args,
                timeout=chosen(timeout, self._timeout),
                skip_ready_wait=chosen(skip_ready_wait, self._skip_ready_wait),
            )
        )

    async def fetch(
        self,
        path: str | UrlLike | RequestLike = "",
        *,
        method: str | None = None,
        timeout: float | None = None,
        skip_ready_wait: bool | None = None,
        max_body_bytes: int | UndefinedType | None = UNDEFINED,
        **options: Unpack[RequestOptions],
    ) -> Response:
        """Send an HTTP request to the actor's own handler (`onRequest`) and return its whole answer.

        Args:
            path: Path below the actor, which may have a query. Or an `httpx.URL` or `httpx.Request` that is to be sent
                on: the handler then sees that URL, method, headers and body.
            method: HTTP method; None for that of a request that is sent on, else GET.
            timeout: Deadline for the whole answer, in seconds; None for the client's.
            skip_ready_wait: Send to an actor that is not ready; None for the client's setting.
            max_body_bytes: Longest body of the answer, in bytes, decoded ones if it is coded; None for no limit. Left
                out, it is the client's setting.
            options: As for `httpx.Request`: headers, params, content, data, files, json, cookies. They come before what
                a request that is sent on has. A body that is an iterator is sent as it comes, and can then not be
                repeated.

        Returns:
            An `httpx.Response`, whatever its status; of httpx2, if the client's `http_client` is.

        Raises:
            ActorError: The gateway could not reach the actor.
            TransportError: The answer was cut short.
            ProtocolError: Its body is longer than `max_body_bytes`.
        """
        options = hide(options)
        http = await self._runtime.raw_http()
        answer = await self._runtime.run(
            flows.fetch(
                self._runtime.context,
                self._target,
                http.raw_request(method, path, options),
                timeout=chosen(timeout, self._timeout),
                skip_ready_wait=chosen(skip_ready_wait, self._skip_ready_wait),
                max_body_bytes=max_body_bytes,
            )
        )
        response: Response = answer.native
        return response

    @asynccontextmanager
    async def stream(
        self,
        path: str | UrlLike | RequestLike = "",
        *,
        method: str | None = None,
        timeout: float | None = None,
        skip_ready_wait: bool | None = None,
        max_body_bytes: int | None = None,
        **options: Unpack[RequestOptions],
    ) -> AsyncIterator[Response]:
        """Like `fetch`, as a context manager whose response is read as it arrives: large bodies, server-sent events.

        Args:
            path: As for `fetch`.
            method: As for `fetch`.
            timeout: Deadline for the answer's head, in seconds; None for the client's. The body has none.
            skip_ready_wait: Send to an actor that is not ready; None for the client's setting.
            max_body_bytes: As for `fetch`, but left out there is no limit: the client's setting is not for streams.
            options: As for `fetch`.

        Returns:
            An `httpx.Response` whose body is unread: iterate over `aiter_bytes()` or `aiter_lines()`.

        Raises:
            ActorError: The gateway could not reach the actor.
            TransportError: The answer was cut short; also while it is read.
            ProtocolError: Its body is longer than `max_body_bytes`; also while it is read.
        """
        options = hide(options)
        http = await self._runtime.raw_http()
        answer = await self._runtime.run(
            flows.fetch(
                self._runtime.context,
                self._target,
                http.raw_request(method, path, options),
                timeout=chosen(timeout, self._timeout),
                skip_ready_wait=chosen(skip_ready_wait, self._skip_ready_wait),
                max_body_bytes=max_body_bytes,
                stream=True,
            )
        )
        try:
            yield answer.native
        finally:
            await answer.native.aclose()

    def websocket(
        self, path: str = "", *, subprotocols: Sequence[str] = (), skip_ready_wait: bool | None = None
    ) -> OpeningWebSocket:
        """Open a WebSocket to the actor's own handler (`onWebSocket`): `await` it, or enter it with `async with`.

        Args:
            path: Path below the actor's `/websocket/`, which may have a query.
            subprotocols: Offered to the actor beside the protocol's own. The server always answers "rivet".
            skip_ready_wait: Connect to an actor that is not ready; None for the client's setting.

        Raises:
            ActorError: It was refused. A refusal by the gateway may come only with the first `receive`.
        """
        subprotocols = hide(subprotocols)
        options = flows.websocket_options(
            self._target,
            path,
            subprotocols,
            skip_ready_wait=chosen(skip_ready_wait, self._skip_ready_wait),
            timeout=self._timeout,
        )
        return OpeningWebSocket(self._runtime, self._target, options)

    async def resolve(self) -> str:
        """Return the actor's id, asking the engine (which creates the actor if the handle does)."""
        return await self._runtime.run(
            flows.resolve(self._runtime.context, self._target, timeout=self._timeout)
        )

    async def gateway_url(self) -> str:
        """Return the URL below which the actor's own routes are. It carries the token: treat it as a secret."""
        return await self._runtime.run(
            flows.public_url(
                self._runtime.context,
                self._target,
                timeout=self._timeout,
                skip_ready_wait=self._skip_ready_wait,
            )
        )

    async def reload(self) -> None:
        """Have a dynamic actor load its code again; others answer `actor.reload_failed`."""
        await self._runtime.run(flows.reload(self._runtime.context, self._target, timeout=self._timeout))

    async def _send(
        self, queue: str, body: ActorValue, wait: bool, timeout: float | None
    ) -> QueueSendResult | None:
        return await self._runtime.run(
            flows.send_queue(
                self._runtime.context,
                self._target,
                queue,
                body,
                wait=wait,
                timeout=chosen(timeout, self._timeout),
                skip_ready_wait=self._skip_ready_wait,
            )
        )

    def _connect(self, params: ActorValue, skip_ready_wait: bool | None) -> Connection:
        options = flows.DialOptions(
            params=self._target.params if params is UNDEFINED else make_params(params, None),
            skip_ready_wait=chosen(skip_ready_wait, self._skip_ready_wait),
        )
        return Connection(self._runtime, self._target, options)


class AsyncActorHandle(AsyncCommonHandle):
    """Calls one actor over HTTP, each call by itself.

    Attributes are actions: `handle.increment(1)` is `handle.action("increment", 1)`, and `handle.admin.reset()`
    calls the nested action "admin.reset".

    Every method that does I/O can raise `TransportError` (the network failed), `ProtocolError` (something that is
    not an engine answered), `ActionTimeoutError` (no answer in time) and `ActorError` (the actor or the engine
    answered with an error).
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> AsyncAction:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in PROBED:
            raise probed(name, "action")
        if name in JAVASCRIPT:
            raise from_javascript(name, JAVASCRIPT, "action")
        if name in CONNECTION_METHODS:
            raise not_on_a_handle(name)
        return AsyncAction(self, name)

    async def send(
        self, queue: str, body: ActorValue = None, *, wait: bool = False, timeout: float | None = None
    ) -> QueueSendResult | None:
        """Send a message to one of the actor's queues.

        Args:
            queue: The queue's name. The actor drops messages for a queue that it does not have.
            body: The message.
            wait: Wait until the actor completes the message.
            timeout: With `wait`, how long the actor has, in seconds; else the deadline of the request. None for the
                client's deadline.

        Returns:
            None, or with `wait` what became of the message.

        Raises:
            ConfigError, TypeError: An argument is wrong, or the encoding cannot carry the message.
        """
        return await self._send(queue, body, wait, timeout)

    def connect(
        self, params: ActorValue = UNDEFINED, *, skip_ready_wait: bool | None = None
    ) -> AsyncActorConnection:
        """Open a connection: calls over one WebSocket, and the actor's events.

        It can be used at once. It connects in the background, comes back when it is lost, and lasts until it is
        closed.

        Args:
            params: Connection parameters; left out, the handle's `params` or `get_params`.
            skip_ready_wait: Connect to an actor that is not ready; None for the client's setting.

        Raises:
            ConfigError, TypeError: The parameters cannot be sent.
        """
        params = hide(params)
        return AsyncActorConnection(self, self._connect(params, skip_ready_wait))


class AsyncCommonConnection(Sealed, Shown):
    """What dynamic and typed connections have in common."""

    __slots__ = ("__weakref__", "_actor", "_copied", "_driver", "_handle")

    def __init__(self, handle: AsyncCommonHandle, driver: Connection, copied: Self | None = None) -> None:
        self._handle = handle
        self._driver = driver
        self._copied = copied  # the connection lasts as long as a copy of it, and only the first one warns
        self._actor = handle._actor

    def _about(self) -> tuple[str, ...]:
        return str(self._handle._target), self._driver.status.value

    def with_options(self, *, timeout: float | None = None) -> Self:
        """Return the same connection, whose calls have another timeout.

        Both share everything else: events, callbacks, the status. Closing one closes both. A timeout that a call gives
        itself comes first. The waits for events keep their own.

        Args:
            timeout: Deadline of each call and of `wait_ready`, in seconds; None leaves it as it is.

        Raises:
            ConfigError, TypeError: The timeout is wrong.
        """
        return type(self)(self._handle.with_options(timeout=timeout), self._driver, self)

    @property
    def status(self) -> ConnectionStatus:
        """What the connection is doing."""
        return self._driver.status

    @property
    def actor_id(self) -> str | None:
        """The actor at the other end; None before the first connection."""
        return self._driver.actor_id

    @property
    def connection_id(self) -> str | None:
        """The actor's name for this connection; None before the first one, new after each reconnection."""
        return self._driver.connection_id

    async def action(self, name: str, /, *args: ActorValue, timeout: float | None = None) -> ActorValue:
        """Call an action over the connection. Calls run concurrently; wait for each where order matters.

        Args:
            name: The action; nested ones with dots.
            args: Its arguments.
            timeout: Deadline, in seconds, the wait for a connection included; None for that of `with_options`, or else
                the client's.

        Returns:
            What the action returned.

        Raises:
            ActorError: The action failed, or the connection was refused for good.
            ActionTimeoutError: No answer in time.
            ConnectionClosedError: Lost while the call was in flight, or closed.
            ConfigError, TypeError: An argument is wrong, or cannot be sent.
        """
        return await self._driver.action(name, args, chosen(timeout, self._handle._timeout))

    async def _send(
        self, queue: str, body: ActorValue, wait: bool, timeout: float | None
    ) -> QueueSendResult | None:
        return await self._handle._send(queue, body, wait, timeout)

    def on_open(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call a function after each connection and reconnection.

        Args:
            callback: Gets no arguments. It may be `async def`.

        Returns:
            A function that stops it.
        """
        return self._driver.listen_lifecycle("open", callback)

    def on_close(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call a function when an open connection ends, lost or closed.

        Args:
            callback: Gets no arguments. It may be `async def`.

        Returns:
            A function that stops it.
        """
        return self._driver.listen_lifecycle("close", callback)

    def on_error(self, callback: Callable[[Exception], object]) -> Callable[[], None]:
        """Call a function with each error that belongs to no call.

        The most important one is the error with which the connection gives up. It is reported once.

        Args:
            callback: Gets the error. It may be `async def`.

        Returns:
            A function that stops it.
        """
        return self._driver.listen_lifecycle("error", callback)

    def on_status_change(self, callback: Callable[[ConnectionStatus], object]) -> Callable[[], None]:
        """Call a function with each new status.

        Args:
            callback: Gets the status. It may be `async def`.

        Returns:
            A function that stops it.
        """
        return self._driver.listen_lifecycle("status_change", callback)

    async def wait_ready(self, timeout: float | None = None) -> None:
        """Wait until the connection is open.

        Args:
            timeout: In seconds; None for that of `with_options`, or else the client's.

        Raises:
            ActionTimeoutError: It did not open in time; it goes on trying.
            ActorError: It was refused for good.
            ConnectionClosedError: It was closed.
        """
        await self._driver.wait_ready(chosen(timeout, self._handle._timeout))

    async def close(self) -> None:
        """End the connection. Waiting calls fail with `ConnectionClosedError`."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    if not TYPE_CHECKING:  # a type checker goes on to refuse it

        def __enter__(self, *_: object) -> Never:
            raise wrong_with(self, "async with")

        __exit__ = __enter__

    def __del__(self) -> None:
        if warnings is None:  # the interpreter ends, and has begun to clear modules
            return
        driver = getattr(self, "_driver", None)
        if driver is not None and self._copied is None and not driver.is_closed:
            warnings.warn(f"{self!r} was not closed", ResourceWarning, source=self, stacklevel=2)
            driver.abandon()


class AsyncActorConnection(AsyncCommonConnection):
    """One WebSocket to an actor, kept open: calls, and the actor's events.

    Attributes are actions, as on a handle. Calls made while it is disconnected are sent after the reconnection; calls
    in flight when it is lost fail with `ConnectionClosedError`, whose `may_have_run` says whether they were sent.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> AsyncAction:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        if name in PROBED:
            raise probed(name, "action")
        if name in JAVASCRIPT:
            raise from_javascript(name, JAVASCRIPT, "action")
        return AsyncAction(self, name)

    async def send(
        self, queue: str, body: ActorValue = None, *, wait: bool = False, timeout: float | None = None
    ) -> QueueSendResult | None:
        """Send to one of the actor's queues, over HTTP; see `AsyncActorHandle.send`.

        Args:
            queue: The queue's name. The actor drops messages for a queue that it does not have.
            body: The message.
            wait: Wait until the actor completes the message.
            timeout: With `wait`, how long the actor has, in seconds; else the deadline of the request. None for the
                client's deadline.

        Returns:
            None, or with `wait` what became of the message.

        Raises:
            ConfigError, TypeError: An argument is wrong, or the encoding cannot carry the message.
        """
        return await self._send(queue, body, wait, timeout)

    @overload
    def on(self, event: str, callback: Callable[..., object]) -> Callable[[], None]: ...

    @overload
    def on(self, event: str) -> Callable[[Callback], Callback]: ...

    def on(
        self, event: str, callback: Callable[..., object] | None = None
    ) -> Callable[[], None] | Callable[[Callback], Callback]:
        """Call a function for each event of a name.

        Args:
            event: The event's name.
            callback: Gets the event's arguments. It may be `async def`.
                What it raises is logged. Without it, `on` is a decorator.

        Returns:
            A function that stops it.

        Raises:
            ConnectionClosedError: The connection is closed.
            ConfigError, TypeError: An argument is wrong.
        """
        return self._listen(event, callback, once=False)

    @overload
    def once(self, event: str, callback: Callable[..., object]) -> Callable[[], None]: ...

    @overload
    def once(self, event: str) -> Callable[[Callback], Callback]: ...

    def once(
        self, event: str, callback: Callable[..., object] | None = None
    ) -> Callable[[], None] | Callable[[Callback], Callback]:
        """Call a function for the next event of a name, and for no other.

        Args:
            event: The event's name.
            callback: As that of `on`. Without it, `once` is a decorator.

        Returns:
            A function that stops it.

        Raises:
            ConnectionClosedError: The connection is closed.
            ConfigError, TypeError: An argument is wrong.
        """
        return self._listen(event, callback, once=True)

    def _listen(
        self, event: str, callback: Callable[..., object] | None, *, once: bool
    ) -> Callable[[], None] | Callable[[Callback], Callback]:
        if callback is not None:
            return self._driver.listen(event, callback, once=once)

        def decorate(function: Callback) -> Callback:
            self._driver.listen(event, function, once=once)
            return function

        return decorate

    def events(
        self, event: str, *, timeout: float | None = None, max_buffer: int = 1000
    ) -> AsyncEventIterator:
        """Iterate over the events of a name, from now on; each item is the tuple of the event's arguments.

        Args:
            event: The event's name.
            timeout: Longest wait for the next event, in seconds, after which the iterator raises
                `ActionTimeoutError`; None waits for ever.
            max_buffer: From this many events not yet taken, the connection stops reading until some are, so that
                nothing is lost and memory stays bounded. A few more may have arrived already.

        Raises:
            ConnectionClosedError: The connection is closed.
            ConfigError, TypeError: An argument is wrong.
        """
        return self._driver.events(self, event, timeout, max_buffer)
