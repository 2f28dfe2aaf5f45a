"""Shapes of values that once were generated wrongly or too loosely; the ids of the cases have the defects' numbers."""

from __future__ import annotations

import importlib
import typing
from collections import UserList
from collections.abc import Iterator, Sequence, Set
from datetime import UTC, datetime
from types import MappingProxyType, ModuleType
from typing import Any

import pydantic
import pytest

from rivet_client import BigInt, ConfigError, ProtocolError
from rivet_client._wire import cbor
from rivet_client.typed import UnknownVariant
from rivet_client.values import JsSet
from rivet_codegen.registry.typed_package import TypedPackage, render_typed_package
from tests.typed.shapes import shapes_document
from tests.typed.support import imported

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
POST = {"tags": ["t"], "blob": b"b", "inner": [{"tags": [], "blob": b""}]}


@pytest.fixture(scope="module")
def rendered() -> dict[str, TypedPackage]:
    """The package with checks and without."""
    return {
        name: render_typed_package(shapes_document(), package=name, validate=name == "shapes")
        for name in ("shapes", "unchecked")
    }


@pytest.fixture(scope="module")
def shapes(
    rendered: dict[str, TypedPackage], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    with imported(rendered["shapes"], tmp_path_factory.mktemp("shapes"), "rivet_client_shapes") as package:
        yield package


@pytest.fixture(scope="module")
def unchecked(
    rendered: dict[str, TypedPackage], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("unchecked")
    with imported(rendered["unchecked"], folder, "rivet_client_shapes_unchecked") as package:
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
    ("12-5-other-member", "page", {"error": 5}, "it.error: Input should be a valid string, not 5"),
    ("12-6-index-signature", "scores", {"name": "user-a.true", "k": [1, "2"]}, "it.k[1]: Input should be a valid integer, not '2'"),
    ("12-6-name-of-index-signature", "limits", {"fixed": 1, "min_a": 2}, "it.min_a: String should match pattern '^max_.*$|^fixed$', not 'min_a'"),
    ("12-6-tuple-too-short", "path", [], "it[0]: Field required"),
    ("12-6-rest-of-tuple", "path", ("a", 1, "2"), "it[2]: Input should be a valid integer or a valid number, not '2'"),
    ("12-6-no-tuple", "path", "abc", "it: Input should be a valid tuple, not 'abc'"),
    ("12-6-optional-before-rest", "steps", ["a", 1, {"name": 5}], "it[2].name: Input should be a valid string, not 5"),
    ("12-6-template-literal", "userId", "user-a.yes", "it: String should match pattern '^user-[\\s\\S]*\\.(?:true|false)$', not 'user-a.yes'"),
    ("12-6-template-literal-and-line", "userId", "user-a.true\n", "it: String should match pattern"),
    ("12-6-template-literal-as-name", "users", {"a": "b"}, "it.a: String should match pattern '^user-[\\s\\S]*$', not 'a'"),
    ("12-3-inner-tag", "worded", {"v": "a", "a": {"ok": True, "data": 5}}, "it.a.data: Input should be a valid string, not 5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text"), [pytest.param(*case, id=number) for number, *case in WRONG]
)
def test_what_is_wrong_with_a_value(shapes: ModuleType, name: str, value: Any, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        actions(shapes)[name].arguments(value, *["a"] * (name == "userId"))
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
    assert caught.value.__suppress_context__
    with pytest.raises(pydantic.ValidationError, match="should be a valid list"):
        post.tags = "abc"


def test_12_4_annotations_can_be_evaluated(shapes: ModuleType, unchecked: ModuleType) -> None:
    for package in (shapes, unchecked):
        with package.Client("http://localhost:1") as client:
            hints = typing.get_type_hints(client.shapes.get().contain)
        assert (hints["numbers"], hints["names"]) == (Sequence[float], Set[str])


def test_12_4_results_are_what_they_are_called(shapes: ModuleType) -> None:
    """Only who gives a value may give something like it."""
    with pytest.raises(ProtocolError, match=r"result\.tags: Input should be a valid list"):
        actions(shapes)["contain"].result({"tags": ("a",), "blob": b""})


SENT: list[tuple[str, str, Any, Any]] = [
    ("12-5-left-out", "page", {"data": "d"}, {"data": "d"}),
    ("12-5-none", "page", {"data": "d", "error": None}, {"data": "d"}),
    ("12-6-index-signature", "scores", {"name": "user-a.true", "k": (1,)}, {"name": "user-a.true", "k": [BigInt(1)]}),
    ("12-6-name-of-index-signature", "limits", {"fixed": 1, "max_a": 2}, {"fixed": 1, "max_a": 2}),
    ("12-6-index-signature-beside-tag", "parcel", {"kind": "box", "colour": "red"}, {"kind": "box", "colour": "red"}),
    ("sets-in-sets", "crowds", {(frozenset(["a"]),)}, JsSet([[{"a"}]])),
    ("12-6-rest-of-tuple", "path", ("a", 1, 2.5), ["a", 1, 2.5]),
    ("12-6-no-rest", "path", ["a"], ["a"]),
    ("12-6-optional-before-rest", "steps", ("a",), ["a"]),
    ("12-6-template-literal", "userId", "user-a.true", "user-a.true"),
    ("12-6-template-literal-as-name", "users", {"user-a": "b"}, {"user-a": "b"}),
    ("12-6-pattern-of-javascript", "odd", "anything", "anything"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "sent"), [pytest.param(*case, id=number) for number, *case in SENT]
)
def test_what_is_sent(shapes: ModuleType, name: str, given: Any, sent: Any) -> None:
    arguments = actions(shapes)[name].arguments(given, *["a"] * (name == "userId"))
    assert cbor.encode(arguments[0]) == cbor.encode(sent)


def test_12_5_members_that_are_only_undefined(shapes: ModuleType) -> None:
    page = actions(shapes)["page"]
    assert [
        page.result(it).error for it in ({"data": "d"}, {"data": "d", "error": None}, {"error": "e"})
    ] == [None, None, "e"]
    assert page.arguments(page.result({"data": "d", "error": None})) == ({"data": "d"},)


def test_12_6_what_arrives(shapes: ModuleType) -> None:
    """Texts of another form arrive as they are, as unknown texts of a choice do; other types do not."""
    known = actions(shapes)
    scores = known["scores"].result({"name": "somebody", "k": [1]})
    assert (scores.name, scores.model_extra) == ("somebody", {"k": [1]})
    assert known["path"].result(["a", 1, 2]) == ("a", 1, 2)
    assert known["steps"].result(["a", 1, {"name": "n"}])[2].name == "n"
    assert known["users"].result({"somebody": "s"}) == {"somebody": "s"}
    assert known["parcel"].result({"kind": "box", "colour": "red"}).model_extra == {"colour": "red"}
    assert known["limits"].result({"fixed": 1, "min": 2}).model_extra == {"min": 2}
    for name, wrong in (("scores", {"name": "n", "k": ["1"]}), ("path", ["a", "b"]), ("users", {"u": 5})):
        with pytest.raises(ProtocolError):
            known[name].result(wrong)


def test_a_set_in_a_set_arrives(shapes: ModuleType) -> None:
    assert actions(shapes)["crowds"].result({frozenset({"a"})}) == [{"a"}]


def test_12_6_constructors(shapes: ModuleType) -> None:
    scores = shapes.models.Scores(name="user-a.true", k=(1,))
    assert scores.model_extra == {"k": [1]}
    assert shapes.models.Scores.model_validate_json(scores.model_dump_json()) == scores
    hard = shapes.models.Hard(it="a'\"b, |c[d.e]", path=("a", 1, 2))
    assert shapes.models.Hard.model_validate_json(hard.model_dump_json()) == hard
    for wrong in ({"name": "a"}, {"name": "user-a.true", "k": ["1"]}):
        with pytest.raises(pydantic.ValidationError):
            shapes.models.Scores(**wrong)


def test_12_6_notes(rendered: dict[str, TypedPackage]) -> None:
    """What a typed dict cannot say is told, and so is a pattern that only JavaScript understands."""
    checked, unchecked = (rendered[name].notes for name in ("shapes", "unchecked"))
    assert checked[1:] == (
        "the pattern of Odd means nothing to Python (unknown extension ?<a at position 2); any text passes there",
    )
    assert unchecked[1:] == (
        "Limits has more fields than the declared ones; a typed dict cannot say so",
        "OpenType has more fields than the declared ones; a typed dict cannot say so",
        "ParcelBox has more fields than the declared ones; a typed dict cannot say so",
        "Path is a tuple with a rest; without checks it is a list",
        "Scores has more fields than the declared ones; a typed dict cannot say so",
        "Steps is a tuple with a rest; without checks it is a list",
    )
