"""Which changes from one version to the next are done by the generator, and what it says about the others.

What the accepted ones become is in cases/upgrade.
"""

import pytest

from rivet_client.errors import DecodeError
from rivet_codegen.protocol.package import render_protocol
from rivet_codegen.schema_error import SchemaError

OLD = """
type Inner struct { a: u8 }
type Other struct { b: u8 }
type Colour enum { RED GREEN }
type Root struct { x: u8 y: optional<u8> list: list<Inner> map: map<str><Inner> colour: Colour choice: Choice }
type Choice union { Inner | Other }
"""


def change(folder, old, new):
    assert old in OLD
    render_protocol(folder(v1=OLD, v2=OLD.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x: u8 ", ""),
        ("x: u8 y: optional<u8>", "y: optional<u8> x: u8"),
        ("x: u8", "x: u8 z: optional<Inner>"),
        ("x: u8", "x: optional<u8>"),
        ("a: u8", "a: u8 b: optional<str>"),
        ("Inner | Other", "Other | Inner"),
        ("GREEN", "GREEN BLUE"),
        ("RED GREEN", "GREEN RED"),
    ],
)
def test_done_by_itself(schema_folder, old, new):
    change(schema_folder, old, new)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "x: u8",
            "x: u8 z: u8",
            "5:26: field z of Root is new and not optional, so that a message of version 1 has no value for it; "
            "make it optional<…>",
        ),
        (
            "x: u8",
            "x: u16",
            "5:20: field x of Root changed its type since v1.bare; give the changed field another name and make it "
            "optional<…>",
        ),
        ("y: optional<u8>", "y: u8", "5:26: field y of Root changed its type since v1.bare"),
        ("list<Inner>", "list<Other>", "5:42: field list of Root changed its type since v1.bare"),
        ("list<Inner>", "optional<list<u8>>", "5:42: field list of Root changed its type since v1.bare"),
        ("map<str><Inner>", "map<str><Other>", "5:60: field map of Root changed its type since v1.bare"),
        (
            "Inner | Other",
            "Inner",
            "6:6: Choice has lost its member Other, so that a message of version 1 may have no counterpart; keep it",
        ),
        ("RED GREEN", "RED", "4:6: Colour has lost its member GREEN"),
        (
            "Colour enum { RED GREEN }",
            "Colour struct { r: u8 }",
            "4:6: Colour was `enum` and is `struct` now; give the new type another name",
        ),
    ],
)
def test_refused(schema_folder, old, new, message):
    with pytest.raises(SchemaError) as caught:
        change(schema_folder, old, new)
    assert str(caught.value).startswith(f"schema/client_protocol/v2.bare:{message}")


def test_a_first_sentence_must_fit_a_line(schema_folder):
    with pytest.raises(
        SchemaError, match=r"v1\.bare:2:6: the first sentence is longer than 100 characters: xxx"
    ):
        render_protocol(schema_folder(v1=f"# {'x' * 101}.\ntype A struct {{ a: u8 }}"))


def test_a_union_whose_every_member_changed(schema_folder, generated):
    text = "type A struct { a: u8 } type B struct { b: u8 } type Root union { A | B }"
    import_ = generated(schema_folder(v1=text, v2=text.replace("u8 }", "u8 new: optional<u8> }")))
    frames, m = import_("frames"), import_("messages")
    assert frames.decode_root(b"\x01\x00\x00\x05") == m.A(a=5)
    assert frames.decode_root(b"\x01\x00\x01\x05") == m.B(b=5)


def test_a_type_that_was_gone_for_a_while_is_another_one(schema_folder, generated):
    text = "type A struct { a: u8 } type B struct { b: u8 }"
    without = "type B struct { b: u8 }"
    frames = generated(schema_folder(v1=text, v2=without, v3=text))("frames")
    assert frames.decode_a(b"\x03\x00\x05").a == 5
    with pytest.raises(DecodeError, match="expected version 3 of the protocol"):
        frames.decode_a(b"\x01\x00\x05")
    assert frames.decode_b(b"\x01\x00\x05").b == 5


def test_what_is_said_about_a_union_must_fit_a_line_too(schema_folder):
    text = f"type A struct {{ a: u8 }}\n# {'x' * 101}.\ntype Root union {{ A }}"
    with pytest.raises(
        SchemaError, match=r"v1\.bare:3:6: the first sentence is longer than 100 characters: xxx"
    ):
        render_protocol(schema_folder(v1=text))
