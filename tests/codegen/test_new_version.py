"""A new version of the protocol: one file in schema/, nothing else."""

import shutil

import pytest

from rivet_client.errors import DecodeError, VersionError
from rivet_codegen.__main__ import main
from tests.support.version_5 import SCHEMA, add_version_5


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
    frames, m, versions = import_("frames"), import_("messages"), import_("versions")
    assert (versions.OLDEST, versions.NEWEST) == (1, 5)
    init = m.Init(actor_id="a", connection_id="c", region_name="r")
    assert frames.encode_to_client(init) == b"\x05\x00\x00\x01a\x01c\x01\x01r"
    for message in (init, m.Progress(action_id=1, share=50, notes=["x"])):
        assert frames.decode_to_client(frames.encode_to_client(message)) == message
    ping = m.HttpPing(sent_at=7)
    assert frames.decode_http_ping(frames.encode_http_ping(ping)) == ping
    assert "region_name: Where the actor runs." in m.Init.__doc__


def test_documents_of_the_new_version(import_):
    documents, m = import_("documents"), import_("messages")
    progress = m.Progress(action_id=1, share=50, notes=["x"])
    doc = documents.encode_to_client_document(progress)
    assert doc == {"body": {"tag": "Progress", "val": {"actionId": 1, "share": 50, "notes": ["x"]}}}
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


def test_newer_messages_are_written_in_an_older_version(import_):
    frames, m, payloads = import_("frames"), import_("messages"), import_("payloads")
    call = m.ActionRequest(id=7, name="a", args=b"\x80")
    assert frames.encode_to_server(call) == b"\x05\x00\x00\x07\x01a\x01\x80\x00"
    assert frames.encode_to_server(call, 4) == b"\x04\x00\x00\x07\x01a\x01\x80"
    assert frames.encode_to_server(call, 1) == b"\x01\x00\x00\x07\x01a\x01\x80"
    for version, absent in (5, b"\x00\x00"), (4, b""), (1, b""):
        data = bytes([version, 0]) + b"\x01x" + absent
        assert payloads.encode_http_action_request(b"x", version) == data
        assert payloads.decode_http_action_request(data) == b"x"
        assert frames.encode_http_action_request(m.HttpActionRequest(args=b"x"), version) == data
    for message, why in (
        (call.model_copy(update={"priority": 1}), "has no field priority of ActionRequest; leave it out, or"),
        (m.Pause(seconds=1), "has no Pause in a ToServer"),
    ):
        with pytest.raises(VersionError, match=f"^version 4 of the protocol {why}"):
            frames.encode_to_server(message, 4)
    with pytest.raises(VersionError, match="^version 4 of the protocol has no message HttpPing"):
        frames.encode_http_ping(m.HttpPing(sent_at=1), 4)
