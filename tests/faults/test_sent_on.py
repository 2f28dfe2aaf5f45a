"""A URL or a request of either library that `fetch` and `stream` send on, as a stub peer gets it."""

from __future__ import annotations

import io

import httpx
import httpx2
import pytest

from rivet_client import ConfigError
from tests.faults.waiting import ends
from tests.support.flavours import in_thread
from tests.support.stub_peer import StubPeer

LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
URL = "https://shop.test/a%20b/./c?x=1#part"
ORIGINAL = "x-rivet-internal-original-request-url"


async def told(visit):
    await visit.respond(200, b"answer")


async def streamed(handle, path, **options):
    def read():
        with handle._target.stream(path, **options) as response:
            return response

    if hasattr(handle, "_twin"):
        return await in_thread(read)
    async with handle.stream(path, **options) as response:
        return response


@LIBRARIES
async def test_urls(flavour, library):
    async with StubPeer(requests=[told]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        for url, options, target, original in [
            (library.URL(URL), {}, "/a%20b/c?x=1", "https://shop.test/a%20b/c?x=1#part"),
            (library.URL(URL), {"params": {"y": "é"}}, "/a%20b/c?x=1&y=%C3%A9", "https://shop.test/a%20b/c?x=1&y=%C3%A9#part"),
            (library.URL("http://shop.test:81"), {"params": {"y": "2"}}, "/?y=2", "http://shop.test:81?y=2"),
            (library.URL("a/b?x=1"), {}, "/a/b?x=1", None),
            ("a/b?x=1", {"headers": {ORIGINAL.title(): "http://mine/"}}, "/a/b?x=1", None),
        ]:  # fmt: skip
            response = await handle.fetch(url, **options)
            assert isinstance(response, httpx.Response)
            assert response.content == b"answer"
            visit = peer.requests[-1]
            assert visit.method == "GET"
            assert visit.target.partition("/request")[2].partition("rvt-")[0].rstrip("?&") == target
            assert visit.headers.get(ORIGINAL) == original
        await streamed(handle, library.URL(URL), method="PUT")
        assert peer.requests[-1].method == "PUT"
        assert peer.requests[-1].headers[ORIGINAL] == "https://shop.test/a%20b/c?x=1#part"
        for url in (
            library.URL("https://me:s3cret@shop.test/"),
            library.Request("GET", "https://s3cret@shop.test/"),
        ):
            with pytest.raises(ConfigError, match="without user name and password") as caught:
                await handle.fetch(url)
            assert "s3cret" not in str(caught.value)
        for url in (5, None, b"x", library.Headers()):
            with pytest.raises(TypeError, match="must be a str, an httpx.URL or an httpx.Request, not"):
                await handle.fetch(url)


def a_request(library, **options):
    headers = {"x-a": "theirs", "x-b": "theirs", "connection": "close", "content-type": "text/plain"}
    return library.Request("POST", URL, headers=headers, **options)


@LIBRARIES
async def test_requests(flavour, library):
    async with StubPeer(requests=[told]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        given = a_request(library, content=b"theirs")
        plain = {"x-a": "theirs", "x-b": "theirs", "connection": None, "content-type": "text/plain"}
        for options, method, headers, body in [
            ({}, "POST", {**plain, "content-length": "6"}, b"theirs"),
            ({"method": "put"}, "PUT", plain, b"theirs"),
            ({"headers": {"X-B": "ours", "connection": "te"}}, "POST", {"x-b": "ours", "connection": "te"}, b"theirs"),
            ({"cookies": {"a": "b"}}, "POST", {**plain, "cookie": "a=b"}, b"theirs"),
            ({"content": b"mine"}, "POST", {**plain, "content-length": "4"}, b"mine"),
            ({"content": b""}, "POST", {**plain, "content-length": "0"}, b""),
            ({"json": [1]}, "POST", {**plain, "content-type": "application/json"}, b"[1]"),
            ({"data": {"a": "b"}}, "POST", {**plain, "content-type": "application/x-www-form-urlencoded"}, b"a=b"),
        ]:  # fmt: skip
            await handle.fetch(given, **options)
            visit = peer.requests[-1]
            assert (visit.method, visit.body) == (method, body), options
            assert {name: visit.headers.get(name) for name in headers} == headers, options
            assert visit.headers["host"] == peer.url.removeprefix("http://")
            assert "transfer-encoding" not in visit.headers
            assert visit.headers[ORIGINAL] == "https://shop.test/a%20b/c?x=1#part"
        await handle.fetch(library.Request("GET", URL))
        assert "content-length" not in peer.requests[-1].headers


@LIBRARIES
async def test_bodies_of_requests(flavour, library):
    def parts():
        yield b"one "
        yield b"two"

    async def parts_later():
        for part in parts():
            yield part

    is_blocking = flavour.name == "blocking"
    async with StubPeer(requests=[told]) as peer, ends(), flavour.client(peer.url) as client:
        handle = client.stub.get_or_create("k")
        await handle.fetch(a_request(library, content=parts() if is_blocking else parts_later()))
        assert peer.requests[-1].body == b"one two"
        assert peer.requests[-1].headers["transfer-encoding"] == "chunked"
        await handle.fetch(
            a_request(library, content=b"theirs"), content=parts() if is_blocking else parts_later()
        )
        assert peer.requests[-1].body == b"one two"
        in_memory = a_request(library, files={"file": ("x.txt", io.BytesIO(b"content"))})
        for _ in range(2):
            await handle.fetch(in_memory)
            assert b"content" in peer.requests[-1].body
            assert "transfer-encoding" not in peer.requests[-1].headers
        if is_blocking:
            with pytest.raises(TypeError, match="async iterator"):
                await handle.fetch(a_request(library, content=parts_later()))
        else:
            await handle.fetch(a_request(library, content=parts()))
            assert peer.requests[-1].body == b"one two"
            assert peer.requests[-1].headers["content-length"] == "7"


@pytest.mark.parametrize(("library", "other"), [(httpx, httpx2), (httpx2, httpx)], ids=["httpx", "httpx2"])
async def test_a_request_of_the_other_library_than_the_client(flavour, library, other):
    """What comes back is of the client's library."""

    def parts():
        yield b"one "
        yield b"two"

    async def parts_later():
        for part in parts():
            yield part

    own = library.Client() if flavour.name == "blocking" else library.AsyncClient()
    async with StubPeer(requests=[told]) as peer, ends():
        async with flavour.client(peer.url, http_client=own) as client:
            handle = client.stub.get_or_create("k")
            content = parts() if flavour.name == "blocking" else parts_later()
            response = await handle.fetch(a_request(other, content=content))
            assert isinstance(response, library.Response)
            visit = peer.requests[-1]
            assert (visit.method, visit.body) == ("POST", b"one two")
            assert visit.headers[ORIGINAL] == "https://shop.test/a%20b/c?x=1#part"
            assert isinstance(await streamed(handle, "x"), library.Response)
        await own.aclose() if flavour.name == "asyncio" else own.close()
