"""Shapes of values that once were generated wrongly or too loosely; the ids of the cases have the defects' numbers."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from rivet_client import ConfigError, ProtocolError
from rivet_client.typed import UnknownVariant
from tests.typed.shapes import shapes_document
from tests.typed.support import imported

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


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
