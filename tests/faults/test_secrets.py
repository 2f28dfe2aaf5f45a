"""No secret is ever told: not in a log line at any level, an error, a traceback, or what `repr` shows."""

from __future__ import annotations

import asyncio
import logging
import pickle
import traceback

import pytest

from rivet_client import AsyncClient, Client, ConfigError, RivetError
from tests.faults.waiting import ends
from tests.support.flavours import Inbox
from tests.support.stub_peer import METADATA, StubPeer, html, json_body, problem, response, serve

TOKEN, THEIR_TOKEN, PASSWORD, HEADER = "tok-5ecret", "tok-their5", "pa55word", "k3y-5ecret"
SECRETS = (TOKEN, THEIR_TOKEN, PASSWORD, HEADER)
PARAMS = {"password": PASSWORD, "nested": [PASSWORD]}


def says(data, *, after=None):
    async def script(visit):
        if after:
            await visit.open()
            await visit.receive()
        await visit.write(data)
        visit.eof()

    return script


async def silence(visit):
    await visit.gone()


def told(error: BaseException) -> str:
    """Everything that an error shows to anybody."""
    whole = "".join(traceback.format_exception(error))
    return "\n".join(
        (whole, repr(error), repr(vars(error)), repr(pickle.dumps(error)), repr(error.__context__))
    )


def check(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


FAULTS = {
    "fine": {},
    "look-up 401": {"metadata": [says(problem(401, "api.unauthorized"))]},
    "look-up html": {"metadata": [says(html(200))]},
    "look-up redirect": {"metadata": [says(response(302, headers={"location": "http://x/"}))]},
    "look-up eof": {"metadata": [says(b"")]},
    "401": {"requests": [says(problem(401, "api.unauthorized"))], "sockets": [says(response(401))]},
    "503": {"requests": [says(problem(503, "actor.starting"))], "sockets": [says(response(503))]},
    "redirect": {
        "requests": [says(response(302, headers={"location": "http://x/"}))],
        "sockets": [says(response(302, headers={"location": "http://x/"}))],
    },
    "eof": {"requests": [says(b"")], "sockets": [says(b"")]},
    "garbage": {"requests": [says(b"\x15\x03")], "sockets": [says(b"\x15\x03")]},
    "silence": {"requests": [silence], "sockets": [silence]},
    "lost": {"sockets": [says(b"\xff\xff", after="open"), serve]},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("how", ["params", "get_params"])
async def test_faults_tell_nothing(flavour, caplog, fault, how):
    caplog.set_level(logging.DEBUG)
    named = {**METADATA, "clientToken": THEIR_TOKEN}
    async with StubPeer() as target, ends():
        scripts = {"metadata": [says(json_body(named))], **fault}
        async with StubPeer(**scripts) as peer:
            url = peer.url.replace("//", f"//mine:{TOKEN}@")
            errors = Inbox()
            shown = []
            async with flavour.client(url, headers={"x-api-key": HEADER}, timeout=0.3) as client:
                given = {how: PARAMS if how == "params" else lambda: PARAMS}
                handle = client.stub.get_or_create("k", **given)
                connection = handle.connect()
                connection.on_error(errors)
                attempts = [
                    lambda: handle.echo(1),
                    lambda: handle.fetch("x?a=b", headers={"authorization": f"Bearer {TOKEN}"}),
                    lambda: handle.send("q", 1),
                    handle.resolve,
                    lambda: handle.websocket("x"),
                    connection.wait_ready,
                    lambda: connection.echo(1),
                ]
                for outcome in await asyncio.gather(*(one() for one in attempts), return_exceptions=True):
                    if isinstance(outcome, BaseException):
                        assert isinstance(outcome, RivetError)
                        check(told(outcome))
                    elif hasattr(outcome, "close_code"):
                        await outcome.close()
                runtime = client._runtime
                shown += [
                    client,
                    handle,
                    connection,
                    client.stub,
                    handle.echo,
                    handle._target,
                    runtime.config,
                ]
                shown += [runtime.context.endpoint, vars(runtime)]
                await connection.close()
            for (error,) in errors.drain():
                check(told(error))
            check(repr(shown))
            check("\n".join(record.getMessage() for record in caplog.records))
            check(caplog.text)
        assert target.connections == 0
    assert any(record.name.startswith("rivet_client") for record in caplog.records)


async def test_a_redirected_token(flavour, caplog):
    caplog.set_level(logging.DEBUG)
    async with StubPeer(requests=[says(problem(401, "api.unauthorized"))]) as engine, ends():
        named = {**METADATA, "clientEndpoint": engine.url, "clientToken": THEIR_TOKEN}
        async with StubPeer(metadata=[says(json_body(named))]) as peer:
            async with flavour.client(peer.url, token=TOKEN) as client:
                handle = client.stub.get_or_create("k")
                with pytest.raises(RivetError) as caught:
                    await handle.echo(1)
                assert engine.requests[0].headers["x-rivet-token"] == THEIR_TOKEN
                check(told(caught.value) + repr(client) + repr(client._runtime.context.endpoint))
    check(caplog.text)


@pytest.mark.parametrize("fault", [ValueError, KeyError, RivetError, ConfigError])
async def test_what_get_params_raises(flavour, caplog, fault):
    """The log and the error name the kind of failure; its text, which may hold anything, is only in the cause."""
    caplog.set_level(logging.DEBUG)

    def get_params():
        raise fault(f"cannot log in with {PASSWORD}")

    async with StubPeer() as peer, ends(), flavour.client(peer.url) as client:
        connection = client.stub.get_or_create("k", get_params=get_params).connect()
        errors = Inbox()
        connection.on_error(errors)
        (error,) = await errors.get()
        check(str(error))
        assert fault is ConfigError or fault.__name__ in str(error)
        assert PASSWORD in str(error.__cause__)
        await connection.close()
    check(caplog.text)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    "arguments",
    [
        {"endpoint": f"http://ns:{TOKEN}@host:port"},
        {"endpoint": f"http://:{TOKEN}@host"},
        {"endpoint": f"ftp://ns:{TOKEN}@host"},
        {"endpoint": f"http://ns:{TOKEN}@host/?a=b"},
        {"endpoint": f"http://ns:{TOKEN}@host", "token": "another"},
        {"endpoint": f"http://ns:{TOKEN}@[::1"},
        {"endpoint": f"http://ns:{TOKEN}@host", "token": f"{TOKEN}\n"},
        {"endpoint": f"//ns:{TOKEN}@host"},
        {"headers": {"x-api-key": f"{HEADER}\n"}},
    ],
    ids=range(9),
)
def test_settings(kind, arguments):
    with pytest.raises(ConfigError) as caught:
        kind(**arguments)
    check(told(caught.value))


@pytest.mark.parametrize("wrong", [object(), "\ud800", 1j, [1, {"deep": print}]], ids=range(4))
def test_params_that_cannot_be_sent(wrong):
    with Client("http://localhost:1") as client, pytest.raises((ConfigError, TypeError)) as caught:
        client.stub.get_or_create("k", params={"password": PASSWORD, "wrong": wrong}).connect()
    assert "params" in str(caught.value)
    check(told(caught.value))
