"""Names in a package: changes that break nobody rename nothing, and of two that compete the place decides."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from rivet_codegen.registry.build import actor_views
from rivet_codegen.registry.document import read_document
from rivet_codegen.registry.errors import ErrorClasses
from rivet_codegen.registry.naming import Renames
from rivet_codegen.registry.schemas import SchemaConverter
from rivet_codegen.registry.views import ActorView
from tests.typed.support import document

HERE = Path(__file__).parent
TEXT = {"type": "string"}
ADDED = ("AAA", "zzz")


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}


def param(name: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "schema": schema, "required": True}


def tagged(name: str, *values: str | int | bool) -> dict[str, Any]:
    return {"anyOf": [record(**{name: {"const": value}}) for value in values]}


NOTHING = {"type": "null"}
FEW = {"anyOf": [record(a=TEXT), {"type": "array", "items": record(b=TEXT)}, NOTHING]}
COMPETING = document(
    {
        # Without its steps, the path to a type may be the path to another one.
        "chat": {"actions": {"roomPost": {"params": [], "returns": record(a=TEXT)}}},
        "chatRoom": {
            "actions": {
                "post": {
                    "params": [param("result", record(b=TEXT)), param("message", record(c=TEXT))],
                    "returns": record(d=TEXT),
                },
                "few": {"params": [param("one", {"anyOf": [record(a=TEXT), NOTHING]})], "returns": FEW},
                "pair": {
                    "params": [],
                    "returns": {
                        "type": "array",
                        "prefixItems": [{**record(a=TEXT), "title": "before"}, record(a=TEXT)],
                    },
                },
                "reacted": {"params": [], "returns": record(**{"+1": record(a=TEXT), "-1": record(a=TEXT)})},
                "tagged": {"params": [], "returns": tagged("kind", "a-b", "c")},
                "sealed": {"params": [], "returns": tagged("ok", True, False)},
            },
            "queues": {"post": {"message": record(e=TEXT)}},
        },
        "32": {"actions": {"get": {"params": [], "returns": record(a=TEXT)}}},
    },
    {
        "PageMessage": record(a=TEXT),
        "Page_Message": record(b=TEXT),
        "Maybe": {"anyOf": [record(a=TEXT), NOTHING]},
        "Few": FEW,
        "Versioned": tagged("v", 1, 2),
        "Field": record(a=TEXT),
    },
)


def views(source: dict[str, Any]) -> tuple[SchemaConverter, dict[str, ActorView]]:
    renames: Renames = []
    registry = read_document(source)
    converter = SchemaConverter(registry, renames)
    return converter, {
        actor.wire: actor
        for actor in actor_views(registry, converter, ErrorClasses(registry, renames), renames)
    }


def extended(value: Any) -> Any:
    """The same with an optional field in each object, the first and the last of its fields."""
    if isinstance(value, list):
        return [extended(item) for item in value]
    if not isinstance(value, dict):
        return value
    grown = {key: extended(item) for key, item in value.items()}
    if value.get("type") == "object" and "properties" in value:
        first, last = ADDED
        grown["properties"] = {first: record(a=TEXT), **grown["properties"], last: TEXT}
    return grown


def without_added(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_added(item) for key, item in value.items() if key not in ADDED}
    return value


@pytest.mark.parametrize("name", ["room.json", "golden/registry.json", "competing"])
def test_12_11_changes_that_break_nobody_rename_nothing(name: str) -> None:
    first = COMPETING if name == "competing" else json.loads((HERE / name).read_text())
    changed = extended(copy.deepcopy(first))
    action = {
        "params": [param("it", record(inner=record(a=TEXT)))],
        "returns": tagged("kind", "one", "other"),
    }
    changed["$defs"] |= {"AnOther": record(a=record(b=TEXT)), "Zoo": record(a=TEXT)}
    changed["actors"] |= copy.deepcopy(
        {name: first["actors"][min(first["actors"])] for name in ("another", "zoo")}
    )
    for actor in changed["actors"].values():
        if not actor.get("opaque"):
            actor["actions"] |= {"aNew": action, "zNew": action}
    before, actors = views(first)
    after, more = views({**changed, "$defs": dict(reversed(changed["$defs"].items()))})
    for wire, actor in actors.items():
        now = more[wire]
        assert (now.attribute, now.prefix, now.input, now.params) == (
            actor.attribute,
            actor.prefix,
            actor.input,
            actor.params,
        )
        assert (now.events, now.queues) == (actor.events, actor.queues)
        actions = {action.wire: action for action in now.actions}
        assert [actions[action.wire] for action in actor.actions] == actor.actions
    assert {name: without_added(after.models[name]) for name in before.models} == before.models
    assert {name: after.aliases[name] for name in before.aliases} == before.aliases


def test_12_11_what_types_are_called() -> None:
    converter, actors = views(COMPETING)
    assert {*converter.models, *converter.aliases} == {
        *("FieldType", "PageMessage", "Page_Message", "Actor32GetResult", "Maybe", "MaybeValue"),
        *("Few", "Few1", "Few2Item", "Versioned", "VersionedV1", "VersionedV2"),
        *("ChatRoomFewOne", "ChatRoomFewResult", "ChatRoomFewResult2Item"),
        *("ChatRoomPairResult2", "ChatRoomPairResultBefore"),
        *("ChatRoomPostMessage", "ChatRoom_Post_Queue_Message"),
        *("ChatRoomPostResult", "ChatRoom_Post_Result", "ChatRoom_Post_Arg_Result"),
        *("ChatRoomReactedResult", "ChatRoomReactedResultMinus1", "ChatRoomReactedResultPlus1"),
        *("ChatRoomSealedResultNotOk", "ChatRoomSealedResultOk"),
        *("ChatRoomTaggedResult", "ChatRoomTaggedResultAB", "ChatRoomTaggedResultC"),
    }
    assert actors["32"].handle == "Actor32Handle"
    assert converter.fields["ChatRoomReactedResult.+1"] == "plus_1"
