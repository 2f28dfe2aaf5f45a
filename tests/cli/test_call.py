"""`call`, and what is true of every command that talks to an engine: settings, output, errors, exit codes."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.command import run, run_beside, run_on_terminal
from tests.support.engine import SharedEngine
from tests.support.stub_peer import StubPeer, problem


@pytest.fixture
def endpoint(engine: SharedEngine) -> str:
    return engine.url


def test_a_call(endpoint: str, key: str) -> None:
    assert run("call", "counter", key, "increment", "5", RIVET_ENDPOINT=endpoint).value == 5
    older = ("--protocol-version", "3")
    assert run("call", "counter", key, "increment", "-7", "--endpoint", endpoint, *older).value == -2
    assert run("--endpoint", endpoint, "call", "counter", key, "admin.users.list").value == [
        "ann",
        "bob",
        "-2",
    ]


def test_arguments_and_results(endpoint: str, key: str) -> None:
    args = ("1", "-2.5", "one", '"2"', "null", '{"a": [true]}', "", "é", "--", "-x", "--json")
    assert run("call", "echo", key, "args", *args, RIVET_ENDPOINT=endpoint).value == [
        1, -2.5, "one", "2", None, {"a": [True]}, "", "é", "-x", "--json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ("date", r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"'),
        ("uint8Array", r'"[A-Za-z0-9+/]+=*"'),
        ("set", r"\[.*\]"),
        ("bigint", r"-?\d+"),
        ("nan", '"NaN"'),
        ("undefined", "null"),
    ],
)
def test_values_that_json_cannot_say(endpoint: str, key: str, sample: str, told: str) -> None:
    done = run("call", "echo", key, "sample", sample, RIVET_ENDPOINT=endpoint)
    assert re.fullmatch(told + "\n", done.out), done


def test_ways_to_name_an_actor(endpoint: str, key: str) -> None:
    def whoami(*args: str) -> dict[str, object]:
        value = run("call", "echo", *args, "whoami", RIVET_ENDPOINT=endpoint).value
        assert isinstance(value, dict)
        return value

    assert whoami(key)["key"] == [key]
    compound = whoami(json.dumps([key, "a,b", ""]))
    assert compound["key"] == [key, "a,b", ""]
    assert whoami("--key", key, "-k", "a,b", "-k", "c")["key"] == [key, "a,b", "c"]
    assert whoami("--id", str(compound["actorId"]))["actorId"] == compound["actorId"]


def test_the_empty_key(endpoint: str) -> None:
    assert run("call", "keyed_blocking", "[]", "whoami", RIVET_ENDPOINT=endpoint).value["key"] == []


def test_get_does_not_create(endpoint: str, key: str) -> None:
    done = run("call", "counter", key, "increment", "--get", RIVET_ENDPOINT=endpoint)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: actor.not_found: ")
    run("call", "counter", key, "increment", RIVET_ENDPOINT=endpoint)
    assert run("call", "counter", key, "increment", "--get", RIVET_ENDPOINT=endpoint).value == 2


def test_input(endpoint: str, key: str) -> None:
    made = run("call", "greeter", key, "input", "--input", '{"n": [1]}', RIVET_ENDPOINT=endpoint)
    assert made.value == {"n": [1]}
    null = run("call", "greeter", "-k", key, "-k", "2", "gotNone", "--input", "null", RIVET_ENDPOINT=endpoint)
    assert null.value is False
    done = run("call", "greeter", key, "input", "--input", "null", "--get", RIVET_ENDPOINT=endpoint)
    assert (done.code, done.out) == (2, "")
    assert "--input is for an actor that may be created" in done.err


def test_params_and_encoding(endpoint: str, key: str) -> None:
    params = ("--params", '{"user": "ann"}')
    for encoding in ("bare", "cbor", "json"):
        done = run("call", "guarded", key, "params", *params, "--encoding", encoding, RIVET_ENDPOINT=endpoint)
        assert done.value == {"user": "ann"}
    done = run("call", "guarded", key, "params", "--params", '{"reject": "out"}', RIVET_ENDPOINT=endpoint)
    assert done.code == 1
    assert re.match(r"error: user\.out: not welcome( .*)?\nmetadata: {\"user\": null}\n", done.err)


def test_an_error_of_the_actor(endpoint: str, key: str) -> None:
    done = run("call", "faulty", key, "user", "boom", '{"left": 0}', RIVET_ENDPOINT=endpoint)
    assert (done.code, done.out) == (1, "")
    error, metadata = done.err.splitlines()
    assert re.fullmatch(r"error: user\.boom: you did it \(ray \w+\)", error)
    assert metadata == 'metadata: {"left": 0}'


def test_what_is_no_id(endpoint: str) -> None:
    done = run("call", "echo", "--id", "foo", "whoami", RIVET_ENDPOINT=endpoint)
    assert done.code == 1
    assert done.err.endswith("\nhint: the engine's log tells more; if you gave --id, check it\n")


def test_debug_shows_the_traceback(endpoint: str, key: str) -> None:
    done = run("call", "faulty", key, "user", "boom", "--debug", RIVET_ENDPOINT=endpoint)
    assert done.code == 1
    assert "Traceback (most recent call last)" in done.err
    assert "rivet_client.errors.ActorError: user.boom" in done.err


def test_a_deadline(endpoint: str, key: str) -> None:
    done = run("call", "slow", key, "sleep", "2500", "--timeout", "0.8", RIVET_ENDPOINT=endpoint)
    assert (done.code, done.out) == (1, "")
    assert re.match(r"error: .*no answer within 0\.8 s", done.err)


@pytest.mark.parametrize(
    ("args", "env", "told"),
    [
        (("--endpoint", "ftp://ns:secret@host"), {}, "argument endpoint: the scheme must be http or https"),
        ((), {"RIVET_ENDPOINT": "nonsense"}, "environment variable RIVET_ENDPOINT: "),
        (("--timeout", "-1"), {}, "timeout must be from 0 to"),
        (("--namespace", ""), {}, "namespace must not be empty"),
        (("--protocol-version", "99"), {}, "protocol_version must be from 1 to"),
        (
            (),
            {"RIVET_PROTOCOL_VERSION": "x"},
            "environment variable RIVET_PROTOCOL_VERSION must be from 1 to",
        ),
        (("--id", "not an id"), {}, "not an id"),
    ],
)
def test_wrong_settings_are_usage_errors(args: tuple[str, ...], env: dict[str, str], told: str) -> None:
    done = run("call", "counter", "k", "increment", *args, **env)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "secret" not in done.err


def test_nothing_listens() -> None:
    done = run("call", "counter", "k", "increment", "--timeout", "1", "--endpoint", "http://127.0.0.1:1")
    assert (done.code, done.out) == (1, "")
    *waits, error, hint = done.err.splitlines()
    assert waits in ([], ["no engine yet at http://127.0.0.1:1, trying again ..."])
    assert error == "error: no engine at http://127.0.0.1:1 (--endpoint): connection refused"
    assert hint == "hint: start one with `rivet-client dev registry.ts --port 1`, or check --endpoint"


def test_no_such_host() -> None:
    done = run("call", "counter", "k", "increment", RIVET_ENDPOINT="http://no-such-host.invalid")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "error: no such host: http://no-such-host.invalid (RIVET_ENDPOINT)\nhint: check RIVET_ENDPOINT\n"
    )


def test_wrong_namespace_and_pool(endpoint: str, key: str) -> None:
    done = run("call", "counter", key, "increment", "--namespace", "nope", RIVET_ENDPOINT=endpoint)
    assert done.code == 1
    assert re.search(r"error: namespace\.not_found: .*\nhint: choose another with --namespace", done.err)
    done = run("call", "counter", key, "increment", "--pool", "nope", RIVET_ENDPOINT=endpoint)
    assert done.code == 1
    assert re.search(r"error: actor\.no_runner_config_configured: .*\nhint: choose another pool", done.err)


async def test_a_token_is_sent_and_never_shown() -> None:
    async def refuse(visit: object) -> None:
        await visit.write(problem(403, "api.forbidden"))  # type: ignore[attr-defined]

    async with StubPeer(requests=[refuse]) as peer:
        done = await run_beside(
            "call", "stub", "k", "echo", "1", "--token-env", "MY_TOKEN", "-vv", "--debug", "--params", '"secret2"',
            RIVET_ENDPOINT=peer.url, MY_TOKEN="secret1",
        )  # fmt: skip
        assert done.code == 1
        assert peer.metadata[0].headers["authorization"] == "Bearer secret1"
        assert peer.requests[0].headers["x-rivet-token"] == "secret1"
        assert "secret" not in done.out + done.err
        done = await run_beside(
            "call", "stub", "k", "echo", "1", RIVET_ENDPOINT=peer.url, RIVET_TOKEN="secret1"
        )
        assert "error: api.forbidden: " in done.err
        assert "hint: give a token that may do this in RIVET_TOKEN" in done.err


async def test_a_token_on_the_command_line_gets_a_remark() -> None:
    async with StubPeer() as peer:
        url = peer.url.replace("http://", "http://default:secret@")
        done = await run_beside("call", "stub", "k", "echo", "1", "--endpoint", url)
        assert (done.code, done.out) == (0, "1\n")
        assert (
            done.err
            == "note: the token in --endpoint is in the shell's history now; better set RIVET_TOKEN\n"
        )
        assert (await run_beside("call", "stub", "k", "echo", "1", RIVET_ENDPOINT=url)).err == ""


def test_logs(endpoint: str, key: str) -> None:
    done = run("call", "counter", key, "increment", "-vv", RIVET_ENDPOINT=endpoint)
    assert (done.code, done.out) == (0, "1\n")
    assert re.search(r"rivet_client\.requests: POST /gateway/counter/action/increment: HTTP 200", done.err)


def test_on_a_terminal_results_are_coloured(endpoint: str, key: str) -> None:
    shown = run_on_terminal(
        "call", "echo", key, "echo", '{"a": [1]}', RIVET_ENDPOINT=endpoint, NO_COLOR=""
    ).out
    assert "\x1b[" in shown
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == '{"a": [1]}\n'


def test_no_color(endpoint: str, key: str) -> None:
    long = json.dumps({"text": "x" * 60, "more": ["y" * 60]})
    shown = run_on_terminal("call", "echo", key, "echo", long, RIVET_ENDPOINT=endpoint, NO_COLOR="1").out
    assert "\x1b[3" not in shown
    assert len(shown.splitlines()) == 6
    failed = run_on_terminal("call", "faulty", key, "user", "boom", RIVET_ENDPOINT=endpoint, NO_COLOR="1").out
    assert "\x1b" not in failed
    failed = run_on_terminal("call", "faulty", key, "user", "boom", RIVET_ENDPOINT=endpoint, TERM="dumb").out
    assert "\x1b" not in failed


def test_text_and_json_anywhere(endpoint: str, key: str) -> None:
    value = '{"a": [1]}'
    for options in (("--format", "json"), ("--json",), ("--format", "text", "--json")):
        shown = run_on_terminal("call", "echo", key, "echo", value, *options, RIVET_ENDPOINT=endpoint).out
        assert shown == '{"a":[1]}\n', options
    done = run("--json", "call", "echo", key, "echo", value, "--format", "text", RIVET_ENDPOINT=endpoint)
    assert done.out == f"{value}\n"


def test_an_actor_cannot_steer_the_terminal(endpoint: str, key: str) -> None:
    nasty = json.dumps({"a": "\x1b[2J\x9b2J\u202e é"})
    shown = run_on_terminal("call", "echo", key, "echo", nasty, RIVET_ENDPOINT=endpoint, NO_COLOR="1").out
    escaped = '"\\u001b[2J\\u009b2J\\u202e é"'
    assert escaped in shown
    assert run("call", "echo", key, "echo", nasty, RIVET_ENDPOINT=endpoint).out == f'{{"a":{escaped}}}\n'
    shown = run_on_terminal("call", "faulty", key, "user", "\x1b[2Jx", RIVET_ENDPOINT=endpoint).out
    assert "user.\\x1b[2Jx" in shown


def test_output_in_another_encoding(endpoint: str, key: str) -> None:
    done = run("call", "echo", key, "echo", "é", RIVET_ENDPOINT=endpoint, PYTHONIOENCODING="ascii")
    assert done.out == '"\\u00e9"\n'
    shown = run_on_terminal(
        "call", "echo", key, "echo", "é", RIVET_ENDPOINT=endpoint, NO_COLOR="1", PYTHONIOENCODING="ascii"
    )
    assert (shown.code, shown.out) == (0, '"\\xe9"\n')
