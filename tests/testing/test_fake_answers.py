"""What a `FakeEngine` answers to requests, without a socket: URLs, methods, headers, bodies, versions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from rivet_client import ActorError, VersionError
from rivet_client._core.keys import serialize_key
from rivet_client.testing import FakeEngine, Refused, queue
from rivet_client.testing.fake import routes
from rivet_client.testing.fake.http import Answer, HttpRequest


class Thing:
    def echo(self, ctx: Any, value: Any = None) -> Any:
        ctx.broadcast("told", value)
        return value

    def whoami(self, ctx: Any) -> list[Any]:
        return [list(ctx.key), ctx.input, ctx.request.url]

    def fail(self, ctx: Any) -> None:
        raise Refused("no", message="not so", metadata={"a": 1})

    @queue("jobs")
    def jobs(self, ctx: Any, body: Any) -> Any:
        return body


class Site:
    """An engine that does not run, and is asked all the same."""

    def __init__(self) -> None:
        self._engine = FakeEngine()
        self._engine.add_actor("thing", Thing)
        self._runner = asyncio.Runner()
        self.actor_id = self.ask("PUT", "/actors?namespace=default", body=CREATION)["actor"]["actor_id"]

    def answer(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: object = b""
    ) -> Answer:
        fields = {"host": "x", **(headers or {})}
        if not isinstance(body, bytes):
            fields.setdefault("content-type", "application/json")
            body = json.dumps(body).encode()
        target = target.replace("ID", getattr(self, "actor_id", ""))
        request = HttpRequest(method, target, list(fields.items()), fields, body)
        return self._runner.run(self._engine._server.service.answer(request))

    def ask(self, *args: Any, **options: Any) -> Any:
        answer = self.answer(*args, **options)
        assert isinstance(answer.body, bytes)
        return json.loads(answer.body)

    def close(self) -> None:
        self._runner.close()


CREATION = {"name": "thing", "key": "a/b", "runner_name_selector": "default", "crash_policy": "sleep"}
BY_KEY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=k"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.mark.parametrize(
    "key",
    [(), ("",), ("/",), ("a", "b/c", ""), ("a\\b",), ("a,b",), ("\\0",), ("é", " "), ("a\n/",)],
    ids=repr,
)
def test_keys(key: tuple[str, ...]) -> None:
    assert routes.parse_key(serialize_key(key)) == key
    assert routes.serialize_key(key) == serialize_key(key)


@pytest.mark.parametrize(("text", "key"), [("a//b", ("a", "", "b")), ("a\\0b", ("",)), ("a\\", ("a\\",))])
def test_keys_of_strangers(text: str, key: tuple[str, ...]) -> None:
    assert routes.parse_key(text) == key


# Method and target, headers, the answer's status, group and code; "-" for the body.
ERRORS: list[tuple[str, dict[str, str], int, str]] = [
    # What the gateway refuses.
    ("POST /gateway/ID//action/echo", {}, 404, "api.not_found"),
    ("POST /gateway/ID@/action/echo", {}, 404, "api.not_found"),
    ("POST /gateway/nope/action/echo", {}, 500, "core.internal_error"),
    (f"POST /gateway/{'a' * 30}/action/echo", {}, 404, "actor.not_found"),
    (f"POST /gateway/thing@t/action/echo?{BY_KEY}", {}, 400, "guard.query_path_token_syntax"),
    (f"POST /gateway//action/echo?{BY_KEY}", {}, 404, "api.not_found"),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-key=j", {}, 400, "guard.query_duplicate_param"),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-odd=j", {}, 400, "guard.query_invalid_params"),
    ("POST /gateway/thing/action/echo?rvt-method=get", {}, 400, "guard.query_invalid_params"),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-input=%21", {}, 400, "guard.query_invalid_base64_input"),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-input=_w", {}, 400, "guard.query_invalid_cbor_input"),
    (
        f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-key=%FF",
        {},
        400,
        "guard.query_invalid_percent_encoding",
    ),
    (
        "POST /gateway/thing/action/echo?rvt-namespace=default&rvt-method=getOrCreate",
        {},
        400,
        "guard.query_missing_pool",
    ),
    (
        "POST /gateway/thing/action/echo?rvt-namespace=default&rvt-method=get&rvt-runner=default",
        {},
        400,
        "guard.query_get_disallowed_params",
    ),
    (
        "POST /gateway/thing/action/echo?rvt-namespace=default&rvt-method=get&rvt-key=none",
        {},
        404,
        "actor.not_found",
    ),
    (
        f"POST /gateway/thing/action/echo?{BY_KEY.replace('default&', 'no&', 1)}",
        {},
        400,
        "namespace.not_found",
    ),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-region=no", {}, 400, "datacenter.not_found"),
    (f"POST /gateway/thing/action/echo?{BY_KEY}&rvt-pool=no", {}, 400, "actor.no_runner_config_configured"),
    ("GET /request/x", {"x-rivet-target": "actor"}, 400, "guard.missing_header"),
    ("POST /action/echo", {"x-rivet-target": "actor", "x-rivet-actor": "ID"}, 404, "guard.no_route"),
    ("GET /nowhere", {}, 404, "api.not_found"),
]
OF_THE_HOST: list[tuple[str, dict[str, str], bytes, int, str]] = [
    ("GET /gateway/ID/action/echo", {}, b"", 405, "actor.method_not_allowed"),
    ("POST /gateway/ID/action/a/b", {}, b"{}", 404, "actor.not_found"),
    ("GET /gateway/ID/connect", {}, b"", 404, "actor.not_found"),
    ("POST /gateway/ID/action/echo", {}, b"garbage", 400, "core.internal_error"),
    ("POST /gateway/ID/action/echo", {"x-rivet-conn-params": "{"}, b"{}", 400, "core.internal_error"),
    ("POST /gateway/ID/queue/jobs", {}, b'{"body":1,"timeout":-1}', 400, "core.internal_error"),
    ("POST /gateway/ID/action/fail", {}, b"{}", 500, "user.no"),
    ("POST /gateway/ID/action/nope", {}, b"{}", 404, "actor.action_not_found"),
    ("POST /gateway/ID/action/echo", {}, b"[%s]" % (b" " * 65_536), 400, "message.incoming_too_long"),
    ("GET /gateway/ID/request?x=1", {}, b"", 500, "envoy.fetch_failed"),
]


@pytest.mark.parametrize(
    ("asked", "headers", "status", "name"), ERRORS, ids=[f"{e[0]} {e[3]}" for e in ERRORS]
)
def test_what_the_engine_refuses(
    site: Site, asked: str, headers: dict[str, str], status: int, name: str
) -> None:
    method, target = asked.split(" ")
    headers = {"x-rivet-encoding": "bare", **headers}  # which such an error does not care for
    answer = site.answer(method, target, headers, b"")
    told = site.ask(method, target, headers, b"")
    assert (answer.status, f"{told['group']}.{told['code']}") == (status, name)
    assert answer.headers["x-rivet-error"] == name
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-rivet-ray-id"]
    assert "x-rivet-actor" not in answer.headers
    assert "actor" not in told


@pytest.mark.parametrize(
    ("asked", "headers", "body", "status", "name"), OF_THE_HOST, ids=[f"{e[0]} {e[4]}" for e in OF_THE_HOST]
)
def test_what_the_host_refuses(
    site: Site, asked: str, headers: dict[str, str], body: bytes, status: int, name: str
) -> None:
    method, target = asked.split(" ")
    answer = site.answer(method, target, headers, body)
    told = site.ask(method, target, headers, body)
    assert (answer.status, f"{told['group']}.{told['code']}") == (status, name)
    assert "x-rivet-error" not in answer.headers
    assert answer.headers["x-rivet-actor"] == site.actor_id
    assert (answer.headers["x-rivet-actor-generation"], answer.headers["x-rivet-actor-key"]) == ("1", "a/b")
    assert told["actor"] == {"actorId": site.actor_id, "generation": 1, "key": "a/b"}


def test_what_is_taken(site: Site) -> None:
    for body in (b"{}", b'{"args":null}', b'{"args":[],"more":1}'):
        assert site.ask("POST", "/gateway/ID/action/echo", body=body) == {"output": None}
    assert site.ask("POST", "/gateway/ID/action/echo", body={"args": 5}) == {"output": 5}
    assert site.ask("POST", "/gateway/ID@token/action/echo", body={"args": [6]}) == {"output": 6}
    answer = site.answer("POST", "/gateway/ID/action/echo", {"x-rivet-ray-id": "mine"}, b"{}")
    assert answer.headers["x-rivet-ray-id"] == "mine"
    (key, given, url) = site.ask(
        "POST", f"/gateway/th%69ng/action/whoami?x=%20&&{BY_KEY},l&rvt-input=oWFhAQ", body=b"{}"
    )["output"]
    assert (key, given, url) == (["k", "l"], {"a": 1}, "http://127.0.0.1/action/whoami?x=%20")
    by_header = {"x-rivet-target": "actor", "x-rivet-actor": site.actor_id}
    assert site.answer("GET", "/request/x", by_header).status == 404  # of the actor, which has no handler
    assert site.answer("OPTIONS", "/gateway/ID/request/x").status == 204
    assert site.ask("GET", "/gateway/ID/metadata")["runtime"] == "rivetkit"
    assert site.answer("GET", "/gateway/ID/health").body == b"ok"
    assert site.answer("GET", "/gateway/ID/").status == 200


@pytest.mark.parametrize(
    ("asked", "body", "code"),
    [
        ("GET /actors?name=thing", None, "api.bad_request"),
        ("GET /actors?namespace=default", None, "validation.invalid_input"),
        ("GET /actors?namespace=no&name=thing", None, "namespace.not_found"),
        ("GET /actors?namespace=default&name=thing&odd=1", None, "api.bad_request"),
        ("GET /actors?namespace=default&actor_ids=!", None, "api.bad_request"),
        ("GET /actors?namespace=default&name=thing&limit=x", None, "api.bad_request"),
        ("GET /actors?namespace=default&name=thing&cursor=x", None, "api.bad_request"),
        ("PUT /actors?namespace=default", [CREATION], "api.bad_request"),
        ("PUT /actors?namespace=default", {**CREATION, "input": 5}, "api.bad_request"),
        ("PUT /actors?namespace=default", {**CREATION, "odd": 1}, "api.bad_request"),
        ("PUT /actors?namespace=default", {"name": "thing"}, "api.bad_request"),
        ("POST /actors?namespace=default", CREATION, "actor.duplicate_key"),
        ("POST /actors?namespace=default", {**CREATION, "key": ""}, "actor.empty_key"),
        ("POST /actors?namespace=default", {**CREATION, "key": "x" * 1025}, "actor.key_too_large"),
        (f"DELETE /actors/{'a' * 30}?namespace=default", None, "actor.not_found"),
        ("GET /actors/ID", None, "api.method_not_allowed"),
    ],
)
def test_what_the_control_api_refuses(site: Site, asked: str, body: object, code: str) -> None:
    method, target = asked.split(" ")
    told = site.ask(method, target, body=b"" if body is None else body)
    assert f"{told['group']}.{told['code']}" == code
    answer = site.answer(method, target, body=b"" if body is None else body)
    assert answer.status == {"api.method_not_allowed": 405, "actor.not_found": 404}.get(code, 400)


def test_lists(site: Site) -> None:
    for number in range(5):
        site.ask("PUT", "/actors?namespace=default", body={**CREATION, "key": f"page/{number}"})
    keys: list[str] = []
    cursor = ""
    while True:
        page = site.ask("GET", f"/actors?namespace=default&name=thing&limit=2{cursor}")
        keys += [actor["key"] for actor in page["actors"]]
        if (at := page["pagination"]["cursor"]) is None:
            break
        cursor = f"&cursor={at}"
    assert [key for key in keys if key.startswith("page")] == [f"page/{number}" for number in (4, 3, 2, 1, 0)]
    (found,) = site.ask("GET", "/actors?namespace=default&name=thing&key=page/3")["actors"]
    site.ask("DELETE", f"/actors/{found['actor_id']}?namespace=default")
    assert site.ask("GET", "/actors?namespace=default&name=thing&key=page/3")["actors"] == []
    (gone,) = site.ask("GET", f"/actors?namespace=default&actor_ids={found['actor_id']}")["actors"]
    assert gone["destroy_ts"] is not None
    assert set(site.ask("GET", "/actors/names?namespace=default")["names"]) == {"thing"}


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_versions(version: int) -> None:
    """A host writes its own version, and refuses newer ones. The client finds out."""
    engine = FakeEngine(protocol_version=version)
    engine.add_actor("thing", Thing)
    with engine, engine.client() as client:
        thing = client.thing.get_or_create("k")
        with thing.connect() as connection:
            told = connection.events("told", timeout=30.0)
            for caller in (thing, connection):
                assert caller.echo([version]) == [version]
                with pytest.raises(ActorError, match=r"user\.no: not so") as caught:
                    caller.fail()
                assert caught.value.metadata == {"a": 1}
                assert (caught.value.actor is not None) == (version == 4)
            assert next(iter(told)) == ([version],)
        if version < 3:
            with pytest.raises(VersionError, match="has no message HttpQueueSendRequest"):
                thing.send("jobs", 1)
        else:
            assert thing.send("jobs", 1, wait=True).response == 1
        for fixed in range(1, 5):
            with engine.client(protocol_version=fixed) as other:
                handle = other.thing.get_or_create("k")
                if fixed <= version:
                    assert handle.echo(fixed) == fixed
                else:
                    with pytest.raises(VersionError, match=f"which knows version {version}"):
                        handle.echo(fixed)
