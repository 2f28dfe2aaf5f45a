"""A chat room on a web page: history, live messages, who is here. Nothing is lost while the engine restarts.

Needs FastAPI, uvicorn, and an engine with the example actors. In a checkout of this repository:

    pip install . fastapi uvicorn
    python examples/fake_actors.py uvicorn --app-dir examples chat_room.app:app

Then open http://127.0.0.1:8000 in two windows. For a real engine, which needs Node, put local_engine.py in the place of
fake_actors.py. The page is page.html. Tests without a browser are in ../test_chat_room.py.

    browser ── WebSocket ── this service ── connection ── actor      each browser has its own of both
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, RedirectResponse
from pydantic import BaseModel, StringConstraints, ValidationError

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    AsyncActorConnection,
    AsyncClient,
    ConnectionClosedError,
)

TIMEOUT = 10.0  # seconds, for each call
SIGN_OF_LIFE = 10.0  # seconds; the actor counts users as here for 30 seconds after each sign
HISTORY = 50  # messages, for those who come in

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]  # of a room, or of a user


class Said(BaseModel):
    """What a browser sends: a text, with an id that the browser has made for it."""

    id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    text: Annotated[str, StringConstraints(max_length=2000)]


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient(timeout=TIMEOUT) as client:
        app.state.rivet = client
        yield


app = FastAPI(title="Chat room", lifespan=lifespan)


@app.get("/")
async def index() -> RedirectResponse:
    return RedirectResponse("/rooms/lobby")


@app.get("/rooms/{room}")
async def page(room: Name) -> FileResponse:
    return FileResponse(Path(__file__).with_name("page.html"))


@app.websocket("/rooms/{room}/socket")
async def socket(
    browser: WebSocket, room: Name, user: Name, after: int | None = None, of: str | None = None
) -> None:
    """Talk with one browser. One that comes back says `after` which message, and `of` which actor that was.

    Here people are who they say they are. A service of yours takes the user from its session. Then it also compares
    the header Origin with its own address, because any other site can open this WebSocket with a user's cookies.
    """
    client: AsyncClient = browser.app.state.rivet
    await browser.accept()
    # Each browser has a connection to the actor, with its user. One connection for a whole room would cost the engine
    # less. But then the actor could not tell people apart, and who may come in and who is here would have to be decided
    # again in this service, by all its processes together.
    async with client.chatRoom.get_or_create(["chat", room]).connect(params={"user": user}) as connection:
        try:
            await Visit(browser, connection, user, after, of).run()
        except* WebSocketDisconnect:
            pass  # the browser has left
        except* ValidationError:
            await browser.close(1003)  # whatever that is, it is not our page


class Visit:
    """One browser in one room."""

    def __init__(
        self,
        browser: WebSocket,
        connection: AsyncActorConnection,
        user: str,
        after: int | None,
        of: str | None,
    ) -> None:
        self.browser = browser
        self.connection = connection
        self.user = user
        self.last = after  # position of the newest message that the browser has; None before the history
        self.actor_id = of  # the actor that counts so
        self.may_have_missed = asyncio.Event()
        self.said: asyncio.Queue[Said] = asyncio.Queue(100)
        self.news: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def run(self) -> None:
        """Go on until the browser has left: then a WebSocketDisconnect, in a group. What it sends may be invalid."""
        self.connection.on("message", lambda message: self.hand_on([message]))
        self.connection.on("presence", lambda users: self.tell(here=users))
        self.connection.on_status_change(lambda status: self.tell(status=status))
        self.connection.on_open(self.may_have_missed.set)
        self.connection.on_error(lambda _: self.may_have_missed.set())
        async with asyncio.TaskGroup() as tasks:
            for work in (self.keep_up(), self.speak(), self.write()):
                tasks.create_task(work)
            while True:
                await self.said.put(Said.model_validate_json(await self.browser.receive_text()))

    async def keep_up(self) -> None:
        """Say that the user is here, and fetch what was missed: whenever the connection has opened, and regularly."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    # Before Python 3.12, wait_for can lose a cancellation.
                    async with asyncio.timeout(SIGN_OF_LIFE):
                        await self.may_have_missed.wait()
                self.may_have_missed.clear()
                await self.answer(self.connection.iAmHere)
                if self.actor_id != self.connection.actor_id:
                    self.actor_id, self.last = self.connection.actor_id, None
                    self.tell(room=self.actor_id)  # none of what was said in another one is in this one
                if self.last is None:
                    messages = await self.answer(self.connection.history, HISTORY)
                    self.last = messages[0]["seq"] - 1 if messages else 0
                else:
                    messages = await self.answer(self.connection.messagesAfter, self.last)
                self.hand_on(messages)
        except ActorError as error:
            if error.group == "user":  # the actor does not let the user in
                self.tell(refused=explained(error))
            self.news.put_nowait(None)

    async def speak(self) -> None:
        """Say what the browser has sent, one after the other."""
        while True:
            said = await self.said.get()
            try:
                await self.answer(self.connection.sendMessage, self.user, said.text, said.id)
            except ActorError as error:
                self.tell(refused=explained(error), id=said.id)

    async def write(self) -> None:
        """Send the news to the browser. If it was not refused, it comes back after the end."""
        while (news := await self.news.get()) is not None:
            await self.browser.send_json(news)
        await self.browser.close(1008)

    async def answer(self, action: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Call an action until it has an answer, whatever becomes of the connection meanwhile.

        Each of the actions may run twice: some only read, and the room knows a message by its id.
        """
        while True:
            try:
                return await action(*args)  # without a connection, this waits for the next one
            except (ConnectionClosedError, ActionTimeoutError):
                pass
            except ActorError as error:
                if not error.is_retryable:
                    raise
            await asyncio.sleep(0.5)

    def hand_on(self, messages: list[dict[str, Any]]) -> None:
        """Tell the browser of messages, each once and in order, whichever way they come."""
        # An event may be handled before the answer that came before it, because a callback is called at once.
        for message in messages:
            if self.last is None or message["seq"] > self.last + 1:
                self.may_have_missed.set()
            elif message["seq"] == self.last + 1:
                self.last += 1
                self.tell(message=message)

    def tell(self, **news: Any) -> None:
        self.news.put_nowait(news)


def explained(error: ActorError) -> dict[str, str]:
    """An error for people. What is not of the group `user` was not written for them."""
    return {
        "code": error.code,
        "message": error.message if error.group == "user" else "this did not work",
    }
