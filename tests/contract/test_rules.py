"""Each rule: a change that falls under it, and nothing else is told. And the page names the rules that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rivet_codegen.contract.changes import Change
from rivet_codegen.contract.compare import compare_documents
from rivet_codegen.contract.rules import RULES
from rivet_codegen.registry.document import read_document
from tests.typed.support import document

PAGE = Path(__file__).parents[2] / "docs" / "contract-changes.md"
TEXT, NUMBER, BIGINT, NULL = (
    {"type": "string"},
    {"type": "number"},
    {"type": "integer", "x-rivet-type": "bigint"},
    {"type": "null"},
)
UNDEFINED = {"type": "null", "x-rivet-type": "undefined"}
AB, ABC = ({"type": "string", "enum": list(values)} for values in ("ab", "abc"))


def param(name: str = "x", schema: Any = TEXT, required: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": name, "schema": schema, "required": required, **more}


def obj(*required: str, optional: str = "", **schemas: Any) -> dict[str, Any]:
    """An object with properties of texts, or of what is given."""
    names = [*required, *optional.split()]
    return {
        "type": "object",
        "properties": {name: schemas.get(name, TEXT) for name in names},
        "required": list(required),
    }


def either(*members: Any) -> dict[str, Any]:
    return {"anyOf": list(members)}


def tagged(*tags: str) -> dict[str, Any]:
    """A union of objects with these tags."""
    members = [obj("kind", tag, kind={"const": tag}) for tag in tags]
    return {"anyOf": members, "discriminator": {"propertyName": "kind"}}


def action(*params: Any, returns: Any = UNDEFINED, **more: Any) -> dict[str, Any]:
    return {"actions": {"go": {"params": list(params), "returns": returns, **more}}}


def event(*args: Any) -> dict[str, Any]:
    return {"events": {"done": {"args": list(args)}, "other": {"args": []}}}


def queue(message: Any = TEXT, complete: Any = None) -> dict[str, Any]:
    return {"queues": {"jobs": {"message": message, "complete": complete}}}


def sent(old: Any, new: Any) -> tuple[Any, Any]:
    return action(param(schema=old)), action(param(schema=new))


def received(old: Any, new: Any) -> tuple[Any, Any]:
    return action(returns=old), action(returns=new)


def slot(schema: Any, required: bool) -> dict[str, Any]:
    return {"schema": schema, "required": required}


FULL = [{"group": "user", "code": "full"}]
NOBODY: dict[str, Any] = {}

CASES: dict[str, tuple[Any, Any]] = {
    "ACTOR_BECAME_OPAQUE": (NOBODY, {"opaque": True}),
    "ACTOR_NO_LONGER_OPAQUE": ({"opaque": True}, NOBODY),
    "ENCODING_REMOVED": (NOBODY, {"encodings": ["bare", "cbor"]}),
    "ENCODING_ADDED": ({"encodings": ["bare", "cbor"]}, NOBODY),
    "INPUT_REQUIRED": ({"input": slot(TEXT, False)}, {"input": slot(TEXT, True)}),
    "INPUT_OPTIONAL": ({"input": slot(TEXT, True)}, {"input": slot(TEXT, False)}),
    "INPUT_DECLARED": (NOBODY, {"input": slot(TEXT, False)}),
    "INPUT_NO_LONGER_DECLARED": ({"input": slot(TEXT, True)}, NOBODY),
    "CONNECTION_PARAMS_REQUIRED": (NOBODY, {"connParams": slot(TEXT, True)}),
    "CONNECTION_PARAMS_OPTIONAL": ({"connParams": slot(TEXT, True)}, {"connParams": slot(TEXT, False)}),
    "CONNECTION_PARAMS_DECLARED": (NOBODY, {"connParams": slot(TEXT, False)}),
    "CONNECTION_PARAMS_NO_LONGER_DECLARED": ({"connParams": slot(TEXT, False)}, NOBODY),
    "ACTION_REMOVED": (action(), NOBODY),
    "ACTION_ADDED": (NOBODY, action()),
    "PARAMETER_ADDED_REQUIRED": (action(param("a")), action(param("a"), param("b"))),
    "PARAMETER_ADDED_OPTIONAL": (
        action(param("a")),
        action(param("a"), param("b", rest=True, required=False)),
    ),
    "PARAMETER_REMOVED": (action(param("a"), param("b")), action(param("a"))),
    "PARAMETER_REQUIRED": (action(param(required=False)), action(param())),
    "PARAMETER_OPTIONAL": (action(param()), action(param(required=False))),
    "PARAMETER_MOVED": (action(param("a"), param("b")), action(param("b"), param("a"))),
    "PARAMETER_RENAMED": (action(param("a")), action(param("b"))),
    "PARAMETER_DEFAULT_CHANGED": sent({**NUMBER, "default": 1}, {**NUMBER, "default": 2}),
    "RESULT_REMOVED": received(TEXT, UNDEFINED),
    "RESULT_REMOVED_NULLABLE": received(either(TEXT, NULL), UNDEFINED),
    "RESULT_ADDED": received(UNDEFINED, TEXT),
    "EVENT_REMOVED": (event(), {"events": {"other": {"args": []}}}),
    "EVENT_ADDED": ({"events": {"other": {"args": []}}}, event()),
    "EVENT_ARGUMENT_ADDED": (event(), event(param())),
    "EVENT_ARGUMENT_REMOVED": (event(param()), event()),
    "EVENT_ARGUMENT_REMOVED_NULLABLE": (event(param(required=False)), event()),
    "EVENT_ARGUMENT_OPTIONAL": (event(param()), event(param(required=False))),
    "EVENT_ARGUMENT_OPTIONAL_NULLABLE": (
        event(param(schema=either(TEXT, NULL))),
        event(param(schema=either(TEXT, NULL), required=False)),
    ),
    "EVENT_ARGUMENT_REQUIRED": (event(param(required=False)), event(param())),
    "EVENT_ARGUMENT_MOVED": (event(param("a"), param("b")), event(param("b"), param("a"))),
    "EVENT_ARGUMENT_RENAMED": (event(param("a")), event(param("b"))),
    "QUEUE_REMOVED": (queue(), NOBODY),
    "QUEUE_ADDED": (NOBODY, queue()),
    "QUEUE_REPLY_REMOVED": (queue(complete=TEXT), queue()),
    "QUEUE_REPLY_REMOVED_NULLABLE": (queue(complete=either(TEXT, NULL)), queue()),
    "QUEUE_REPLY_ADDED": (queue(), queue(complete=TEXT)),
    "ERROR_REMOVED": (action(throws=FULL), action()),
    "ERROR_REMOVED_PARTLY": ({**action(throws=FULL), "throws": FULL}, {**action(), "throws": FULL}),
    "ERROR_ADDED": (action(), action(throws=FULL)),
    "SENT_FIELD_ADDED_REQUIRED": sent(obj("a"), obj("a", "b")),
    "SENT_FIELD_ADDED_OPTIONAL": sent(obj("a"), obj("a", optional="b")),
    "SENT_FIELD_REMOVED": sent(obj("a", "b"), obj("a")),
    "SENT_FIELD_REQUIRED": sent(obj("a", optional="b"), obj("a", "b")),
    "SENT_FIELD_OPTIONAL": sent(obj("a", "b"), obj("a", optional="b")),
    "SENT_VALUE_REMOVED": sent(ABC, AB),
    "SENT_VALUE_ADDED": sent(AB, ABC),
    "SENT_VARIANT_REMOVED": sent(tagged("a", "b", "c"), tagged("a", "b")),
    "SENT_VARIANT_ADDED": sent(tagged("a", "b"), tagged("a", "b", "c")),
    "SENT_TYPE_NARROWED": sent(either(TEXT, NULL), TEXT),
    "SENT_TYPE_CHANGED": sent(NUMBER, BIGINT),
    "SENT_TYPE_TOLERATED": sent(either(obj("a"), obj("b", "c")), obj(optional="d")),
    "SENT_TYPE_WIDENED": sent(TEXT, either(TEXT, NULL)),
    "RECEIVED_FIELD_ADDED": received(obj("a"), obj("a", "b")),
    "RECEIVED_FIELD_REMOVED": received(obj("a", "b"), obj("a")),
    "RECEIVED_FIELD_REMOVED_OPTIONAL": received(obj("a", optional="b"), obj("a")),
    "RECEIVED_FIELD_OPTIONAL": received(obj("a", "b"), obj("a", optional="b")),
    "RECEIVED_FIELD_OPTIONAL_CONSTANT": received(obj("a", a={"const": 1}), obj(optional="a", a={"const": 1})),
    "RECEIVED_FIELD_REQUIRED": received(obj("a", optional="b"), obj("a", "b")),
    "RECEIVED_VALUE_ADDED": received(AB, ABC),
    "RECEIVED_VALUE_REMOVED": received(ABC, AB),
    "RECEIVED_VARIANT_ADDED": received(tagged("a", "b"), tagged("a", "b", "c")),
    "RECEIVED_VARIANT_REMOVED": received(tagged("a", "b", "c"), tagged("a", "b")),
    "RECEIVED_TYPE_WIDENED": received(TEXT, either(TEXT, NULL)),
    "RECEIVED_TYPE_CHANGED": received(TEXT, NUMBER),
    "RECEIVED_TYPE_TOLERATED": received(either(AB, NUMBER), either(TEXT, NUMBER)),
    "RECEIVED_TYPE_NARROWED": received(NUMBER, BIGINT),
    "DEPRECATED": (action(), action(deprecated="use another")),
    "NO_LONGER_DEPRECATED": (action(deprecated=True), action()),
    "DESCRIPTION_CHANGED": (action(description="Go."), action(description="Go on.")),
}
"""For most rules: an actor before, and after."""

TYPES = {"A": obj("a"), "B": obj("a")}
WHOLE: dict[str, tuple[Any, Any]] = {
    "ACTOR_REMOVED": (document({"one": {}, "two": {}}), document({"one": {}})),
    "ACTOR_ADDED": (document({"one": {}}), document({"one": {}, "two": {}})),
    "TYPE_REMOVED": (document({}, TYPES), document({}, {"A": TYPES["A"]})),
    "TYPE_ADDED": (document({}, {"A": TYPES["A"]}), document({}, TYPES)),
    "PYTHON_NAME_CHANGED": (document({"a-b": {}, "c": {}}), document({"a-b": {}, "a_b": {}, "c": {}})),
}
"""For the others: the document before, and after."""


def changes(old: Any, new: Any) -> list[Change]:
    # Names of types that come and go with the places where they stand have rules of their own.
    found = compare_documents(read_document(old), read_document(new))
    return [change for change in found if not change.type.startswith("models.")]


def of_actor(old: Any, new: Any) -> list[Change]:
    return changes(document({"thing": old}), document({"thing": new}))


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in WHOLE])
def test_a_change_of_an_actor(rule: str) -> None:
    told = of_actor(*CASES[rule])
    assert {change.rule for change in told} == {rule}
    assert {place.actor for change in told for place in change.affected} == {"thing"}


@pytest.mark.parametrize("rule", WHOLE)
def test_a_change_of_a_document(rule: str) -> None:
    old, new = map(read_document, WHOLE[rule])
    assert rule in {change.rule for change in compare_documents(old, new)}


def test_an_error_whose_class_gets_another_name() -> None:
    old, new = (
        {"throws": [{"group": "user", "code": code} for code in codes]}
        for codes in (["tooLong"], ["tooLong", "too_long"])
    )
    assert [(change.rule, change.type, change.text) for change in of_actor(old, new)] == [
        ("PYTHON_NAME_CHANGED", "errors.TooLong", "is called TooLong2 in Python, was TooLong"),
        ("ERROR_ADDED", "", "declares the error user.too_long"),
    ]


def test_nothing_changes_where_nothing_changed() -> None:
    for old, new in CASES.values():
        assert of_actor(old, old) == of_actor(new, new) == []


def test_patterns_are_checked_on_the_way_out_only() -> None:
    a, id_a = {**TEXT, "pattern": "a-.*"}, {"const": "a-1"}
    assert [change.rule for change in of_actor(*sent(TEXT, a))] == ["SENT_TYPE_NARROWED"]
    assert [change.rule for change in of_actor(*sent(id_a, a))] == ["SENT_TYPE_WIDENED"]
    assert [change.rule for change in of_actor(*sent({"const": "b"}, a))] == ["SENT_TYPE_CHANGED"]
    assert [change.rule for change in of_actor(*received(a, TEXT))] == ["RECEIVED_TYPE_NARROWED"]
    odd = {**TEXT, "pattern": "(?<n>a)\\k<n>"}
    assert [change.rule for change in of_actor(*sent(id_a, odd))] == ["SENT_TYPE_CHANGED"]


def test_properties_without_a_name() -> None:
    """They have a type, which properties with a name may take the place of; their names may have a form."""
    texts, numbers = ({**obj("a"), "additionalProperties": schema} for schema in (TEXT, NUMBER))
    named = {**texts, "propertyNames": {**TEXT, "pattern": "x-.*"}}
    pairs = (
        sent(texts, numbers),
        received(texts, obj("a", "b")),
        received(texts, obj("a", "b", b=NUMBER)),
        sent(texts, named),
    )
    told = [[(change.rule, change.path) for change in of_actor(*pair)] for pair in pairs]
    assert told == [
        [("SENT_TYPE_CHANGED", "{}")],
        [("RECEIVED_FIELD_ADDED", ".b")],
        [("RECEIVED_TYPE_CHANGED", ""), ("RECEIVED_FIELD_ADDED", ".b")],
        [("SENT_TYPE_NARROWED", "{key}")],
    ]


def test_an_argument_that_is_skipped_does_not_fit_a_rest() -> None:
    """`undefined` stands in its place if others follow; the last one is simply not sent."""
    skipped, rest = param("a", required=False), param("a", required=False, rest=True)
    assert "SENT_TYPE_NARROWED" in {
        change.rule for change in of_actor(action(skipped, param("b")), action(rest))
    }
    assert [change.rule for change in of_actor(action(skipped), action(rest))] == ["PARAMETER_ADDED_OPTIONAL"]


def test_types_may_be_many_and_contain_each_other() -> None:
    """Each is told once, however long the way to it is."""
    count = 2000
    old = {f"T{at}": obj("next", next={"$ref": f"#/$defs/T{(at + 1) % count}"}) for at in range(count)}
    new = {**old, "T7": obj("next", "more", next=old["T7"]["properties"]["next"])}
    whole = document(
        {"thing": action(param(schema={"$ref": "#/$defs/T8"}), returns={"$ref": "#/$defs/T9"})}, old
    )
    told = changes(whole, {**whole, "$defs": new})
    assert [(change.rule, change.type, change.path) for change in told] == [
        ("SENT_FIELD_ADDED_REQUIRED", "T7", ".more"),
        ("RECEIVED_FIELD_ADDED", "T7", ".more"),
    ]


def test_the_page_has_all_rules() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\w+) \| \S", PAGE.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == {rule: level.name.lower() for rule, level in RULES.items()}
    assert len(rows) == len(RULES)
