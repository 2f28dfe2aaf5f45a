"""Shapes of values that once were generated wrongly or too loosely; the ids of the cases have the defects' numbers."""

from __future__ import annotations

import importlib
from collections import UserList
from collections.abc import Iterator
from datetime import UTC, datetime
from types import MappingProxyType, ModuleType
from typing import Any

import pydantic
import pytest

from rivet_client import ConfigError, ProtocolError
from rivet_client._wire import cbor
from rivet_client.typed import UnknownVariant
from tests.typed.shapes import shapes_document
from tests.typed.support import imported

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
POST = {"tags": ["t"], "blob": b"b", "inner": [{"tags": [], "blob": b""}]}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with imported(shapes_document(), tmp_path_factory.mktemp("shapes"), "rivet_client_shapes") as package:
        yield package


@pytest.fixture(scope="module")
def unchecked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("unchecked")
    with imported(shapes_document(), folder, "rivet_client_shapes_unchecked", validate=False) as package:
        yield package


def actions(package: ModuleType) -> dict[str, Any]:
    """The actions of the actor, which check values without a client."""
    bindings = importlib.import_module(f"{package.__name__}.actors.shapes._bindings")
    known: dict[str, Any] = bindings.actor.actions
    return known


def test_12_1_empty_tuple(shapes: ModuleType, unchecked: ModuleType) -> None:
    """The package without checks has one, too: writing it runs ruff, and importing it proves the annotation."""
    for package in (shapes, unchecked):
        nothing = actions(package)["nothing"]
        assert list(nothing.arguments([])[0]) == list(nothing.result([])) == []


KEPT: list[dict[str, Any]] = [
    {"dates": [{"d": NOON}], "tagged": {"kind": "never"}, "open": {"d": NOON}},
    {"dates": [], "tagged": {"kind": "at", "at": NOON}, "open": {"d": NOON}},
    {"dates": [], "tagged": {"kind": "never"}, "open": {"d": NOON, "more": 1, "inner": {"d": NOON}}},
]


@pytest.mark.parametrize(
    "fields", [pytest.param(KEPT[0], id="12-2-set-of-dates"), pytest.param(KEPT[1], id="12-2-tagged-date"),
               pytest.param(KEPT[2], id="12-2-open-model")]
)  # fmt: skip
def test_models_are_kept_as_json(shapes: ModuleType, fields: dict[str, Any]) -> None:
    kept = shapes.models.Kept(**fields)
    assert shapes.models.Kept.model_validate_json(kept.model_dump_json()) == kept


WRONG: list[tuple[str, str, Any, str]] = [
    ("12-3-boolean-tag", "answer", {"ok": False, "error": 5}, "it.error: Input should be a valid string, not 5"),
    ("12-3-boolean-tag-missing", "answer", {"ok": True}, "it.data: Field required"),
    ("12-3-boolean-tag-unknown", "answer", {"ok": "yes", "data": "d"}, "it.ok: Input should be True or False, not 'yes'"),
    ("12-3-number-tag", "numbered", {"v": 2, "b": 5}, "it.b: Input should be a valid datetime, not 5"),
    ("12-3-number-tag-unknown", "numbered", {"v": 9}, "it: Input tag '9' found using 'v'"),
    ("12-3-null-tag", "outcome", {"error": None, "data": 5}, "it.data: Input should be a valid string, not 5"),
    ("12-3-null-tag-other-side", "outcome", {"error": 5, "data": None}, "it.error: Input should be a valid string, not 5"),
    ("12-3-text-tag", "worded", {"v": "b", "a": "x"}, "it.a: Input should be a valid integer or a valid number, not 'x'"),
    ("12-3-inner-tag", "worded", {"v": "a", "a": {"ok": True, "data": 5}}, "it.a.data: Input should be a valid string, not 5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text"), [pytest.param(*case, id=number) for number, *case in WRONG]
)
def test_what_is_wrong_with_a_value(shapes: ModuleType, name: str, value: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        actions(shapes)[name].arguments(value)
    assert str(caught.value).startswith(f"action '{name}' of shapes: {text}")


def test_12_3_unknown_number_as_tag(shapes: ModuleType) -> None:
    """It arrives as an unknown text does, and goes back."""
    numbered = actions(shapes)["numbered"]
    newer = numbered.result({"v": 9, "more": "m"})
    assert (type(newer), newer.v, newer.more) == (UnknownVariant, 9, "m")
    assert numbered.arguments(newer) == ({"v": 9, "more": "m"},)
    assert numbered.result({"v": 3, "b": NOON}).b == NOON
    assert numbered.result(None) is None
    for wrong in ({"v": "9"}, {"v": 1.5}, {"w": 1}):
        with pytest.raises(ProtocolError):
            numbered.result(wrong)


PLAIN = ([1], {"a": None}, ["a"], {"a"}, [["a", 1]], {1: [2]}, b"a", {"k": [1]}, ["t", ["u"]], POST, "e")
"""What `contain` takes, as results have it."""

LIKE: list[tuple[str, int, Any]] = [
    ("12-4-tuple", 0, (1,)),
    ("12-4-range", 0, range(1, 2)),
    ("12-4-mapping", 1, MappingProxyType({"a": None})),
    ("12-4-sequence", 2, UserList(["a"])),
    ("12-4-frozenset", 3, frozenset({"a"})),
    ("12-4-keys", 3, {"a": 1}.keys()),
    ("12-4-tuples-in-tuple", 4, (("a", 1),)),
    ("12-4-lists-in-list", 4, [["a", 1]]),
    ("12-4-tuple-in-map", 5, {1: (2,)}),
    ("12-4-bytearray", 6, bytearray(b"a")),
    ("12-4-memoryview", 6, memoryview(b"a")),
    ("12-4-json", 7, MappingProxyType({"k": (1,)})),
    ("12-4-endless", 8, ("t", ("u",))),
    ("12-4-in-dict-for-model", 9, {"tags": ("t",), "blob": bytearray(b"b"), "inner": ({"tags": (), "blob": b""},)}),
]  # fmt: skip


@pytest.mark.parametrize(("at", "given"), [pytest.param(*case, id=number) for number, *case in LIKE])
def test_what_parameters_take(shapes: ModuleType, unchecked: ModuleType, at: int, given: Any) -> None:
    """The actor gets the same for a list and for what is like a list, and its bigints stay bigints."""
    values = [*PLAIN]
    values[at] = given
    for package in (shapes, unchecked):
        contain = actions(package)["contain"]
        expected = cbor.encode([*contain.arguments(*PLAIN, ([7],))])
        assert cbor.encode([*contain.arguments(*values, ((7,),))]) == expected


NOT_LIKE: list[tuple[str, int, Any, str]] = [
    ("12-4-no-text-for-texts", 2, "abc", "tags: Input should be a valid list, not 'abc'"),
    ("12-4-no-bytes-for-numbers", 0, b"abc", "numbers: Input should be a valid list, not b'abc'"),
    ("12-4-no-set-for-array", 2, {"a"}, "tags: Input should be a valid list, not {'a'}"),
    ("12-4-no-array-for-set", 3, ["a"], "names: Input should be a valid set, not ['a']"),
    ("12-4-no-dict-for-array", 2, {"a": 1}, "tags: Input should be a valid list, not {'a': 1}"),
    ("12-4-wrong-item", 0, (1, "2"), "numbers[1]: Input should be a valid integer or a valid number, not '2'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "given", "text"), [pytest.param(*case, id=number) for number, *case in NOT_LIKE]
)
def test_what_parameters_refuse(shapes: ModuleType, at: int, given: Any, text: str) -> None:
    values = [*PLAIN]
    values[at] = given
    with pytest.raises(ConfigError) as caught:
        actions(shapes)["contain"].arguments(*values, ())
    assert str(caught.value) == f"action 'contain' of shapes: {text}; nothing was sent"


def test_12_4_a_set_or_an_array(shapes: ModuleType) -> None:
    """Each stays what it is where the actor takes both."""
    contain = actions(shapes)["contain"]
    sent = [contain.arguments(*PLAIN[:-1], it, ())[-1] for it in (("a",), frozenset("a"), ["a"], {"a"})]
    assert sent == [["a"], {"a"}, ["a"], {"a"}]


def test_12_4_fields_of_models(shapes: ModuleType) -> None:
    """A model is made of what is like a list, and has a list."""
    post = shapes.models.Post(tags=("a",), blob=bytearray(b"b"))
    assert (post.tags, post.blob) == (["a"], b"b")
    post.tags = ("c",)
    assert post.tags == ["c"]
    with pytest.raises(pydantic.ValidationError, match="should be a valid list") as caught:
        shapes.models.Post(tags="abc", blob=b"b")
    assert caught.value.__context__ is None
    with pytest.raises(pydantic.ValidationError, match="should be a valid list"):
        post.tags = "abc"


def test_12_4_results_are_what_they_are_called(shapes: ModuleType) -> None:
    """Only who gives a value may give something like it."""
    with pytest.raises(ProtocolError, match=r"result\.tags: Input should be a valid list"):
        actions(shapes)["contain"].result({"tags": ("a",), "blob": b""})
