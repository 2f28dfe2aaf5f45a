"""docs/when-something-goes-wrong.md has an entry for each text, code and close code, and no entry for anything else."""

from __future__ import annotations

import ast
import functools
import re
import socket
import ssl
from collections.abc import Iterator

import pytest

from rivet_client import ActorError, ConnectionClosedError, RivetError, _hints
from rivet_client._core.effects import HttpResponse
from rivet_client._core.endings import closed_error
from rivet_client._core.failures import defect, not_from_engine
from rivet_client._core.websocket import Closed
from rivet_client._core.wording import Asked
from rivet_client._network import unreachable
from rivet_client._peer import NoTextError, RemoteProtocolError
from rivet_client_generated.errors import ERRORS
from tests.docs.snippets import ROOT

PAGE = (ROOT / "docs" / "when-something-goes-wrong.md").read_text(encoding="utf-8")
SOURCES = (
    "rivet_client",
    "generated/rivet_client_generated/facade",
    "generated/rivet_client_generated/protocol",
)
# The command and the kit for tests tell errors of their own; logs and traces are no errors.
OTHERS = re.compile(r"/(cli|testing)/|/(observers|otel|_call_info|_text|logs|connection_logs)\.py$")
# What a message lacks is quoted by `DecodeError` and by "the peer broke the WebSocket protocol".
WITHIN_ANOTHER = {"DecodeError", "_broken"}
MAKERS = {
    "_refused",
    "refused",
    "unreachable",
    "actor_error",
    "_Wrong",
    "wrong",
    "_Diagnosis",
    "note_unusable",
}
NEVER_SEEN = {"no longer wanted"}
TEXT_NAMES = {"text", "message", "why", "hint", "todo", "what"}


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, without the heads of the tables."""
    section = PAGE.partition(f"\n{heading}\n")[2]
    assert section, heading
    section = re.split(rf"\n##{{1,{heading.count('#') - 1}}} ", section)[0]
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


TEXT_SECTIONS = (
    "## The network",
    "## Something else answers",
    "## Your deadline",
    "## Connections that end",
    "## What cannot be read",
    "## Own words for some codes",
    "## Settings and arguments",
    "## Wrong uses",
)


def entries() -> dict[str, str]:
    """The quoted texts, and what stands in the second column."""
    found = {}
    for heading in TEXT_SECTIONS:
        for cells in rows(heading):
            for text in re.findall(r"`([^`]+)`", cells[0]):
                found[text] = cells[1]
    return {text: told for text, told in found.items() if " " in text}


ENTRIES = entries()


@functools.cache
def pattern(entry: str) -> re.Pattern[str]:
    """What a text matches that has the parts of an entry, in their order."""
    return re.compile(".*?".join(re.escape(part.strip()) for part in entry.split("…") if part.strip()))


def fits(entry: str, text: str) -> bool:
    return pattern(entry).search(text) is not None


def template(node: ast.expr) -> str | None:
    """The text of a literal, with … for what differs."""
    match node:
        case ast.Constant(str(text)):
            return text
        case ast.JoinedStr(parts):
            return "".join(map(part_of_template, parts))
        case _:
            return None


def part_of_template(part: ast.expr) -> str:
    match part:
        case ast.Constant(text):
            return str(text)
        case ast.FormattedValue(ast.Name(name)):
            return str(getattr(_hints, name, "…"))  # CHECK_ENDPOINT
        case _:
            return "…"


def literals(node: ast.AST) -> Iterator[str]:
    """The texts in an expression, without those inside of another text or of an error that quotes them."""
    if isinstance(node, ast.Call) and name_of(node.func) in WITHIN_ANOTHER:
        return
    text = template(node) if isinstance(node, ast.expr) else None
    if text is not None:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from literals(child)


def name_of(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


@functools.cache
def modules() -> dict[str, ast.Module]:
    paths = [path for top in SOURCES for path in (ROOT / top).rglob("*.py")]
    return {str(path): ast.parse(path.read_text()) for path in paths if not OTHERS.search(path.as_posix())}


def error_texts(path: str, tree: ast.Module) -> set[str]:
    """The texts that a module puts into errors: arguments of what makes them, and what is prepared for those."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func) if re.search(r"(Error|Warning)$", name_of(func)) or name_of(func) in MAKERS:
                found.update(literals(node))
            case ast.Assign([ast.Name(name)], value) if name in TEXT_NAMES:
                found.update(literals(value))
            case ast.Assign([ast.Name(name)], value) if path.endswith("_hints.py") and name.isupper():
                found.update(literals(value))
    return {text for text in found if text.count(" ") >= 2} - NEVER_SEEN


def test_every_entry_is_a_text_of_the_client() -> None:
    lines = "\n".join(text.replace("\n", " ") for tree in modules().values() for text in literals(tree))
    assert [entry for entry in ENTRIES if not fits(entry, lines)] == []


def test_every_text_of_an_error_has_an_entry() -> None:
    texts = {text for path, tree in modules().items() for text in error_texts(path, tree)}
    assert len(texts) > 150
    assert sorted(text for text in texts if not any(fits(entry, text) for entry in ENTRIES)) == []


def test_every_code_has_an_entry_that_says_what_the_catalogue_says() -> None:
    told = {}
    for code, retry, may_have_run, meaning, todo in rows("## Codes of actors, hosts and the engine"):
        if code == "Code":
            continue
        group, _, name = code.strip("`").partition(".")
        assert (group, name) not in told, code
        told[group, name] = (retry, may_have_run, meaning)
        assert todo
    may_run = {True: "yes", False: "no"}
    assert told == {
        name: (str(info.retry), may_run[info.may_have_run], info.meaning) for name, info in ERRORS.items()
    }


# PROTOCOL.md 5.5, in the words of the page; the end that the client sees; and as which error.
CLOSES = {
    ("1000", "none"): (Closed(1000), ConnectionClosedError),
    ("1000", "of your own"): (Closed(1000, "bye"), ConnectionClosedError),
    ("1000", "`actor.stopped`"): (Closed(1000, "actor.stopped"), ConnectionClosedError),
    ("1003", "`actor.unsupported_websocket_encoding`"): (
        Closed(1003, "actor.unsupported_websocket_encoding"),
        ActorError,
    ),
    ("1008", "`ws.message_index_skip`"): (Closed(1008, "ws.message_index_skip"), ActorError),
    ("1009", "none of the form `group.code`"): (
        Closed(1009, "actor WebSocket message exceeds the maximum size"),
        ConnectionClosedError,
    ),
    ("1011", "`group.code`, or `group.code#ray`"): (Closed(1011, "actor.not_found#abc"), ActorError),
    ("1011", "none of the form `group.code`"): (Closed(1011, "Oh dear"), ConnectionClosedError),
    ("3000 to 4999", "any"): (Closed(4000, "enough"), ConnectionClosedError),
    ("none", "none"): (Closed(None), ConnectionClosedError),
}


def test_every_close_code_has_an_entry() -> None:
    told = {(code, reason): error for code, reason, error, _ in rows("### Close codes")[1:]}
    assert told == {name: f"`{error.__name__}`" for name, (_, error) in CLOSES.items()}


@pytest.mark.parametrize(("closed", "error"), CLOSES.values(), ids=map(" ".join, CLOSES))
def test_a_close_code_is_that_error(closed: Closed, error: type[RivetError]) -> None:
    raised = closed_error(closed, Asked())
    assert type(raised) is error
    assert has_entry(raised)
    if isinstance(raised, ActorError):
        assert (raised.group, raised.code) in ERRORS
        assert raised.ray_id == (closed.reason.partition("#")[2] or None)


def has_entry(error: RivetError) -> bool:
    """Whether the text of an error is on the page, with the same answer to whether the call may have run."""
    found = [ENTRIES[entry] for entry in ENTRIES if fits(entry, str(error))]
    return bool(found) and set(found) <= {"look", "yes" if error.may_have_run else "no"}


def answered(status: int, body: str = "", **headers: str) -> RivetError:
    return not_from_engine(HttpResponse(status, headers, body.encode()), "http://h:1")


def failed(cause: Exception, *, sent: bool = False) -> RivetError:
    return unreachable("request to http://h:1 failed", cause, sent=sent)


@pytest.mark.parametrize(
    ("error", "quoted"),
    [
        (failed(ConnectionRefusedError(111, "refused")), "nothing listens there"),
        (failed(socket.gaierror(socket.EAI_NONAME, "unknown")), "there is no such host"),
        (failed(socket.gaierror(socket.EAI_AGAIN, "later")), "cannot be looked up at present"),
        (failed(ssl.SSLCertVerificationError(1, "old")), "the certificate is not one to trust"),
        (failed(ssl.SSLError(1, "WRONG_VERSION_NUMBER")), "no TLS is spoken there"),
        (failed(NoTextError("the answer is not HTTP, but binary")), "most likely TLS"),
        (failed(RemoteProtocolError("the peer closed the stream without an answer")), "hung up"),
        (failed(ConnectionResetError(104, "reset"), sent=True), "request to"),
        (answered(401), "refuses access"),
        (answered(407), "it wants user and password"),
        (answered(414), "URL is too long"),
        (answered(431), "headers, which carry the params"),
        (answered(400, "The plain HTTP request was sent to HTTPS port"), "write https://"),
        (answered(302, location="http://other"), "redirected to"),
        (answered(502), "a proxy answers"),
        (answered(503), "a proxy answers"),
        (answered(404, "nginx"), "not an answer of a Rivet engine"),
        (defect("reading", ValueError("x")), "failed inside the client"),
    ],
    ids=lambda it: it.replace(" ", "_") if isinstance(it, str) else "",
)
def test_an_error_that_is_raised_has_its_entry(error: RivetError, quoted: str) -> None:
    assert quoted in str(error)
    assert any(quoted in entry for entry in ENTRIES)
    assert has_entry(error)
