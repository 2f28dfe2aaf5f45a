"""`send`."""

from __future__ import annotations

import asyncio

from tests.cli.command import run, run_beside
from tests.support.engine import SharedEngine
from tests.support.stub_peer import StubPeer, Visit, locate


def test_sending(engine: SharedEngine, key: str) -> None:
    assert run("send", "worker", key, "double", '{"n": 4}', RIVET_ENDPOINT=engine.url).value == {
        "status": "sent"
    }


def test_waiting_for_the_reply(engine: SharedEngine, key: str) -> None:
    done = run("send", "worker", key, "double", '{"n": 4}', "--wait", RIVET_ENDPOINT=engine.url)
    assert done.value == {"status": "completed", "response": {"doubled": 8}}


def test_a_message_that_is_a_string_or_nothing(engine: SharedEngine, key: str) -> None:
    run("send", "worker", "--key", key, "silent", "some text", "--wait", RIVET_ENDPOINT=engine.url)
    run("send", "worker", "--key", key, "silent", "--wait", RIVET_ENDPOINT=engine.url)
    processed = run("call", "worker", key, "processed", RIVET_ENDPOINT=engine.url)
    assert processed.value == ["some text", None]


def test_nobody_completes_it(engine: SharedEngine, key: str) -> None:
    done = run("send", "worker", key, "ignored", "1", "--wait", "--timeout", "0.3", RIVET_ENDPOINT=engine.url)
    assert done.code == 1
    assert done.lines == [{"status": "timedOut", "response": None}]
    assert done.err == "error: the actor did not complete the message in time; it may still do so\n"


async def test_the_timeout_of_wait_is_the_actors() -> None:
    async def slow(visit: Visit) -> None:
        await asyncio.sleep(0.6)
        await locate(visit)

    args = ("send", "stub", "k", "jobs", "--wait", "--timeout", "0.3")
    async with StubPeer(metadata=[slow]) as peer:
        done = await run_beside(*args, RIVET_ENDPOINT=peer.url)
    assert done.value == {"status": "completed", "response": None}


def test_refused(engine: SharedEngine, key: str) -> None:
    done = run("send", "worker", key, "forbidden", "1", RIVET_ENDPOINT=engine.url)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: auth.forbidden: ")
