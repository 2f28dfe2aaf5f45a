"""A web service in front of actors: one AsyncClient for its whole life, errors as status codes, events relayed.

Needs FastAPI, uvicorn, and an engine with the example registry:

    pip install fastapi uvicorn
    python examples/local_engine.py uvicorn --app-dir examples --timeout-graceful-shutdown 3 fastapi_app:app

Then open http://127.0.0.1:8000 in two windows. (Event streams never end by themselves: with the time limit, uvicorn
ends them when it is stopped, and logs a CancelledError for each.) Its tests are in test_fastapi_app.py.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse

from rivet_client import (
    ActionTimeoutError,
    ActorError,
    AsyncActorHandle,
    AsyncClient,
    ConnectionClosedError,
    ConnectionStatus,
    RivetError,
)

logger = logging.getLogger(__name__)
TIMEOUT = 5.0  # seconds; nobody waits a minute for a web page
HEARTBEAT = 15.0  # seconds; proxies close streams that are silent for long


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # The endpoint comes from RIVET_ENDPOINT, or is http://localhost:6420.
    async with AsyncClient(timeout=TIMEOUT) as client:
        app.state.rivet = client
        yield


app = FastAPI(title="Counters", lifespan=lifespan)


def visible_counter(name: str, request: Request) -> AsyncActorHandle:
    """The counter that a path names. A handle costs nothing; the first call creates the actor."""
    client: AsyncClient = request.app.state.rivet
    # The name is what the user typed. As a part of its own it can never reach another tenant's counter.
    return client.counter.get_or_create(["tenant-1", name])


Counter = Annotated[AsyncActorHandle, Depends(visible_counter)]


@app.get("/counters/{name}")
async def read(counter: Counter) -> dict[str, int]:
    return {"count": await counter.getCount()}


@app.post("/counters/{name}/increment")
async def increment(counter: Counter, amount: int = 1) -> dict[str, int]:
    return {"count": await counter.increment(amount)}


@app.post("/counters/{name}/fail")
async def fail(counter: Counter, reason: str) -> None:
    await counter.fail(reason)


@app.get("/tables/{table}")
async def mode(table: str, request: Request) -> dict[str, str]:
    """An actor that somebody else creates: `actor.not_found` becomes 404."""
    return {"mode": await request.app.state.rivet.game.get(["tenant-1", table]).mode()}


@app.get("/counters/{name}/events")
async def events(counter: Counter) -> StreamingResponse:
    """The count now and after each change, as server-sent events."""
    await counter.getCount()  # what is wrong becomes a status code now; once the stream has begun it cannot
    return StreamingResponse(changes(counter), media_type="text/event-stream")


async def changes(counter: AsyncActorHandle) -> AsyncGenerator[str, None]:
    """The count now, and then each other count. Of fast changes, the last one is shown; so it is the true one."""
    # Events are lost while a connection is away, and one that comes first may be older than the answer to a call. So an
    # event is only the reason to fetch. The framework cancels this when the browser leaves; the block then closes.
    changed = asyncio.Event()
    shown: int | None = None
    async with counter.connect() as connection:
        connection.on("newCount", lambda count: changed.set())
        connection.on_status_change(
            lambda status: changed.set()
        )  # it is open, or open again, or closed for good
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await changed.wait()
            except TimeoutError:
                yield ": still here\n\n"
                continue
            changed.clear()
            if connection.status is ConnectionStatus.IDLE:
                return  # the client is closed, or the connection has given up; the browser begins again by itself
            if connection.status is not ConnectionStatus.CONNECTED:
                continue  # the next change of the status is the next reason
            try:
                count = await connection.getCount()
            except RivetError as error:
                if not (error.is_retryable or isinstance(error, ConnectionClosedError)):
                    raise
                changed.set()
                continue
            if count != shown:
                shown = count
                yield f"data: {count}\n\n"


@app.exception_handler(RivetError)
async def failed(request: Request, error: RivetError) -> JSONResponse:
    if isinstance(error, ActorError):
        if error.group == "user":  # written for the caller by the actor's author
            return problem(400, f"{error.group}.{error.code}", error.message, error.metadata)
        if (error.group, error.code) == ("actor", "not_found"):
            return problem(404, "not_found", "there is no such thing")
    # The text has the ray id, which leads to the engine's logs. All this is none of the caller's business.
    logger.warning("%s %s failed: %s", request.method, request.url.path, error)
    if error.is_retryable and not error.may_have_run:
        return problem(503, "unavailable", "please try again", headers={"retry-after": "1"})
    if isinstance(error, ActionTimeoutError):
        return problem(504, "timed_out", "there was no answer in time")
    return problem(502, "failed", "the request failed")


def problem(
    status: int, code: str, message: str, metadata: Any = None, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, "metadata": metadata}, status, headers)


@app.get("/", response_class=HTMLResponse)
async def page() -> str:
    return """<!doctype html>
<title>Counter</title>
<button onclick="fetch('/counters/page/increment', {method: 'POST'})">+1</button>
<output id="count"></output>
<script>
  new EventSource("/counters/page/events").onmessage = ({data}) => { count.value = data };
</script>
"""
