"""A new version of the protocol: one file in schema/, nothing else."""

import shutil
from pathlib import Path

import pytest

from rivet_client.errors import DecodeError
from rivet_codegen.__main__ import main

SCHEMA = Path(__file__).parents[2] / "schema"


def add_version_5(folder):
    """Make up a v5: a new optional field, a new union member, a new message."""
    v5 = (folder / "v4.bare").read_text()
    v5 = v5.replace(
        "connectionId: str\n", "connectionId: str\n  # Where the actor runs.\n  regionName: optional<str>\n"
    )
    v5 = v5.replace("  Event\n}", "  Event |\n  Progress\n}")
    v5 += """
# How far an action is.
type Progress struct { actionId: uint share: f64 notes: list<str> }

type HttpPing struct { sentAt: u64 }
"""
    (folder / "v5.bare").write_text(v5)


@pytest.fixture
def import_(generated, tmp_path):
    shutil.copytree(SCHEMA, tmp_path / "schema")
    add_version_5(tmp_path / "schema" / "client_protocol")
    return generated(tmp_path / "schema" / "client_protocol")


def test_the_command_needs_nothing_but_the_new_file(tmp_path, capsys):
    schema, output = tmp_path / "schema", tmp_path / "generated"
    shutil.copytree(SCHEMA, schema)
    add_version_5(schema / "client_protocol")
    assert main(["--schema", str(schema), "--output", str(output)]) == 0, capsys.readouterr().err
    assert (output / "rivet_client_generated" / "protocol" / "v5.py").exists()
    assert main(["--check", "--schema", str(schema), "--output", str(output)]) == 0
    assert main(["--check", "--output", str(output)]) == 1


def test_models_and_codecs_of_the_new_version(import_):
    frames, m = import_("frames"), import_("messages")
    assert frames.VERSION == 5
    init = m.Init(actor_id="a", connection_id="c", region_name="r")
    assert frames.encode_to_client(init) == b"\x05\x00\x00\x01a\x01c\x01\x01r"
    for message in (init, m.Progress(action_id=1, share=0.5, notes=["x"])):
        assert frames.decode_to_client(frames.encode_to_client(message)) == message
    ping = m.HttpPing(sent_at=7)
    assert frames.decode_http_ping(frames.encode_http_ping(ping)) == ping
    assert "region_name: Where the actor runs." in m.Init.__doc__


def test_documents_of_the_new_version(import_):
    documents, m = import_("documents"), import_("messages")
    progress = m.Progress(action_id=1, share=0.5, notes=["x"])
    doc = documents.encode_to_client_document(progress)
    assert doc == {"body": {"tag": "Progress", "val": {"actionId": 1, "share": 0.5, "notes": ["x"]}}}
    assert documents.decode_to_client_document(doc) == progress


def test_older_versions_are_still_read(import_):
    frames, m = import_("frames"), import_("messages")
    v4 = b"\x04\x00\x00\x01a\x01c"
    assert frames.decode_to_client(v4) == m.Init(actor_id="a", connection_id="c", region_name=None)
    v1 = b"\x01\x00\x00\x01a\x01c\x01t"
    assert frames.decode_to_client(v1) == m.Init(actor_id="a", connection_id="c")
    error = b"\x03\x00\x01\x01g\x01c\x01m\x00\x00"
    assert frames.decode_to_client(error) == m.Error(group="g", code="c", message="m")
    event = b"\x02\x00\x03\x01e\x01\x80"
    assert frames.decode_to_client(event) == m.Event(name="e", args=b"\x80")


def test_what_is_new_is_in_the_new_version_only(import_):
    frames = import_("frames")
    with pytest.raises(DecodeError, match=r"tag 0 to 3\) at byte 2"):
        frames.decode_to_client(b"\x04\x00\x04")
    with pytest.raises(DecodeError, match="expected version 5 of the protocol"):
        frames.decode_http_ping(b"\x04\x00" + b"\x00" * 8)
    with pytest.raises(DecodeError, match="expected version 1 to 5 of the protocol"):
        frames.decode_to_client(b"\x06\x00\x00")


def test_version_4_becomes_a_difference_to_version_5(import_):
    assert import_("v4").read_event is import_("v5").read_event
    assert import_("v4").Init is not import_("v5").Init
