"""The actor "counter" of the tests of flows: handles to it, and calls of its actions."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from rivet_client._core import flows
from rivet_client._core.target import Target, target_by_id, target_by_key
from rivet_client.errors import ActionTimeoutError, ActorError, ProtocolError, TransportError
from tests.support.fake_driver import A, FakeDriver


def by_key(how: Literal["get", "get_or_create"], key: object = "k", **options: Any) -> Target:
    """What `get` or `get_or_create` means."""
    defaults: dict[str, Any] = {
        "params": None,
        "get_params": None,
        "pool_name": "default",
        "max_input_size": 10**6,
    }
    return target_by_key(how, "counter", key, **{**defaults, **options})


def get(key: object = "k", **options: Any) -> Target:
    """What `get` means."""
    return by_key("get", key, **options)


def get_or_create(key: object = "k", **options: Any) -> Target:
    """What `get_or_create` means."""
    return by_key("get_or_create", key, **options)


def by_id(actor_id: str = A, *, params: Any = None) -> Target:
    """What `get_for_id` means."""
    return target_by_id("counter", actor_id, params=params, get_params=None)


def call(driver: FakeDriver, target: Target, *script: Any, name: str = "add", **options: Any) -> Any:
    """The result of an action."""
    return driver.run(flows.call_action(driver.context, target, name, (1, 2), **options), *script)


def failed(driver: FakeDriver, target: Target, *script: Any, **options: Any) -> Any:
    """The error that a call ends in."""
    with pytest.raises((ActorError, TransportError, ActionTimeoutError, ProtocolError)) as caught:
        call(driver, target, *script, **options)
    return caught.value
