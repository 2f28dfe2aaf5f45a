"""Trace headers, with stand-ins for the parts of OpenTelemetry that the application may have loaded."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from rivet_client._core.tracing import RAY_BAGGAGE_KEY, trace_headers

TRACEPARENT = "00-" + "0" * 31 + "a-" + "0" * 15 + "b-01"


def load(
    monkeypatch: pytest.MonkeyPatch, *, valid: bool = True, state: str = "", baggage: Any = None
) -> None:
    context = SimpleNamespace(
        is_valid=valid,
        trace_id=10,
        span_id=11,
        trace_flags=1,
        trace_state=SimpleNamespace(to_header=lambda: state),
    )
    span = SimpleNamespace(get_span_context=lambda: context)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", SimpleNamespace(get_current_span=lambda: span))
    if baggage is None:
        monkeypatch.delitem(sys.modules, "opentelemetry.baggage", raising=False)
    else:
        module = SimpleNamespace(get_baggage={RAY_BAGGAGE_KEY: baggage}.get)
        monkeypatch.setitem(sys.modules, "opentelemetry.baggage", module)


def test_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    # Other tests of the same process may have loaded them.
    for name in ("opentelemetry", "opentelemetry.trace"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert trace_headers() == {}
    assert "opentelemetry" not in sys.modules


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"traceparent": TRACEPARENT}),
        ({"state": "a=b"}, {"traceparent": TRACEPARENT, "tracestate": "a=b"}),
        ({"valid": False, "state": "a=b"}, {}),
        ({"baggage": "Ray_-9"}, {"traceparent": TRACEPARENT, "x-rivet-ray-id": "Ray_-9"}),
        ({"valid": False, "baggage": "r" * 30}, {"x-rivet-ray-id": "r" * 30}),
        ({"valid": False, "baggage": "r" * 31}, {}),
        ({"valid": False, "baggage": "a\r\nb: c"}, {}),
        ({"valid": False, "baggage": "a\n"}, {}),
        ({"valid": False, "baggage": ""}, {}),
        ({"valid": False, "baggage": 5}, {}),
    ],
)
def test_with_opentelemetry(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: dict[str, str]
) -> None:
    load(monkeypatch, **options)
    assert trace_headers() == expected
