"""A chat in a terminal, with Textual. Its rooms are those of chat_room/: people on the web page are there, too.

Needs Textual, and an engine with the example actors. In a checkout of this repository:

    pip install . textual
    python examples/fake_actors.py python examples/terminal_chat.py ann

So nobody else is there. With a real engine, which needs Node, each of these is a terminal of its own:

    pip install '.[cli]'; npm ci --prefix examples/registry; rivet-client dev examples/registry/registry.ts
    python examples/terminal_chat.py ann
    python examples/terminal_chat.py bob
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from zlib import crc32

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.widgets import Input, RichLog, Static

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
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")


class Chat(App[None]):
    """One user in one room; the connection is the caller's."""

    CSS = """
    #status, #here { height: 1; padding: 0 1; background: $panel; }
    RichLog { padding: 1; overflow-y: auto; }
    """
    BINDINGS: ClassVar = [("escape", "quit", "Leave")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, user: str, room: str, connection: AsyncActorConnection) -> None:
        super().__init__()
        self.user, self.room, self.connection = user, room, connection
        self.last: int | None = None  # position of the newest message that is shown; None before the history
        self.actor_id: str | None = None  # the actor that counts so
        self.may_have_missed = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static(id="status")
        yield RichLog(wrap=True, min_width=20)
        yield Static("nobody is here yet", id="here")
        yield Input(placeholder="Write, and press Enter. Escape leaves.")

    def on_mount(self) -> None:
        here = self.query_one("#here", Static)
        self.query_one(Input).focus()
        self.callbacks = [
            self.connection.on("message", lambda message: self.show([message])),
            self.connection.on("presence", lambda users: here.update(f"here: {', '.join(users)}")),
            self.connection.on_status_change(lambda _: self.show_status()),
            self.connection.on_open(self.may_have_missed.set),
        ]
        self.show_status()
        self.keep_up()

    def on_unmount(self) -> None:
        for remove in self.callbacks:  # the connection outlives the screen
            remove()

    def show_status(self) -> None:
        status = self.connection.status
        colour = {"connected": "green", "idle": "red"}.get(status, "yellow")
        self.query_one("#status", Static).update(
            Text.assemble((f"● {status}", colour), f"  {self.room}, as {self.user}")
        )

    def show(self, messages: list[dict[str, Any]]) -> None:
        """Show messages, each once and in order, whichever way they come."""
        for message in messages:
            if self.last is None or message["seq"] > self.last + 1:
                self.may_have_missed.set()
            elif message["seq"] == self.last + 1:
                self.last += 1
                colour = COLOURS[crc32(message["sender"].encode()) % len(COLOURS)]
                self.tell(Text.assemble((message["sender"], f"bold {colour}"), " ", message["text"]))

    def tell(self, text: Text) -> None:
        self.query_one(RichLog).write(text)

    @work
    async def keep_up(self) -> None:
        """Say that the user is here, and fetch what was missed: whenever the connection has opened, and regularly."""
        try:
            while True:
                await self.answer(self.connection.iAmHere)
                if self.actor_id != self.connection.actor_id:
                    self.actor_id, self.last = self.connection.actor_id, None
                    self.query_one(RichLog).clear()  # none of what was said in another room is in this one
                if self.last is None:
                    messages = await self.answer(self.connection.history, HISTORY)
                    self.last = messages[0]["seq"] - 1 if messages else 0
                else:
                    messages = await self.answer(self.connection.messagesAfter, self.last)
                self.show(messages)
                with contextlib.suppress(TimeoutError):
                    # Before Python 3.12, wait_for can lose a cancellation.
                    async with asyncio.timeout(SIGN_OF_LIFE):
                        await self.may_have_missed.wait()
                self.may_have_missed.clear()
        except ActorError as error:  # the actor does not let the user in
            self.tell(Text(error.message, "red"))
            self.query_one(Input).disabled = True

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.say(event.value)
        event.input.clear()

    @work
    async def say(self, text: str) -> None:
        try:
            # The room says what comes again with the same id only once.
            await self.answer(self.connection.sendMessage, self.user, text, uuid.uuid4().hex)
        except ActorError as error:
            self.tell(Text(f"not said: {error.message}", "red"))

    async def answer(self, action: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Call an action until it has an answer, whatever becomes of the connection meanwhile. It may run twice."""
        while True:
            try:
                return await action(*args)  # without a connection, this waits for the next one
            except (ConnectionClosedError, ActionTimeoutError):
                pass
            except ActorError as error:
                if not error.is_retryable:
                    raise
            await asyncio.sleep(0.5)


async def main() -> None:
    arguments = argparse.ArgumentParser(description="Chat in a terminal.")
    arguments.add_argument("user")
    arguments.add_argument("room", nargs="?", default="lobby")
    given = arguments.parse_args()
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient(timeout=TIMEOUT) as client:
        room = client.chatRoom.get_or_create(["chat", given.room])
        async with room.connect(params={"user": given.user}) as connection:
            await Chat(given.user, given.room, connection).run_async()


if __name__ == "__main__":
    asyncio.run(main())
