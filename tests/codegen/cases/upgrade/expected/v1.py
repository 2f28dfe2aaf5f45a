# Generated, do not edit. Source: schema/upgrade/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from rivet_client._wire.bare import (
    as_text,
    read_bool,
    read_count,
    read_data,
    read_str,
    read_u8,
    read_u32,
    read_uint,
    write_data,
    write_u8,
    write_u32,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.messages import Same
from rivet_client_generated.protocol.v2 import read_same, write_same

__all__ = [
    "After",
    "Before",
    "Call",
    "Colour",
    "Dropped",
    "Leaf",
    "Message",
    "Same",
    "read_after",
    "read_before",
    "read_call",
    "read_colour",
    "read_dropped",
    "read_leaf",
    "read_message",
    "read_same",
    "write_after",
    "write_before",
    "write_call",
    "write_colour",
    "write_dropped",
    "write_leaf",
    "write_message",
    "write_same",
]


@dataclass(frozen=True, slots=True)
class Leaf:
    """The message Leaf."""

    name: str


@dataclass(frozen=True, slots=True)
class Before:
    """The message Before."""

    gone: str
    widened: int
    leaf: Leaf
    leaves: list[Leaf]
    named: dict[str, Leaf]
    maybe: Leaf | None
    colour: Colour


@dataclass(frozen=True, slots=True)
class After:
    """The message After."""

    forgotten: int | None
    widened: int
    many: list[int]
    leaves: list[Leaf]
    named: dict[str, Leaf]
    maybe: Leaf | None
    colour: Colour


@dataclass(frozen=True, slots=True)
class Dropped:
    """The message Dropped."""

    a: int


@dataclass(frozen=True, slots=True)
class Call:
    """The message Call."""

    args: Any


Colour: TypeAlias = Literal["RED", "GREEN"]


Message: TypeAlias = Leaf | Same


def read_colour(buf: bytes, pos: int) -> tuple[Colour, int]:
    """Read a Colour."""
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 0:
        return "RED", after
    if tag == 1:
        return "GREEN", after
    raise DecodeError(pos, "a Colour (tag 0 to 1)")


def write_colour(out: bytearray, message: Colour) -> None:
    """Append a Colour."""
    if message == "RED":
        out.append(0)
    elif message == "GREEN":
        out.append(1)
    else:
        raise ValueError(f"Colour cannot be {message!r}")


def read_leaf(buf: bytes, pos: int) -> tuple[Leaf, int]:
    """Read a Leaf."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        name, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        name, pos = read_str(buf, pos)
    return Leaf(name=name), pos


def write_leaf(out: bytearray, message: Leaf) -> None:
    """Append a Leaf."""
    text = message.name.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text


def read_before(buf: bytes, pos: int) -> tuple[Before, int]:
    """Read a Before."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        gone, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        gone, pos = read_str(buf, pos)
    widened, pos = read_u32(buf, pos)
    leaf, pos = read_leaf(buf, pos)
    count, pos = read_count(buf, pos)
    leaves: list[Leaf] = []
    for _ in range(count):
        leaves_item, pos = read_leaf(buf, pos)
        leaves.append(leaves_item)
    count, pos = read_count(buf, pos)
    named: dict[str, Leaf] = {}
    for _ in range(count):
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            named_key, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            named_key, pos = read_str(buf, pos)
        if named_key in named:
            raise DecodeError(pos, "each key once")
        named_value, pos = read_leaf(buf, pos)
        named[named_key] = named_value
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    maybe: Leaf | None = None
    if present:
        maybe, pos = read_leaf(buf, pos)
    colour, pos = read_colour(buf, pos)
    return Before(
        gone=gone, widened=widened, leaf=leaf, leaves=leaves, named=named, maybe=maybe, colour=colour
    ), pos


def write_before(out: bytearray, message: Before) -> None:
    """Append a Before."""
    text = message.gone.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    write_u32(out, message.widened)
    write_leaf(out, message.leaf)
    write_uint(out, len(message.leaves))
    for leaves_item in message.leaves:
        write_leaf(out, leaves_item)
    write_uint(out, len(message.named))
    for named_key, named_value in message.named.items():
        text = named_key.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
        write_leaf(out, named_value)
    if message.maybe is None:
        out.append(0)
    else:
        out.append(1)
        write_leaf(out, message.maybe)
    write_colour(out, message.colour)


def read_after(buf: bytes, pos: int) -> tuple[After, int]:
    """Read an After."""
    limit = len(buf)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    forgotten: int | None = None
    if present:
        forgotten, pos = read_u8(buf, pos)
    widened, pos = read_u32(buf, pos)
    count, pos = read_count(buf, pos)
    many: list[int] = []
    for _ in range(count):
        many_item, pos = read_u8(buf, pos)
        many.append(many_item)
    count, pos = read_count(buf, pos)
    leaves: list[Leaf] = []
    for _ in range(count):
        leaves_item, pos = read_leaf(buf, pos)
        leaves.append(leaves_item)
    count, pos = read_count(buf, pos)
    named: dict[str, Leaf] = {}
    for _ in range(count):
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            named_key, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            named_key, pos = read_str(buf, pos)
        if named_key in named:
            raise DecodeError(pos, "each key once")
        named_value, pos = read_leaf(buf, pos)
        named[named_key] = named_value
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    maybe: Leaf | None = None
    if present:
        maybe, pos = read_leaf(buf, pos)
    colour, pos = read_colour(buf, pos)
    return After(
        forgotten=forgotten,
        widened=widened,
        many=many,
        leaves=leaves,
        named=named,
        maybe=maybe,
        colour=colour,
    ), pos


def write_after(out: bytearray, message: After) -> None:
    """Append an After."""
    if message.forgotten is None:
        out.append(0)
    else:
        out.append(1)
        write_u8(out, message.forgotten)
    write_u32(out, message.widened)
    write_uint(out, len(message.many))
    for many_item in message.many:
        write_u8(out, many_item)
    write_uint(out, len(message.leaves))
    for leaves_item in message.leaves:
        write_leaf(out, leaves_item)
    write_uint(out, len(message.named))
    for named_key, named_value in message.named.items():
        text = named_key.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
        write_leaf(out, named_value)
    if message.maybe is None:
        out.append(0)
    else:
        out.append(1)
        write_leaf(out, message.maybe)
    write_colour(out, message.colour)


def read_message(buf: bytes, pos: int) -> tuple[Message, int]:
    """Read a Message."""
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 0:
        return read_leaf(buf, after)
    if tag == 1:
        return read_same(buf, after)
    raise DecodeError(pos, "a Message (tag 0 to 1)")


def write_message(out: bytearray, message: Message) -> None:
    """Append a Message."""
    if isinstance(message, Leaf):
        out.append(0)
        write_leaf(out, message)
    elif isinstance(message, Same):
        out.append(1)
        write_same(out, message)
    else:
        raise TypeError(f"Message cannot be a {type(message).__name__}")


def read_dropped(buf: bytes, pos: int) -> tuple[Dropped, int]:
    """Read a Dropped."""
    a, pos = read_u8(buf, pos)
    return Dropped(a=a), pos


def write_dropped(out: bytearray, message: Dropped) -> None:
    """Append a Dropped."""
    write_u8(out, message.a)


def read_call(buf: bytes, pos: int) -> tuple[Call, int]:
    """Read a Call."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        args, pos = buf[pos + 1 : end], end
    else:
        args, pos = read_data(buf, pos)
    return Call(args=args), pos


def write_call(out: bytearray, message: Call) -> None:
    """Append a Call."""
    data = message.args
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
