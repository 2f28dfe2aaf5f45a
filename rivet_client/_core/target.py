"""Which actor a handle means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from rivet_client._core.core_config import CoreConfig
from rivet_client._core.keys import check_name, fits_query, normalize_key
from rivet_client._secret import Secret, hide
from rivet_client._text import one_line
from rivet_client._wire import cbor
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED

__all__ = ["NO_PARAMS", "Creation", "Params", "Target", "make_params", "target_by_id", "target_by_key"]


@dataclass(frozen=True, slots=True)
class Params:
    """Connection parameters: one value for all requests, or a function that makes one for each connection attempt.

    Attributes:
        value: The value; None for none.
        getter: The function, which takes no arguments; None for none.
    """

    value: Secret[Any] | None = None
    getter: Secret[Callable[[], Any]] | None = None

    @property
    def are_given(self) -> bool:
        """Whether there are any."""
        return self.value is not None or self.getter is not None


NO_PARAMS = Params()


def make_params(params: Any, get_params: Any) -> Params:
    """Take the parameters that a user gives, in a `Secret` or not, and check what can be checked before sending.

    Raises:
        TypeError: `get_params` is not callable.
        ConfigError: Both are given.
    """
    params, get_params = hide(params), hide(get_params)
    if params is None and get_params is None:
        return NO_PARAMS
    if get_params is not None:
        if not callable(get_params.reveal()):
            raise TypeError(f"get_params must be callable, not {type(get_params.reveal()).__name__}")
        if params is not None:
            raise ConfigError("give either params or get_params, not both")
    return Params(params, get_params)


@dataclass(frozen=True, slots=True)
class Creation:
    """What a new actor is made with.

    Attributes:
        pool_name: The runner pool.
        input: Encoded CBOR, or None for no input.
        region: The datacenter, or None for the engine's choice.
    """

    pool_name: str = "default"
    input: bytes | None = field(default=None, repr=False)
    region: str | None = None

    @classmethod
    def on_demand(
        cls, config: CoreConfig, *, pool_name: object, create_with_input: object, create_in_region: object
    ) -> Creation:
        """What `get_or_create` makes an actor with, if it makes one.

        Raises:
            ConfigError, TypeError: An argument is wrong; see `cbor.encode`.
        """
        data = _encode_input("create_with_input", create_with_input)
        if data is not None and len(data) > config.max_input_size:
            raise ConfigError(
                f"create_with_input is {len(data)} bytes encoded, over max_input_size={config.max_input_size}; "
                "raise max_input_size on the client, or use create()"
            )
        region = _check_optional("create_in_region", create_in_region)
        return cls(_check_optional("pool_name", pool_name) or config.pool_name, data, region)

    @classmethod
    def at_once(cls, config: CoreConfig, *, pool_name: object, input: object, region: object) -> Creation:
        """What `create` makes an actor with.

        Raises:
            ConfigError, TypeError: An argument is wrong; see `cbor.encode`.
        """
        return cls(
            _check_optional("pool_name", pool_name) or config.pool_name,
            _encode_input("input", input),
            _check_optional("region", region),
        )


def _check_optional(what: str, name: object) -> str | None:
    return None if name is None else check_name(what, name)


def _encode_input(what: str, value: object) -> bytes | None:
    """An actor's input as CBOR; UNDEFINED means no input, None is `null`."""
    return None if value is UNDEFINED else cbor.encode(value, what)


@dataclass(slots=True)
class Target:
    """What a handle was made from, and what it has learned since.

    Attributes:
        how: "get" and "get_or_create" mean whichever actor has the key; "id" means one actor for good.
        name: The actor's name in the registry.
        key: Its key; () for "id".
        actor_id: The id. For "id" it is fixed; else it is learned from answers, and forgotten when it is out of date.
        params: Connection parameters. Their value is sent with every request; what their getter returns, only with
            the connection attempt that it was called for.
        creation: What "get_or_create" makes a new actor with.
    """

    how: Literal["get", "get_or_create", "id"]
    name: str
    key: tuple[str, ...] = ()
    actor_id: str | None = None
    params: Params = NO_PARAMS
    creation: Creation = Creation()
    _text: str | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_static(self) -> bool:
        """Whether this is one actor for good, rather than whichever has the key."""
        return self.how == "id"

    @property
    def chosen_id(self) -> str:
        """The id by which the user has chosen the actor; "" for a key."""
        return (self.actor_id or "") if self.is_static else ""

    @property
    def fits_query(self) -> bool:
        """Whether the gateway may look the key up; otherwise the client resolves it first."""
        return fits_query(self.key)

    def learn(self, actor_id: str | None) -> None:
        """Remember the id that answered, so that the next request can go straight to it."""
        if actor_id and not self.is_static:
            self.actor_id = actor_id

    def forget(self, actor_id: str | None = None) -> None:
        """Forget the learned id. Given an id, forget only that one: another call may have learned a newer one."""
        if not self.is_static and actor_id in (None, self.actor_id):
            self.actor_id = None

    def __str__(self) -> str:
        if self._text is None:
            name = one_line(self.name)
            self._text = f"{name}#{self.actor_id}" if self.is_static else f"{name}{list(self.key)}"
        return self._text


def target_by_key(
    how: Literal["get", "get_or_create"],
    name: object,
    key: object,
    params: Params = NO_PARAMS,
    creation: Creation = Creation(),
) -> Target:
    """Make the target of `get` and `get_or_create`.

    Raises:
        ConfigError, TypeError: An argument is wrong; see `normalize_key`.
    """
    return Target(how, check_name("actor name", name), normalize_key(key), params=params, creation=creation)


def target_by_id(name: object, actor_id: object, params: Params = NO_PARAMS) -> Target:
    """Make the target of `get_for_id`.

    Raises:
        ConfigError, TypeError: An argument is wrong.
    """
    if not isinstance(actor_id, str):
        raise TypeError(f"actor_id must be a str, not {type(actor_id).__name__}")
    if not actor_id or not actor_id.isascii() or not actor_id.isalnum():
        # The engine answers a malformed id with an internal error (PROTOCOL.md 3.1).
        raise ConfigError(f"actor_id must be an actor's id (letters and digits), not {actor_id!r}")
    return Target("id", check_name("actor name", name), actor_id=actor_id, params=params)
