"""What goes to the log, under "rivet_client". No secret goes there: no headers, query strings, bodies or values.

WARNING tells of calls and connections that have failed for a while and are still tried. INFO tells what a service owner
wants to know without asking: connections that open, end and come back, and calls that are repeated. DEBUG adds each
request. Texts that a peer or a caller has chosen are made one line, by `str` of errors and targets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from rivet_client._core.effects import HttpResponse, Send, Sleep
from rivet_client._text import one_line

__all__ = ["request_done", "retry_scheduled"]

# Silent until the application says where logs go; without this, warnings would reach stderr.
logging.getLogger("rivet_client").addHandler(logging.NullHandler())

_requests = logging.getLogger("rivet_client.requests")


def request_done(
    effect: Send, started: float, now: Callable[[], float], outcome: HttpResponse | Exception
) -> None:
    """Note one HTTP request and its outcome."""
    if _requests.isEnabledFor(logging.DEBUG):
        request = effect.request
        result = outcome if isinstance(outcome, Exception) else f"HTTP {outcome.status}"
        ray = "" if isinstance(outcome, Exception) else one_line(outcome.headers.get("x-rivet-ray-id", ""))
        took = (now() - started) * 1000
        path = urlsplit(request.url).path
        _requests.debug(
            "%s %s: %s in %.0f ms%s", request.method, path, result, took, f" (ray {ray})" if ray else ""
        )


def retry_scheduled(effect: Sleep) -> None:
    """Note a pause before a request is repeated."""
    _requests.log(logging.WARNING if effect.is_warning else logging.INFO, "%s", effect.reason)
