# Generated, do not edit. Source: schema/types/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from rivet_client._wire.bare import (
    as_text,
    read_bool,
    read_data,
    read_f64,
    read_int,
    read_str,
    read_u8,
    read_uint,
    write_data,
    write_f64,
    write_int,
    write_u8,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.base import made
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
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 0:
        return "RED", after
    if tag == 7:
        return "GREEN", after
    raise DecodeError(pos, "a Colour (tag 0, 7)")


def write_colour(out: bytearray, message: Colour) -> None:
    """Append a Colour."""
    if message == "RED":
        out.append(0)
    elif message == "GREEN":
        out.append(7)
    else:
        raise ValueError(f"Colour cannot be {message!r}")


def read_inner(buf: bytes, pos: int) -> tuple[Inner, int]:
    """Read an Inner."""
    a, pos = read_u8(buf, pos)
    return made(Inner, {"a": a}), pos


def write_inner(out: bytearray, message: Inner) -> None:
    """Append an Inner."""
    write_u8(out, message.a)


def read_other(buf: bytes, pos: int) -> tuple[Other, int]:
    """Read an Other."""
    b, pos = read_f64(buf, pos)
    return made(Other, {"b": b}), pos


def write_other(out: bytearray, message: Other) -> None:
    """Append an Other."""
    write_f64(out, message.b)


def read_choice(buf: bytes, pos: int) -> tuple[Choice, int]:
    """Read a Choice."""
    tag, after = (buf[pos], pos + 1) if pos < len(buf) and buf[pos] < 128 else read_uint(buf, pos)
    if tag == 3:
        return read_inner(buf, after)
    if tag == 4:
        return read_other(buf, after)
    raise DecodeError(pos, "a Choice (tag 3, 4)")


def write_choice(out: bytearray, message: Choice) -> None:
    """Append a Choice."""
    if isinstance(message, Inner):
        out.append(3)
        write_inner(out, message)
    elif isinstance(message, Other):
        out.append(4)
        write_other(out, message)
    else:
        raise TypeError(f"Choice cannot be a {type(message).__name__}")


def read_everything(buf: bytes, pos: int) -> tuple[Everything, int]:
    """Read an Everything."""
    limit = len(buf)
    colour, pos = read_colour(buf, pos)
    choice, pos = read_choice(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        label, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        label, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        raw, pos = buf[pos + 1 : end], end
    else:
        raw, pos = read_data(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    maybe: bool | None = None
    if present:
        maybe, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        payload, pos = buf[pos + 1 : end], end
    else:
        payload, pos = read_data(buf, pos)
    number, pos = read_int(buf, pos)
    return made(
        Everything,
        {
            "colour": colour,
            "choice": choice,
            "label": label,
            "raw": raw,
            "maybe": maybe,
            "payload": payload,
            "number": number,
        },
    ), pos


def write_everything(out: bytearray, message: Everything) -> None:
    """Append an Everything."""
    write_colour(out, message.colour)
    write_choice(out, message.choice)
    text = message.label.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    data = message.raw
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
    if message.maybe is None:
        out.append(0)
    else:
        out.append(1)
        out.append(1 if message.maybe else 0)
    data = message.payload
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
    write_int(out, message.number)
