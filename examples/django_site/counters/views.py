from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counters.rivet import async_client, client
from rivet_client import AsyncActorHandle, ConnectionClosedError, ConnectionStatus, RivetError

HEARTBEAT = 15.0  # seconds; proxies close streams that are silent for long


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    count = client().counter.get_or_create(["django", name]).getCount()
    return render(request, "counters/page.html", {"name": name, "count": count})


@require_POST
def increment(request: HttpRequest, name: str) -> HttpResponse:
    client().counter.get_or_create(["django", name]).increment(1)
    return redirect("page", name)


@require_GET
async def events(request: HttpRequest, name: str) -> HttpResponseBase:
    """The count now and after each change, as server-sent events."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(b"streams need an ASGI server", status=501)
    counter = async_client().counter.get_or_create(["django", name])
    await counter.getCount()  # what is wrong becomes a status code now; once the stream has begun it cannot
    return StreamingHttpResponse(changes(counter), content_type="text/event-stream")


async def changes(counter: AsyncActorHandle) -> AsyncIterator[str]:
    """The count now, and then each other count. Of fast changes, the last one is shown; so it is the true one."""
    # Events are lost while a connection is away, and one that comes first may be older than the answer to a call. So an
    # event is only the reason to fetch. Django cancels this when the browser leaves; the block then closes.
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
