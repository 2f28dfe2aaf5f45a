"""URLs of the engine's two doors (PROTOCOL.md 2 and 3), row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivet_client._core.gateway import (
    Endpoint,
    action_path,
    common_headers,
    control_headers,
    control_url,
    gateway_url,
    params_json,
    protocol_headers,
    queue_path,
    user_headers,
)
from rivet_client._core.target import Creation, Target
from rivet_client._secret import Secret, hide
from rivet_client.errors import ConfigError

ENDPOINT = Endpoint("https://engine/base", "my ns", "t/k")
BASE = "https://engine/base/gateway"
A = "a" * 30
NAMESPACE = "rvt-namespace=my+ns"


def get(key: tuple[str, ...] = (), **creation: Any) -> Target:
    return Target("get", "chat room", key, creation=Creation("pool", **creation))


def get_or_create(key: tuple[str, ...] = (), **creation: Any) -> Target:
    return Target("get_or_create", "chat room", key, creation=Creation("my pool", **creation))


# --- By key (3.2) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        # Not given for `get`: the pool, which the gateway forbids there, and everything that creating needs.
        (get(), {}, f"?{NAMESPACE}&rvt-method=get"),
        (get(("a", "b/c")), {}, f"?{NAMESPACE}&rvt-method=get&rvt-key=a%2Cb%2Fc"),
        (get(input=b"x", region="eu"), {}, f"?{NAMESPACE}&rvt-method=get"),
        (
            get_or_create(("k",)),
            {},
            f"?{NAMESPACE}&rvt-method=getOrCreate&rvt-runner=my+pool&rvt-key=k&rvt-crash-policy=sleep",
        ),
        (
            get_or_create(("é +%&",), input=b"\xfb\xff\xfe\x00", region="eu west"),
            {},
            f"?{NAMESPACE}&rvt-method=getOrCreate&rvt-runner=my+pool&rvt-key=%C3%A9+%2B%25%26"
            "&rvt-input=-__-AA&rvt-region=eu+west&rvt-crash-policy=sleep",
        ),
        (get(), {"path": "/action/x"}, f"/action/x?{NAMESPACE}&rvt-method=get"),
        (
            get(),
            {"path": "/request/", "query": "a=1&b=%26"},
            f"/request/?a=1&b=%26&{NAMESPACE}&rvt-method=get",
        ),
        (get(), {"with_token": True}, f"?{NAMESPACE}&rvt-method=get&rvt-token=t%2Fk"),
        (get(), {"skip_ready_wait": True}, f"?{NAMESPACE}&rvt-method=get&rvt-skip-ready-wait=true"),
    ],
)
def test_by_key(target: Target, options: dict[str, Any], expected: str) -> None:
    assert gateway_url(ENDPOINT, target, **options) == f"{BASE}/chat%20room{expected}"


@pytest.mark.parametrize(
    ("name", "segment"), [("a/b", "a%2Fb"), ("n@t", "n%40t"), ("é", "%C3%A9"), ("a?b#c", "a%3Fb%23c")]
)
def test_names_are_one_segment(name: str, segment: str) -> None:
    url = gateway_url(ENDPOINT, Target("get", name))
    assert url == f"{BASE}/{segment}?{NAMESPACE}&rvt-method=get"


@given(st.lists(st.text(min_size=1).filter(lambda part: "," not in part), max_size=4))
def test_keys_survive_the_query(parts: list[str]) -> None:
    query = parse_qsl(urlsplit(gateway_url(ENDPOINT, get(tuple(parts)))).query, keep_blank_values=True)
    assert dict(query).get("rvt-key", "").split(",") == (parts or [""])


# --- By id (3.1) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, f"/{A}"),
        ({"path": "/connect"}, f"/{A}/connect"),
        ({"path": "/request/x", "query": "a=1"}, f"/{A}/request/x?a=1"),
        ({"with_token": True, "path": "/connect"}, f"/{A}@t%2Fk/connect"),
        ({"skip_ready_wait": True}, f"/{A}"),  # a header or a subprotocol says so
    ],
)
def test_by_id(options: dict[str, Any], expected: str) -> None:
    assert gateway_url(ENDPOINT, get_or_create(("k",)), actor_id=A, **options) == BASE + expected


def test_an_empty_token_is_none() -> None:
    """`@` with nothing behind it is an error to the gateway."""
    for token in (None, ""):
        endpoint = Endpoint("http://e", "n", token)
        assert gateway_url(endpoint, get(), actor_id=A, with_token=True) == f"http://e/gateway/{A}"
        assert "rvt-token" not in gateway_url(endpoint, get(), with_token=True)


# --- Everything else -------------------------------------------------------------------------------------------


def test_control_urls() -> None:
    assert control_url(ENDPOINT, "/actors") == "https://engine/base/actors"
    url = control_url(ENDPOINT, "/actors", [("namespace", "my ns"), ("key", "a/\\0&é")])
    assert url == "https://engine/base/actors?namespace=my+ns&key=a%2F%5C0%26%C3%A9"


def test_paths() -> None:
    assert action_path("math.add/é") == "/action/math.add%2F%C3%A9"
    assert queue_path("a b") == "/queue/a%20b"


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (None, None),
        (0, "0"),
        (False, "false"),
        ("", '""'),
        ({}, "{}"),
        ({"é": "😀"}, '{"\\u00e9":"\\ud83d\\ude00"}'),
        ([b"\x00\xff"], '[["$Uint8Array","AP8="]]'),
    ],
)
def test_params(params: object, expected: str | None) -> None:
    assert params_json(hide(params)) == hide(expected)


@pytest.mark.parametrize("value", [float("nan"), datetime(2024, 1, 1, tzinfo=UTC), {1: 2}])
def test_params_that_json_cannot_carry(value: object) -> None:
    """No encoding of the client would help."""
    with pytest.raises(ConfigError, match=r"params\.at.* cannot be carried by JSON, as parameters must be"):
        params_json(Secret({"at": value}))


def test_headers_of_the_user() -> None:
    configured = {"a": "configured", "b": "configured", "traceparent": "configured"}
    trace = {"traceparent": "active", "x-rivet-ray-id": "r"}
    common = common_headers(configured)
    assert user_headers(common, None, trace).reveal() == {
        "a": "configured",
        "b": "configured",
        "accept-encoding": "identity",
        "traceparent": "active",
        "x-rivet-ray-id": "r",
    }
    assert user_headers(common, Secret({"b": "own", "tracestate": "own"}), trace).reveal() == {
        "a": "configured",
        "b": "own",
        "accept-encoding": "identity",
        "tracestate": "own",
        "x-rivet-ray-id": "r",
    }


@pytest.mark.parametrize("token", ["tok", None])
def test_headers_of_the_protocol(token: str | None) -> None:
    endpoint = Endpoint("http://e", "n", token)
    found = protocol_headers(
        endpoint, encoding="cbor", content_type="text/plain", params=Secret("{}"), skip_ready_wait=True
    )
    expected = {
        "x-rivet-encoding": "cbor",
        "content-type": "text/plain",
        "x-rivet-conn-params": "{}",
        "x-rivet-skip-ready-wait": "1",
    }
    assert found.reveal() == (expected | {"x-rivet-token": token} if token else expected)
    expected = {"a": "1", "accept-encoding": "identity"}
    assert control_headers({"a": "1", "accept-encoding": "br"}, endpoint, has_body=False).reveal() == (
        expected | {"authorization": "Bearer tok"} if token else expected
    )
