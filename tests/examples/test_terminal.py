"""examples/terminal_chat.py and examples/arena.py, with Textual's own keys and screens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, RichLog, Static

from examples import arena, terminal_chat
from rivet_client import AsyncClient
from rivet_client.testing import FakeEngine

SIZE = (60, 16)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.02)


def text(pilot: Pilot[None], widget: str) -> str:
    return str(pilot.app.query_one(widget, Static).render())


def log(pilot: Pilot[None]) -> list[str]:
    return [line.text.rstrip() for line in pilot.app.query_one(RichLog).lines]


async def say(pilot: Pilot[None], words: str) -> None:
    pilot.app.query_one(Input).value = words
    await pilot.press("enter")


async def test_a_chat(endpoint, key):
    async with AsyncClient(endpoint) as client:
        room = client.chatRoom.get_or_create(["chat", key])
        await room.sendMessage("bob", "before ann came")
        async with room.connect(params={"user": "ann"}) as connection:
            async with terminal_chat.Chat("ann", key, connection).run_test(size=SIZE) as pilot:
                await until(pilot, lambda: log(pilot) == ["bob before ann came"])
                await until(pilot, lambda: text(pilot, "#here") == "here: ann")
                assert text(pilot, "#status") == f"● connected  {key}, as ann"
                await say(pilot, "hello")
                await until(pilot, lambda: log(pilot)[1:] == ["ann hello"])
                await say(pilot, "  ")
                await until(pilot, lambda: log(pilot)[2:] == ["not said: a message needs text"])
                async with room.connect(params={"user": "bob"}) as other:
                    await other.iAmHere()
                    await other.sendMessage("bob", "and after")
                    await until(pilot, lambda: log(pilot)[3:] == ["bob and after"])
                    assert text(pilot, "#here") == "here: ann, bob"
                await pilot.press("escape")
        async with room.connect(params={"user": "mallory"}) as connection:
            async with terminal_chat.Chat("mallory", key, connection).run_test(size=SIZE) as pilot:
                await until(pilot, lambda: log(pilot) == ["mallory is not welcome here"])
                await until(pilot, lambda: text(pilot, "#status").startswith("● idle"))
                assert pilot.app.query_one(Input).disabled


async def test_a_chat_goes_on_after_a_restart(actors: FakeEngine, key):
    async with actors.async_client() as client:
        room = client.chatRoom.get_or_create(["chat", key])
        async with room.connect(params={"user": "ann"}) as connection:
            async with terminal_chat.Chat("ann", key, connection).run_test(size=SIZE) as pilot:
                await say(pilot, "one")
                await until(pilot, lambda: log(pilot) == ["ann one"])
                shown: list[str] = []
                stop = connection.on_status_change(lambda _: shown.append(text(pilot, "#status").split()[1]))
                await asyncio.to_thread(actors.restart)
                await say(pilot, "two")
                await until(pilot, lambda: log(pilot) == ["ann one", "ann two"])
                assert (shown[0], shown[-1]) == ("disconnected", "connected")
                stop()  # the connection outlives the screen, and a callback that raises is reported


async def test_a_chat_goes_on_in_a_room_that_is_new(actors: FakeEngine, key):
    async with actors.async_client() as client:
        room = client.chatRoom.get_or_create(["chat", key])
        for words in ("one", "two"):
            await room.sendMessage("bob", words)
        async with room.connect(params={"user": "ann"}) as connection:
            async with terminal_chat.Chat("ann", key, connection).run_test(size=SIZE) as pilot:
                await until(pilot, lambda: log(pilot) == ["bob one", "bob two"])
                await asyncio.to_thread(actors.reset)
                await until(pilot, lambda: log(pilot) == [])
                await say(pilot, "three")
                await until(pilot, lambda: log(pilot) == ["ann three"])


async def test_the_arena(endpoint, key):
    async with AsyncClient(endpoint) as client:
        field = client.arena.get_or_create(key)
        async with field.connect(params={"name": "ann"}) as ann, field.connect(params={"name": "bob"}) as bob:
            async with arena.Arena(ann).run_test(size=SIZE) as pilot:
                await until(pilot, lambda: "2 in the arena" in text(pilot, "#status"))
                await bob.steer(0.4, -0.4)  # until then one ball may hide the other
                await until(pilot, lambda: {"ann", "bob"} <= set(text(pilot, "#field").split()))
                track = pilot.app.track  # type: ignore[attr-defined]
                await pilot.press("left")
                await until(pilot, lambda: track.snapshots[-1][1]["ann"][0] < 0.3)
                await pilot.press("escape")


async def test_who_comes_back_to_an_empty_arena_does_not_make_it_faster(actors: FakeEngine, key):
    async with actors.async_client() as client:
        field = client.arena.get_or_create(key)
        for _ in range(3):
            async with field.connect() as connection:
                await connection.wait_ready()
        async with field.connect() as connection:
            snapshots = connection.events("snapshot", timeout=60)
            times = [(await anext(snapshots))[0]["time"] for _ in range(6)]
    assert times[-1] - times[0] >= 5 * 95


def snapshot(time: float, **places: tuple[float, float]) -> dict[str, object]:
    return {
        "time": time * 1000,
        "balls": [{"name": name, "x": x, "y": y, "dx": 0, "dy": 0} for name, (x, y) in places.items()],
    }


def test_places_between_snapshots():
    track = arena.Track()
    assert track.at(0) == {}
    # The actor's clock says 100 when ours says 0. The third snapshot takes long.
    for sent, came, x in ((100.0, 0.0, 0.0), (100.1, 0.1, 0.2), (100.2, 0.29, 0.4)):
        track.add(snapshot(sent, ann=(x, 1 - x)), came)
    moments = [0.0, 0.2, 0.25, 0.3, 0.375, 0.4, 9.0]
    places = [track.at(moment)["ann"] for moment in moments]
    assert [x for x, _ in places] == pytest.approx([0, 0, 0.1, 0.2, 0.35, 0.4, 0.4])
    assert [x + y for x, y in places] == pytest.approx([1] * 7)


def test_who_comes_and_goes_is_not_drawn_half_way():
    track = arena.Track()
    track.add(snapshot(100.0, ann=(0, 0), bob=(0, 0)), 0.0)
    track.add(snapshot(100.1, ann=(1, 1), cat=(0, 0)), 0.1)
    assert track.at(0.25).keys() == {"ann"}
    assert track.at(0.3).keys() == {"ann", "cat"}


def test_what_is_old_or_of_another_clock_is_forgotten():
    track = arena.Track()
    for tenth in range(30):
        track.add(snapshot(100 + tenth / 10, ann=(0.5, 0.5)), tenth / 10)
    assert len(track.snapshots) == 11
    track.add(snapshot(100.0, ann=(0, 0)), 2.95)  # the actor is on another host now, whose clock is behind
    assert track.at(3.15) == {"ann": (0, 0)}
    assert len(track.snapshots) == 1


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 1.0)])
def test_balls_stay_in_the_picture(place):
    rows = arena.picture({"a long name": place}, 20, 5).plain.split("\n")
    assert [len(row) for row in rows] == [20] * 5
    assert rows[-1 if place[1] else 0].strip() == ("a long name ▄" if place[1] else "▀ a long name")
