"""Which lines of what an engine, its host and the generator print are worth reading, and how they read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from rivet_client._text import one_line, printable

__all__ = ["Line", "shown", "shown_since"]

_LEVEL_OF_NUMBER: Final = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
_LEVELS: Final = frozenset(_LEVEL_OF_NUMBER.values())
_VALUE_SHOWN: Final = 200  # characters

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


class Line(NamedTuple):
    """A line as it is shown.

    Attributes:
        level: "trace" to "fatal"; "" for what is no line of a log, such as what `console.log` prints.
        text: The text.
    """

    level: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:5} {self.text}" if self.level else self.text


def shown_since(start: int, log: Path) -> list[Line]:
    """Return what is shown of a host's log behind so many bytes. That is nothing if the log is gone."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    return [found for line in lines if (found := shown("host", line, whole=False)) is not None]


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


def _fields(line: str) -> dict[str, str] | None:
    """The fields of a line of a log, of which "level" is one of ours; None if the line is none."""
    found = _json_fields(line) if line.startswith("{") else _logfmt_fields(line)
    if found is None or not ("message" in found or "msg" in found) or found.get("level") not in _LEVELS:
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
