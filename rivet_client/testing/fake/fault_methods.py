"""The methods of `FakeEngine` by which a test makes things go wrong: one line for each fault.

What a real engine does in each case: PROTOCOL.md 4.9, 4.10, 5.4, 5.5, 8 and 11.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rivet_client._checks import check_close, check_timeout
from rivet_client.errors import ConfigError
from rivet_client.testing.errors import EngineError
from rivet_client.testing.fake.failures import Failure, usual
from rivet_client.testing.fake.faults import Effect, Fault, Faults
from rivet_client.testing.fake.http import Answer, HttpRequest
from rivet_client.testing.fake.names import Names, key_parts
from rivet_client.testing.fake.record import Kind

if TYPE_CHECKING:
    from rivet_client.testing.fake.actors import Directory
    from rivet_client.testing.fake.calls import Call
    from rivet_client.testing.fake.server import Server, Stream

__all__ = ["FaultMethods"]

T = TypeVar("T")
_OPENINGS: Final[tuple[Kind, ...]] = ("connect", "websocket")


class FaultMethods:
    """What a `FakeEngine` can do wrong.

    Each fault shows a client what a real engine shows in that case. A client repeats calls that surely did not run, so
    that nobody sees one failure of such a kind: give `times=None`, or make the client with
    `retry=RetryPolicy(max_attempts=1)`.
    """

    _faults: Faults
    _directory: Directory
    _names: Names
    _server: Server

    def _on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        raise NotImplementedError

    async def _listen(self) -> None:
        raise NotImplementedError

    # --- Calls -----------------------------------------------------------------------------------------------------

    def fail_next(
        self,
        name: str | None,
        group: str,
        code: str,
        *,
        message: str | None = None,
        metadata: Any = None,
        ran: bool = False,
        times: int | None = 1,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Fault:
        """Answer the next call with an error.

        Group and code decide who answers, as in a real engine. An error of the engine, such as
        "guard.service_unavailable", names no actor, and ends a connection over which it comes. An actor's host hides
        the messages of internal errors.

        Args:
            name: The action or the queue, on the wire or in the typed package of `from_registry`; the path of a raw
                request, with its first slash; None for any action or message.
            group: As in `ActorError`.
            code: As in `ActorError`.
            message: As in `ActorError`; None for what the error catalogue says.
            metadata: As in `ActorError`.
            ran: Whether the call runs before, as for "actor.dropped_reply".
            times: How many calls; None for all.
            actor: The actors that this is for; None for all of any name.
            key: The actor's key; None for all keys.

        Raises:
            ConfigError: No actor has such an action or queue.
        """
        error = usual(group, code, message=message, metadata=metadata)
        text = f"fail_next({name!r}, {group!r}, {code!r})"
        return self._add(text, "fail", (error, ran), name, times, actor, key)

    def delay(
        self,
        name: str | None,
        seconds: float,
        *,
        times: int | None = 1,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Fault:
        """Have the next call wait before it runs. It runs even if the client has given up by then.

        Args:
            name: As in `fail_next`.
            seconds: How long. It may be an hour: `stop` does not wait for it.
            times: As in `fail_next`.
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Raises:
            ConfigError: No actor has such an action or queue.
        """
        wait = check_timeout("seconds", seconds)
        return self._add(f"delay({name!r}, {seconds!r})", "delay", wait, name, times, actor, key)

    def lose_answers(
        self,
        name: str | None = None,
        *,
        silently: bool = False,
        times: int | None = 1,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Fault:
        """Run the next call, and end its TCP connection in the place of the answer: the client cannot tell that it ran.

        Args:
            name: As in `fail_next`.
            silently: Whether the TCP connection stays and nothing comes, as over the connection of an actor that is
                about to sleep. Only a deadline ends such a call.
            times: As in `fail_next`.
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Raises:
            ConfigError: No actor has such an action or queue.
        """
        way = "silently" if silently else "stream"
        text = f"lose_answers({'' if name is None else repr(name)})"
        return self._add(text, "lose", way, name, times, actor, key)

    # --- Connections -----------------------------------------------------------------------------------------------

    def refuse_connections(
        self,
        group: str,
        code: str,
        *,
        message: str | None = None,
        metadata: Any = None,
        times: int | None = 1,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Fault:
        """Refuse the next connection, or raw WebSocket: with an error, and close code 1011.

        Args:
            group: As in `fail_next`.
            code: As in `fail_next`.
            message: As in `fail_next`.
            metadata: As in `fail_next`.
            times: As in `fail_next`.
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Raises:
            ConfigError: There is no such actor.
        """
        error = usual(group, code, message=message, metadata=metadata)
        text = f"refuse_connections({group!r}, {code!r})"
        return self._add(text, "fail", (error, False), None, times, actor, key, _OPENINGS)

    def drop_connections(
        self,
        *,
        mid_frame: bool = False,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> int:
        """End the TCP connections of connections and raw WebSockets, without a close frame.

        Args:
            mid_frame: Whether to end them within a frame.
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Returns:
            How many they were.
        """
        return self._each_socket(lambda stream: stream.drop(mid_frame=mid_frame), actor, key)

    def close_connections(
        self,
        code: int,
        reason: str = "",
        *,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> int:
        """Close connections and raw WebSockets from the engine's side.

        Args:
            code: Close code, such as 1008.
            reason: Close reason, such as "ws.message_index_skip".
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Returns:
            How many they were.

        Raises:
            TypeError, ConfigError: An engine cannot close with this.
        """
        check_close(code, reason)
        return self._each_socket(lambda stream: stream.close_socket(code, reason), actor, key)

    # --- Actors ----------------------------------------------------------------------------------------------------

    def sleep(self, actor: str, key: str | Sequence[str] = ()) -> None:
        """Put an actor to sleep. Its connections stay, and the next call wakes it.

        Args:
            actor: The actor's name.
            key: Its key.

        Raises:
            ConfigError: There is no such actor.
        """
        self._names.check_actor(actor)
        self._on_loop(self._put_to_sleep(actor, key_parts(key)))

    async def _put_to_sleep(self, name: str, key: tuple[str, ...]) -> None:
        living = [it for it in self._directory if it.phase != "destroyed"]
        found = [it for it in living if (it.name, it.key) == (name, key)]
        if not found:
            there = ", ".join(map(str, living)) or "none"
            raise ConfigError(f"no actor {name}{list(key)} has been created; there are: {there}")
        for it in found:
            await it.sleep()

    def fail_creations(
        self,
        group: str,
        code: str,
        *,
        message: str | None = None,
        metadata: Any = None,
        times: int | None = 1,
        actor: str | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Fault:
        """Have the engine create no actor, but answer with an error, such as "actor.creation_rate_limit".

        Args:
            group: As in `fail_next`.
            code: As in `fail_next`.
            message: As in `fail_next`.
            metadata: As in `fail_next`.
            times: How many actors; None for all.
            actor: As in `fail_next`.
            key: As in `fail_next`.

        Raises:
            ConfigError: There is no such actor.
        """
        is_meant = self._names.choice(actor, key)
        error = Failure(group, code, message=message, metadata=metadata, by_engine=True)

        def fits(created: tuple[str, tuple[str, ...]]) -> bool:
            return is_meant(*created)

        text = f"fail_creations({group!r}, {code!r})"
        return self._faults.add(Fault(text, times, effect="create", value=error, fits=fits))

    # --- The engine ------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Restart the engine: TCP connections end, and actors keep their state, but not `ctx.vars`."""
        self._on_loop(self._restart())

    async def _restart(self) -> None:
        await self._drop_streams()
        for actor in list(self._directory):
            await actor.sleep()

    def unreachable(self) -> AbstractContextManager[object]:
        """Be unreachable: TCP connections end, and new ones are refused.

        That lasts until the `with` block ends, or, without `with`, until `clear_faults` or `reset`.
        """
        return self._outage(self._set_unreachable)

    def silent(self) -> AbstractContextManager[object]:
        """Be silent: TCP connections stay and new ones are taken, and nothing is answered on any.

        That lasts as long as in `unreachable`. What came meanwhile is answered afterwards.
        """
        return self._outage(self._set_silent)

    def answer_instead(
        self, status: int, body: str = "", *, websockets: bool | None = None, times: int | None = 1
    ) -> Fault:
        """Answer the next request as something before the engine does, such as a proxy; it reaches no actor.

        Args:
            status: HTTP status, such as 502.
            body: The body, as plain text.
            websockets: Whether it is for handshakes of WebSockets only, or for other requests only; None for both.
            times: How many requests; None for all.
        """
        answer = Answer(status, {"content-type": "text/plain"}, body.encode())

        def fits(request: HttpRequest) -> bool:
            return websockets in (None, request.is_upgrade)

        return self._faults.add(
            Fault(f"answer_instead({status})", times, effect="answer", value=answer, fits=fits)
        )

    # --- The faults themselves -------------------------------------------------------------------------------------

    def clear_faults(self) -> None:
        """Forget the faults that are still to come, and end those that last."""
        for outage in self._faults.clear():
            outage.close()

    def assert_faults_used(self) -> None:
        """Check that each fault has been met, as often as its `times` says. Otherwise a test may have tested nothing.

        Raises:
            AssertionError: One has not. The text lists them.
        """
        if unused := self._faults.unused():
            lines = [f"  {fault!r}" for fault in unused]
            raise AssertionError("\n".join(["not all faults have been met:", *lines]))

    def _add(
        self,
        text: str,
        effect: Effect,
        value: Any,
        name: str | None,
        times: int | None,
        actor: str | None,
        key: str | Sequence[str] | None,
        kinds: tuple[Kind, ...] = ("action", "queue"),
    ) -> Fault:
        """Set a fault for what has a name or, without one, for all of some kinds."""
        is_meant = self._names.choice(actor, key)
        if name is not None:
            self._names.check(name, actor)

        def fits(call: Call) -> bool:
            has_name = (
                call.kind in kinds
                if name is None
                else call.name == self._names.on_wire(call.actor.name, name)
            )
            return has_name and is_meant(call.actor.name, call.actor.key)

        return self._faults.add(Fault(text, times, effect=effect, value=value, fits=fits))

    def _each_socket(
        self, do: Callable[[Stream], None], actor: str | None, key: str | Sequence[str] | None
    ) -> int:
        is_meant = self._names.choice(actor, key)

        async def do_all() -> int:
            found = [
                stream
                for stream in list(self._server.streams)
                if (owner := stream.actor) is not None and is_meant(owner.name, owner.key)
            ]
            for stream in found:
                do(stream)
            return len(found)

        return self._on_loop(do_all())

    def _outage(self, set_it: Callable[[bool], Coroutine[Any, Any, None]]) -> ExitStack:
        self._on_loop(set_it(True))
        outage = ExitStack()

        def end() -> None:
            with suppress(EngineError):  # it was stopped meanwhile
                self._on_loop(set_it(False))

        outage.callback(end)
        self._faults.outages.append(outage)
        return outage

    async def _set_unreachable(self, is_unreachable: bool) -> None:
        if is_unreachable:
            self._server.stop_listening()
            await self._drop_streams()
        else:
            await self._listen()

    async def _drop_streams(self) -> None:
        """End all streams, and wait until actors know of it."""
        self._server.abort_streams()
        while self._server.streams:
            await asyncio.sleep(0)

    async def _set_silent(self, is_silent: bool) -> None:
        self._server.set_silent(is_silent)
