"""After an error that the gateway itself answers, over a peer that behaves as the engine does then."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from rivet_client import ActorError, RetryPolicy


def answer(writer: asyncio.StreamWriter, status: str, body: object) -> None:
    text = json.dumps(body)
    writer.write(f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n".encode())
    writer.write(f"content-length: {len(text)}\r\n\r\n{text}".encode())


async def test_the_next_request_goes_elsewhere(flavour):
    """The gateway does not read the body, and closes the stream without a word: nothing may be sent into that gap."""
    requests: list[int] = []  # the connection that each one came over
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                requests.append(number)
                if len(requests) == 1:
                    error = {"group": "guard", "code": "no_route", "message": "none"}
                    answer(writer, "404 Not Found\r\nx-rivet-error: guard.no_route", error)
                    assert b"POST" not in await reader.read()
                    return
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                answer(writer, "200 OK", {"output": 5})

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with flavour.client(
            f"http://127.0.0.1:{port}",
            encoding="json",
            disable_metadata_lookup=True,
            timeout=30.0,
            retry=RetryPolicy(max_attempts=1),
        ) as client:
            counter = client.counter.get_or_create("key")
            with pytest.raises(ActorError, match="no_route"):
                await counter.increment(5)
            assert await counter.increment(5) == 5
            assert await counter.increment(5) == 5
    # And a stream that has had no such answer is used again.
    assert requests == [1, 2, 2]
