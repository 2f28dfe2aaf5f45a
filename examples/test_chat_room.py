"""Tests of chat_room/app.py without a browser, as a project would have them. How to run them: test_fastapi_app.py."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from chat_room import app
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from rivet_client import Client
from rivet_client.testing import FakeEngine, LocalEngine


@pytest.fixture
def web(rivet_engine: FakeEngine | LocalEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("RIVET_ENDPOINT", rivet_engine.url)
    # A real engine on a busy machine needs some time for a new actor.
    monkeypatch.setattr(app, "TIMEOUT", 60.0)
    with TestClient(app.app) as web:
        yield web


class Page:
    """What the page does, but for showing it."""

    def __init__(self, socket: WebSocketTestSession) -> None:
        self.socket = socket
        self.room: str | None = None

    def say(self, id: str, text: str) -> None:
        self.socket.send_json({"id": id, "text": text})

    def next(self, kind: str) -> Any:
        """The next news of a kind; others are passed over."""
        while True:
            news = self.socket.receive_json()
            self.room = news.get("room", self.room)
            if kind in news:
                return news[kind]

    def wait_until(self, kind: str, value: Any) -> None:
        while self.next(kind) != value:
            pass


@contextlib.contextmanager
def entered(web: TestClient, room: str, user: str, **more: Any) -> Iterator[Page]:
    query = "&".join(f"{name}={value}" for name, value in {"user": user, **more}.items())
    with web.websocket_connect(f"/rooms/{room}/socket?{query}") as socket:
        yield Page(socket)


def test_a_conversation(web: TestClient, rivet_key: str) -> None:
    with entered(web, rivet_key, "ann") as ann:
        ann.wait_until("here", ["ann"])
        with entered(web, rivet_key, "bob") as bob:
            ann.wait_until("here", ["ann", "bob"])
            ann.say("id-1", "anybody here?")
            assert bob.next("message")["text"] == "anybody here?"
            bob.say("id-2", "me")
            assert [ann.next("message")["text"] for _ in range(2)] == ["anybody here?", "me"]
        ann.wait_until("here", ["ann"])
    with entered(web, rivet_key, "eve") as eve:
        assert [eve.next("message")["text"] for _ in range(2)] == ["anybody here?", "me"]
        actor = eve.room
    with entered(web, rivet_key, "ann", after=1, of=actor) as ann:
        assert ann.next("message")["text"] == "me"
        assert ann.room is None  # the page goes on


def test_a_message_that_comes_again_is_not_said_again(web: TestClient, rivet_key: str) -> None:
    with entered(web, rivet_key, "ann") as ann:
        for id, text in (("id-1", "hello"), ("id-1", "hello"), ("id-2", "bye")):
            ann.say(id, text)
        assert [ann.next("message")["text"] for _ in range(2)] == ["hello", "bye"]


def test_what_the_room_refuses(web: TestClient, rivet_key: str) -> None:
    with entered(web, rivet_key, "ann") as ann:
        ann.say("id-1", " ")
        assert ann.next("refused") == {"code": "empty_message", "message": "a message needs text"}
        ann.say("id-2", "hello")
        assert ann.next("message")["text"] == "hello"
    with entered(web, rivet_key, "mallory") as mallory:
        assert mallory.next("refused") == {"code": "banned", "message": "mallory is not welcome here"}
        with pytest.raises(WebSocketDisconnect):
            mallory.next("here")
    with entered(web, rivet_key, "eve") as eve:
        eve.socket.send_text("what the page would never send")
        with pytest.raises(WebSocketDisconnect):
            eve.wait_until("here", [])


@pytest.mark.parametrize("said", [["three"], ["three", "four", "five"]])
def test_a_page_comes_back_to_a_room_that_is_new(
    web: TestClient, rivet_client: Client, rivet_key: str, said: list[str]
) -> None:
    """It counts its messages from 1 again, and has fewer or more of them than the page."""
    room = rivet_client.chatRoom.get_or_create(["chat", rivet_key])
    room.sendMessage("bob", "one")
    room.sendMessage("bob", "two")
    with entered(web, rivet_key, "ann") as ann:
        assert [ann.next("message")["text"] for _ in range(2)] == ["one", "two"]
    rivet_client.engine.actors_destroy(room.resolve())
    for text in said:
        room.sendMessage("bob", text)
    with entered(web, rivet_key, "ann", after=2, of=ann.room) as again:
        assert [again.next("message")["text"] for _ in said] == said
        assert again.room == room.resolve()


@pytest.mark.rivet_engine("fake")
def test_while_the_engine_is_away(
    web: TestClient, rivet_engine: FakeEngine, rivet_client: Client, rivet_key: str
) -> None:
    room = rivet_client.chatRoom.get_or_create(["chat", rivet_key])
    with entered(web, rivet_key, "ann") as ann:
        ann.wait_until("status", "connected")
        with rivet_engine.unreachable():
            assert ann.next("status") == "disconnected"
        room.sendMessage("bob", "is anybody here?")  # most likely before the connection is back
        assert ann.next("message")["text"] == "is anybody here?"
        with rivet_engine.unreachable():
            ann.say("id-1", "me")
        assert ann.next("message")["text"] == "me"
        rivet_engine.lose_answers("sendMessage")
        ann.say("id-2", "good")
        ann.say("id-3", "bye")
        assert [ann.next("message")["text"] for _ in range(2)] == ["good", "bye"]
    assert [message["text"] for message in room.history()] == ["is anybody here?", "me", "good", "bye"]
