"""What the errors for wrong uses say, and what to do about failures of the network. Imports: stdlib only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Final, Never, TypeVar, cast

__all__ = [
    "AS_FUNCTION",
    "BAD_GATEWAY",
    "CHECK_ENDPOINT",
    "CONNECTION_METHODS",
    "ForAsyncio",
    "ForBlockingCode",
    "GIVE_TOKEN",
    "JAVASCRIPT",
    "JAVASCRIPT_CLIENT",
    "HOST_SILENT",
    "HUNG_UP",
    "TOKEN_REFUSED",
    "as_function",
    "called",
    "chosen",
    "did_you_mean",
    "hides_unknown_names",
    "from_javascript",
    "named_arguments",
    "not_on_a_handle",
    "not_on_an_accessor",
    "not_the_accessor",
    "other_spelling",
    "shows_types",
    "there_are",
    "probed",
    "unknown_settings",
    "wrong_with",
]

C = TypeVar("C")

BAD_GATEWAY = (
    "a proxy answers, and the engine behind it does not: start the engine, check the proxy, or set NO_PROXY"
)
CHECK_ENDPOINT = "check the endpoint (RIVET_ENDPOINT)"
GIVE_TOKEN = "give a token that may do this in RIVET_TOKEN"
HOST_SILENT = f"the host does not answer: {CHECK_ENDPOINT}, and firewalls on the way"
HUNG_UP = (
    "the other side hung up: it was stopped, or it does not speak HTTP: check the port; "
    "if it speaks TLS, write https:// in the endpoint"
)

TOKEN_REFUSED = frozenset(
    {
        ("api", "forbidden"),
        ("api", "unauthorized"),
        ("auth", "insufficient_permissions"),
        ("auth", "invalid_token"),
        ("auth", "token_expired"),
    }
)
"""What an engine answers to a token that is missing, wrong or too weak."""

CONNECTION_METHODS = frozenset({"events", "on", "once", "wait_ready"})
"""Methods that only connections have, and that users look for on handles."""

AS_FUNCTION = frozenset({"__annotations__", "__name__", "__qualname__"})
"""What frameworks that take functions as tools ask of a function. Its signature is that of `__call__`."""

JAVASCRIPT_CLIENT: Final = {
    "dispose": "close()",
    "getForId": "get_for_id(...)",
    "getOrCreate": "get_or_create(...)",
}
"""What the reference client calls a method of clients or accessors, and what to write here."""

JAVASCRIPT: Final = {
    "connId": "connection_id of a connection",
    "connStatus": "status of a connection",
    "dispose": "close() of a connection",
    "getGatewayUrl": "gateway_url() of a handle",
    "isConnected": "status of a connection",
    "off": "the function that on(...) returns",
    "onClose": "on_close(...) of a connection",
    "onError": "on_error(...) of a connection",
    "onOpen": "on_open(...) of a connection",
    "onStatusChange": "on_status_change(...) of a connection",
    "webSocket": "websocket(...) of a handle",
}
"""The same for handles and connections."""

_NAMES_SHOWN = 20
_SETTINGS = {
    "api_key": "token",
    "auth": "token",
    "base_url": "endpoint",
    "client": "http_client",
    "host": "endpoint",
    "httpx_client": "http_client",
    "key": "token",
    "max_retries": "retry",
    "pool": "pool_name",
    "proxies": "proxy",
    "proxy_url": "proxy",
    "retries": "retry",
    "runner": "pool_name",
    "ssl": "ssl_context",
    "tls": "ssl_context",
    "uri": "endpoint",
    "url": "endpoint",
    "verify": "ssl_context",
}
"""What other libraries call a setting, and what it is called here."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a text about an unknown name: the known name that is most similar; "" if none is similar."""
    from difflib import get_close_matches  # only here, where something has gone wrong

    alike = {_plain(one): one for one in sorted(known)}
    found = get_close_matches(_plain(name), alike, n=1)
    return f"; did you mean {alike[found[0]]!r}?" if found else ""


def other_spelling(name: str) -> str:
    """The end of a text about an unknown action: the name as JavaScript spells it, or else Python; "" if alike."""
    group, dot, last = name.rpartition(".")
    head, *words = last.strip("_").split("_")
    other = head + "".join(word.capitalize() for word in words)
    if other == last:
        other = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).lower()
    return f"; did you mean {group + dot + other!r}?" if other != last else ""


def there_are(name: str, known: Sequence[str]) -> str:
    """The end of a text about an unknown name: the most similar one, and the first of the names that there are."""
    meant = did_you_mean(name, known)
    if not known:
        return meant
    more = f" and {len(known) - _NAMES_SHOWN} more" if len(known) > _NAMES_SHOWN else ""
    return f"{meant or ';'} there are: {', '.join(known[:_NAMES_SHOWN])}{more}"


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def called(name: str, coroutine: C) -> C:
    """Give a coroutine the name that Python shows when nobody has awaited it."""
    cast("Any", coroutine).__qualname__ = name
    return coroutine


def chosen(of_call: C | None, of_handle: C | None) -> C | None:
    """Return the option of a call, or else that of its handle. None stands for the client's setting."""
    return of_handle if of_call is None else of_call


def shows_types(method: C) -> C:
    """Have tools show an action's `__call__` as `hides_unknown_names` does, with its types."""
    return hides_unknown_names(method, eval_str=True)


def as_function(name: str, actor: str, action: str) -> Any:
    """Return an attribute that a function would have, for an action that is called by attribute."""
    if name == "__annotations__":
        return {"args": Any, "return": Any}
    return action.rpartition(".")[2] if name == "__name__" else f"{actor}.{action}"


def hides_unknown_names(method: C, *, eval_str: bool = False) -> C:
    """Have tools show a method without its `**unknown`, which is there only to be refused.

    Args:
        method: The method.
        eval_str: Show its types, not their names. Python evaluates no names in a signature that is given to it.
    """
    function = cast("Any", method)
    whole = signature(function, eval_str=eval_str)
    known = [it for it in whole.parameters.values() if it.kind is not Parameter.VAR_KEYWORD]
    function.__signature__ = whole.replace(parameters=known)
    return method


def unknown_settings(owner: object, unknown: Mapping[str, object]) -> TypeError:
    """The error for arguments that a client does not have."""
    known = list(signature(type(owner)).parameters)
    name = next(iter(unknown))
    meant = _SETTINGS.get(name)
    hint = f"; did you mean {meant!r}?" if meant in known else did_you_mean(name, known)
    return TypeError(
        f"{type(owner).__name__} has no setting {name!r}{hint or '; it has ' + ', '.join(known)}"
    )


def wrong_with(owner: object, right: str) -> TypeError:
    """The error for `with` or `for` without its `async`, or with one too many; `right` is what to write."""
    return TypeError(f"write `{right}` for {'an' if right[0] == 'a' else 'a'} {type(owner).__name__}")


class ForBlockingCode:
    """Answers `async for` and `async with` with what to write in blocking code."""

    if not TYPE_CHECKING:  # a type checker goes on to refuse them

        def __aiter__(self) -> Never:
            raise wrong_with(self, "for")

        def __aenter__(self, *_: object) -> Never:
            raise wrong_with(self, "with")

        __aexit__ = __aenter__


class ForAsyncio:
    """Answers `for` and `with` with what to write in asyncio."""

    if not TYPE_CHECKING:

        def __iter__(self) -> Never:
            raise wrong_with(self, "async for")

        def __enter__(self, *_: object) -> Never:
            raise wrong_with(self, "async with")

        __exit__ = __enter__


def not_on_an_accessor(actor: str, name: str) -> AttributeError:
    """The error for an action that somebody looks for on an accessor."""
    if name in JAVASCRIPT_CLIENT and name != "dispose":
        return AttributeError(f"{name!r} is a name of the JavaScript client: write {JAVASCRIPT_CLIENT[name]}")
    return AttributeError(
        f"actions belong to one actor, and {actor!r} names all of a kind: "
        f"choose one first, as in {_chosen(actor)}.{name}(...)"
    )


def not_the_accessor(actor: str) -> TypeError:
    """The error for a call of an accessor."""
    return TypeError(f"{actor!r} names a kind of actors: choose one by its key, as in {_chosen(actor)}")


def _chosen(actor: str) -> str:
    owner = f"client.{actor}" if actor.isidentifier() else f"client.actor({actor!r})"
    return f"{owner}.get_or_create(key)"


def not_on_a_handle(name: str) -> AttributeError:
    """The error for a method of connections that somebody looks for on a handle."""
    return AttributeError(
        f"a handle has no {name!r}: events come over a connection, as in handle.connect().{name}(...); "
        f"an action of that name is called as action({name!r}, ...)"
    )


def from_javascript(name: str, names: Mapping[str, str], instead: str) -> AttributeError:
    """The error for a name of the reference client; `instead` is the method for an action or actor of that name."""
    rest = ", ..." if instead == "action" else ""
    return AttributeError(
        f"{name!r} is a name of the JavaScript client: write {names[name]}; "
        f"for what the registry calls so, write {instead}({name!r}{rest})"
    )


def probed(name: str, instead: str) -> AttributeError:
    """The error for an action or an actor whose name tools look for on any object; `instead` is the method to use."""
    return AttributeError(
        f"nothing is called {name!r} by attribute, because tools of Python look for that on any object and call it; "
        f"write {instead}({name!r}{', ...' if instead == 'action' else ''})"
    )


def named_arguments(action: str, arguments: Mapping[str, Any]) -> TypeError:
    """The error for arguments by name, where an action is called by attribute."""
    names = ", ".join(map(repr, arguments))
    if arguments.keys() <= {"timeout", "skip_ready_wait"}:
        options = ", ".join(f"{name}=..." for name in arguments)
        return TypeError(
            f"{names} is no argument of an action: give it to the handle, as in with_options({options}).{action}(...), "
            f"or write action({action!r}, ..., {options})"
        )
    return TypeError(
        f"arguments of actions have no names, but {action!r} was given {names}: pass them by position, or as one dict"
    )
