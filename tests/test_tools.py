"""How Python's tools meet what the client hands out: looking at something never calls an actor."""

from __future__ import annotations

import collections.abc
import contextlib
import copy
import dataclasses
import doctest
import gc
import html
import inspect
import io
import json
import logging
import pickle
import pprint
import pydoc
import re
import types
import unittest
import unittest.mock
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pydantic
import pytest
import rich.console
import rich.pretty
from fastapi.encoders import jsonable_encoder

import rivet_client
from rivet_client import AsyncClient, Client
from rivet_client._objects import PROBED
from tests.support.flavours import Blocking, Flavour, in_thread
from tests.support.stub_peer import ACTOR, StubPeer, Visit
from tests.typed.support import imported

ROOM = json.loads((Path(__file__).parent / "typed" / "room.json").read_text())
SECRET = "s3cret"
NOWHERE = "http://127.0.0.1:1"

# --- Every public object, and every tool -------------------------------------------------------------------------


def as_it_is(thing: Any) -> Any:
    """An object without what stands before those of the blocking flavour."""
    return thing._target if isinstance(thing, Blocking) else thing


async def silent(visit: Visit) -> None:
    """Serve a WebSocket without ever answering."""
    await visit.open()
    while True:
        await visit.receive()


@contextlib.asynccontextmanager
async def everything(flavour: Flavour, folder: Path) -> AsyncIterator[tuple[StubPeer, dict[str, Any]]]:
    """One of each kind of object, connected to a stub."""
    async with contextlib.AsyncExitStack() as stack:
        # With the name the flavours find each other's classes.
        room = stack.enter_context(imported(ROOM, folder, "rivet_client_typed_tools"))
        peer = await stack.enter_async_context(StubPeer(sockets=[silent]))
        options: dict[str, Any] = {"token": SECRET, "namespace": "n", "timeout": 10}
        client = await stack.enter_async_context(flavour.client(peer.url, **options))
        typed_class = room.AsyncClient if flavour.name == "asyncio" else room.Client
        typed = typed_class(peer.url, **options)
        wrapped = typed if flavour.name == "asyncio" else Blocking(typed, room.AsyncClient)
        await stack.enter_async_context(wrapped)
        handle = client.counter.get_or_create(["<k>"], params={"password": SECRET})
        connection = await stack.enter_async_context(handle.connect())
        await connection.wait_ready()
        websocket = await stack.enter_async_context(handle.websocket("x"))
        typed_handle = wrapped.chat_room.get("k", params={"token": SECRET})
        typed_connection = await stack.enter_async_context(typed_handle.connect())
        await typed_connection.wait_ready()
        driven = as_it_is(connection)
        found = {
            "client": as_it_is(client),
            "engine": as_it_is(client.engine),
            "accessor": as_it_is(client.counter),
            "handle": as_it_is(handle),
            "handle by id": as_it_is(client.counter.get_for_id(ACTOR)),
            "action": as_it_is(handle).increment,
            "group": as_it_is(handle).admin.users,
            "connection": driven,
            "action of a connection": driven.increment,
            "iterator": driven.events("newCount"),
            "websocket": as_it_is(websocket),
            "typed client": typed,
            "typed accessor": typed.chat_room,
            "typed handle": as_it_is(typed_handle),
            "typed group": as_it_is(typed_handle).moderation,
            "typed connection": as_it_is(typed_connection),
            "typed iterator": as_it_is(typed_connection).events("messagePosted"),
        }
        if flavour.name == "asyncio":
            found["opening websocket"] = handle.websocket("never")
        await peer.until(lambda: [len(it.subscriptions) for it in peer.sockets].count(1) == 2)
        yield peer, found


def module_of(thing: Any) -> types.ModuleType:
    """A module in which the object lies around, as in a test or a script."""
    module = types.ModuleType("scratch")
    vars(module).update(thing=thing, test_thing=thing, TestThing=thing)
    return module


def complete(thing: Any) -> None:
    from IPython.core.completer import IPCompleter

    for use_jedi in (False, True):
        completer = IPCompleter(shell=None, namespace={"it": thing}, global_namespace={})
        completer.use_jedi = use_jedi
        for line in ("it.", "it.in", "it['", "it.act", "print(it."):
            list(completer.completions(line, len(line)))


def inspect_in_ipython(thing: Any) -> None:
    from IPython.core.oinspect import Inspector

    inspector = Inspector(theme_name="nocolor")
    for level in (0, 1):
        inspector.info(thing, oname="it", detail_level=level)
    with contextlib.redirect_stdout(io.StringIO()):
        inspector.pinfo(thing, oname="it", enable_html_pager=False)
        inspector.pdoc(thing, oname="it")
        inspector.pdef(thing, oname="it")


def display(thing: Any) -> None:
    from IPython.core.formatters import DisplayFormatter

    DisplayFormatter().format(thing)


def compare(thing: Any) -> None:
    """What pytest makes of these is the rewritten assertion."""
    for other in (5, [1], {"a": 1}, "text"):
        with pytest.raises(AssertionError):
            assert thing == other


def dump(thing: Any) -> None:
    adapter = pydantic.TypeAdapter(Any)
    for mode in ("python", "json"):
        with contextlib.suppress(Exception):
            adapter.dump_python(thing, mode=mode)  # type: ignore[arg-type]
    model = pydantic.create_model("M", a=(int, 1), __config__={"from_attributes": True})
    for validated in (model, dict[str, Any]):
        with contextlib.suppress(pydantic.ValidationError):
            pydantic.TypeAdapter(validated).validate_python(thing)


def enclose(thing: Any) -> None:
    """As a field of a dataclass, which copies deeply."""
    dataclasses.asdict(dataclasses.make_dataclass("D", ["it"])(thing))


def look_at_kind(thing: Any) -> None:
    for name, is_so in vars(inspect).items():
        if name.startswith("is"):
            is_so(thing)
    for kind in collections.abc.__all__:
        isinstance(thing, getattr(collections.abc, kind))
    _ = bool(thing), hash(thing), callable(thing), thing == thing, f"{thing} {thing!r:>5}"


def log(thing: Any) -> None:
    for args in ((thing,), thing, {"it": thing}):
        with contextlib.suppress(TypeError):
            logging.LogRecord("a", logging.INFO, "path", 1, "%s", args, None).getMessage()


def nothing(*_: object, **__: object) -> None:
    """Take anything."""


console = rich.console.Console(file=io.StringIO())

TOOLS: list[Callable[[Any], object]] = [
    inspect_in_ipython,
    complete,
    display,
    inspect.getmembers,
    inspect.getmembers_static,
    inspect.signature,
    inspect.getdoc,
    inspect.getsource,
    inspect.unwrap,
    look_at_kind,
    pydoc.render_doc,
    pydoc.html.document,
    lambda thing: pydoc.html.page("it", pydoc.html.document(module_of(thing))),
    doctest.DocTestFinder().find,
    lambda thing: doctest.DocTestFinder().find(module_of(thing)),
    lambda thing: unittest.TestLoader().loadTestsFromModule(module_of(thing)),
    dir,
    copy.copy,
    copy.deepcopy,
    enclose,
    pickle.dumps,
    json.dumps,
    pprint.pformat,
    lambda thing: pprint.pformat({"it": [thing]}, width=1),
    rich.pretty.pretty_repr,
    console.print,
    lambda thing: rich.inspect(thing, console=console, all=True),
    unittest.mock.create_autospec,
    lambda thing: unittest.mock.create_autospec(thing, instance=True),
    lambda thing: unittest.mock.Mock(spec_set=thing),
    lambda thing: repr(unittest.mock.Mock(wraps=thing)),
    lambda thing: unittest.mock.patch.object(thing, "increment").start(),
    dataclasses.is_dataclass,
    dataclasses.fields,
    compare,
    log,
    lambda thing: thing[0],
    lambda thing: httpx.Request("POST", NOWHERE, json=thing),
]

# A blocking iterator or WebSocket is made to be iterated over. So tools that iterate wait for items there.
ITERATING: list[Callable[[Any], object]] = [
    dict,
    list,
    dump,
    lambda thing: nothing(*thing),
    lambda thing: nothing(**thing),
    lambda thing: {}.update(thing),
    jsonable_encoder,
    lambda thing: jsonable_encoder({"it": [thing]}),
]


async def test_looking_calls_nothing(flavour: Flavour, tmp_path: Path) -> None:
    """However a tool looks at an object: no request, no message, nothing that is never awaited, no wait."""
    async with everything(flavour, tmp_path) as (peer, found):

        def walk() -> None:
            for thing in found.values():
                for tool in [*TOOLS, *([] if isinstance(thing, collections.abc.Iterable) else ITERATING)]:
                    with contextlib.suppress(Exception):
                        tool(thing)

        before = [*peer.requests, *peer.sockets]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            await in_thread(walk) if flavour.name == "blocking" else walk()
            gc.collect()
        assert [str(it.message) for it in caught if "never awaited" in str(it.message)] == []
        # What a walk would have sent comes before this, over HTTP and over each connection.
        for name in ("handle", "connection", "typed connection"):
            await called(found[name], "last")
        await peer.until(lambda: [it.calls for it in peer.sockets].count(["last"]) == 2)
        assert [visit.target for visit in (*peer.requests, *peer.sockets) if visit not in before][1:] == []
        assert [it.calls for it in peer.sockets] == [["last"], [], ["last"]]


async def called(caller: Any, name: str) -> None:
    """Call an action that fails or is not answered."""
    outcome = caller.action(name, timeout=0.1) if inspect.iscoroutinefunction(caller.action) else None
    with pytest.raises(rivet_client.RivetError):
        await (outcome or in_thread(lambda: caller.action(name, timeout=0.1)))


# --- Names that tools look for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [Client(NOWHERE), AsyncClient(NOWHERE)], ids=lambda it: type(it).__name__)
def test_names_that_tools_call(client: Any) -> None:
    """They are no attributes, but can be asked for; every other name is an action or an actor."""
    handle = client.counter.get_or_create("k")
    for name in PROBED:
        for owner, full, write in (
            (handle, name, f"action({name!r}, ...)"),
            (handle.admin, f"admin.{name}", f"action('admin.{name}', ...)"),
            (client, name, f"client.actor({name!r})"),
        ):
            with pytest.raises(AttributeError) as caught:
                getattr(owner, name)
            assert str(caught.value).startswith(f"nothing is called {full!r} by attribute")
            assert str(caught.value).endswith(f"write {write}")
        assert client.actor(name).get("k")
    for name in (
        "get",
        "items",
        "name",
        "values",
        "copy",
        "update",
        "read",
        "write",
        "pop",
        "count",
        "index",
    ):
        assert repr(getattr(handle, name)) == f"<{type(handle.increment).__name__} {name} of {handle!r}>"


async def test_connections_have_no_names_that_tools_call(flavour: Flavour, tmp_path: Path) -> None:
    async with everything(flavour, tmp_path) as (peer, found):
        for name in PROBED:
            with pytest.raises(AttributeError, match=f"write action\\('{name}', ...\\)"):
                getattr(found["connection"], name)
        for caller in (found["connection"], found["handle"]):
            await called(caller, "keys")
        await peer.until(lambda: peer.sockets[0].calls == ["keys"])
        assert [visit.path for visit in peer.requests] == ["/gateway/counter/action/keys"]


# --- Reprs, copies, pickles, attributes --------------------------------------------------------------------------

KEY = "counter['<k>']"
REPRS = {
    "client": "Client {url} namespace='n'",
    "engine": "EngineApi {url}",
    "accessor": "ActorAccessor counter",
    "handle": f"ActorHandle {KEY}",
    "handle by id": f"ActorHandle counter#{ACTOR}",
    "action": f"Action increment of <ActorHandle {KEY}>",
    "group": f"Action admin.users of <ActorHandle {KEY}>",
    "connection": f"ActorConnection {KEY} connected",
    "action of a connection": f"Action increment of <ActorConnection {KEY} connected>",
    "iterator": f"EventIterator 'newCount' of {KEY} connected",
    "websocket": f"RawWebSocket {KEY} open",
    "opening websocket": f"OpeningWebSocket {KEY} connecting",
    "typed client": "Client {url} namespace='n'",
    "typed accessor": "ChatRoomAccessor chatRoom",
    "typed handle": "ChatRoomHandle chatRoom['k']",
    "typed connection": "ChatRoomConnection chatRoom['k'] connected",
    "typed iterator": "Events 'messagePosted' of chatRoom['k'] connected",
}


async def test_what_objects_look_like_and_whether_they_can_be_copied(
    flavour: Flavour, tmp_path: Path
) -> None:
    """One that stands for an actor stays itself; one that is a WebSocket has no copy; none goes to other processes."""
    async with everything(flavour, tmp_path) as (peer, found):
        for kind, thing in found.items():
            if kind == "typed group":  # a plain object of methods
                continue
            about = REPRS[kind].format(url=peer.url)
            shown = repr(thing)
            if flavour.name == "asyncio":
                shown = shown.replace("<Async", "<")
            assert shown == f"<{about}>"
            markup = thing._repr_html_()
            assert "<k>" not in markup
            assert html.unescape(re.sub("</?(b|code)>", "", markup)) == repr(thing)[1:-1]
            assert SECRET not in shown + markup
            name = type(thing).__name__
            for use in (copy.copy, copy.deepcopy):
                if "WebSocket" in name or "Connection" in name or "Event" in name:
                    with pytest.raises(
                        TypeError, match=f"^{name} cannot be copied or pickled: it belongs to one W"
                    ):
                        use(thing)
                else:
                    assert use(thing) is thing
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with pytest.raises(TypeError, match=f"^{name} cannot be (copied or )?pickled: it belongs to"):
                    pickle.dumps(thing, protocol)
        gc.collect()
        assert found["connection"].status == "connected"


PUBLIC = {
    "iterator": {"close"},
    "websocket": {"close", "close_code", "close_reason", "receive", "send"},
    "opening websocket": set(),
    "typed iterator": {"close"},
}


async def test_what_waits_has_no_names_but_those_of_its_user(flavour: Flavour, tmp_path: Path) -> None:
    """What its driver and the event loop say to each other is not for users."""
    async with everything(flavour, tmp_path) as (_, found):
        for kind in PUBLIC.keys() & found.keys():
            assert public(found[kind]) == PUBLIC[kind]


async def test_attributes_cannot_be_set(flavour: Flavour, tmp_path: Path) -> None:
    """What looks like a variable of the actor is none, and tools find no state to walk through."""
    async with everything(flavour, tmp_path) as (_, found):
        for kind in (
            "accessor",
            "handle",
            "connection",
            "typed accessor",
            "typed handle",
            "typed connection",
        ):
            thing = found[kind]
            for name in ("increment", "action", "get", "status"):
                with pytest.raises(AttributeError, match=f"^'{name}' cannot be set on <"):
                    setattr(thing, name, 5)
                with pytest.raises(AttributeError), unittest.mock.patch.object(thing, name, create=True):
                    pass
            for use in (lambda it: setattr(it, "_own", 5), vars):
                with pytest.raises((AttributeError, TypeError)):
                    use(thing)
            assert {"__class__", *public(type(thing))} <= {*dir(thing)}
            assert public(thing) == public(type(thing))
            assert not [name for name in dir(thing) if re.match("_[^_]", name)]
        for kind in ("action", "group", "typed group"):
            with pytest.raises(AttributeError):
                found[kind].reset = 5
        with unittest.mock.patch.object(type(found["handle"]), "increment", return_value=7, create=True):
            assert found["handle"].increment() == 7


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}
