from __future__ import annotations

from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from counters.rivet import async_client, client
from rivet_client import ActionTimeoutError, AsyncActorHandle

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
    # Ends when the browser leaves, for then Django cancels it, and the connection is closed.
    async with counter.connect() as connection:
        counts = connection.events("newCount", timeout=HEARTBEAT)
        # Listening already, so that no change is missed between this and the next.
        yield f"data: {await connection.getCount()}\n\n"
        while True:
            try:
                (count,) = await anext(counts)
            except ActionTimeoutError:
                yield ": still here\n\n"
            except StopAsyncIteration:  # the client is closed
                return
            else:
                yield f"data: {count}\n\n"
