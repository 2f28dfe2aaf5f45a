"""Each of many small types against each other one: what is told to break is exactly what some value shows.

One package of the old types reads all values of each new one, and sends its own values to all of them.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from rivet_client import ProtocolError
from rivet_codegen.contract.rules import Level
from rivet_codegen.contract.shapes import Types
from rivet_codegen.contract.taking import Flow
from rivet_codegen.contract.type_changes import TypeComparison
from rivet_codegen.registry.document import read_document
from tests.contract.samples import Schemas
from tests.contract.test_property import received
from tests.contract.test_rules import AB, ABC, BIGINT, NULL, NUMBER, TEXT, either, obj, tagged
from tests.typed.support import document, imported

WHOLE = {"type": "integer"}
ITEM = {"type": "array", "items": TEXT}
SELF = {"$ref": "#/$defs/List"}


def array(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def fixed(*items: Any, least: int, rest: Any = False) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(items), "minItems": least, "items": rest}


def a_set(items: Any) -> dict[str, Any]:
    return array(items, uniqueItems=True, **{"x-rivet-type": "set"})


def a_map(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values, "x-rivet-type": "map"}


def record(values: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


TYPES: list[Any] = [
    TEXT, NUMBER, WHOLE, BIGINT, {"type": "boolean"}, {"const": True}, {"const": 1}, {"const": "a"}, AB, ABC,
    {"type": "integer", "enum": [1, 2]}, {"type": "string", "pattern": "a-.*"}, either(TEXT, NULL), either(AB, NUMBER),
    {"type": "string", "format": "date-time", "x-rivet-type": "date"},
    {"type": "string", "contentEncoding": "base64", "x-rivet-type": "bytes", "x-rivet-bytes": "Uint8Array"},
    {"type": "string", "contentEncoding": "base64", "x-rivet-type": "bytes", "x-rivet-bytes": "ArrayBuffer"},
    array(TEXT), array(AB), array(either(TEXT, NULL)), array(obj("a")), array(NUMBER), array(WHOLE),
    fixed(TEXT, NUMBER, least=2), fixed(TEXT, NUMBER, least=1), fixed(TEXT, TEXT, least=2), fixed(TEXT, least=1),
    a_set(TEXT), a_set(AB), a_set(obj("a")), a_map(TEXT), a_map(NUMBER), record(TEXT), record(AB),
    obj("a"), obj(optional="a"), obj("a", "b"), obj("a", optional="b"), obj("a", a={"const": "a"}), obj("a", a=AB),
    obj("a", a=either(TEXT, NULL)), obj(optional="a", a=either(TEXT, NULL)), obj("kind", "a", kind={"const": "a"}),
    tagged("a", "b"), tagged("a", "b", "c"), either(obj("a"), obj("b")), either(obj("a"), NULL), SELF,
    {"$ref": "#/$defs/Wide"}, {"$ref": "#/$defs/More"}, {},
]  # fmt: skip
DEFINITIONS = {
    "List": obj("a", optional="next", next=SELF),
    "Wide": obj("a", optional="next", a=either(TEXT, NULL), next={"$ref": "#/$defs/Wide"}),
    "More": obj("a", "b", optional="next", next={"$ref": "#/$defs/More"}),
}
NAMES = [f"f{at}" for at in range(len(TYPES))]


@pytest.mark.parametrize("flow", Flow, ids=lambda flow: flow.value)
def test_each_type_against_each_other(flow: Flow, tmp_path: Path) -> None:
    actions = {
        name: {"params": [{"name": "value", "schema": kind, "required": True}], "returns": kind}
        for name, kind in zip(NAMES, TYPES, strict=True)
    }
    contract = document({"thing": {"actions": actions}}, DEFINITIONS)
    types, values = Types(read_document(contract)), Schemas(DEFINITIONS)
    comparison = TypeComparison(types, types, flow)
    wrong = []
    with imported(contract, tmp_path, "contract_matrix"):
        bound = importlib.import_module("contract_matrix.actors.thing._bindings").actor.actions
        for name, old in zip(NAMES, TYPES, strict=True):
            own = [sent for value in values.samples(old) for sent in bound[name].arguments(received(value))]
            own = [value for value in own if values.has(old, value)]
            for new in TYPES:
                if flow is Flow.SENT:
                    fails = not all(values.has(new, value) for value in own)
                else:
                    fails = not all(reads(bound[name], received(value)) for value in values.samples(new))
                is_told = comparison.level(types.of(old), types.of(new)) is Level.BREAKING
                if is_told != fails:
                    wrong.append(f"{'told' if is_told else 'not told'}: {old} -> {new}")
    assert wrong == []


def reads(action: Any, value: Any) -> bool:
    try:
        action.result(value)
    except ProtocolError:
        return False
    return True
