# Generated, do not edit. Source: schema/types/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from rivet_client._wire.bare import (
    read_bool,
    read_data,
    read_f64,
    read_int,
    read_str,
    read_u8,
    read_uint,
    write_bool,
    write_data,
    write_f64,
    write_int,
    write_str,
    write_u8,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.messages import Choice, Colour, Everything, Inner, Other

__all__ = [
    "Choice",
    "Colour",
    "Everything",
    "Inner",
    "Other",
    "read_choice",
    "read_colour",
    "read_everything",
    "read_inner",
    "read_other",
    "write_choice",
    "write_colour",
    "write_everything",
    "write_inner",
    "write_other",
]


def read_colour(buf: bytes, pos: int) -> tuple[Colour, int]:
    """Read a Colour."""
    tag, after = read_uint(buf, pos)
    if tag == 0:
        return "RED", after
    if tag == 7:
        return "GREEN", after
    raise DecodeError(pos, "a Colour (tag 0, 7)")


def write_colour(out: bytearray, message: Colour) -> None:
    """Append a Colour."""
    if message == "RED":
        write_uint(out, 0)
    elif message == "GREEN":
        write_uint(out, 7)
    else:
        raise ValueError(f"Colour cannot be {message!r}")


def read_inner(buf: bytes, pos: int) -> tuple[Inner, int]:
    """Read an Inner."""
    a, pos = read_u8(buf, pos)
    return Inner(a=a), pos


def write_inner(out: bytearray, message: Inner) -> None:
    """Append an Inner."""
    write_u8(out, message.a)


def read_other(buf: bytes, pos: int) -> tuple[Other, int]:
    """Read an Other."""
    b, pos = read_f64(buf, pos)
    return Other(b=b), pos


def write_other(out: bytearray, message: Other) -> None:
    """Append an Other."""
    write_f64(out, message.b)


def read_choice(buf: bytes, pos: int) -> tuple[Choice, int]:
    """Read a Choice."""
    tag, after = read_uint(buf, pos)
    if tag == 3:
        return read_inner(buf, after)
    if tag == 4:
        return read_other(buf, after)
    raise DecodeError(pos, "a Choice (tag 3, 4)")


def write_choice(out: bytearray, message: Choice) -> None:
    """Append a Choice."""
    if isinstance(message, Inner):
        write_uint(out, 3)
        write_inner(out, message)
    elif isinstance(message, Other):
        write_uint(out, 4)
        write_other(out, message)
    else:
        raise TypeError(f"Choice cannot be a {type(message).__name__}")


def read_everything(buf: bytes, pos: int) -> tuple[Everything, int]:
    """Read an Everything."""
    colour, pos = read_colour(buf, pos)
    choice, pos = read_choice(buf, pos)
    label, pos = read_str(buf, pos)
    raw, pos = read_data(buf, pos)
    present, pos = read_bool(buf, pos)
    maybe: bool | None = None
    if present:
        maybe, pos = read_bool(buf, pos)
    payload, pos = read_data(buf, pos)
    number, pos = read_int(buf, pos)
    return Everything(
        colour=colour, choice=choice, label=label, raw=raw, maybe=maybe, payload=payload, number=number
    ), pos


def write_everything(out: bytearray, message: Everything) -> None:
    """Append an Everything."""
    write_colour(out, message.colour)
    write_choice(out, message.choice)
    write_str(out, message.label)
    write_data(out, message.raw)
    write_bool(out, message.maybe is not None)
    if message.maybe is not None:
        write_bool(out, message.maybe)
    write_data(out, message.payload)
    write_int(out, message.number)
