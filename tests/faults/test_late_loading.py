"""What an asyncio program does for the first time holds no event loop: modules are loaded in another thread."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from rivet_client._asyncio import loading
from tests.faults.test_processes import program
from tests.faults.test_raw import either
from tests.faults.waiting import ends
from tests.support.stub_peer import StubPeer, answer, json_body, problem

# What costs next to nothing, and Python itself loads at first use: the codec for names of hosts.
ALLOWED = {"encodings.idna", "stringprep", "unicodedata"}

WATCH = """
import ssl
def is_held():
    try:
        return asyncio.get_running_loop() is not None
    except RuntimeError:
        return False
class Watch:
    def find_spec(self, name, path=None, target=None):
        if is_held():
            say("loaded", name)
sys.meta_path.insert(0, Watch())
read = ssl.SSLContext.load_verify_locations
def load_verify_locations(*args, **kwargs):
    if is_held():
        say("loaded", "certificates")
    read(*args, **kwargs)
ssl.SSLContext.load_verify_locations = load_verify_locations
async def tries(call):
    try:
        await call
    except RivetError as error:
        say(type(error).__name__)
"""

RUN = """
async def main():
    async with AsyncClient(url) as client:
        handle = client.stub.get_or_create("k")
        {use}
    say("done")
for _ in range(2):  # in one event loop after the other
    asyncio.run(main())
"""


async def error(visit):
    await visit.write(problem(500, "guard.no_route"))


async def actors(visit):
    await visit.write(json_body({"actors": [], "pagination": {"cursor": None}}))


async def page(visit):
    await visit.respond(200, b"page")


USES = {
    "action": ("say(await handle.echo(1))", answer),
    "queue": ("await handle.send('q', 1)", answer),
    "error": ("await tries(handle.echo(1))", error),
    "nobody": (
        "await tries(AsyncClient('http://127.0.0.1:1').stub.get('k').action('x', timeout=0.5))",
        answer,
    ),
    "fetch": ("say((await handle.fetch('x')).text)", page),
    "stream": ("async with handle.stream('x') as got: say(await got.aread())", page),
    "engine": ("say(await client.engine.actors_list(name='stub'))", actors),
    "websocket": ("async with handle.websocket('x') as socket: say(socket)", answer),
    "connection": (
        "async with handle.connect() as c: c.on('newCount', say); say(c.status, await c.increment())",
        answer,
    ),
    "closed at once": ("await handle.connect().close()", answer),
    "cancelled": (
        "task = asyncio.ensure_future(handle.send('q', 1)); await asyncio.sleep(0); task.cancel()"
        "; await asyncio.wait([task])",
        answer,
    ),
    "figures": ("say(client.figures())", answer),
    "tls": (
        "await tries(AsyncClient('https://127.0.0.1:1').stub.get('k').action('x', timeout=0.5))",
        answer,
    ),
    "tls connection": (
        "c = AsyncClient('https://127.0.0.1:1').stub.get('k').connect(); await tries(c.wait_ready(0.5))"
        "; await c.close()",
        answer,
    ),
}


def loaded(output: list[str]) -> set[str]:
    return {line.split()[1] for line in output if line.startswith("loaded ")} - ALLOWED


async def lines(run) -> list[str]:
    said = []
    while (line := await run.line()) and not line.startswith("nothing, but"):
        said.append(line)
    return said


@pytest.mark.parametrize("name", USES)
async def test_nothing_is_loaded_on_a_running_loop(name):
    use, script = USES[name]
    code = WATCH + RUN.format(use=use)
    async with StubPeer(sockets=[either], requests=[script]) as peer, ends(), program(code, peer.url) as run:
        said = await lines(run)
        errors = await run.errors()
    assert said.count("done") == 2, errors
    assert errors == ""
    assert loaded(said) == set()


# --- A module that takes its time ------------------------------------------------------------------------------


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """The name of a module whose import waits, an event that says so, and the event that it waits for."""
    began, go = threading.Event(), threading.Event()
    name = f"slow_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text("import threading\nbegan.set()\nassert go.wait(60)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("builtins.began", began, raising=False)
    monkeypatch.setattr("builtins.go", go, raising=False)
    yield name, began, go
    go.set()
    sys.modules.pop(name, None)


async def begun(began):
    while not began.is_set():
        await asyncio.sleep(0.001)


async def test_the_loop_goes_on_meanwhile_and_all_who_wait_get_the_whole_module(slow):
    name, began, go = slow
    async with ends():
        first = asyncio.ensure_future(loading.load(name))
        await begun(began)  # the loop goes on
        second = asyncio.ensure_future(loading.load(name))
        await asyncio.sleep(0)
        assert name in sys.modules
        assert not second.done()
        go.set()
        await asyncio.gather(first, second)


async def test_a_wait_that_is_cancelled_leaves_the_module_to_the_next(slow):
    name, began, go = slow
    async with ends():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await loading.load(name)
        await begun(began)
        go.set()
        await loading.load(name)


async def test_a_loop_that_ends_meanwhile(slow):
    name, began, go = slow

    async def leave():
        task = asyncio.ensure_future(loading.load(name))
        await begun(began)
        return task

    def run():
        asyncio.run(leave())
        go.set()
        for thread in threading.enumerate():
            if thread.name == "rivet-loading":
                thread.join(20)

    async with ends():
        await asyncio.to_thread(run)
        await loading.load(name)


async def test_a_module_that_is_missing_is_left_to_the_code_that_needs_it():
    async with ends():
        await loading.load("no_such_module")
        with pytest.raises(ValueError, match="not in list"):
            await loading.in_thread(lambda: [].index("mine"))
