"""No secret is ever told: not in a log line at any level, an error, a traceback with all its variables, or a repr."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import pickle
import traceback

import httpx
import pytest

from rivet_client import AsyncClient, Client, ConfigError, RetryPolicy, RivetError
from rivet_client._core.raw_session import RawSession
from rivet_client._core.session import ActorSession
from rivet_client._core.websocket import WebSocket
from tests.cli.command import run_beside
from tests.faults.waiting import ends
from tests.support.flavours import Inbox
from tests.support.frames import shown_frames
from tests.support.observing import RecordingObserver
from tests.support.stub_peer import METADATA, StubPeer, html, json_body, problem, response, serve
from tests.typed.support import document, imported, typed_client

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


def names(**named):
    return says(json_body({**METADATA, **named}))


async def refuse(visit):
    await visit.open()
    await visit.fail("user.no")


async def silence(visit):
    await visit.gone()


def told(error: BaseException) -> str:
    """Everything that an error shows to anybody."""
    whole = "".join(traceback.format_exception(error))
    return "\n".join((whole, repr(vars(error)), repr(pickle.dumps(error)), shown_frames(error)))


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
    "refused by the actor": {"sockets": [refuse]},
    "look-up names nothing": {"metadata": [names(clientEndpoint=f"http://ns:{THEIR_TOKEN}@a..b")]},
    "look-up names a bad token": {
        "metadata": [names(clientEndpoint="http://h", clientToken=f"{THEIR_TOKEN}\n")]
    },
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
            observer = RecordingObserver()
            options = {"headers": {"x-api-key": HEADER}, "timeout": 0.3, "observers": [observer]}
            async with flavour.client(url, **options) as client:
                given = {how: PARAMS if how == "params" else lambda: PARAMS}
                handle = client.stub.get_or_create("k", **given)
                connection = handle.connect()
                connection.on_error(errors)
                attempts = [
                    lambda: handle.echo(1),
                    lambda: handle.fetch("x?a=b", headers={"authorization": f"Bearer {TOKEN}"}),
                    lambda: handle.fetch(httpx.Request("PUT", "http://x/", headers={"x-api-key": HEADER})),
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
            check(repr(observer.told) + repr(pickle.dumps(observer.told[1:])))
            assert {type(event).__name__ for _, event in observer.told} > {"CallEnded", "RequestEnded"}
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


# --- Everything that can fail before anything is sent ----------------------------------------------------------


def login(password, wanted):
    """A function of the user that needs a secret itself."""
    if isinstance(wanted, Exception):
        raise wanted
    return wanted


GETTERS = {
    "raises": functools.partial(login, PASSWORD, ValueError("no")),
    "cannot be sent": functools.partial(login, PASSWORD, {**PARAMS, "wrong": object()}),
    "too long": functools.partial(login, PASSWORD, PASSWORD * 10_000),
}


@pytest.mark.parametrize("get_params", GETTERS.values(), ids=GETTERS)
async def test_get_params_that_fails(flavour, get_params):
    async with StubPeer() as peer, ends(), flavour.client(peer.url, token=TOKEN) as client:
        handle = client.stub.get_or_create("k", get_params=get_params)
        connection = handle.connect()
        errors = Inbox()
        connection.on_error(errors)
        (error,) = await errors.get()
        check(told(error))
        for attempt in (handle.websocket, connection.echo):
            with pytest.raises(RivetError) as caught:
                await attempt()
            check(told(caught.value))
        await connection.close()


def test_get_params_that_nobody_awaits():
    async def get_params(password):
        return password

    with Client("http://localhost:1") as client, pytest.raises(TypeError) as caught:
        client.stub.get("k", get_params=functools.partial(get_params, PASSWORD)).connect()
    check(told(caught.value))


WRONG_HEADERS = {"authorization": f"Bearer {TOKEN}", "x-wrong": 5}
WRONG_CALLS = {
    "key": lambda client: client.stub.get_or_create(5, params=PARAMS),
    "both": lambda client: client.stub.get("k", params=PARAMS, get_params=functools.partial(login, PASSWORD)),
    "getter": lambda client: client.stub.get("k", params=PARAMS, get_params=[PASSWORD]),
    "id": lambda client: client.get_for_id("stub", "!", params=PARAMS),
    "name": lambda client: client.get("", params=PARAMS),
    "input": lambda client: client.get_or_create("stub", params=PARAMS, create_with_input=object()),
    "create": lambda client: client.create("stub", 5, params=PARAMS),
    "headers": lambda client: client.stub.get("k").fetch("x", headers=WRONG_HEADERS),
    "option": lambda client: client.stub.get("k").fetch("x", headers={"a": TOKEN}, bogus=1),
    "json": lambda client: client.stub.get("k").fetch("x", headers={"a": TOKEN}, json=object()),
    "fetch": lambda client: client.stub.get("k", params={**PARAMS, "wrong": object()}).fetch("x"),
    "call": lambda client: client.stub.get("k", params={**PARAMS, "wrong": object()}).echo(),
    "socket": lambda client: client.stub.get("k", params=PARAMS).websocket("x", subprotocols=[TOKEN, 5]),
    "url": lambda client: client.stub.get("k", params=PARAMS).websocket("http://x"),
}


@pytest.mark.parametrize("wrong", WRONG_CALLS.values(), ids=WRONG_CALLS)
async def test_wrong_arguments(flavour, wrong):
    async with flavour.client(
        f"http://ns:{TOKEN}@localhost:1",
        headers={"x-api-key": HEADER},
        disable_metadata_lookup=True,
        timeout=5.0,
    ) as client:
        with pytest.raises((ConfigError, TypeError)) as caught:
            await wrong(client)
    check(told(caught.value))


async def unreachable(client):
    handle = client.stub.get_or_create("k", params=PARAMS)
    options = {"headers": {"authorization": f"Bearer {TOKEN}"}}
    for attempt in (handle.echo, lambda: handle.fetch("x", **options), handle.websocket, handle.resolve):
        with pytest.raises(RivetError) as caught:
            await attempt()
        check(told(caught.value))
    async with handle.connect() as connection:
        for attempt in (lambda: connection.wait_ready(0.1), lambda: connection.action("echo", timeout=0.1)):
            with pytest.raises(RivetError) as caught:
                await attempt()
            check(told(caught.value))


@pytest.mark.parametrize("looked_up", [False, True], ids=["", "looked up"])
@pytest.mark.parametrize("fault", ["refused", "not to be trusted"])
async def test_a_peer_that_cannot_be_reached(flavour, fault, looked_up):
    async with StubPeer() as peer:
        url = peer.url
    async with StubPeer(tls=True) as peer, ends():
        async with flavour.client(
            url if fault == "refused" else peer.url,
            token=TOKEN,
            headers={"x-api-key": HEADER},
            disable_metadata_lookup=not looked_up,
            timeout=1.0,
            retry=RetryPolicy(max_attempts=1),
        ) as client:
            await unreachable(client)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    secret = {"type": "object", "properties": {"password": {"type": "string"}}, "additionalProperties": False}
    actor = {
        "connParams": {"schema": secret, "required": True},
        "actions": {"echo": {"params": [], "returns": {"type": "string"}}},
    }
    folder = tmp_path_factory.mktemp("typed")
    with imported(document({"stub": actor}), folder, "rivet_client_typed_secrets") as found:
        yield found


async def test_typed_calls(flavour, package):
    """Parameters that are wrong are told without their values; so is everything else that fails."""
    wrong = {"password": [PASSWORD]}
    async with StubPeer(requests=[says(problem(401, "api.unauthorized"))]) as peer, ends():
        async with typed_client(package, flavour, peer.url, token=TOKEN) as client:
            handle = client.stub.get("k", params={"password": PASSWORD})
            getter = functools.partial(login, PASSWORD, wrong)
            connection = client.stub.get("k", get_params=getter).connect()
            attempts = [
                handle.echo,
                connection.echo,
                lambda: client.stub.get("k", params=wrong),
                lambda: client.stub.get_or_create(5, params={"password": PASSWORD}),
                lambda: client.stub.create("k", params=wrong),
                lambda: client.stub.get_for_id("id", params=wrong),
                lambda: handle.connect(wrong),
            ]
            for attempt in attempts:
                with pytest.raises((RivetError, TypeError)) as caught:
                    await attempt()
                check(told(caught.value))
            await connection.close()


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_settings_that_there_are_not(kind):
    with pytest.raises(TypeError) as caught:
        kind(url=f"http://ns:{TOKEN}@host", token=TOKEN)
    check(told(caught.value))


async def test_calls_that_are_cancelled():
    async with StubPeer(requests=[silence]) as peer, ends(), AsyncClient(peer.url, token=TOKEN) as client:
        call = asyncio.ensure_future(client.stub.get_or_create("k", params=PARAMS).echo())
        await peer.until(lambda: peer.requests)
        call.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await call
        check(shown_frames(caught.value))


DEFECTS = [
    (ActorSession, "dialed"),
    (ActorSession, "receive_data"),
    (RawSession, "start"),
    (RawSession, "receive_data"),
    (WebSocket, "receive_data"),
]


@pytest.mark.parametrize(("owner", "name"), DEFECTS, ids=[f"{it[0].__name__}.{it[1]}" for it in DEFECTS])
async def test_a_defect_of_the_client(flavour, caplog, monkeypatch, owner, name):
    def fail(*_):
        raise RuntimeError("this must not happen")

    monkeypatch.setattr(owner, name, fail)
    async with StubPeer() as peer, ends():
        async with flavour.client(peer.url, token=TOKEN, headers={"x-api-key": HEADER}) as client:
            handle = client.stub.get_or_create("k", params=PARAMS)
            errors = []
            if owner is not ActorSession:
                errors += await asyncio.gather(handle.websocket(), return_exceptions=True)
            if owner is not RawSession:
                connection = handle.connect()
                errors += await asyncio.gather(connection.echo(1), return_exceptions=True)
                await connection.close()
    for error in errors:
        assert isinstance(error, Exception)
        check(shown_frames(error))
    for record in caplog.records:
        if record.exc_info:
            check(shown_frames(record.exc_info[1]))


async def test_the_command():
    settings = ("--params", json.dumps(PARAMS), "--timeout", "5", "--debug", "-vv")
    async with StubPeer(requests=[says(problem(401, "api.unauthorized"))]) as peer:
        url = peer.url.replace("//", f"//ns:{TOKEN}@")
        done = await run_beside("call", "stub", "k", "echo", "1", *settings, RIVET_ENDPOINT=url)
    assert "Traceback" in done.err
    check(done.out + done.err)
