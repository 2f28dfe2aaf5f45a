"""What a program shows on stderr when it has caught nothing and has configured nothing: each failure, and each once."""

from __future__ import annotations

import asyncio
import re

import pytest

from rivet_client_generated.protocol.messages import ActionRequest
from tests.faults.test_processes import program
from tests.faults.waiting import ends
from tests.support.ports import free_port
from tests.support.stub_peer import StubPeer


async def tell_all(visit):
    """Give each callback something to hear: the opening, an event, an error that ends the connection."""
    await visit.open()
    while not isinstance(await visit.receive(), ActionRequest):
        pass
    await visit.emit("newCount", 1)
    await visit.fail("user.enough")
    await visit.gone()


CONFIGURED = {
    "nothing": "",
    "logging": "import logging; logging.basicConfig()",
    "RIVET_LOG": "os.environ['RIVET_LOG'] = 'info'",
    "hooks": """
def show(error):
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
threading.excepthook = lambda args: show(args.exc_value)
def own_hook():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: show(context["exception"]))
""",
}
"""What a program has done about its failures. Everywhere each of them is shown once."""

RAISES = """
import itertools
from rivet_client.observers import Observer
def own_hook():
    pass
numbers = itertools.count(1)
def raises(name):
    def callback(*args):
        raise ValueError(f"{name} {next(numbers)}")
    return callback
def takes_none():
    pass
async def coroutine(*args):
    await asyncio.sleep(0)
    raises("coroutine")()
class Bad(Observer):
    connection_opened = raises("observer")
"""

LISTENS = """
async def main():
    own_hook()
    async with AsyncClient(url, observers=[Bad()]) as client:
        listening, over = asyncio.Event(), asyncio.Event()
        async def params():  # the connection opens when all callbacks are there
            await listening.wait()
        connection = client.stub.get_or_create("k", get_params=params).connect()
        for name in ("on_open", "on_close", "on_error", "on_status_change"):
            getattr(connection, name)(raises(name))
        connection.on("newCount", raises("on"))
        connection.once("newCount", raises("once"))
        connection.on("newCount", takes_none)
        connection.on("newCount", coroutine)
        connection.on_close(over.set)
        listening.set()
        try:
            await connection.increment()
        except ActorError:
            pass
        await over.wait()
        await connection.close()
asyncio.run(main())
"""

CALLBACKS = {"on_open", "on_close", "on_error", "on_status_change", "on", "once", "observer"}


def in_flavour(flavour: str, code: str) -> str:
    """The same program for the blocking client."""
    if flavour == "asyncio":
        return code
    for mine, theirs in (
        ("asyncio.run(main())", "main()"),
        ("asyncio.Event", "threading.Event"),
        ('        connection.on("newCount", coroutine)\n', ""),
        ("    own_hook()\n", ""),
        ("async ", ""),
        ("await ", ""),
        ("AsyncClient", "Client"),
    ):
        code = code.replace(mine, theirs)
    return code


@pytest.mark.parametrize("configured", CONFIGURED.values(), ids=CONFIGURED)
@pytest.mark.parametrize("kind", ["blocking", "asyncio"])
async def test_what_callbacks_raise_is_shown_once(kind, configured):
    script = RAISES + configured + in_flavour(kind, LISTENS)
    async with StubPeer(sockets=[tell_all]) as peer, ends(), program(script, peer.url) as run:
        errors = await run.errors()
    assert run.process.returncode == 0, errors
    raised = re.findall(r"^(?:ValueError|TypeError): (.*)$", errors, re.MULTILINE)
    assert len(set(raised)) == len(raised), errors
    names = {text.split()[0] for text in raised}
    expected = CALLBACKS | {"takes_none()"} | ({"coroutine"} if kind == "asyncio" else set())
    assert names == expected, errors
    assert errors.count("stub['k']: user.enough") == 1, errors


# A connection warns at the first failed attempt after 3 seconds. The pause before that attempt is up to 4 s.
CALLS = {
    "call": "await counter.action('increment', timeout=5)",
    "connection": "async with counter.connect() as connection: await connection.wait_ready(timeout=9)",
}

WAITS = """
async def main():
    async with AsyncClient(url) as client:
        counter = client.counter.get_or_create("a")
        try:
            {call}
        except RivetError:
            pass
asyncio.run(main())
"""


async def test_a_first_program_without_an_engine_is_warned():
    url = f"http://127.0.0.1:{free_port()}"

    async def stderr_of(flavour: str, call: str) -> str:
        async with program(in_flavour(flavour, WAITS.format(call=call)), url) as run:
            return await run.errors()

    cases = [(flavour, name) for flavour in ("blocking", "asyncio") for name in CALLS]
    async with ends():
        found = await asyncio.gather(*(stderr_of(flavour, CALLS[name]) for flavour, name in cases))
    for case, errors in zip(cases, found, strict=True):
        (line,) = errors.splitlines()  # and nothing else: the program has its own error besides
        for part in ("counter['a']", "trying again", url):
            assert part in line, (case, line)
