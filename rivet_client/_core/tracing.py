"""Headers that tie a request to the caller's OpenTelemetry trace, if there is one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

__all__ = ["trace_headers"]

_NONE: Mapping[str, str] = {}


def trace_headers() -> Mapping[str, str]:
    """`traceparent` and `tracestate` of the active span, or nothing.

    OpenTelemetry is used if the application has loaded it, and never loaded from here.
    """
    propagate = sys.modules.get("opentelemetry.propagate")
    if propagate is None:
        return _NONE
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return {name: value for name, value in headers.items() if name in ("traceparent", "tracestate")}
