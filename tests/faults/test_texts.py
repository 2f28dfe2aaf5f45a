"""What a peer says is shown as one line, without control characters, in errors, logs and on standard error."""

from __future__ import annotations

import logging

import pytest

from rivet_client import ActorError, RivetError
from rivet_client_generated.protocol.messages import Error
from tests.cli.command import run_beside
from tests.faults.waiting import ends
from tests.support.flavours import Inbox
from tests.support.stub_peer import StubPeer, json_body, response, serve

FORGED = "error: forged by the peer"
NASTY = f"no\n{FORGED}\r\x1b[2J\x9b2J\u202e\u2028"
ERROR = {"group": "user", "code": "no\x1b[2J", "message": NASTY, "metadata": {"said": NASTY}}
RAY = {"x-rivet-ray-id": "ray\x9b1"}
BAD_NAME = {"x-rivet-error": "user.no\x9b2J"}


def says(data):
    async def script(visit):
        await visit.write(data)

    return script


async def closes(visit):
    await visit.open()
    await visit.receive()
    await visit.close(1011, NASTY)


ANSWERS = {
    "error": json_body(ERROR, 500, RAY),
    "named in the head": response(500, b"\x00", {**BAD_NAME, **RAY}),
    "page": response(404, NASTY.encode(), RAY),
    "redirect": response(302, headers={"location": "/\x9b2J" + "x" * 10_000}),
    "no HTTP": f"HTTP/1.1 {NASTY}".encode() + b"\r\n\r\n",
    "long": json_body({**ERROR, "message": NASTY * 10_000}, 500, RAY),
}


def check(text):
    assert text.isprintable(), ascii(text)
    assert len(text) < 5000


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_answers(flavour, caplog, answer):
    caplog.set_level(logging.DEBUG)
    scripts = {"requests": [says(answer)], "sockets": [says(answer)]}
    async with StubPeer(**scripts) as peer, ends(), flavour.client(peer.url, timeout=5.0) as client:
        handle = client.stub.get_or_create("k\x1b")
        for attempt in (handle.echo, handle.resolve, handle.websocket):
            with pytest.raises(RivetError) as caught:
                await attempt()
            check(str(caught.value))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("rivet_client")]
    assert ours
    for message in ours:
        check(message)


async def test_a_connection(flavour, caplog):
    caplog.set_level(logging.DEBUG)
    async with (
        StubPeer(sockets=[closes, serve]) as peer,
        ends(),
        flavour.client(peer.url) as client,
        client.actor("stub\n").get_or_create("k").connect() as connection,
    ):
        with pytest.raises(RivetError) as caught:
            await connection.echo(1)
        assert caught.value.reason == NASTY, "the field is as it came"
        check(str(caught.value))
        assert await connection.echo(1) == 1
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("rivet_client")]
    assert any("forged" in message for message in messages)
    for message in messages:
        check(message)


async def test_a_connection_that_is_refused(flavour, caplog):
    async def refuse(visit):
        await visit.open()
        await visit.send(Error(group="user", code="no", message=NASTY))

    async with StubPeer(sockets=[refuse]) as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k").connect()
        errors = Inbox()
        connection.on_error(errors)
        ((error,),) = [await errors.get()]
        assert isinstance(error, ActorError)
        assert error.message == NASTY
        await connection.close()
    (message,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    check(message)


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
@pytest.mark.parametrize("answer", ["error", "page"])
async def test_the_command(answer, debug):
    async with StubPeer(requests=[says(ANSWERS[answer])]) as peer:
        done = await run_beside("call", "stub", "k", "echo", "1", *debug, "--endpoint", peer.url)
    assert done.code == 1
    assert FORGED in done.err
    lines = done.err.splitlines()
    assert len(lines) == len(done.err.rstrip("\n").split("\n"))
    assert not any(line.startswith(FORGED) for line in lines)
    for line in lines:
        assert line.isprintable(), ascii(line)
