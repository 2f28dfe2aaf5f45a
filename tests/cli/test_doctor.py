"""`doctor`: what it finds where all is well, and in every way in which it may not be."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rivet_client import Client
from rivet_client.cli.checks import _compared
from rivet_client.config import PROTOCOL_VERSIONS
from rivet_client.testing import FakeEngine
from rivet_client_generated.engine_api import models
from tests.cli.command import Done, run, run_beside, run_on_terminal
from tests.support.connect_proxy import HttpProxy
from tests.support.engine import PrivateEngine, SharedEngine
from tests.support.stub_peer import METADATA, StubPeer, Visit, html, json_body, problem

ALL = ["endpoint", "engine", "namespace", "token", "pool", "protocol", "actors", "websocket"]


def checks(done: Done) -> dict[str, dict[str, Any]]:
    assert done.err == ""
    return {line["name"]: line for line in done.lines}


def trouble(done: Done) -> dict[str, Any]:
    """The one problem that was found."""
    found = checks(done)
    assert done.code == 1
    (bad,) = (check for check in found.values() if check["state"] == "problem")
    return bad


def test_all_is_well_with_the_fake_engine() -> None:
    with FakeEngine() as fake:
        fake.add_actor("counter", type("Counter", (), {}))
        done = run("doctor", RIVET_ENDPOINT=fake.url)
    found = checks(done)
    assert done.code == 0
    assert {name: check["state"] for name, check in found.items()} == dict.fromkeys(ALL, "ok")
    assert found["pool"]["text"] == "default, 1 host connected"
    assert found["protocol"]["text"].endswith("the hosts run rivetkit 2.3.19")


def test_all_is_well(engine: SharedEngine) -> None:
    done = run("doctor", "--timeout", "60", RIVET_ENDPOINT=engine.url)
    found = checks(done)
    assert done.code == 0
    assert list(found) == ALL
    assert {check["state"] for check in found.values()} == {"ok"}
    assert found["endpoint"]["text"] == f"{engine.url} (RIVET_ENDPOINT)"
    # Fewer, if they take more than a second together.
    assert re.fullmatch(r"engine 2\.3\.19, answers in [\d.]+ ms \(median of [1-5]\)", found["engine"]["text"])
    assert found["namespace"]["text"] == "default"
    assert found["pool"]["text"] == "default, 1 host connected"
    assert re.match(
        rf"this client speaks 1 to {PROTOCOL_VERSIONS[-1]} of the client protocol "
        r"and writes the newest that the host knows; "
        r"the hosts run rivetkit 2\.3\.19",
        found["protocol"]["text"],
    )
    assert {"counter", "echo"} <= set(found["actors"]["text"].split(", "))


def test_it_creates_and_wakes_nothing(engine: SharedEngine) -> None:
    found = checks(run("doctor", RIVET_ENDPOINT=engine.url, RIVET_PROTOCOL_VERSION="3"))
    assert "of the client protocol and writes 3, which is fixed" in found["protocol"]["text"]
    assert run("actors", "doctor", RIVET_ENDPOINT=engine.url).out == ""


def test_one_screen(engine: SharedEngine) -> None:
    done = run_on_terminal("doctor", "--endpoint", engine.url, columns=80, NO_COLOR="1", RIVET_TOKEN="secret")
    assert done.code == 0
    lines = done.out.splitlines()
    assert len(lines) <= 16
    assert [line[:13] for line in lines if line[0] == "✓"] == [f"✓ {name:9}  " for name in ALL]
    assert lines[0] == f"✓ endpoint   {engine.url} (--endpoint)"
    assert "✓ token      given, and not refused" in lines
    assert lines[-1] == "All is well. Next: `rivet-client actors`, or `rivet-client call --help`."
    assert [line for line in lines if line.endswith(" ")] == []
    assert "secret" not in done.out
    assert max(map(len, lines)) <= 80


def test_problems_on_a_terminal(engine: SharedEngine) -> None:
    done = run_on_terminal(
        "doctor", "--endpoint", engine.url, "--namespace", "nope", NO_COLOR="1", PYTHONIOENCODING="ascii"
    )
    assert done.code == 1
    shown = re.sub(r"\x1b\[\d*m", "", done.out)
    assert re.search(
        r"^p namespace  there is no namespace 'nope'\n {13}-> choose one with --namespace", shown, re.M
    )
    last = "1 problem: namespace. Do as it says, then run `rivet-client doctor` again."
    assert shown.splitlines()[-1] == last


def test_nothing_listens() -> None:
    first, *others = run("doctor", "--endpoint", "http://127.0.0.1:1").lines
    assert first == {
        "name": "reachable",
        "state": "problem",
        "text": "no engine at http://127.0.0.1:1 (--endpoint): connection refused",
        "advice": "start one with `rivet-client dev registry.ts --port 1`, or check --endpoint",
    }
    assert [check["name"] for check in others] == ["endpoint", "settings"]
    assert others[-1]["text"] == "namespace default, pool default, no token; not tried"
    shown = run_on_terminal("doctor", "--endpoint", "http://127.0.0.1:1", columns=60, NO_COLOR="1").out
    assert re.sub(r"\x1b\[\d*m", "", shown) == (
        "✗ reachable  no engine at http://127.0.0.1:1 (--endpoint):\n"
        "             connection refused\n"
        "             → start one with `rivet-client dev registry.ts\n"
        "               --port 1`, or check --endpoint\n"
        "✓ endpoint   http://127.0.0.1:1 (--endpoint)\n"
        "? settings   namespace default, pool default, no token; not\n"
        "             tried\n"
        "1 problem: reachable. Do as it says, then run `rivet-client\n"
        "doctor` again.\n"
    )


async def test_proxies() -> None:
    there = "http://engine.invalid"
    async with HttpProxy(credentials="user:pa55") as proxy:
        good, bad = proxy.url_for("user:pa55"), proxy.url_for("user:s3cret")
        async with StubPeer() as peer:
            url = peer.url.replace("127.0.0.1", "engine.invalid")
            done = await run_beside("doctor", "--endpoint", url, NO_PROXY="", http_proxy=good)
            assert checks(done)["proxy"]["text"] == f"{proxy.url} (environment variable http_proxy)"
            assert checks(done)["engine"]["state"] == "ok"
            done = await run_beside("doctor", "--endpoint", peer.url, HTTP_PROXY=good, NO_PROXY="127.0.0.1")
            assert "proxy" not in checks(done)
        done = await run_beside(
            "doctor", "--endpoint", there, NO_PROXY="", HTTP_PROXY=bad, ws_proxy="http://a"
        )
        assert checks(done)["proxy"]["text"] == (
            f"for requests {proxy.url} (environment variable HTTP_PROXY), "
            "for WebSockets http://a:80 (environment variable ws_proxy)"
        )
        assert "it wants user and password" in trouble(done)["text"]
        assert "s3cret" not in done.out
    done = run("doctor", "--endpoint", there, NO_PROXY="", ALL_PROXY=proxy.url_for("user:s3cret"))
    assert f"cannot connect to the proxy {proxy.url}: " in trouble(done)["text"]
    assert trouble(done)["advice"] == "check environment variable ALL_PROXY"
    assert "s3cret" not in done.out
    done = run("doctor", "--endpoint", there, NO_PROXY="", ALL_PROXY="ftp://user:s3cret@a")
    assert trouble(done)["name"] == "settings"
    assert "environment variable ALL_PROXY: no proxy speaks ftp" in trouble(done)["text"]
    assert "s3cret" not in done.out


def test_no_such_host() -> None:
    bad = trouble(run("doctor", "--endpoint", "http://no-such-host.invalid"))
    assert bad["text"] == "no such host: http://no-such-host.invalid (--endpoint)"
    assert bad["advice"] == "check --endpoint"


def test_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        bad = trouble(run("doctor", "--endpoint", url, "--timeout", "0.5"))
    assert bad["name"] == "reachable"
    assert "no answer within 0.5 s" in bad["text"]
    assert bad["advice"].startswith("something takes connections and is silent")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take more connections than they are told")
def test_a_host_that_drops_what_comes() -> None:
    with contextlib.ExitStack() as waiting, socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        for _ in range(3):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        bad = trouble(run("doctor", "--endpoint", url, "--timeout", "0.5"))
    assert bad["name"] == "reachable"
    assert bad["advice"].startswith("the host does not answer: check --endpoint")


def test_wrong_namespace(engine: SharedEngine) -> None:
    bad = trouble(run("doctor", "--namespace", "nope", RIVET_ENDPOINT=engine.url))
    assert bad["text"] == "there is no namespace 'nope'"
    # Other tests may have made namespaces in the same engine.
    start = "choose one with --namespace or RIVET_NAMESPACE; there are: "
    assert bad["advice"].startswith(start)
    assert "default" in bad["advice"].removeprefix(start).split(", ")


def test_wrong_pool(engine: SharedEngine) -> None:
    bad = trouble(run("doctor", "--pool", "nope", RIVET_ENDPOINT=engine.url))
    assert bad["text"] == "there is no pool 'nope'"
    # Other tests may have made pools in the same engine.
    assert "default" in bad["advice"].partition("; there are: ")[2].split(", ")


def test_no_host_in_the_pool(engine: SharedEngine) -> None:
    with Client(engine.url) as client:
        normal = models.RunnerConfig(normal=models.NormalRunnerConfig())
        body = models.RunnerConfigsUpsertRequest(datacenters={"default": normal})
        client.engine.runner_configs_upsert("doctor-empty", body)
    bad = trouble(run("doctor", "--pool", "doctor-empty", RIVET_ENDPOINT=engine.url))
    assert bad["text"] == "no host is connected to the pool 'doctor-empty'"
    assert bad["advice"].startswith("start the registry with RIVET_ENDPOINT=")


def test_serverless_hosts_that_cannot_be_started(private_engine: Callable[..., PrivateEngine]) -> None:
    engine = private_engine()
    with Client(engine.url) as client:
        serverless = models.ServerlessRunnerConfig(
            url="http://127.0.0.1:1/api/rivet",
            headers={},
            request_lifespan=60,
            drain_grace_period=1,
            max_runners=1,
            slots_per_runner=1,
        )
        body = models.RunnerConfigsUpsertRequest(
            datacenters={"default": models.RunnerConfig(serverless=serverless)}
        )
        client.engine.runner_configs_upsert("lambda", body)
        with contextlib.suppress(Exception):
            client.counter.get_or_create("x", pool_name="lambda").action("increment", timeout=5)
    deadline = time.monotonic() + 60
    while True:  # a busy engine may not have tried yet
        bad = trouble(run("doctor", "--pool", "lambda", "--timeout", "60", RIVET_ENDPOINT=engine.url))
        assert bad["name"] == "pool"
        if "cannot be started" in bad["text"] or time.monotonic() > deadline:
            break
    assert re.match(
        r"lambda: its hosts cannot be started: \w+: error sending request for url \(http://127\.0\.0\.1:1/\S+\): ",
        bad["text"],
    )
    assert bad["advice"].startswith("see that the engine can reach http://127.0.0.1:1/api/rivet, and")


@pytest.mark.parametrize(
    ("args", "env", "told"),
    [
        (("--endpoint", "nonsense://x:secret@y"), {}, "argument endpoint: the scheme must be http or https"),
        ((), {"RIVET_ENDPOINT": "http://ns:secret@h", "RIVET_TOKEN": "other"}, "token is set differently"),
        (("--token-env", "NO_SUCH"), {}, "the environment variable NO_SUCH is not set"),
    ],
)
def test_wrong_settings(args: tuple[str, ...], env: dict[str, str], told: str) -> None:
    done = run("doctor", *args, **env)
    bad = trouble(done)
    assert bad["name"] == "settings"
    assert told in bad["text"]
    assert "secret" not in done.out


# --- Peers that are not an engine, or not quite ----------------------------------------------------------------


async def look(*args: str, **options: Any) -> Done:
    """Run doctor against a stub."""
    env = options.pop("env", {})
    async with StubPeer(**options) as peer:
        return await run_beside("doctor", "--timeout", "30", *args, RIVET_ENDPOINT=peer.url, **env)


def saying(data: bytes) -> Callable[[Visit], Any]:
    async def say(visit: Visit) -> None:
        await visit.write(data)

    return say


@pytest.mark.parametrize("name", ["api.unauthorized", "api.forbidden", "auth.invalid_token"])
async def test_token_refused(name: str) -> None:
    done = await look(requests=[saying(problem(403, name))], env={"RIVET_TOKEN": "secret"})
    bad = trouble(done)
    assert bad["name"] == "token"
    assert bad["text"].startswith(f"{name}: ")
    assert bad["advice"].startswith("give a token that may do this in RIVET_TOKEN")
    assert "secret" not in done.out


@pytest.mark.parametrize(
    "reply",
    [html(200), html(404), html(401), json_body({"hello": 1}), json_body([]), b"SSH-2.0-OpenSSH_9.6\r\n"],
    ids=["page", "404", "login", "json", "list", "ssh"],
)
async def test_not_an_engine(reply: bytes) -> None:
    async def speak(visit: Visit) -> None:
        await visit.write(reply)
        visit.eof()

    bad = trouble(await look(metadata=[speak]))
    assert bad["name"] == "reachable"
    assert bad["advice"] is not None
    assert "\n" not in bad["text"]


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxy_without_an_engine_behind_it(status: int) -> None:
    bad = trouble(await look(metadata=[saying(html(status))]))
    assert f"HTTP {status}" in bad["text"]
    assert bad["advice"].startswith("a proxy answers, and the engine behind it does not")


async def test_a_login_page_in_the_way() -> None:
    async def redirect(visit: Visit) -> None:
        await visit.respond(302, b"", {"location": "https://login.example.com/?from=secret"})

    done = await look(metadata=[redirect])
    assert "login.example.com" in trouble(done)["text"]
    assert "secret" not in done.out


async def test_a_certificate_that_nobody_trusts() -> None:
    bad = trouble(await look(tls=True))
    assert "certificate verify failed" in bad["text"]
    assert bad["advice"].startswith("the certificate is not one to trust")
    assert "SSL_CERT_FILE" in bad["advice"]


async def test_https_where_no_tls_is_spoken() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(html(400))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        done = await run_beside("doctor", "--endpoint", f"https://127.0.0.1:{port}")
    assert trouble(done)["advice"] == "no TLS is spoken there: write http:// in the endpoint"


async def test_http_where_tls_is_spoken() -> None:
    async with StubPeer(tls=True) as peer:
        done = await run_beside("doctor", "--endpoint", peer.url.replace("https:", "http:"))
    assert "if it speaks TLS, write https:// in the endpoint" in trouble(done)["advice"]


async def test_a_registry_that_names_no_engine() -> None:
    bad = trouble(await look(metadata=[saying(json_body({"runtime": "rivetkit", "version": "2.3.19"}))]))
    assert bad["text"] == "rivetkit 2.3.19 answers, which is not an engine and names none"


async def test_a_registry_that_names_its_engine(engine: SharedEngine) -> None:
    there = engine.url.replace("http://", "http://user:secret@")
    what = {"runtime": "rivetkit", "version": "2.3.19", "clientEndpoint": there, "clientToken": "secret"}
    done = await look(metadata=[saying(json_body(what))])
    found = checks(done)
    assert done.code == 0
    assert found["reachable"]["text"] == f"rivetkit 2.3.19, which sends clients to {engine.url}"
    assert found["token"]["text"] == "given, and not refused"
    assert "secret" not in done.out


async def test_a_registry_that_names_an_engine_which_cannot_be() -> None:
    what = {"runtime": "rivetkit", "version": "2.3.19", "clientEndpoint": "http://ns:secret@a..b"}
    done = await look(metadata=[saying(json_body(what))])
    assert "not a host name: 'http://ns:***@a..b'; correct it on the server" in trouble(done)["text"]


async def test_another_version() -> None:
    done = await look(
        metadata=[saying(json_body({**METADATA, "version": "3.0.0"}))], requests=[saying(html(502))]
    )
    warning = checks(done)["engine"]
    assert (warning["state"], warning["advice"]) == ("warning", "this client is tested with version 2.3")


async def behind_a_proxy(engine: SharedEngine, visit: Visit) -> None:
    """Pass a request on as a proxy does that knows nothing of WebSockets."""
    reader, writer = await asyncio.open_connection(*engine.url.removeprefix("http://").split(":"))
    dropped = ("connection", "upgrade", "host")
    headers = "".join(f"{k}: {v}\r\n" for k, v in visit.headers.items() if k and k not in dropped)
    writer.write(
        f"{visit.method} {visit.target} HTTP/1.1\r\nhost: engine\r\n{headers}connection: close\r\n\r\n".encode()
    )
    await visit.write(await reader.read())
    writer.close()
    visit.eof()


async def test_a_proxy_that_drops_websockets(engine: SharedEngine) -> None:
    async def forward(visit: Visit) -> None:
        await behind_a_proxy(engine, visit)

    done = await look(metadata=[forward], requests=[forward], sockets=[forward])
    bad = trouble(done)
    assert bad["name"] == "websocket"
    assert bad["text"].startswith("a WebSocket is refused: ")
    assert "Upgrade: websocket" in bad["advice"]


async def test_more_names_than_a_screen_has() -> None:
    async def many(visit: Visit) -> None:
        if visit.path == "/actors/names":
            names = {f"actor{number:02}": {"metadata": {}} for number in range(25, 0, -1)}
            await visit.write(json_body({"names": names, "pagination": {"cursor": None}}))
        else:
            await visit.write(problem(403, "api.forbidden"))

    told = checks(await look(requests=[many]))["actors"]["text"]
    assert told.startswith("actor01, actor02, ")
    assert told.endswith(", actor20 and 5 more")


CONTRACT = """
from rivet_client.typed import Contract
__contract__ = Contract("0.1.0", 1, "registry.ts", "2.3.19", "sha256:00", ("chatRoom", "counter"))
"""


async def test_a_package_that_is_not_of_this_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def some(visit: Visit) -> None:
        if visit.path == "/actors/names":
            names = {name: {"metadata": {}} for name in ("counter", "zoo")}
            await visit.write(json_body({"names": names, "pagination": {"cursor": None}}))
        else:
            await visit.write(problem(403, "api.forbidden"))

    (tmp_path / "my_package.py").write_text(CONTRACT)
    monkeypatch.chdir(tmp_path)
    done = await look("--package", "my_package", requests=[some])
    assert done.code == 1
    assert checks(done)["package"] == {
        "name": "package",
        "state": "problem",
        "text": "my_package, from registry.ts: the engine does not list chatRoom",
        "advice": "start them, or generate the package anew from the registry that runs",
    }


@pytest.mark.parametrize(
    ("source", "names", "state", "text"),
    [
        (
            CONTRACT,
            ["chatRoom", "counter"],
            "ok",
            "it has the same actors; the engine tells nothing about types",
        ),
        (CONTRACT, ["chatRoom", "counter", "zoo"], "warning", "it does not have zoo"),
        ("", [], "problem", "does not say what it was made from"),
        ("import nowhere", [], "problem", "cannot be imported: No module named 'nowhere'"),
    ],
)
def test_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, names: list[str], state: str, text: str
) -> None:
    name = f"package_{state}_{len(source)}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    check = _compared(name, names)
    assert (check.name, check.state) == ("package", state)
    assert text in check.text


async def test_a_slow_engine_is_not_asked_often() -> None:
    async def slow(visit: Visit) -> None:
        await asyncio.sleep(0.6)
        await visit.write(json_body(METADATA))

    done = await look(metadata=[slow], requests=[saying(html(502))])
    # Once, if the machine is as slow as this engine.
    assert re.search(r"answers in \d{3,}\.\d ms \(median of [12]\)", checks(done)["engine"]["text"])


async def test_an_engine_that_tells_little() -> None:
    """Lists of actors' names are allowed, nothing else is."""

    async def some(visit: Visit) -> None:
        if visit.path == "/actors/names":
            await visit.write(json_body({"names": {}, "pagination": {"cursor": None}}))
        else:
            await visit.write(problem(403, "api.forbidden"))

    done = await look(requests=[some])
    found = checks(done)
    assert done.code == 0
    states = {name: check["state"] for name, check in found.items()}
    assert states == {
        "endpoint": "ok", "engine": "ok", "namespace": "ok", "token": "ok",
        "pool": "unknown", "actors": "warning", "websocket": "unknown",
    }  # fmt: skip
