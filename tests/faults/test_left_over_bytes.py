"""Answers of calls that ran, spoilt on the way: no error says that such a call has not run.

Every fault of every byte is in tests/core/test_spoilt_answers.py; here is what only streams show.
"""

from __future__ import annotations

import asyncio

import httpx
import pytest

from rivet_client import RetryPolicy, RivetError
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import HttpResponseError
from tests.faults.waiting import ends
from tests.support.flavours import Flavour
from tests.support.stub_peer import ACTOR, StubPeer, Visit, answer, html, problem, response

LEFT_OVER = (
    b"\x00",
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"}",
    b"\r\n\r\n",
    b"HTTP/1.1 5",
    b"HTTP/1.1 503 \n\n",
    b"HTTP/1.1 300 \r\n\r\n",
)


@pytest.mark.parametrize("pooled", [False, True], ids=["fresh", "pooled"])
@pytest.mark.parametrize("own", [False, True], ids=["", "httpx"])
async def test_what_comes_before_an_answer_hides_no_call(flavour: Flavour, own: bool, pooled: bool) -> None:
    """Such as the rest of an answer whose length was given too short."""

    async def late(visit: Visit) -> None:
        await visit.write(before)
        await answer(visit)
        visit.eof()

    library = {"blocking": httpx.Client, "asyncio": httpx.AsyncClient}[flavour.name]
    for before in LEFT_OVER:
        options = {"http_client": library(trust_env=False)} if own else {}
        async with StubPeer(requests=[answer, late] if pooled else [late]) as peer, ends():
            async with flavour.client(peer.url, disable_metadata_lookup=True, **options) as client:
                handle = client.stub.get_for_id(ACTOR)
                if pooled:
                    assert await handle.echo(1) == 1
                with pytest.raises(RivetError) as caught:
                    await handle.echo(2)
                assert caught.value.may_have_run, before
                assert len(peer.requests) == 1 + pooled


@pytest.mark.parametrize(
    "doubtful",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nstub",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n3\r\nstu\r\n0\r\n\r\n",
    ],
    ids=["bytes behind it", "two lengths"],
)
async def test_an_answer_that_ends_in_doubt_ends_its_connection(flavour: Flavour, doubtful: bytes) -> None:
    async def doubted(visit: Visit) -> None:
        await visit.write(doubtful)

    async with StubPeer(requests=[doubted, answer]) as peer, ends():
        async with flavour.client(peer.url, disable_metadata_lookup=True) as client:
            handle = client.stub.get_for_id(ACTOR)
            assert (await handle.fetch("x")).text == "stu"
            assert await handle.echo(2) == 2
            assert peer.connections == 2


REFUSALS = {
    "host": response(
        500,
        frames.encode_http_response_error(HttpResponseError(group="actor", code="stopping", message="no")),
        {"x-rivet-actor": ACTOR, "content-type": "application/octet-stream"},
    ),
    "gateway": problem(503, "guard.rate_limit"),
    "proxy": html(429),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "late"])
@pytest.mark.parametrize("own", [False, True], ids=["", "httpx"])
async def test_a_refusal_that_is_repeated_answers_no_other_call(
    flavour: Flavour, own: bool, is_late: bool, refusal: bytes
) -> None:
    async def refuse(visit: Visit) -> None:
        await visit.write(refusal if is_late else refusal * 2)

    async def run(visit: Visit) -> None:
        if is_late and peer.connections == 1:
            await visit.write(refusal)
        await answer(visit)

    library = {"blocking": httpx.Client, "asyncio": httpx.AsyncClient}[flavour.name]
    http_client = library(trust_env=False) if own else None
    once = RetryPolicy(max_attempts=1)
    async with StubPeer(requests=[refuse, run]) as peer, ends():
        async with flavour.client(
            peer.url, disable_metadata_lookup=True, retry=once, http_client=http_client
        ) as client:
            handle = client.stub.get_for_id(ACTOR)
            with pytest.raises(RivetError) as caught:
                await handle.echo(1)
            assert not caught.value.may_have_run
            assert await handle.echo(2) == 2
        if http_client is not None:
            await asyncio.to_thread(
                http_client.close
            ) if flavour.name == "blocking" else await http_client.aclose()
