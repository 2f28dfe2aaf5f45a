"""What an engine, its host and the generator print, as somebody who writes actors wants to read it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

from rivet_client._text import one_line, printable
from rivet_client.cli.output import message_console

__all__ = ["LogReader", "log_levels", "print_line", "shown"]

_STYLES: Final = {
    "trace": "dim",
    "debug": "dim",
    "info": "",
    "warn": "yellow",
    "error": "red",
    "fatal": "red",
}
_LEVEL_OF_NUMBER: Final = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
_VALUE_SHOWN: Final = 200  # characters
_POLL: Final = 0.05  # seconds

_PAIR: Final = re.compile(r'([\w.]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)')
_COLOUR: Final = re.compile(r"\x1b\[[\d;]*m")
_WELCOME: Final = re.compile(r"(  RivetKit \S+ \(.*|  - [A-Z][a-zA-Z ]*: .*)?")
_COMPLAINT: Final = re.compile("(error|warn)(?:ing)?:? (.*)")
_NEEDLESS_WARNINGS: Final = (
    # Whoever asked has been told; and that an actor is not there is no more than the reason to create it.
    "Request failed",
    "websocket failed",
    # rivetkit's own transactions have no name, and it says so whenever an actor starts.
    "SQLite transaction is unnamed.",
)
_TOLD_ANYHOW: Final = re.compile("level|msg|message")
_FOR_MACHINES: Final = re.compile(
    rf"{_TOLD_ANYHOW.pattern}|ts|time|target|generation|actorName|actorKey|envoy_key|\w+(_id|Id)"
)


def log_levels(verbose: int) -> dict[str, str]:
    """Return the variables with which engine and host log what is shown."""
    if verbose:
        return {"RIVET_LOG_LEVEL": "info" if verbose == 1 else "debug"}
    # rivetkit's native part takes this for a filter, of which only "warn" concerns it. Its JavaScript, which logs for
    # actors, knows no such level, and then takes "info".
    return {"RIVET_LOG_LEVEL": "warn,actors=info", "RUST_LOG": "warn"}


class Line(NamedTuple):
    """A line as it is shown.

    Attributes:
        level: "trace" to "fatal"; "" for what is no line of a log, such as what `console.log` prints.
        text: The text.
    """

    level: str
    text: str


def shown(source: str, line: str, *, whole: bool) -> Line | None:
    """Return how a line is shown, or None if it is not.

    Lines of a log are for machines: logfmt or JSON. Shown are warnings, errors, and what actors log themselves.

    Args:
        source: Who printed it.
        line: The line.
        whole: Whether all is shown, and nothing of a line is left out.
    """
    line = _COLOUR.sub("", line.rstrip())
    if source == "types" and (complaint := _COMPLAINT.fullmatch(line)):
        return Line(complaint[1], printable(complaint[2]))
    fields = _fields(line)
    if fields is None:
        if not whole and source == "host" and _WELCOME.fullmatch(line):
            return None
        return Line("", printable(line, keep="\t"))
    level = fields["level"]
    message = fields.get("message") or fields.get("msg", "")
    if whole:
        return Line(level, _text(message, fields, _TOLD_ANYHOW, len(line)))
    is_of_actor = "actorName" in fields
    if level in ("trace", "debug") or (level == "info" and not is_of_actor):
        return None
    if level == "warn" and message.startswith(_NEEDLESS_WARNINGS):
        return None
    if is_of_actor:
        message = f"{fields['actorName']}{fields.get('actorKey', '')} {message}"
    return Line(level, _text(message, fields, _FOR_MACHINES, _VALUE_SHOWN))


def print_line(source: str, line: str, *, whole: bool) -> None:
    """Print a line on standard error as it is shown, if it is, after who printed it."""
    from rich.text import Text

    if (found := shown(source, line, whole=whole)) is not None:
        style = _STYLES.get(found.level, "")
        message_console().print(
            Text(f"{source:6} | ", style="cyan" if source == "host" else "magenta")
            + Text(f"{found.level:5} " if found.level else "", style=style)
            + Text(found.text, style="dim" if style == "dim" else "")
        )


class LogReader:
    """Hands over the lines of log files as they come, in a thread of its own, while the block lasts.

    Args:
        files: The files, by who writes them.
        take: Takes who has written a line, and the line.
    """

    def __init__(self, files: Mapping[str, Path], take: Callable[[str, str], None]) -> None:
        self._take = take
        self._files = {source: file.open("rb") for source, file in files.items()}
        self._begun = dict.fromkeys(files, b"")
        self._lock = threading.Lock()
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="rivet-client dev: logs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending.set()
        self._thread.join()
        self.catch_up()
        for source, file in self._files.items():
            file.close()
            if self._begun[source]:
                self._take(source, self._begun[source].decode(errors="replace"))

    def catch_up(self) -> None:
        """Hand over all lines that have been written up to now."""
        with self._lock:
            for source, file in self._files.items():
                *lines, self._begun[source] = (self._begun[source] + file.read()).split(b"\n")
                for line in lines:
                    self._take(source, line.decode(errors="replace"))

    def _go_on(self) -> None:
        with suppress(OSError):  # nobody reads standard error any more; the main thread finds out, too
            while not self._is_ending.wait(_POLL):
                self.catch_up()


def _fields(line: str) -> dict[str, str] | None:
    """The fields of a line of a log, of which "level" is one of ours; None if the line is none."""
    found = _json_fields(line) if line.startswith("{") else _logfmt_fields(line)
    if found is None or not ("message" in found or "msg" in found) or found.get("level") not in _STYLES:
        return None
    return found


def _logfmt_fields(line: str) -> dict[str, str] | None:
    fields: dict[str, str] = {}
    end = 0
    while end < len(line):
        pair = _PAIR.match(line, end)
        if pair is None:
            return None
        fields.setdefault(pair[1], _logfmt_value(pair[2]))
        end = pair.end()
    return fields


def _logfmt_value(text: str) -> str:
    if text.startswith('"'):
        text = re.sub(r"\\(.)", lambda one: {"n": "\n", "t": "\t"}.get(one[1], one[1]), text[1:-1])
    optional = re.fullmatch(r'Some\("(.*)"\)', text)  # how Rust shows a value that may be missing
    return text if optional is None else optional[1]


def _json_fields(line: str) -> dict[str, str] | None:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    found = cast("dict[str, Any]", record)
    level = found.get("level")
    found["level"] = _LEVEL_OF_NUMBER.get(level, str(level)) if isinstance(level, int) else str(level).lower()
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in found.items()
    }


def _text(message: str, fields: Mapping[str, str], left_out: re.Pattern[str], most: int) -> str:
    """A message with the fields beside it, each cut to so many characters."""
    others = {name: value for name, value in fields.items() if not left_out.fullmatch(name)}
    return " ".join(
        [printable(message), *(f"{name}={one_line(value, most)}" for name, value in others.items())]
    )
