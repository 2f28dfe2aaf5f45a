"""Small protocols, and what the generator makes of them, byte for byte.

`python -m tests.codegen.test_cases` writes the expected files anew; read the diff. Which files a case expects is
decided by which there are: `touch` a new one first.
"""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivet_client.errors import DecodeError, VersionError
from rivet_codegen.output.tree import build_tree
from rivet_codegen.protocol.package import render_protocol

CASES = Path(__file__).with_name("cases")


def generate(case: Path) -> dict[str, bytes]:
    return build_tree(render_protocol(case))


def expected_files(case: Path) -> list[Path]:
    return sorted((case / "expected").iterdir())


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case):
    tree = generate(case)
    files = expected_files(case)
    assert files
    for file in files:
        assert tree[file.name].decode() == file.read_text(), file.name


def round_trip(generated, case, message, document=None):
    """Take a message through bytes and document, and every cut of the bytes."""
    import_ = generated(CASES / case)
    frames, documents, messages = import_("frames"), import_("documents"), import_("messages")
    message = message(messages)
    name = type(message).__name__.lower()
    data = getattr(frames, f"encode_{name}")(message)
    decode = getattr(frames, f"decode_{name}")
    assert decode(data) == message
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:length])
    doc = getattr(documents, f"encode_{name}_document")(message)
    if document is not None:
        assert doc == document
    assert getattr(documents, f"decode_{name}_document")(doc) == message

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=40))
    def hostile(junk):
        with contextlib.suppress(DecodeError):
            decode(b"\x01\x00" + junk)

    hostile()


@pytest.mark.parametrize("maybe", [None, False])
def test_types(generated, maybe):
    document = {
        "colour": "GREEN",
        "choice": {"tag": "Inner", "val": {"a": 5}},
        "label": "l",
        "raw": ["$Uint8Array", "/w=="],
        "payload": b"\xf6",
        "number": -3,
    }
    round_trip(
        generated,
        "types",
        lambda m: m.Everything(
            colour="GREEN",
            choice=m.Inner(a=5),
            label="l",
            raw=b"\xff",
            maybe=maybe,
            payload=b"\xf6",
            number=-3,
        ),
        document if maybe is None else {**document, "maybe": maybe},
    )


def test_enums_are_checked_when_written(generated):
    v1 = generated(CASES / "types")("v1")
    with pytest.raises(ValueError, match=r"^Colour cannot be 'BLUE'$"):
        v1.write_colour(bytearray(), "BLUE")
    with pytest.raises(DecodeError, match=r"a Colour \(tag 0, 7\)"):
        v1.read_colour(b"\x01", 0)


@pytest.mark.parametrize("wide", [None, {}, {"a": -(2**63)}])
def test_containers(generated, wide):
    round_trip(
        generated,
        "containers",
        lambda m: m.Containers(
            names=["a", None],
            table={"": [], "k": [m.Inner(a=1), m.Inner(a=2)]},
            payloads=[b"", b"\x00"],
            wide=wide,
        ),
    )


def test_a_key_may_be_there_once(generated):
    frames = generated(CASES / "containers")("frames")
    twice = b"\x01\x00" + b"\x00" + b"\x02" + b"\x01k\x00" * 2 + b"\x00" + b"\x00"
    with pytest.raises(DecodeError, match="each key once"):
        frames.decode_containers(twice)


def test_names(generated):
    round_trip(
        generated,
        "names",
        lambda m: m.Tricky(
            class_="a",
            schema_="b",
            buf="c",
            pos="d",
            count=["e"],
            present="f",
            out="g",
            message="h",
            read_str="i",
            http_code=80,
            as_text="j",
            end="k",
            limit="l",
            made="m",
            size=b"n",
            number=300,
            text="o",
            data=b"p",
            doc="q",
            document_fields="r",
            fields="s",
            path=2,
        ),
    )


def test_upgrade(generated):
    import_ = generated(CASES / "upgrade")
    v1, m, frames = import_("v1"), import_("messages"), import_("frames")
    leaf, new = v1.Leaf(name="n"), m.Leaf(name="n", added=None)
    for maybe in (None, leaf):
        before = v1.Before(
            gone="g", widened=7, leaf=leaf, leaves=[leaf], named={"k": leaf}, maybe=maybe, colour="RED"
        )
        out = bytearray(b"\x01\x00")
        v1.write_before(out, before)
        assert frames.decode_before(bytes(out)) == m.Before(
            maybe=maybe and new, widened=7, leaf=new, leaves=[new], named={"k": new}, colour="RED"
        )
    for old, upgraded in [(leaf, new), (m.Same(a=1), m.Same(a=1))]:
        out = bytearray(b"\x01\x00")
        v1.write_message(out, old)
        assert frames.decode_message(bytes(out)) == upgraded
    assert not hasattr(frames, "decode_dropped")


def test_downgrade(generated):
    import_ = generated(CASES / "upgrade")
    m, frames, payloads = import_("messages"), import_("frames"), import_("payloads")
    leaf = m.Leaf(name="n")

    def after(**changes):
        fields = {"widened": 7, "many": [1], "leaves": [leaf], "named": {"k": leaf}, "colour": "RED"}
        return m.After(**{**fields, **changes})

    for message in (after(), after(maybe=leaf), after(many=[], leaves=[], named={}, colour="GREEN")):
        assert frames.decode_after(frames.encode_after(message, 1)) == message
        assert (
            frames.encode_after(message) == frames.encode_after(message, 2) != frames.encode_after(message, 1)
        )
    for message in (leaf, m.Same(a=1)):
        assert frames.decode_message(frames.encode_message(message, 1)) == message
    too_new = m.Leaf(name="n", added=0)
    before = m.Before(leaf=leaf, leaves=[], named={}, colour="RED")
    for encode, message, text in (
        ("after", after(widened=None), "needs the field widened of After; give it, or update the server"),
        ("after", after(many=[1, None]), "needs the field many of After; give it, or update the server"),
        *(
            ("after", after(**change), "has no field added of Leaf; leave it out, or update the server")
            for change in ({"leaves": [too_new]}, {"named": {"k": too_new}}, {"maybe": too_new})
        ),
        ("after", after(colour="BLUE"), "has no BLUE in a Colour; update the server"),
        ("before", before, "needs the field gone of Before; update the server"),
        ("message", m.Added(b=1), "has no Added in a Message; update the server"),
        ("message", too_new, "has no field added of Leaf; leave it out, or update the server"),
    ):
        with pytest.raises(VersionError) as caught:
            getattr(frames, f"encode_{encode}")(message, 1)
        assert str(caught.value) == f"version 1 of the protocol {text}"
    for version in (1, 2):
        data = payloads.encode_call(b"x", version)
        assert frames.decode_call(data) == m.Call(args=b"x")
        assert payloads.decode_call(data) == b"x"
    assert payloads.decode_call(frames.encode_call(m.Call(args=b"x", trace="t", depth=1))) == b"x"
    for data in (b"\x03\x00\x00", b"\x01\x00\x00\x00", b"\x02\x00\x00"):
        with pytest.raises(DecodeError):
            payloads.decode_call(data)


if __name__ == "__main__":
    for folder in CASES.iterdir():
        made = generate(folder)
        for path in expected_files(folder):
            path.write_bytes(made[path.name])
