"""What the command line means, without a process or an engine."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import rivet_client
from rivet_client._core.keys import serialize_key
from rivet_client._network import unreachable
from rivet_client._text import printable
from rivet_client.cli.addressing import Address, parse_key, read_serialized_key, show_key
from rivet_client.cli.app import COMMANDS, root
from rivet_client.cli.json_values import parse_argument, to_plain
from rivet_client.cli.options import connection_options, output_options
from rivet_client.cli.problems import explain
from rivet_client.cli.settings import DEFAULT_SOURCE, Place, Settings
from rivet_client.cli.subcommand import Subcommand
from rivet_client.errors import ActorError, ProtocolError, RivetError

pytestmark = pytest.mark.usefixtures("logging_as_before")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2.5e3", -2500.0),
        ("true", True),
        ("null", None),
        ('"1"', "1"),
        ('{"a": [1, "b"]}', {"a": [1, "b"]}),
        (str(2**70), 2**70),
        ("hello", "hello"),
        ("", ""),
        ("True", "True"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
        ("1,2", "1,2"),
        ("007", "007"),
        ("2026-01-01", "2026-01-01"),
        (" 5 ", 5),
    ],
)
def test_arguments_are_json_or_else_strings(text: str, value: object) -> None:
    parsed = parse_argument(text)
    assert parsed == (value, None)
    assert type(parsed[0]) is type(value)


@pytest.mark.parametrize("text", ["{a: 1}", "[1,", '"open', "[" * 100_000])
def test_what_looks_like_json_and_is_not_is_sent_with_a_remark(text: str) -> None:
    value, doubt = parse_argument(text)
    assert value == text
    assert doubt is not None
    assert doubt.startswith("sent as a string, because it is not JSON (")
    assert len(doubt) < 250


def test_what_is_not_json_is_shown_with_the_place() -> None:
    _, doubt = parse_argument('{"text": "' + "x" * 90 + '", seen: true, "more": [1, 2, 3]}')
    assert doubt is not None
    _, shown, mark = doubt.splitlines()
    assert shown[mark.index("^") :] == 'seen: true, "more": '
    assert len(shown) < 78


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (b"\x00\xff", "AP8="),
        (datetime(2024, 5, 17, 12, 30, tzinfo=UTC), "2024-05-17T12:30:00.000Z"),
        (datetime(2024, 5, 17, 12, 30, 1, 2999, timezone(timedelta(hours=2))), "2024-05-17T10:30:01.002Z"),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"a": {"b": (1, b"")}}, {"a": {"b": [1, ""]}}),
        ({1: "a", "b": 2}, [[1, "a"], ["b", 2]]),
        (float("nan"), "NaN"),
        ([float("inf"), float("-inf")], ["Infinity", "-Infinity"]),
        (2**70, 2**70),
        ([None, True, 1.5, "x"], [None, True, 1.5, "x"]),
    ],
)
def test_values_that_json_cannot_say(value: object, plain: object) -> None:
    assert to_plain(value) == plain


def test_a_value_of_no_known_kind_is_an_error() -> None:
    with pytest.raises(TypeError, match="object has no form in JSON"):
        to_plain(object())


def test_metadata_that_json_cannot_say() -> None:
    error = ActorError("user", "late", "too late", metadata={"at": datetime(2024, 5, 17, tzinfo=UTC)})
    assert explain(error) == (f'{error}\nmetadata: {{"at": "2024-05-17T00:00:00.000Z"}}', None)


@pytest.mark.parametrize(
    ("error", "source", "message", "hint"),
    [
        (
            ActorError("guard", "x", "no host knows an actor 'a'; there are: b (ray 1)"),
            "--endpoint",
            "no actor named 'a'; there are: b (ray 1)",
            "check the spelling, or start the registry that has it; `rivet-client doctor` tells more",
        ),
        (
            ActorError("user", "x", "no host knows an actor 'a'; there are: b"),
            "--endpoint",
            "user.x: no host knows an actor 'a'; there are: b",
            None,
        ),
        (
            unreachable("request to http://localhost:6420 failed", ConnectionRefusedError(111, "refused")),
            DEFAULT_SOURCE,
            "no engine at http://localhost:6420 (the default): connection refused",
            "start one with `rivet-client dev registry.ts`, or say where yours is with RIVET_ENDPOINT or --endpoint",
        ),
        (
            unreachable("request to http://other:1 failed", ConnectionRefusedError(111, "refused")),
            "RIVET_ENDPOINT",
            "request to http://other:1 failed: [Errno 111] refused",
            "nothing listens there: start the engine, or check RIVET_ENDPOINT",
        ),
        (
            ProtocolError("a page"),
            "RIVET_ENGINE",
            "a page",
            "something else than a Rivet engine answers: look for proxies on the way, or check RIVET_ENGINE",
        ),
    ],
)
def test_errors_say_where_the_command_has_looked(
    error: RivetError, source: str, message: str, hint: str | None
) -> None:
    assert explain(error, Place("http://localhost:6420", source)) == (message, hint)


@pytest.mark.parametrize(
    ("endpoint", "start"),
    [
        ("http://127.0.0.1:7000", "start one with `rivet-client dev registry.ts --port 7000`"),
        ("http://engine.example:6420", "start the engine there"),
        ("https://localhost", "start the engine there"),
    ],
)
def test_how_an_engine_is_started(endpoint: str, start: str) -> None:
    assert Place(endpoint, "--endpoint").start == start


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("my-counter", ("my-counter",)),
        ("a/b", ("a/b",)),
        ("42", ("42",)),
        ('"quoted"', ('"quoted"',)),
        ('["a", "b/c", ""]', ("a", "b/c", "")),
        ("[]", ()),
    ],
)
def test_keys(text: str, key: tuple[str, ...]) -> None:
    assert parse_key(text) == key


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", r"KEY must not be empty; write '\[\]'"),
        ("[a]", "KEY starts with .* not a JSON array"),
        ("[1]", "array of strings"),
        ('[["a"]]', "array of strings"),
    ],
)
def test_wrong_keys(text: str, problem: str) -> None:
    with pytest.raises(click.UsageError, match=problem):
        parse_key(text)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4)))
def test_keys_are_shown_as_they_are_written(parts: list[str]) -> None:
    assert read_serialized_key(serialize_key(parts)) == parts
    assert parse_key(show_key(parts)) == tuple(parts)


def test_an_actor_without_a_key_is_listed_without_one() -> None:
    assert read_serialized_key(None) is None
    assert show_key(None) == "-"


@pytest.mark.parametrize(
    ("words", "parts", "actor_id", "key", "rest"),
    [
        (["k", "act", "1"], [], None, ("k",), ("act", "1")),
        (["act", "1"], ["a", "b"], None, ("a", "b"), ("act", "1")),
        (["act"], [], "id", (), ("act",)),
    ],
)
def test_addresses(
    words: Sequence[str],
    parts: Sequence[str],
    actor_id: str | None,
    key: tuple[str, ...],
    rest: tuple[str, ...],
) -> None:
    assert Address.read("a", words, parts, actor_id) == Address("a", key, actor_id, rest)


@pytest.mark.parametrize(
    ("words", "parts", "actor_id", "problem"),
    [
        ([], [], None, "KEY is missing"),
        (["x"], ["a"], "id", "give one of them"),
        (["x"], ["a", ""], None, "--key must not be empty"),
    ],
)
def test_wrong_addresses(
    words: Sequence[str], parts: Sequence[str], actor_id: str | None, problem: str
) -> None:
    with pytest.raises(click.UsageError, match=problem):
        Address.read("a", words, parts, actor_id)


# --- Options before, after and between arguments ---------------------------------------------------------------


@pytest.fixture
def parse() -> Callable[..., Any]:
    """Parse a command line and return its words and its settings."""
    seen: list[Any] = []

    @click.group()
    @connection_options()
    @output_options
    def group() -> None:
        pass

    @group.command(cls=Subcommand)
    @click.argument("words", nargs=-1)
    @click.option("-k", "--key", multiple=True)
    @click.option("-f", "--flag", is_flag=True)
    @connection_options()
    @output_options
    @click.pass_obj
    def go(settings: Settings, words: tuple[str, ...], key: tuple[str, ...], flag: bool) -> None:
        seen.append((words, key, flag, settings))

    def parsed(*args: str, env: dict[str, str] | None = None) -> Any:
        done = CliRunner().invoke(group, args, env=env)
        if done.exit_code:
            return done
        return seen.pop()

    return parsed


@pytest.mark.parametrize(
    ("args", "words", "key", "flag"),
    [
        (["a", "-5", "-.5", "-1e5", "b"], ("a", "-5", "-.5", "-1e5", "b"), (), False),
        (["a", "-k", "-x", "b", "--key", "--y", "--key=z"], ("a", "b"), ("-x", "--y", "z"), False),
        (["-kx", "a", "-f", "b"], ("a", "b"), ("x",), True),
        (["-fk", "x", "a"], ("a",), ("x",), True),
        (["a", "--", "-f", "--", "--timeout"], ("a", "-f", "--", "--timeout"), (), False),
        (["a", "-", ""], ("a", "-", ""), (), False),
        (["-kf", "a"], ("a",), ("f",), False),
    ],
)
def test_options_and_arguments_are_told_apart(
    parse: Callable[..., Any], args: list[str], words: tuple[str, ...], key: tuple[str, ...], flag: bool
) -> None:
    assert parse("go", *args)[:3] == (words, key, flag)


@pytest.mark.parametrize(
    "args", [["--bogus"], ["a", "-x"], ["--timeout", "soon"], ["-k"], ["--encoding", "xml"]]
)
def test_wrong_options_are_usage_errors(parse: Callable[..., Any], args: list[str]) -> None:
    done: Result = parse("go", *args)
    assert done.exit_code == 2


def test_shared_options_stand_before_and_after_the_command(parse: Callable[..., Any]) -> None:
    settings = parse(
        "--endpoint", "http://a", "--json", "-v", "go", "x", "--namespace", "n", "--timeout", "3"
    )[3]
    assert settings == Settings(endpoint="http://a", namespace="n", timeout=3.0, format="json", verbose=1)


def test_of_an_option_given_twice_the_one_after_the_command_counts(parse: Callable[..., Any]) -> None:
    settings = parse("--pool", "a", "--encoding", "json", "-v", "go", "--pool", "b", "-vv")[3]
    assert settings == Settings(pool="b", encoding="json", verbose=2)


def test_params_are_json(parse: Callable[..., Any]) -> None:
    assert parse("go", "--params", '{"user": "ann"}')[3].params == {"user": "ann"}
    assert parse("go", "--params", '"text"')[3].params == "text"


def test_wrong_params_are_told_without_their_value(parse: Callable[..., Any]) -> None:
    done: Result = parse("go", "--params", "{secret")
    assert done.exit_code == 2
    assert "secret" not in done.output
    assert "not JSON" in done.output


def test_the_token_is_taken_from_the_variable_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    assert Settings(token_env="MY_TOKEN").token == "secret"
    assert Settings().token is None
    with pytest.raises(click.UsageError, match="variable OTHER is not set"):
        _ = Settings(token_env="OTHER").token


# --- The command as a whole ------------------------------------------------------------------------------------


def commands() -> dict[str, click.Command]:
    context = click.Context(root)
    found = {name: root.get_command(context, name) for name in COMMANDS}
    return {name: command for name, command in found.items() if command is not None}


def test_every_command_is_there() -> None:
    assert list(commands()) == list(COMMANDS)
    for name, command in commands().items():
        assert command.name == name
        assert isinstance(command, Subcommand)


def test_a_token_is_never_an_option() -> None:
    """But for the one of the engine that `dev` itself starts."""
    for command in [root, *(it for name, it in commands().items() if name != "dev")]:
        for option in command.params:
            assert "--token" not in option.opts


@pytest.mark.parametrize("name", [*COMMANDS, None])
def test_help_tells_every_option(name: str | None) -> None:
    args = [name, "--help"] if name else ["--help"]
    done, wide = (
        CliRunner().invoke(root, args, prog_name="rivet-client", env={"COLUMNS": columns})
        for columns in ("80", "200")
    )
    assert done.exit_code == 0
    assert wide.output == done.output
    assert max(map(len, done.output.splitlines())) <= 80
    command = commands()[name] if name else root
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option
            assert all(opt in done.output for opt in option.opts)


def test_help_of_the_group_tells_every_command() -> None:
    done = CliRunner().invoke(root, ["-h"])
    told = re.sub(r"\s+", " ", done.output)
    for name, text in COMMANDS.items():
        assert f"{name} {text}" in told


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["cal"], "no such command 'cal'; did you mean 'call'?"),
        (["frobnicate"], "no such command 'frobnicate'; there are doctor, actors, call,"),
        (["call", "counter", "k"], "ACTION is missing: call ACTOR KEY ACTION [ARG]...; the empty key is"),
        (["call", "counter/a", "getCount"], "write actor and key as two words: counter a"),
        (["call", "counter"], "KEY is missing"),
        (["send", "worker", "k"], "send takes ACTOR KEY QUEUE [MESSAGE]"),
        (["send", "worker", "k", "q", "1", "2"], "send takes ACTOR KEY QUEUE [MESSAGE]"),
        (["listen", "counter", "k"], "listen takes ACTOR KEY EVENT"),
        (["listen", "counter", "k", "a", "b"], "listen takes ACTOR KEY EVENT"),
        (["listen", "counter", "k", "a", "--count", "0"], "'--count'"),
        (["actors", "counter", "k", "x"], "actors takes [ACTOR] [KEY]"),
        (["actors", "--key", "x"], "actors takes [ACTOR] [KEY]"),
        (["call", "counter", "k", "act", "--token-env", "NO_SUCH"], "variable NO_SUCH is not set"),
        (["call", "counter", "k", "act", "--inptu", "1"], "--input"),  # versions of click word it differently
        (["completion", "csh"], "'csh' is not one of"),
        (["extract", "nowhere.ts"], "does not exist"),
        (["generate", "nowhere.json", "-o", "x"], "does not exist"),
    ],
)
def test_wrong_command_lines_are_told_in_two_lines(args: list[str], problem: str) -> None:
    done = CliRunner().invoke(root, args, prog_name="rivet-client")
    assert done.exit_code == 2
    assert done.stdout == ""
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert problem in error
    assert re.fullmatch(r"hint: try `rivet-client( \w+)? --help`", hint)


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[2Jb\x9bc\u202ed\n") == "a\\x1b[2Jb\\x9bc\\u202ed\\n"
    assert printable("é中\nb", keep="\n") == "é中\nb"


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
def test_nor_do_those_in_errors_of_others(debug: list[str]) -> None:
    def fail() -> None:
        raise ValueError("\x1b[2J")

    command = Subcommand("go", callback=fail)
    output_options(command)
    group = click.Group("main", commands={"go": command})
    done = CliRunner().invoke(group, ["go", *debug])
    assert done.exit_code == 1
    assert "ValueError: \\x1b[2J\n" in done.stderr
    assert "\x1b" not in done.stderr


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """Modules that `--help` loads import nothing at their top but these."""
    folder = Path(rivet_client.__file__).parent / "cli"
    for name in ("__init__", "app", "json_values", "options", "output", "settings"):
        for node in ast.parse((folder / f"{name}.py").read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert not module.startswith(("rich", "rivet_codegen", "rivet_client_generated")), module
