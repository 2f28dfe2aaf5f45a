"""The actor "counter" of the tests of flows: handles to it, and calls of its actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import CoreConfig
from rivet_client._core.effects import Flow
from rivet_client._core.target import Creation, Target, make_params, target_by_id, target_by_key
from rivet_client.errors import ActionTimeoutError, ActorError, ProtocolError, TransportError
from rivet_client.values import UNDEFINED
from tests.support.fake_driver import A, FakeDriver


def by_key(
    how: Literal["get", "get_or_create"],
    key: object = "k",
    *,
    params: Any = None,
    get_params: Any = None,
    max_input_size: int = 10**6,
    pool_name: str | None = None,
    create_with_input: Any = UNDEFINED,
    create_in_region: str | None = None,
) -> Target:
    """What `get` or `get_or_create` means."""
    creation = Creation.on_demand(
        CoreConfig(max_input_size=max_input_size),
        pool_name=pool_name,
        create_with_input=create_with_input,
        create_in_region=create_in_region,
    )
    return target_by_key(how, "counter", key, make_params(params, get_params), creation)


def get(key: object = "k", **options: Any) -> Target:
    """What `get` means."""
    return by_key("get", key, **options)


def get_or_create(key: object = "k", **options: Any) -> Target:
    """What `get_or_create` means."""
    return by_key("get_or_create", key, **options)


def by_id(actor_id: str = A, *, params: Any = None) -> Target:
    """What `get_for_id` means."""
    return target_by_id("counter", actor_id, make_params(params, None))


def call(driver: FakeDriver, target: Target, *script: Any, name: str = "add", **options: Any) -> Any:
    """The result of an action."""
    return driver.run(flows.call_action(driver.context, target, name, (1, 2), **options), *script)


def failed(driver: FakeDriver, target: Target, *script: Any, **options: Any) -> Any:
    """The error that a call ends in."""
    with pytest.raises((ActorError, TransportError, ActionTimeoutError, ProtocolError)) as caught:
        call(driver, target, *script, **options)
    return caught.value


def error_of(driver: FakeDriver, flow: Flow[Any], *script: Any) -> ActorError:
    """The actor's error that a flow ends in; what it says is what it is made of."""
    with pytest.raises(ActorError) as caught:
        driver.run(flow, *script)
    assert caught.value.args == (caught.value.group, caught.value.code, caught.value.message)
    return caught.value


def call_error(
    driver: FakeDriver, target: Target, *script: Any, name: str = "add", args: Sequence[object] = ()
) -> ActorError:
    """The actor's error that an action ends in."""
    return error_of(driver, flows.call_action(driver.context, target, name, args), *script)
