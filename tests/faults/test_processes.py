"""What only a process of its own can show: Ctrl-C, the interpreter's exit, forks, one event loop after another."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import signal
import sys
import textwrap
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rivet_client import AsyncClient, Client
from rivet_client_generated.facade import asyncio as asyncio_facade
from rivet_client_generated.facade import blocking
from rivet_client_generated.protocol.messages import Init
from tests.faults.test_raw import either
from tests.faults.waiting import ends, next_event
from tests.support.flavours import in_thread
from tests.support.stub_peer import ACTOR, StubPeer, answer, locate

ROOT = Path(__file__).parent.parent.parent

PRELUDE = """
import asyncio, os, sys, threading
from rivet_client import *
url = sys.argv[1]
def say(*words):
    print(*words, flush=True)
"""


RUN = {"plain": "asyncio.run", "uvloop": "__import__('uvloop').run"}
"""What runs the main coroutine of a script, for each kind of event loop."""


class Program:
    """A Python program that a test has started."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._output = asyncio.ensure_future(process.stderr.read())  # type: ignore[union-attr]

    async def line(self, timeout: float = 40.0) -> str:
        """The next line that it says."""
        assert self.process.stdout is not None
        line = (await asyncio.wait_for(self.process.stdout.readline(), timeout)).decode().strip()
        return line or f"nothing, but this on stderr: {await self.errors()}"

    async def errors(self, timeout: float = 40.0) -> str:
        """What it has written to stderr by its end, waiting for that."""
        async with asyncio.timeout(timeout):
            await self.process.wait()
            return (await self._output).decode()


@contextlib.asynccontextmanager
async def program(script: str, *arguments: str, filters: str = "always") -> AsyncIterator[Program]:
    """Run a script with `url` and `say` at hand; killed at the end if it has not ended by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "always", "-W", filters, "-c", PRELUDE + textwrap.dedent(script), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'generated'}", "PATH": "/usr/bin:/bin"},
    )
    started = Program(process)
    try:
        yield started
    finally:
        if process.returncode is None:
            process.kill()
        await started.errors()


async def silence(visit):
    await visit.gone()


# --- Ctrl-C ----------------------------------------------------------------------------------------------------

CALLS = {
    "action": "handle.echo(1)",
    "fetch": "handle.fetch('x')",
    "connection": "connection.hold()",
    "wait_ready": "unready.wait_ready()",
    "events": "next(connection.events('never'))",
    "raw receive": "websocket.receive()",
    "raw send": "while True: stuffed.send(b'x' * 1_000_000)",
    "raw opening": "client.unready.get_or_create('k').websocket('x')",
    "closing": "unheard.close()",
    "stream": "[*stream.iter_bytes()]",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_ctrl_c_in_a_blocking_call(call):
    async def deaf(visit):
        await visit.accept()
        await visit.send(Init(actor_id=ACTOR, connection_id="c"))
        await asyncio.sleep(300)

    async def unready(visit):
        scripts = {"unready": silence, "deaf": deaf}
        await scripts.get(visit.path.split("/")[2], either)(visit)

    async def streaming(visit):
        await visit.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await visit.gone()

    script = f"""
        with Client(url) as client:
            handle = client.stub.get_or_create("k")
            with (handle.connect() as connection, handle.websocket("x") as websocket,
                    client.unready.get_or_create("k").connect() as unready, handle.stream("s") as stream):
                stuffed = client.deaf.get_or_create("k").websocket("x")
                unheard = client.deaf.get_or_create("k").connect()
                unheard.wait_ready()
                connection.wait_ready()
                try:
                    say("ready")
                    {call}
                except KeyboardInterrupt:
                    say("interrupted")
                say(connection.echo("usable"), handle.echo("afterwards"))
        say("closed")
    """
    scripts = [streaming, *([silence] if call.startswith("handle") else []), answer]
    async with StubPeer(sockets=[unready], requests=scripts) as peer, program(script, peer.url) as run:
        assert await run.line() == "ready"
        await asyncio.sleep(0.2)  # into the call
        run.process.send_signal(signal.SIGINT)
        assert await run.line(timeout=20) == "interrupted"
        assert await run.line() == "usable afterwards"
        assert await run.line() == "closed"
        assert "Traceback" not in await run.errors()


@pytest.mark.parametrize("run", RUN.values(), ids=RUN)
async def test_ctrl_c_in_asyncio_run(run):
    script = f"""
        async def main():
            async with AsyncClient(url) as client:
                async with client.stub.get_or_create("k").connect() as connection:
                    await connection.wait_ready()
                    say("ready")
                    await connection.hold()
        try:
            {run}(main())
        except KeyboardInterrupt:
            say("interrupted")
    """
    async with StubPeer() as peer, program(script, peer.url) as started:
        assert await started.line() == "ready"
        started.process.send_signal(signal.SIGINT)
        assert await started.line(timeout=20) == "interrupted"
        assert await started.errors() == ""


# --- Exit ------------------------------------------------------------------------------------------------------

FORGETFUL = {
    "http": """
        client = Client(url)
        client.stub.get_or_create("k").echo(1)
    """,
    "connection": """
        client = Client(url)
        connection = client.stub.get_or_create("k").connect()
        connection.wait_ready()
    """,
    "connection alone": """
        connection = Client(url).stub.get_or_create("k").connect()
        connection.wait_ready()
    """,
    "dialing": """
        client = Client(url)
        connection = client.unready.get_or_create("k").connect()
    """,
    "looking up": """
        client = Client(url + "/silent")
        connection = client.stub.get_or_create("k").connect()
    """,
    "websocket": """
        client = Client(url)
        websocket = client.stub.get_or_create("k").websocket("x")
    """,
    "call in a thread": """
        client = Client(url)
        connection = client.stub.get_or_create("k").connect()
        connection.wait_ready()
        threading.Thread(target=connection.hold, daemon=True).start()
    """,
    "callback": """
        import time
        client = Client(url)
        connection = client.late.get_or_create("k").connect()
        in_callback = threading.Event()
        connection.on_open(lambda: (in_callback.set(), time.sleep(60)))
        client.stub.get_or_create("k").echo(1)  # the peer opens no connection before that
        in_callback.wait()
    """,
    "asyncio": """
        async def main():
            global client, connection
            client = AsyncClient(url)
            connection = client.stub.get_or_create("k").connect()
            await connection.wait_ready()
            await client.stub.get_or_create("k").echo(1)
        asyncio.run(main())
    """,
    "asyncio websocket": """
        async def main():
            global websocket
            websocket = await AsyncClient(url).stub.get_or_create("k").websocket("x")
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("script", FORGETFUL.values(), ids=FORGETFUL)
async def test_forgotten_clients_do_not_hold_up_the_exit(script):
    async def opening(visit):
        if "/late/" in visit.target:
            await peer.until(lambda: peer.requests)
        await (silence if "/unready/" in visit.target else either)(visit)

    async def look_up(visit):
        await (silence if visit.path.startswith("/silent") else locate)(visit)

    async with StubPeer(sockets=[opening], metadata=[look_up]) as peer:
        async with program(script + '\n        say("done")', peer.url) as run:
            assert await run.line() == "done"
            errors = await run.errors(timeout=30)
            assert run.process.returncode == 0
            assert "Traceback" not in errors
            assert "Fatal" not in errors
            await peer.until(lambda: peer.open_streams == 0)


@pytest.mark.parametrize("what", ["client", "connection", "websocket"])
async def test_forgotten_things_warn(flavour, what):
    closing = {
        "client": "connection.close(); websocket.close()",
        "connection": "websocket.close()",
        "websocket": "connection.close()",
    }[what]
    awaited = {"blocking": "", "asyncio": "await "}[flavour.name]
    lines = [
        "handle = client.stub.get_or_create('k')",
        f"{awaited}handle.echo(1)",
        "connection = handle.connect()",
        f"{awaited}connection.wait_ready()",
        f"websocket = {awaited}handle.websocket('x')",
        *(f"{awaited}{one.strip()}" for one in closing.split(";")),
        f"del {what}",
        "say('forgotten')",
        *([] if what == "client" else [f"{awaited}client.close()"]),
    ]
    if flavour.name == "blocking":
        script = "\n".join(["client = Client(url)", *lines])
    else:
        body = ["async def main():", "client = AsyncClient(url)", *lines]
        script = "\n    ".join(body) + f"\n{RUN[flavour.loop]}(main())"
    async with StubPeer(sockets=[either]) as peer, program(script, peer.url) as run:
        assert await run.line() == "forgotten"
        errors = await run.errors()
        named = {"client": "Client", "connection": "ActorConnection", "websocket": "WebSocket"}[what]
        # asyncio itself keeps a WebSocket that is open, so the client still closes it.
        warned = (flavour.name, what) != ("asyncio", "websocket")
        assert bool(re.search(f"ResourceWarning: .*{named} .*was not closed", errors)) == warned
        assert "Traceback" not in errors
        await peer.until(lambda: peer.open_streams == 0)


async def test_a_forgotten_connection_closes(flavour):
    async with StubPeer() as peer, ends():
        client = {"blocking": Client, "asyncio": AsyncClient}[flavour.name](peer.url)
        connection = client.stub.get_or_create("k").connect()
        connection.on("newCount", lambda count: count)
        await peer.until(lambda: peer.sockets and peer.sockets[0].subscriptions)
        with pytest.warns(ResourceWarning, match="ActorConnection .* was not closed"):
            del connection
            gc.collect()
        await peer.until(lambda: peer.sockets[0].close_code)
        assert peer.sockets[0].close_code == 1000
        await client.close() if flavour.name == "asyncio" else await in_thread(client.close)


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [
        (blocking.Client, "_runtime"),
        (blocking.ActorConnection, "_driver"),
        (asyncio_facade.AsyncClient, "_runtime"),
        (asyncio_facade.AsyncActorConnection, "_driver"),
    ],
)
def test_what_is_left_when_the_interpreter_clears_its_modules(monkeypatch, kind, attribute):
    """As it happens on the free-threaded build: whatever this would look up may be gone, so it looks nothing up."""
    left = object.__new__(kind)
    object.__setattr__(left, attribute, object())
    monkeypatch.setattr(sys.modules[kind.__module__], "warnings", None)
    kind.__del__(left)
    object.__setattr__(left, attribute, None)  # for its real end


async def test_an_iterator_keeps_its_connection(flavour):
    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        events = asyncio.ensure_future(next_event(handle.connect().events("newCount")))
        await peer.until(lambda: peer.sockets and peer.sockets[0].subscriptions)
        gc.collect()
        await peer.sockets[0].emit("newCount", 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # now it may go
            assert await events == (1,)
            del events
            gc.collect()
            await peer.until(lambda: peer.sockets[0].close_code)


# --- Forks -----------------------------------------------------------------------------------------------------


NO_FORK_WARNING = "ignore::DeprecationWarning"  # Python 3.12 has one for every process with threads


async def test_fork():
    script = """
        client = Client(url)
        handle = client.stub.get_or_create("k")
        handle.echo(1)
        connection = handle.connect()
        connection.wait_ready()
        websocket = handle.websocket("x")
        counts = []
        stop = connection.on("newCount", counts.append)
        events = connection.events("newCount")
        say("parent", connection.connection_id)
        child = os.fork()
        if child == 0:
            say("child", handle.echo("calls"))
            for attempt in (
                lambda: connection.echo(1),
                connection.wait_ready,
                lambda: connection.on("x", print),
                lambda: connection.on_open(print),
                lambda: next(events),
                lambda: websocket.send("x"),
                websocket.receive,
            ):
                try:
                    attempt()
                except ConnectionClosedError as error:
                    say("child", error)
            stop()
            events.close()
            connection.close()
            websocket.close()
            with handle.connect() as own:
                say("child", own.echo("connects"))
            client.close()
            sys.exit()
        say("parent", os.waitpid(child, 0)[1])
        say("parent", connection.echo("still connected"), connection.connection_id, handle.echo("still calls"))
        connection.increment()
        say("parent", *next(events))
        websocket.send("still a WebSocket")
        say("parent", websocket.receive())
        websocket.close()
        client.close()
        say("parent", counts)
    """
    async with StubPeer(sockets=[either]) as peer, program(script, peer.url, filters=NO_FORK_WARNING) as run:
        assert await run.line() == "parent c1"
        assert await run.line() == "child calls"
        for _ in range(7):
            assert "belongs to the parent process; open a new one after os.fork()" in await run.line()
        assert await run.line() == "child connects"
        assert await run.line() == "parent 0"
        assert await run.line() == "parent still connected c1 still calls"
        assert await run.line() == "parent 1"
        assert await run.line() == "parent still a WebSocket"
        assert await run.line() == "parent [1]"
        assert await run.errors() == ""
        assert len(peer.sockets) == 3


async def test_fork_in_the_midst_of_it():
    """Whatever the other threads hold at the moment of the fork, the child does not wait for it."""
    script = """
        client = Client(url)
        handle = client.stub.get_or_create("k")
        connection = handle.connect()
        unsubscribe = connection.on("newCount", lambda count: None)
        events = connection.events("newCount")
        stop = threading.Event()
        def work():
            while not stop.is_set():
                handle.echo(1)
                connection.echo(1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            connection.echo(1)
            child = os.fork()
            if child == 0:
                unsubscribe()
                events.close()
                handle.echo(1)
                with handle.connect() as own:
                    own.echo(1)
                del own, connection
                os._exit(7)
            assert os.waitpid(child, 0)[1] >> 8 == 7
        stop.set()
        for thread in threads:
            thread.join()
        client.close()
        say("done")
    """
    async with StubPeer() as peer, program(script, peer.url, filters="ignore") as run:
        assert await run.line() == "done"
        assert await run.errors() == ""


# --- Loops -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", RUN.values(), ids=RUN)
async def test_one_loop_after_another(run):
    script = f"""
        client = AsyncClient(url)
        handle = client.stub.get_or_create("k")
        async def use(close):
            assert await handle.echo(1) == 1
            connection = handle.connect()
            assert await connection.echo(2) == 2
            async with handle.websocket("x") as websocket:
                await websocket.send("a")
                assert await websocket.receive() == "a"
            if close:
                await connection.close()
            return connection
        {run}(use(True))
        left = {run}(use(False))
        async def last():
            try:
                await left.echo(1)
            except RuntimeError as error:
                say(error)
            await use(False)
            await client.close()
        {run}(last())
        say("done")
    """
    async with StubPeer(sockets=[either]) as peer, program(script, peer.url, filters="ignore") as started:
        assert (
            await started.line()
            == "this connection belongs to another event loop; open a new one in this loop"
        )
        assert await started.line() == "done"
        assert await started.errors() == ""
        assert len(peer.metadata) == 1


# --- Threads ---------------------------------------------------------------------------------------------------


async def test_one_blocking_client_from_many_threads(engine, key):
    async with ends(50):
        client = Client(engine.url)
        shared = client.counter.get_or_create([key, "shared"])
        connection = shared.connect()
        counts: list[int] = []
        connection.on("newCount", counts.append)
        connection.wait_ready()

        def work(number: int) -> int:
            own = client.counter.get_or_create([key, str(number)])
            with own.connect() as private:
                for _ in range(5):
                    shared.increment()
                    connection.increment()
                    private.increment()
                    own.increment()
                return int(private.get())

        assert await asyncio.gather(*(in_thread(work, number) for number in range(16))) == [10] * 16
        assert connection.get() == 160
        await in_thread(client.close)
        # Those before the subscription arrived are missing, at most.
        assert counts == sorted(counts)
        assert counts[-1] == 160
