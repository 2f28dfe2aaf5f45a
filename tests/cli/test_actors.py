"""`actors`: lists, pages, filters."""

from __future__ import annotations

import json
import re

import pytest

from rivet_client import Client
from tests.cli.command import Done, run, run_beside, run_on_terminal
from tests.support.engine import PrivateEngine, SharedEngine
from tests.support.stub_peer import StubPeer, Visit, json_body, problem


@pytest.fixture
def many(private_engine: object) -> PrivateEngine:
    engine: PrivateEngine = private_engine()  # type: ignore[operator]
    with Client(engine.url) as client:
        for number in range(5):
            client.bare.get_or_create(f"b{number}").ok()
        client.counter.get_or_create(["c", "a/b", ""]).increment()
    return engine


def keys(done: Done) -> list[list[str]]:
    assert done.code == 0
    return [row["key"] for row in done.lines]


def test_lists(many: PrivateEngine) -> None:
    def actors(*args: str) -> Done:
        return run("actors", *args, RIVET_ENDPOINT=many.url)

    newest_first = [["b4"], ["b3"], ["b2"], ["b1"], ["b0"]]
    done = actors()
    assert keys(done) == [*newest_first, ["c", "a/b", ""]]
    assert done.err == ""
    assert keys(actors("bare")) == newest_first
    done = actors("bare", "--limit", "2")
    assert keys(done) == newest_first[:2]
    assert done.err == "these are the first 2; list more with --limit, or --all\n"
    assert actors("bare", "--limit", "5").err == ""
    assert keys(actors("--limit", "2", "--all")) == [*newest_first, ["c", "a/b", ""]]
    done = actors("conter")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: no actor named 'conter'; did you mean 'counter'? there are: alarm, ")

    with Client(many.url) as client:  # on a busy machine they may have fallen asleep by now
        client.bare.get("b4").ok()
        client.counter.get(["c", "a/b", ""]).get()
    shown = run_on_terminal("actors", columns=80, RIVET_ENDPOINT=many.url, NO_COLOR="1").out
    lines = [line.strip() for line in re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()]
    assert re.fullmatch(r"name +key +state +age +id", lines[0])
    assert re.fullmatch(r"bare +b4 +running +\d+[smh] +\w{30}", lines[1])
    assert re.fullmatch(r'counter +\["c", "a/b", ""\] +running +\d+[smh] +\w{30}', lines[6])


def test_a_narrow_terminal(engine: SharedEngine, key: str) -> None:
    with Client(engine.url) as client:
        bare = client.bare.get_or_create(key)
        assert bare.ok()
        actor_id = bare.resolve()
    shown = run_on_terminal("actors", "bare", key, columns=30, RIVET_ENDPOINT=engine.url, NO_COLOR="1").out
    assert all(text in shown for text in ("bare", key[:5], "running", actor_id))


def test_one_key(engine: SharedEngine, key: str) -> None:
    compound = [key, "a/b", "c,d", ""]
    with Client(engine.url) as client:
        actor_id = client.bare.get_or_create(compound).resolve()
    row = run("actors", "bare", json.dumps(compound), RIVET_ENDPOINT=engine.url).value
    assert (row["actor_id"], row["name"], row["key"]) == (actor_id, "bare", compound)
    assert (row["destroyed"], row["pool"]) == (None, "default")
    done = run("actors", "bare", "--key", key, RIVET_ENDPOINT=engine.url)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "no actors" in run_on_terminal("actors", "bare", key, RIVET_ENDPOINT=engine.url).out


async def test_names_that_the_engine_does_not_tell() -> None:
    async def refuse_names(visit: Visit) -> None:
        if visit.path == "/actors/names":
            await visit.write(problem(403, "api.forbidden"))
        else:
            await visit.write(json_body({"actors": [], "pagination": {"cursor": None}}))

    async with StubPeer(requests=[refuse_names]) as peer:
        done = await run_beside("actors", "conter", RIVET_ENDPOINT=peer.url)
    assert (done.code, done.out, done.err) == (0, "", "")


def test_destroyed(engine: SharedEngine, key: str) -> None:
    with Client(engine.url) as client:
        mortal = client.mortal.get_or_create(key)
        client.engine.actors_destroy(mortal.resolve())
    assert run("actors", "mortal", key, RIVET_ENDPOINT=engine.url).out == ""
    row = run("actors", "mortal", key, "--destroyed", RIVET_ENDPOINT=engine.url).value
    assert row["state"] == "destroyed"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["destroyed"])
