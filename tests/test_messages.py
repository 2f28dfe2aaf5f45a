"""What people are told who have taken a wrong turn: subject, cause, and what to do. Those that need no peer."""

from __future__ import annotations

import gc
import inspect
import re
import socket
import ssl
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rivet_client import (
    ActorConnection,
    ActorHandle,
    AsyncActorConnection,
    AsyncClient,
    Client,
    ConfigError,
    TransportError,
)
from rivet_client._hints import JAVASCRIPT, JAVASCRIPT_CLIENT, did_you_mean
from rivet_client._network import unreachable


def client() -> Any:
    """A client; what follows is what type checkers refuse, as they should."""
    return Client()


def aclient() -> Any:
    return AsyncClient()


def counter() -> Any:
    return client().counter.get_or_create("k")


def acounter() -> Any:
    return aclient().counter.get_or_create("k")


async def enter(context: Any) -> None:
    async with context:
        pass


def run(coroutine: Any) -> None:
    """Start a coroutine that does not get as far as to wait."""
    coroutine.send(None)


def enter_blocking(context: Any) -> None:
    with context:
        pass


CHOOSE = (
    "actions belong to one actor, and 'counter' names all of a kind: "
    "choose one first, as in client.counter.get_or_create(key).increment(...)"
)
KEY = "'counter' names a kind of actors: choose one by its key, as in client.counter.get_or_create(key)"
NO_LOOP = (
    "needs a running event loop of asyncio: call it in a coroutine that asyncio.run() runs, "
    "or use the blocking Client"
)
TIMEOUT = (
    "'timeout' is no argument of an action: give it to the handle, as in with_options(timeout=...).increment(...), "
    "or write action('increment', ..., timeout=...)"
)
BY_NAME = (
    "arguments of actions have no names, but 'admin.add' was given 'amount', 'unit': "
    "pass them by position, or as one dict"
)


def on_a_handle(name: str) -> str:
    return (
        f"a handle has no {name!r}: events come over a connection, as in handle.connect().{name}(...); "
        f"an action of that name is called as action({name!r}, ...)"
    )


MESSAGES: list[tuple[Callable[[], Any], type[Exception], str]] = [
    # Arguments that are the call's, not the action's.
    (lambda: counter().increment(1, timeout=5), TypeError, TIMEOUT),
    (lambda: acounter().increment(1, timeout=5), TypeError, TIMEOUT),
    (
        lambda: counter().increment(timeout=5, skip_ready_wait=True),
        TypeError,
        "'timeout', 'skip_ready_wait' is no argument of an action: "
        "give it to the handle, as in with_options(timeout=..., skip_ready_wait=...).increment(...), "
        "or write action('increment', ..., timeout=..., skip_ready_wait=...)",
    ),
    (lambda: counter().admin.add(amount=1, unit="s"), TypeError, BY_NAME),
    (lambda: acounter().admin.add(amount=1, unit="s"), TypeError, BY_NAME),
    # What only connections have.
    *[
        (lambda one=one, name=name: getattr(one(), name), AttributeError, on_a_handle(name))
        for one in (counter, acounter)
        for name in ("on", "once", "events", "wait_ready")
    ],
    # Names of the reference client.
    *[
        (
            lambda one=one, name=name: getattr(one(), name),
            AttributeError,
            f"{name!r} is a name of the JavaScript client: write {python}; "
            f"for what the registry calls so, write action({name!r}, ...)",
        )
        for one in (counter, acounter)
        for name, python in JAVASCRIPT.items()
    ],
    *[
        (
            lambda one=one, name=name: getattr(one(), name),
            AttributeError,
            f"{name!r} is a name of the JavaScript client: write {python}; "
            f"for what the registry calls so, write client.actor({name!r})",
        )
        for one in (client, aclient)
        for name, python in JAVASCRIPT_CLIENT.items()
    ],
    *[
        (
            lambda one=one, name=name: getattr(one().counter, name),
            AttributeError,
            f"{name!r} is a name of the JavaScript client: write {python}",
        )
        for one in (client, aclient)
        for name, python in (("getOrCreate", "get_or_create(...)"), ("getForId", "get_for_id(...)"))
    ],
    # An action where a handle is still to be made.
    (lambda: client().counter.increment(1), AttributeError, CHOOSE),
    (lambda: aclient().counter.increment, AttributeError, CHOOSE),
    (lambda: client().counter("x"), TypeError, KEY),
    (lambda: aclient().counter("x", y=1), TypeError, KEY),
    (
        lambda: client().actor("odd name")("x"),
        TypeError,
        "'odd name' names a kind of actors: choose one by its key, as in client.actor('odd name').get_or_create(key)",
    ),
    # The other flavour's `with`.
    (lambda: enter_blocking(aclient()), TypeError, "write `async with` for an AsyncClient"),
    (lambda: run(enter(client())), TypeError, "write `with` for a Client"),
    # No event loop.
    (lambda: acounter().connect(), RuntimeError, f"connect() {NO_LOOP}"),
    *[
        (lambda use=use: use().send(None), RuntimeError, f"an AsyncClient {NO_LOOP}")  # as in trio
        for use in (lambda: acounter().increment(1), lambda: aclient().close())
    ],
    # Settings that there are not.
    (lambda: Client(url="http://h"), TypeError, "Client has no setting 'url'; did you mean 'endpoint'?"),  # type: ignore[arg-type]
    (lambda: AsyncClient(api_key="x"), TypeError, "AsyncClient has no setting 'api_key'; did you mean 'token'?"),  # type: ignore[arg-type]
    (lambda: Client(name_space="x"), TypeError, "Client has no setting 'name_space'; did you mean 'namespace'?"),  # type: ignore[arg-type]
    (lambda: Client(maxInputSize=1), TypeError, "Client has no setting 'maxInputSize'; did you mean 'max_input_size'?"),  # type: ignore[arg-type]
    # A client for HTTP of the wrong kind, when it is given.
    (
        lambda: Client(http_client=httpx.AsyncClient()),
        TypeError,
        "http_client must be an httpx.Client, not httpx.AsyncClient",
    ),
    (
        lambda: AsyncClient(http_client=httpx.Client()),
        TypeError,
        "http_client must be an httpx.AsyncClient, not httpx.Client",
    ),
    (
        lambda: Client(http_client=httpx.Client(params={"a": "b"})),
        ConfigError,
        "http_client must have no default params; leave them out",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "kind", "text"), MESSAGES, ids=[f"{n}-{text[:30]}" for n, (*_, text) in enumerate(MESSAGES)]
)
def test_misuse(wrong: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        wrong()
    assert str(caught.value) == text


@pytest.mark.parametrize("kind", [ActorConnection, AsyncActorConnection])
@pytest.mark.parametrize("name", JAVASCRIPT)
def test_names_of_the_javascript_client_on_a_connection(kind: Any, name: str) -> None:
    with pytest.raises(AttributeError, match=rf"^'{name}' is a name of the JavaScript client: write "):
        getattr(kind.__new__(kind), name)


def test_every_python_name_that_stands_for_a_javascript_one_exists() -> None:
    kinds = {"handle": ActorHandle, "connection": ActorConnection}
    told = [text for text in JAVASCRIPT.values() if text != JAVASCRIPT["off"]]
    pairs = [pair for text in told for pair in re.findall(r"(\w+)(?:\([.]*\))? of a (\w+)", text)]
    assert len(pairs) >= len(told)
    assert [pair for pair in pairs if not hasattr(kinds[pair[1]], pair[0])] == []
    assert all(hasattr(Client, text.partition("(")[0]) for text in JAVASCRIPT_CLIENT.values())


def test_a_setting_like_no_other() -> None:
    with pytest.raises(
        TypeError, match=r"Client has no setting 'zzz'; it has endpoint, token, namespace, .*"
    ):
        Client(zzz=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_what_is_there_to_be_refused_is_not_shown(kind: type) -> None:
    assert list(inspect.signature(kind).parameters)[-1] == "observers"


@pytest.mark.parametrize("nested", [False, True])
def test_a_forgotten_await_names_the_action(nested: bool) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if nested:
            acounter().admin.reset(1)
        else:
            acounter().increment(1)
        gc.collect()
    (warning,) = caught
    name = "counter.admin.reset" if nested else "counter.increment"
    assert str(warning.message) == f"coroutine '{name}' was never awaited"


def network_error(cause: Exception) -> TransportError:
    """What the client makes of a failure while its caller handles another one."""
    try:
        try:
            raise ssl.SSLCertVerificationError("the caller's own trouble")
        except ssl.SSLError:
            raise cause  # noqa: B904
    except Exception as error:
        return unreachable("request to http://h failed", error)


@pytest.mark.parametrize(
    ("cause", "advice", "lasts"),
    [
        (
            ConnectionRefusedError(111, "refused"),
            "nothing listens there: start the engine, or check the endpoint",
            False,
        ),
        (
            ExceptionGroup("two addresses", [ConnectionRefusedError(111, "refused"), OSError()]),
            "nothing listens there",
            False,
        ),
        (ConnectionResetError(104, "reset"), "the other side hung up", False),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "there is no such host", True),
        (socket.gaierror(socket.EAI_AGAIN, "again"), "the host's name cannot be looked up at present", False),
        (ssl.SSLCertVerificationError("self-signed"), "the certificate is not one to trust", True),
        (ssl.SSLError(1, "wrong version number"), "no TLS is spoken there", True),
        (ssl.SSLEOFError(8, "EOF occurred"), None, False),
        (OSError(113, "no route to host"), None, False),
    ],
)
def test_failures_of_the_network(cause: Exception, advice: str | None, lasts: bool) -> None:
    error = network_error(cause)
    assert str(error).startswith(f"request to http://h failed: {cause}" + (f"; {advice}" if advice else ""))
    assert ("; " in str(error)) is (advice is not None)
    assert error.is_retryable is not lasts
    assert not error.may_have_run


def test_a_time_out_of_asyncio_is_told_in_words() -> None:
    assert str(unreachable("request to http://h failed", TimeoutError())) == (
        "request to http://h failed: no answer in time"
    )


def test_what_an_accessor_lacks_is_no_attribute() -> None:
    assert not hasattr(client().counter, "increment")
    assert not hasattr(client().counter, "__len__")
    assert not hasattr(counter(), "events")


@pytest.mark.parametrize(
    ("name", "known", "text"),
    [
        ("conter", ["counter", "chat"], "; did you mean 'counter'?"),
        ("get_history", ["getHistory", "history"], "; did you mean 'getHistory'?"),
        ("Chat-Room", ["chatRoom"], "; did you mean 'chatRoom'?"),
        ("x", ["counter"], ""),
        ("x", [], ""),
    ],
)
def test_the_nearest_name(name: str, known: list[str], text: str) -> None:
    assert did_you_mean(name, known) == text
