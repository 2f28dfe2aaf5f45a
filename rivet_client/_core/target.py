"""Which actor a handle means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from rivet_client._core.keys import check_name, fits_query, normalize_key
from rivet_client._secret import Secret, hide, reveal
from rivet_client._text import one_line
from rivet_client._wire import cbor
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED

__all__ = ["Target", "check_params", "encode_input", "optional_name", "target_by_id", "target_by_key"]


@dataclass(slots=True)
class Target:
    """What a handle was made from, and what it has learned since.

    Attributes:
        how: "get" and "get_or_create" go by key and follow it when the actor is replaced; "id" is one actor for good.
        name: The actor's name in the registry.
        key: Its key; () for "id".
        actor_id: The id: fixed for "id", else learned from answers and dropped when it turns out stale.
        params: Connection parameters, sent with every request.
        get_params: Called for the parameters of each connection attempt. Overrides `params` there.
        input: Encoded CBOR for a new actor, or None.
        region: Datacenter for a new actor, or None for the engine's choice.
        pool_name: Runner pool for a new actor.
    """

    how: Literal["get", "get_or_create", "id"]
    name: str
    key: tuple[str, ...] = ()
    actor_id: str | None = None
    params: Secret[Any] | None = None
    get_params: Secret[Callable[[], Any]] | None = None
    input: bytes | None = field(default=None, repr=False)
    region: str | None = None
    pool_name: str = "default"
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_static(self) -> bool:
        """Whether this is one actor for good, rather than whichever has the key."""
        return self.how == "id"

    @property
    def fits_query(self) -> bool:
        """Whether the gateway may look the key up; otherwise the client resolves it first."""
        return fits_query(self.key)

    def learn(self, actor_id: str | None) -> None:
        """Remember the id that answered, so that the next request can go straight to it."""
        if actor_id and not self.is_static:
            self.actor_id = actor_id

    def forget(self, actor_id: str | None = None) -> None:
        """Drop the learned id; or, given one, only if it is that: another call may have learned a newer one."""
        if not self.is_static and actor_id in (None, self.actor_id):
            self.actor_id = None

    def __str__(self) -> str:
        if self._text is None:
            name = one_line(self.name)
            self._text = f"{name}#{self.actor_id}" if self.is_static else f"{name}{list(self.key)}"
        return self._text


def check_params(params: object, get_params: object) -> None:
    """Check connection parameters, hidden or not, as far as can be done without sending them.

    Raises:
        TypeError: `get_params` is not callable.
        ConfigError: Both are given.
    """
    if get_params is None:
        return
    if not callable(reveal(get_params)):
        raise TypeError(f"get_params must be callable, not {type(reveal(get_params)).__name__}")
    if params is not None:
        raise ConfigError("give either params or get_params, not both")


def target_by_key(
    how: Literal["get", "get_or_create"],
    name: object,
    key: object,
    *,
    params: Any,
    get_params: Any,
    pool_name: str,
    max_input_size: int,
    create_with_input: Any = UNDEFINED,
    create_in_region: str | None = None,
) -> Target:
    """Make the target of `get` and `get_or_create`.

    Raises:
        ConfigError, TypeError: An argument is wrong; see `normalize_key` and `cbor.encode`.
    """
    params, get_params = hide(params), hide(get_params)
    check_params(params, get_params)
    return Target(
        how,
        check_name("actor name", name),
        normalize_key(key),
        params=params,
        get_params=get_params,
        input=encode_input("create_with_input", create_with_input, max_input_size),
        region=optional_name("create_in_region", create_in_region),
        pool_name=optional_name("pool_name", pool_name) or "default",
    )


def target_by_id(name: object, actor_id: object, *, params: Any, get_params: Any) -> Target:
    """Make the target of `get_for_id`.

    Raises:
        ConfigError, TypeError: An argument is wrong.
    """
    params, get_params = hide(params), hide(get_params)
    check_params(params, get_params)
    if not isinstance(actor_id, str):
        raise TypeError(f"actor_id must be a str, not {type(actor_id).__name__}")
    if not actor_id or not actor_id.isascii() or not actor_id.isalnum():
        # The engine answers a malformed id with an internal error (PROTOCOL.md 3.1).
        raise ConfigError(f"actor_id must be an actor's id (letters and digits), not {actor_id!r}")
    return Target(
        "id", check_name("actor name", name), actor_id=actor_id, params=params, get_params=get_params
    )


def optional_name(what: str, value: object) -> str | None:
    """Check an optional name; None passes."""
    return None if value is None else check_name(what, value)


def encode_input(what: str, value: object, max_size: int | None) -> bytes | None:
    """Encode an actor's input as CBOR; UNDEFINED means no input, None is `null`.

    Raises:
        ConfigError: Over `max_size` bytes, or a value that CBOR cannot carry.
    """
    if value is UNDEFINED:
        return None
    data = cbor.encode(value, what)
    if max_size is not None and len(data) > max_size:
        raise ConfigError(
            f"{what} is {len(data)} bytes encoded, over max_input_size={max_size}; "
            "raise max_input_size on the client, or use create()"
        )
    return data
