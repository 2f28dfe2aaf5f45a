"""The parser: what it reads, and what it says about the rest, with file, line and column."""

import pytest

from rivet_codegen.protocol.bare_idl import parse, read_protocol
from rivet_codegen.protocol.ir import (
    Enum,
    Field,
    ListOf,
    MapOf,
    Member,
    Named,
    Optional,
    Payload,
    Scalar,
    Struct,
    Union,
)
from rivet_codegen.schema_error import SchemaError


def definition(text, name="A"):
    return parse(text, 1, "v1.bare").definitions[name]


def complaint(text):
    with pytest.raises(SchemaError) as caught:
        parse(text, 1, "v1.bare")
    return str(caught.value)


SCALARS = "uint int u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 bool str data"


@pytest.mark.parametrize("name", SCALARS.split())
def test_scalars(name):
    assert definition(f"type A struct {{ x: {name} }}") == Struct("A", (Field("x", Scalar(name)),))


def test_compound_types():
    text = (
        "type B struct { b: u8 } type A struct { a: optional<B> b: list<list<B>> c: map<str><optional<u8>> }"
    )
    assert definition(text) == Struct(
        "A",
        (
            Field("a", Optional(Named("B"))),
            Field("b", ListOf(ListOf(Named("B")))),
            Field("c", MapOf(Scalar("str"), Optional(Scalar("u8")))),
        ),
    )


def test_aliases_are_gone_afterwards_and_value_means_payload():
    text = (
        "type A struct { a: Name b: Value c: optional<Value> } type Name Text type Text str type Value data"
    )
    fields = (Field("a", Scalar("str")), Field("b", Payload()), Field("c", Optional(Payload())))
    assert definition(text) == Struct("A", fields)
    assert list(parse(text, 1, "v1.bare").definitions) == ["A"]


@pytest.mark.parametrize("members", ["B | C", "| B | C", "B | C |", "B = 0 | C", "\n  B |\n  C\n"])
def test_unions_count_from_zero(members):
    text = f"type A union {{ {members} }} type B struct {{ b: u8 }} type C struct {{ c: u8 }}"
    assert definition(text) == Union("A", (Member("B", 0), Member("C", 1)))


def test_members_may_be_numbered():
    text = "type A union { B = 5 | C } type B struct { b: u8 } type C struct { c: u8 }"
    assert definition(text) == Union("A", (Member("B", 5), Member("C", 6)))
    assert definition("type A enum { X = 2 Y Z = 0 }") == Enum(
        "A", (Member("X", 2), Member("Y", 3), Member("Z", 0))
    )


def test_comments_directly_above_document():
    a = definition(
        """# About the file.

        # About A:
        # two lines.
        type A struct {  # not about x
          # About x.
          x: u8  # not about y
          y: u8
          # not about z

          z: u8
        }
        """
    )
    assert a.doc == "About A: two lines."
    assert [field.doc for field in a.fields] == ["About x.", "", ""]


def test_positions_count_from_one():
    a = definition("\r\n  type A struct {\r\n\tx: u8 }")
    assert str(a.position) == "v1.bare:2:8"
    assert str(a.fields[0].position) == "v1.bare:3:2"


def test_messages_are_the_types_that_no_other_mentions():
    version = parse(
        """type Root union { A | B } type A struct { c: list<C> } type B struct { c: map<str><optional<C>> }
        type C struct { e: E } type Other struct { a: u8 } type E enum { X } type Unused enum { X }""",
        1,
        "v1.bare",
    )
    assert version.roots == ["Root", "Other"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type A struct { x: u8", "v1.bare:1:22: expected the name of a field, or '}', found end of file"),
        ("type A struct { x u8 }", "v1.bare:1:19: expected ':', found 'u8'"),
        ("type A struct { x: }", "v1.bare:1:20: expected a type, found '}'"),
        ("type A struct { x: u8; }", "v1.bare:1:22: unexpected character ';'"),
        ("struct A { x: u8 }", "v1.bare:1:1: expected 'type', found 'struct'"),
        ("type 5 u8", "v1.bare:1:6: expected the name of a type, found '5'"),
        ("type A struct {\n}", "v1.bare:1:15: a struct needs a field"),
        ("type A union { }", "v1.bare:1:14: needs a member"),
        ("type A struct { x: optional u8 }", "v1.bare:1:29: expected '<', found 'u8'"),
        ("type A struct { x: optional<u8 }", "v1.bare:1:32: expected '>', found '}'"),
        ("type A struct {\n  x: B\n}", "v1.bare:2:6: unknown type B"),
        ("type A struct { x: list<B> }", "v1.bare:1:25: unknown type B"),
        (
            "type A struct { x: string }",
            "v1.bare:1:20: unknown type string; BARE has bool, data, f32, f64, i16, i32, i64, i8, int, str, u16, "
            "u32, u64, u8, uint",
        ),
        ("type A u8\ntype A u8", "v1.bare:2:6: A is declared twice, first at v1.bare:1:6"),
        ("type A struct { x: u8 x: u8 }", "v1.bare:1:23: field x is there twice"),
        (
            "type A struct { fooBar: u8 foo_bar: u8 }",
            "v1.bare:1:28: fields fooBar and foo_bar both become foo_bar in Python; rename one",
        ),
        ("type a u8", "v1.bare:1:6: type name a must be letters and digits and begin with a capital"),
        (
            "type Exception u8",
            "v1.bare:1:6: type name Exception has another meaning in Python; choose another",
        ),
        ("type A union { B }", "v1.bare:1:16: B is no struct; members of a union must be"),
        ("type A union { B } type B u8", "v1.bare:1:16: B is no struct; members of a union must be"),
        ("type B struct { b: u8 } type A union { B | B }", "v1.bare:1:44: B is a member twice"),
        ("type A enum { X Y = 0 }", "v1.bare:1:17: Y and X have the same number 0"),
        ("type A enum { X = Y }", "v1.bare:1:19: expected a number, found 'Y'"),
        (f"type A enum {{ X = {2**64} }}", f"v1.bare:1:19: expected a number, found '{2**64}'"),
        ("type B struct { b: u8 } type A union { B B }", "v1.bare:1:42: expected '|' or '}', found 'B'"),
        ("type A enum { X | Y }", "v1.bare:1:17: expected the name of a member, or '}', found '|'"),
        ("type A struct { x: list<u8>[4] }", "v1.bare:1:28: lists of fixed length are not supported"),
        ("type A struct { x: data[16] }", "v1.bare:1:24: data of fixed length is not supported"),
        ("type A struct { x: void }", "v1.bare:1:20: void is not supported"),
        (
            "type A struct { x: union { B } }",
            "v1.bare:1:20: declare this union as a type of its own and use its name here",
        ),
        ("type A struct { x: optional<B> } type B optional<u8>", "v1.bare:1:17: x is optional twice"),
        (
            "type A struct { x: map<u8><u8> }",
            "v1.bare:1:17: keys of the map x must be str: documents have no others",
        ),
        ("type A struct { b: B } type B C type C B", "v1.bare:1:29: B stands for itself"),
        ("type A A", "v1.bare:1:6: A stands for itself"),
        (
            "type A struct { b: B } type B struct { a: optional<A> }",
            "v1.bare:1:6: A contains itself (A → B → A); hostile bytes could nest it without end",
        ),
        ("type Value str", "v1.bare:1:12: Value is the opaque payload and must be `data`"),
    ],
)
def test_mistakes(text, message):
    assert complaint(text) == message


def test_versions_of_a_folder_in_order(schema_folder):
    folder = schema_folder(
        **{f"v{number}": "type A struct { a: u8 }" for number in (2, 3, 10, 9, 8, 7, 6, 5, 4)}
    )
    assert [version.number for version in read_protocol(folder).versions] == list(range(2, 11))
    assert read_protocol(folder).newest.file == "schema/client_protocol/v10.bare"


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({}, "schema/client_protocol:1:1: holds no protocol version; expected files like v1.bare"),
        (
            {"v1": "", "v3": ""},
            "schema/client_protocol:1:1: version 2 is missing between v1.bare and v3.bare",
        ),
        (
            {"draft": ""},
            "schema/client_protocol/draft.bare:1:1: expected a name like v4.bare, the number being the version",
        ),
        ({"v1": "type A B"}, "schema/client_protocol/v1.bare:1:8: unknown type B"),
    ],
)
def test_folders_with_mistakes(schema_folder, versions, message):
    with pytest.raises(SchemaError) as caught:
        read_protocol(schema_folder(**versions))
    assert str(caught.value) == message
