"""Which actor a handle means, and what it learns."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core.core_config import CoreConfig
from rivet_client._core.target import Creation, Params, Target, make_params, target_by_id, target_by_key
from rivet_client._secret import Secret
from rivet_client._wire import cbor
from rivet_client.errors import ConfigError
from rivet_client.values import UNDEFINED

A, B = "a" * 30, "b" * 30


CONFIG = CoreConfig(max_input_size=10, pool_name="pool")


def make(how: Any = "get_or_create", name: Any = "counter", key: Any = "k", **options: Any) -> Target:
    params = make_params(options.pop("params", None), options.pop("get_params", None))
    given = {"create_with_input": UNDEFINED, "create_in_region": None, "pool_name": None, **options}
    return target_by_key(how, name, key, params, Creation.on_demand(CONFIG, **given))


def test_by_key() -> None:
    target = make(key=["a", "b"], params={"p": 1}, create_with_input=[1], create_in_region="eu")
    assert (target.how, target.name, target.key, target.actor_id) == (
        "get_or_create",
        "counter",
        ("a", "b"),
        None,
    )
    assert target.params == Params(Secret({"p": 1}))
    assert target.creation == Creation("pool", cbor.encode([1]), "eu")
    assert (target.is_static, target.fits_query) == (False, True)
    assert str(target) == "counter['a', 'b']"


def test_an_id_is_learned_and_forgotten() -> None:
    target = make("get")
    for nothing in (None, ""):
        target.learn(nothing)
        assert target.actor_id is None
    target.learn(A)
    target.learn(B)
    assert target.actor_id == B
    target.forget(A)  # what one call finds out late does not undo what another has learned since
    assert target.actor_id == B
    target.forget(B)
    assert target.actor_id is None
    target.learn(A)
    target.forget()
    assert target.actor_id is None


def test_one_actor_for_good() -> None:
    target = target_by_id("counter", A, make_params(None, dict))
    target.learn(B)
    target.forget()
    assert target.actor_id == A
    assert target.is_static
    assert str(target) == f"counter#{A}"


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"name": ""}, ConfigError, "actor name must not be empty"),
        ({"name": None}, TypeError, "actor name must be a str"),
        ({"key": None}, TypeError, "key must be a str"),
        ({"create_in_region": ""}, ConfigError, "create_in_region must not be empty"),
        ({"create_in_region": 5}, TypeError, "create_in_region must be a str"),
        ({"pool_name": ""}, ConfigError, "pool_name must not be empty"),
        ({"create_with_input": object()}, TypeError, "create_with_input: object"),
        ({"create_with_input": {"a": object()}}, TypeError, r"create_with_input\.a: object"),
        ({"get_params": {}}, TypeError, "get_params must be callable, not dict"),
        ({"params": 0, "get_params": dict}, ConfigError, "give either params or get_params, not both"),
    ],
)
def test_bad_arguments(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        make(**options)


def test_whether_params_are_given() -> None:
    assert not make_params(None, None).are_given
    assert make_params(0, None).are_given
    assert make_params(None, dict).are_given


def test_no_input_and_null() -> None:
    assert make().creation.input is None
    assert make(create_with_input=UNDEFINED).creation.input is None
    assert make(create_with_input=None).creation.input == cbor.encode(None)


def test_the_size_of_inputs() -> None:
    assert make(create_with_input="x" * 9).creation.input == b"\x69" + b"x" * 9
    with pytest.raises(ConfigError, match=r"create_with_input is 11 bytes encoded, over max_input_size=10"):
        make(create_with_input="x" * 10)


@pytest.mark.parametrize("actor_id", ["", "a b", "a/b", "é", "a@b", "..", "a\n"])
def test_bad_ids(actor_id: str) -> None:
    """The engine would answer an internal error, and some of these would change the URL."""
    with pytest.raises(ConfigError, match="actor_id must be an actor's id"):
        target_by_id("counter", actor_id)


def test_other_mistakes_with_ids() -> None:
    with pytest.raises(TypeError, match="actor_id must be a str, not int"):
        target_by_id("counter", 5)
    with pytest.raises(ConfigError, match="actor name"):
        target_by_id("", A)
    with pytest.raises(TypeError, match="get_params"):
        target_by_id("counter", A, make_params(None, 5))


def test_secrets_are_not_shown() -> None:
    target = make(params={"password": "s3cret"}, create_with_input="s3cret")
    assert "s3cret" not in repr(target) + str(target)
