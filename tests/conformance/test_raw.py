"""The actor's own HTTP and WebSocket handlers: `fetch`, `stream` and `websocket` (PROTOCOL.md 4.6, 10)."""

from __future__ import annotations

import asyncio
import base64
import io

import httpx
import httpx2
import pytest

from rivet_client import ActionTimeoutError, ActorError, ConfigError, ConnectionClosedError
from tests.support.flavours import in_thread

# --- HTTP ------------------------------------------------------------------------------------------------------


async def told(handle, path, **options):
    """What arrived at the actor, of a request to a route that tells it."""
    answer = await handle.fetch(path, **options)
    assert answer.status_code == 200
    arrived = answer.json()
    arrived["body"] = base64.b64decode(arrived["body"])
    return arrived


async def test_requests(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        arrived = await told(raw, "tell/é%2F?x=1&y=a+b#dropped", headers={"X-Own": "yes"})
        assert arrived["method"] == "GET"
        assert arrived["path"] == "/tell/%C3%A9%2F"
        assert arrived["query"] == "?x=1&y=a+b"
        assert arrived["headers"]["x-own"] == "yes"
        assert arrived["body"] == b""
        for method in ("POST", "PUT", "PATCH", "DELETE", "PURGE"):
            arrived = await told(raw, "tell", method=method, content=b"\0\xff")
            assert (arrived["method"], arrived["body"]) == (method, b"\0\xff")
        head = await raw.fetch("tell", method="HEAD")
        assert (head.status_code, head.content) == (200, b"")


async def test_bodies(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        arrived = await told(raw, "tell", method="POST", json={"é": 1})
        assert arrived["body"] == '{"é":1}'.encode()
        assert arrived["headers"]["content-type"] == "application/json"
        arrived = await told(raw, "tell", method="POST", data={"a": "b c"})
        assert arrived["body"] == b"a=b+c"
        arrived = await told(raw, "tell", method="POST", files={"file": ("é.txt", io.BytesIO(b"content"))})
        assert b"content" in arrived["body"]
        assert arrived["headers"]["content-type"].startswith("multipart/form-data; boundary=")
        assert (await told(raw, "tell", params={"q": "é&"}))["query"] == "?q=%C3%A9%26"
        for content in ("é", bytearray(b"\xc3\xa9"), memoryview(b"\xc3\xa9"), io.BytesIO(b"\xc3\xa9")):
            assert (await told(raw, "tell", method="POST", content=content))["body"] == "é".encode()
        assert (await raw.fetch("length", method="POST", content=b"x" * 1_000_000)).json() == 1_000_000


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_sent_on(make_client, key, library):
    """The handler sees the original URL (PROTOCOL.md 4.6)."""
    url = "https://shop.test:8443/tell/a%20b?x=1#part"
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        arrived = await told(raw, library.URL(url))
        assert (arrived["method"], arrived["url"]) == ("GET", url)
        request = library.Request("POST", url, headers={"x-a": "theirs", "x-b": "theirs"}, json=[1])
        arrived = await told(raw, request, headers={"X-B": "ours"}, params={"y": "2"})
        assert (arrived["method"], arrived["url"]) == ("POST", url.replace("x=1", "x=1&y=2"))
        assert (arrived["headers"]["x-a"], arrived["headers"]["x-b"]) == ("theirs", "ours")
        assert "x-rivet-internal-original-request-url" not in arrived["headers"]
        assert arrived["body"] == b"[1]"


async def test_a_body_from_an_iterator(make_client, flavour, key):
    def parts():
        yield b"one "
        yield b"two"

    async def parts_later():
        for part in parts():
            yield part

    async with make_client() as client:
        content = parts() if flavour.name == "blocking" else parts_later()
        arrived = await told(client.raw.get_or_create(key), "tell", method="POST", content=content)
        assert arrived["body"] == b"one two"


async def test_paths(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        for path, arrives in [
            ("", "/"),
            ("/", "/"),
            ("?x=1", "/?x=1"),
            ("//a//b", "/a/b"),
            ("a/../../b/./c", "/b/c"),
            ("a/%2e%2e/b", "/b"),
            ("a/", "/a/"),
        ]:
            arrived = await told(raw, path)
            assert arrived["path"] + arrived["query"] == arrives, path
        with pytest.raises(ConfigError, match="not a URL"):
            await raw.fetch("http://example.com/")


async def test_answers_pass_through(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        for status in (201, 302, 404, 418, 500, 503):
            answer = await raw.fetch(f"status/{status}")
            assert (answer.status_code, answer.text) == (status, f"own {status}")
            assert answer.headers["x-own"] == "yes"
        # None of these was repeated.
        assert await raw.hits() == 6
        # Not more: a busy engine cuts answers of 100,000 short (PROTOCOL.md 4.7).
        answer = await raw.fetch("bytes/20000")
        assert answer.content == bytes(n % 256 for n in range(20_000))
        assert 0 < answer.elapsed.total_seconds() < 30
        # An actor without a handler.
        assert (await client.bare.get_or_create(key).fetch("x")).status_code == 404


async def test_errors_of_the_handler(make_client, key, encoding):
    """What the handler throws, the host makes an answer of, which anybody can read."""
    async with make_client(encoding=encoding) as client:
        answer = await client.raw.get_or_create(key).fetch("throw")
        assert answer.status_code == 500
        assert (answer.json()["group"], answer.json()["code"]) == ("user", "raw_failure")
        with pytest.raises(ActorError) as caught:
            await client.raw.get([key, "missing"]).fetch("x")
        assert (caught.value.group, caught.value.code) == ("actor", "not_found")


async def test_params_of_raw_requests(make_client, key):
    async with make_client() as client:
        refused = client.guarded.get_or_create(key, params={"reject": "no_entry"})
        answer = await refused.fetch("x")
        assert answer.status_code == 500
        assert b"no_entry" in answer.content
        with pytest.raises(ActorError, match="no_entry"):
            async with refused.websocket() as socket:
                await socket.receive(timeout=30)
        assert (await client.guarded.get_or_create(key).fetch("x")).text == "welcome"
        arrived = await told(client.raw.get_or_create(key, params={"user": "é"}), "tell")
        assert arrived["headers"]["x-rivet-conn-params"] == '{"user":"\\u00e9"}'


async def test_a_stream(make_client, flavour, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        lines = []

        def read():
            with raw._target.stream("sse/3") as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                lines.extend(answer.iter_lines())

        if flavour.name == "blocking":
            await in_thread(read)
        else:
            async with raw.stream("sse/3") as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                lines += [line async for line in answer.aiter_lines()]
        assert [line for line in lines if line] == ["data: 0", "data: 1", "data: 2"]
        assert await raw.hits() == 1


async def test_a_deadline(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        await raw.hits()
        with pytest.raises(ActionTimeoutError) as caught:
            await raw.fetch("slow/3000", timeout=1.0)
        assert caught.value.may_have_run
        assert (await raw.fetch("slow/1")).text == "late"
        assert await raw.hits() == 2


# --- WebSocket -------------------------------------------------------------------------------------------------


async def test_messages(make_client, key):
    async with make_client() as client, client.raw.get_or_create(key).websocket() as socket:
        for message in ("é😀", "", b"\0\xff", b"", "x" * 100_000, b"x" * 100_000):
            await socket.send(message)
            assert await socket.receive(timeout=30) == message
        await socket.send("text 3000000")
        assert await socket.receive(timeout=30) == "x" * 3_000_000
        with pytest.raises(ActionTimeoutError, match="no message"):
            await socket.receive(timeout=0.1)
        # An error in the handler is not the end.
        await socket.send("throw")
        await socket.send("still there")
        assert await socket.receive(timeout=30) == "still there"


async def test_sending_and_receiving_at_the_same_time(make_client, key):
    async with make_client() as client, client.raw.get_or_create(key).websocket() as socket:

        async def receive():
            return [await socket.receive(timeout=30) for _ in range(200)]

        received = asyncio.ensure_future(receive())
        for number in range(200):
            await socket.send(str(number))
        assert await received == [str(number) for number in range(200)]


async def test_the_longest_messages(make_client, key):
    longest = b"x" * (20 * 1024 * 1024 - 1)
    async with make_client() as client, client.raw.get_or_create(key).websocket() as socket:
        await socket.send(longest)
        assert await socket.receive(timeout=30) == longest
        await socket.send(longest + b"xx")
        with pytest.raises(ConnectionClosedError, match="exceeds the maximum size"):
            await socket.receive(timeout=30)
        assert socket.close_code == 1009


async def test_websocket_urls(make_client, key):
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        for path, arrives in [
            ("", "/websocket/"),
            ("a/é?x=1", "/websocket/a/%C3%A9?x=1"),
            ("/b", "/websocket/b"),
        ]:
            async with raw.websocket(path) as socket:
                await socket.send("url")
                assert (await socket.receive(timeout=30)).endswith(f"127.0.0.1{arrives}")


async def test_awaiting_instead_of_entering(make_client, key):
    async with make_client() as client:
        socket = await client.raw.get_or_create(key).websocket()
        await socket.send("one")
        await socket.send("close 1000")
        assert [message async for message in socket] == ["one"]
        assert (socket.close_code, socket.close_reason) == (1000, "")
        await socket.close()


async def test_closed_by_the_actor(make_client, key):
    async with make_client() as client, client.raw.get_or_create(key).websocket() as socket:
        await socket.send("last words")
        await socket.send("close 4001 bye é")
        assert await socket.receive(timeout=30) == "last words"
        with pytest.raises(ConnectionClosedError) as caught:
            await socket.receive(timeout=30)
        assert (caught.value.code, caught.value.reason) == (4001, "bye é")
        assert (socket.close_code, socket.close_reason) == (4001, "bye é")
        with pytest.raises(ConnectionClosedError):
            await socket.send("more")


async def test_closing(make_client, key):
    async with make_client() as client:
        async with client.raw.get_or_create(key).websocket() as socket:
            receiving = asyncio.ensure_future(socket.receive())
            await asyncio.sleep(0)
            await socket.close(4002, "mine")
            with pytest.raises(ConnectionClosedError, match="is closed$"):
                await receiving
        for late in (socket.receive(), socket.send("more")):
            with pytest.raises(ConnectionClosedError, match="is closed$"):  # not: by the server
                await late
        assert socket.close_code == 4002
        with pytest.raises(ConfigError, match="code"):
            await socket.close(99)


async def test_an_actor_that_sleeps(make_client, engine, key):
    """A socket that the actor does not keep over its sleep ends normally: PROTOCOL.md 5.5."""
    async with make_client() as client:
        raw = client.raw.get_or_create(key)
        async with raw.websocket() as socket:
            await socket.send("one")
            assert await socket.receive(timeout=30) == "one"
            engine.admin.sleep(await raw.resolve())
            assert [message async for message in socket] == []
            assert (socket.close_code, socket.close_reason) == (1000, "actor.stopped")
        async with raw.websocket() as socket:
            await socket.send("two")
            assert await socket.receive(timeout=30) == "two"


async def test_no_such_actor(make_client, key):
    async with make_client() as client:
        with pytest.raises(ActorError) as caught:
            async with client.raw.get(key).websocket() as socket:
                await socket.receive(timeout=30)
        assert (caught.value.group, caught.value.code) == ("actor", "not_found")
