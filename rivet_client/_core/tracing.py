"""Headers that tie a request to the caller's OpenTelemetry trace, if there is one."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

__all__ = ["RAY_BAGGAGE_KEY", "trace_headers"]

RAY_BAGGAGE_KEY = "rivet.ray.id"
"""Baggage entry by which a request handler passes on the ray id that it was called with."""

_NONE: Mapping[str, str] = {}
_RAY_ID = re.compile(r"[A-Za-z0-9_-]{1,30}\Z")  # the engine replaces anything else (PROTOCOL.md 4.2)


def trace_headers() -> Mapping[str, str]:
    """The headers `traceparent` and `tracestate` of the active span, and the ray id in the baggage; {} for none.

    This function never loads OpenTelemetry. It uses it if the application has loaded it.
    """
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return _NONE
    headers: dict[str, str] = {}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        headers["traceparent"] = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
        if state := span.trace_state.to_header():
            headers["tracestate"] = state
    baggage = sys.modules.get("opentelemetry.baggage")
    ray_id = None if baggage is None else baggage.get_baggage(RAY_BAGGAGE_KEY)
    if isinstance(ray_id, str) and _RAY_ID.match(ray_id):
        headers["x-rivet-ray-id"] = ray_id
    return headers
