"""Values on the command line and on standard output, as JSON or as close to JSON as possible."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import Any, cast

import click

from rivet_client._narrowing import is_mapping
from rivet_client._text import printable

__all__ = ["parse_argument", "parse_json", "read_json", "to_plain"]

_SHOWN_BEFORE, _SHOWN_AFTER = 50, 20  # characters


def parse_json(text: str) -> Any:
    """Read JSON. Texts that only Python accepts as JSON are refused.

    Raises:
        ValueError: Not JSON; the text says why.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def parse_argument(text: str) -> tuple[Any, str | None]:
    """Read an argument: as JSON if it is JSON, else as the string it is.

    Returns:
        The value, and what to tell the user if the text looks like JSON that went wrong.
    """
    try:
        return parse_json(text), None
    except ValueError as error:
        if text[:1] not in ("{", "[", '"'):
            return text, None
        return text, f"sent as a string, because it is not JSON ({error}):\n  {_pointed(text, error)}"


def _pointed(text: str, error: ValueError) -> str:
    """A piece of a text that is not JSON, with a mark under the place, if the error knows it."""
    if not isinstance(error, json.JSONDecodeError):
        return printable(text[: _SHOWN_BEFORE + _SHOWN_AFTER])
    before = printable(text[max(0, error.pos - _SHOWN_BEFORE) : error.pos])
    return f"{before}{printable(text[error.pos : error.pos + _SHOWN_AFTER])}\n  {' ' * len(before)}^"


def read_json(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """Read an option whose value is JSON.

    Raises:
        click.BadParameter: The value is not JSON. The text does not repeat the value, which may be secret.
    """
    if value is None:
        return None
    try:
        return parse_json(value)
    except ValueError as error:
        raise click.BadParameter(f"not JSON ({error}); a string is written '\"text\"'", ctx, param) from None


def to_plain(value: Any) -> Any:
    """Return a value in the JSON form that registry documents describe.

    Bytes become base64, datetimes ISO 8601 in UTC, sets arrays in a fixed order, dicts with other keys than strings
    arrays of pairs, and floats that are not finite "NaN", "Infinity" or "-Infinity". Big ints stay numbers.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if is_mapping(value):
        if all(isinstance(key, str) for key in value):
            return {key: to_plain(item) for key, item in value.items()}
        return [[to_plain(key), to_plain(item)] for key, item in value.items()]
    if isinstance(value, (AbstractSet, Sequence)):
        plain = [to_plain(item) for item in cast("Iterable[Any]", value)]
        return plain if isinstance(value, Sequence) else sorted(plain, key=json.dumps)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
