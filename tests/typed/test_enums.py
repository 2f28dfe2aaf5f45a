"""Enums of the registry are enums in Python, in both directions and with every encoding."""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from rivet_client import ConfigError
from rivet_client._wire.values_codec import to_tree
from rivet_codegen.registry.typed_package import render_typed_package
from tests.typed.support import document, imported

LEVEL, WORD = {"$ref": "#/$defs/Level"}, {"$ref": "#/$defs/Word"}
BOTH = {"type": "object", "properties": {"level": LEVEL, "word": WORD}, "required": ["level"]}
SOURCE = document(
    {
        "it": {
            "actions": {
                "set": {
                    "params": [
                        {"name": "level", "schema": LEVEL, "required": True},
                        {"name": "words", "schema": {"type": "array", "items": WORD}, "required": True},
                        {"name": "both", "schema": {"$ref": "#/$defs/Both"}, "required": True},
                        {
                            "name": "by_level",
                            "schema": {
                                "type": "array",
                                "items": {"type": "array", "prefixItems": [LEVEL, WORD]},
                                "x-rivet-type": "map",
                            },
                            "required": True,
                        },
                    ],
                    "returns": {"$ref": "#/$defs/Both"},
                }
            }
        }
    },
    {
        "Both": BOTH,
        "Level": {
            "type": "integer",
            "enum": [0, 5, 5],
            "x-enum-varnames": ["Low", "High", "Top"],
            "description": "How high.",
        },
        "Word": {
            "type": "string",
            "enum": ["y", "n", "count", "-", "", "I"],
            "x-enum-varnames": ["Yes", "None", "count", "two words", "1st", "I"],
        },
        "Mixed": {
            "anyOf": [{"enum": ["a"], "x-enum-varnames": ["A"]}, {"enum": [1], "x-enum-varnames": ["B"]}]
        },
        "Half": {"type": "number", "enum": [0.5, 1], "x-enum-varnames": ["Half", "One"]},
    },
)


@pytest.fixture(scope="module", params=[True, False], ids=["checked", "unchecked"])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    name = "enums_checked" if request.param else "enums_unchecked"
    with imported(SOURCE, tmp_path_factory.mktemp("enums"), name, validate=request.param) as package:
        yield package


def set_action(package: ModuleType) -> Any:
    return importlib.import_module(f"{package.__name__}.actors.it._bindings").actor.actions["set"]


def test_12_11_members_keep_their_names(package: ModuleType) -> None:
    level, word = package.models.Level, package.models.Word
    assert {name: member.value for name, member in level.__members__.items()} == {
        "Low": 0,
        "High": 5,
        "Top": 5,
    }
    assert (level.Top is level.High, level.High == 5, level.__doc__) == (True, True, "How high.")
    assert [member.name for member in word] == ["Yes", "None_", "count_", "two_words", "member_1st", "I_"]
    assert f"{word.Yes} {level.High}" == "y 5"
    assert not isinstance(package.models.Mixed, type)


def test_renamed_members_are_told() -> None:
    told = {
        it.wire: it.python for it in render_typed_package(SOURCE, package="it").renames if it.kind == "member"
    }
    assert told == {
        "None": "None_",
        "count": "count_",
        "two words": "two_words",
        "1st": "member_1st",
        "I": "I_",
    }


@pytest.mark.parametrize("plain", [True, False])
def test_they_are_sent_as_their_values(package: ModuleType, plain: bool) -> None:
    level, word = package.models.Level, package.models.Word
    given = (5, ["y"], {"level": 0, "word": "n"}, {5: "y"})
    if not plain:
        both = {"level": level.Low, "word": word["None_"]}
        given = (level.High, [word.Yes], both, {level.High: word.Yes})
        if hasattr(package.models.Both, "model_fields"):
            given = (*given[:2], package.models.Both(**both), given[3])
    sent = set_action(package).arguments(*given)
    assert list(sent[:3]) == [5, ["y"], {"level": 0, "word": "n"}]
    assert sent[3].content == {5: "y"}
    for carrier in ("bare", "cbor", "json"):
        tree = to_tree(list(sent[:3]), carrier)
        assert tree == [5, ["y"], {"level": 0, "word": "n"}]


def test_the_encoder_takes_members(package: ModuleType) -> None:
    """As arguments of the dynamic client, too."""
    models = package.models
    for carrier in ("bare", "cbor", "json"):
        assert [*map(type, to_tree([models.Level.High, models.Word.Yes], carrier))] == [int, str]


def test_what_a_newer_actor_sends(package: ModuleType) -> None:
    result = set_action(package).result({"level": 7, "word": "maybe"})
    if isinstance(result, dict):  # unchecked: as it came
        assert result == {"level": 7, "word": "maybe"}
        return
    assert (result.level, result.word) == (7, "maybe")
    assert (type(result.level), result.level.is_known, repr(result.level)) == (
        package.models.Level,
        False,
        "<Level.7: 7>",
    )
    assert package.models.Level.Low.is_known
    assert len(package.models.Level) == 2
    for kept in (pickle.loads(pickle.dumps(result.level)), copy.deepcopy(result).level):
        assert (kept, type(kept)) == (7, package.models.Level)
    assert result.model_dump_json() == '{"level":7,"word":"maybe"}'
    sent = set_action(package).arguments(result.level, [result.word], result, {})
    assert list(sent[:3]) == [7, ["maybe"], {"level": 7, "word": "maybe"}]


@pytest.mark.parametrize(("level", "told"), [(7, "0 or 5"), (True, "valid integer"), ("5", "valid integer")])
def test_what_cannot_be_sent(package: ModuleType, level: Any, told: str) -> None:
    action = set_action(package)
    if package.__name__ == "enums_unchecked":
        assert action.arguments(level, [], {"level": 0}, {})[0] == level
        return
    with pytest.raises(ConfigError, match=told):
        action.arguments(level, [], {"level": 0}, {})
    both = package.models.Both.model_validate_json('{"level": 5}')
    assert both == package.models.Both(level=package.models.Level.High)
    assert package.models.Both.model_json_schema()["properties"]["level"] == {
        "title": "Level",
        "type": "integer",
    }
