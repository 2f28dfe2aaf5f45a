"""After an error that the gateway itself answers, over a peer that behaves as the engine does then."""

from __future__ import annotations

import asyncio
import json

import pytest

from rivet_client import ActorError, RetryPolicy


async def test_the_next_request_goes_elsewhere(flavour):
    """The gateway does not read the body, and closes the stream without a word: nothing may be sent into that gap."""
    requests: list[int] = []  # the connection that each one came over
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        number = connections
        while head := await reader.read(65536):
            assert head.startswith(b"POST /gateway/")
            requests.append(number)
            refused = len(requests) == 1
            body = {"group": "guard", "code": "no_route", "message": "none"} if refused else {"output": 5}
            text = json.dumps(body).encode()
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nx-rivet-error: guard.no_route\r\n"
                if refused
                else b"HTTP/1.1 200 OK\r\n"
            )
            writer.write(
                b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text)
            )
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with flavour.client(
            f"http://127.0.0.1:{port}",
            encoding="json",
            disable_metadata_lookup=True,
            retry=RetryPolicy(max_attempts=1),
        ) as client:
            counter = client.counter.get_or_create("key")
            with pytest.raises(ActorError, match="no_route"):
                await counter.increment(5)
            assert await counter.increment(5) == 5
            assert await counter.increment(5) == 5
    # And a stream that has had no such answer is used again.
    assert requests == [1, 2, 2]
