"""BARE scalars. The generated codecs read and write messages with these functions.

A reader takes the buffer and a position, and returns the value and the position after the value. It checks each bound
before it reads or copies. So its only error is DecodeError, and it allocates no more than the buffer holds.
A writer appends to a bytearray. It raises ValueError or TypeError if BARE cannot carry the value, which is a mistake of
the caller.

The format is that of draft-devault-bare-11, as far as the Rivet protocol uses it.
"""

from __future__ import annotations

from struct import Struct

from rivet_client.errors import DecodeError

__all__ = [
    "as_text",
    "read_bool",
    "read_count",
    "read_data",
    "read_f32",
    "read_f64",
    "read_i8",
    "read_i16",
    "read_i32",
    "read_i64",
    "read_int",
    "read_str",
    "read_u8",
    "read_u16",
    "read_u32",
    "read_u64",
    "read_uint",
    "write_bool",
    "write_data",
    "write_f32",
    "write_f64",
    "write_i8",
    "write_i16",
    "write_i32",
    "write_i64",
    "write_int",
    "write_str",
    "write_u8",
    "write_u16",
    "write_u32",
    "write_u64",
    "write_uint",
]

_UINT_MAX = 2**64 - 1
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_F32, _F64 = Struct("<f"), Struct("<d")


def read_uint(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a variable-length integer: seven bits in a byte, the lowest first; at most ten bytes and 2^64 - 1."""
    if pos < len(buf) and buf[pos] < 0x80:  # tags, small ids and most lengths
        return buf[pos], pos + 1
    if pos + 1 < len(buf) and buf[pos + 1] < 0x80:  # most other ids and lengths
        return buf[pos] & 0x7F | buf[pos + 1] << 7, pos + 2
    start, end = pos, min(len(buf), pos + 10)
    value = shift = 0
    while pos < end:
        byte = buf[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > _UINT_MAX:
                break
            return value, pos
        shift += 7
    if pos - start < 10:
        raise DecodeError(pos, "the rest of a variable-length integer")
    raise DecodeError(start, "an integer of at most 64 bits")


def read_int(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a signed variable-length integer (zigzag)."""
    value, pos = read_uint(buf, pos)
    return (value >> 1) ^ -(value & 1), pos


def _read_fixed(buf: bytes, pos: int, size: int, signed: bool, what: str) -> tuple[int, int]:
    end = pos + size
    if end > len(buf):
        raise DecodeError(pos, what)
    return int.from_bytes(buf[pos:end], "little", signed=signed), end


def read_u8(buf: bytes, pos: int) -> tuple[int, int]:
    """Read an unsigned integer of one byte."""
    return _read_fixed(buf, pos, 1, False, "a u8")


def read_u16(buf: bytes, pos: int) -> tuple[int, int]:
    """Read an unsigned integer of two bytes."""
    end = pos + 2
    if end > len(buf):
        raise DecodeError(pos, "a u16")
    return buf[pos] | buf[pos + 1] << 8, end  # faster than _read_fixed: every message begins with one


def read_u32(buf: bytes, pos: int) -> tuple[int, int]:
    """Read an unsigned integer of four bytes."""
    return _read_fixed(buf, pos, 4, False, "a u32")


def read_u64(buf: bytes, pos: int) -> tuple[int, int]:
    """Read an unsigned integer of eight bytes."""
    return _read_fixed(buf, pos, 8, False, "a u64")


def read_i8(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a signed integer of one byte."""
    return _read_fixed(buf, pos, 1, True, "an i8")


def read_i16(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a signed integer of two bytes."""
    return _read_fixed(buf, pos, 2, True, "an i16")


def read_i32(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a signed integer of four bytes."""
    return _read_fixed(buf, pos, 4, True, "an i32")


def read_i64(buf: bytes, pos: int) -> tuple[int, int]:
    """Read a signed integer of eight bytes."""
    return _read_fixed(buf, pos, 8, True, "an i64")


def _read_float(buf: bytes, pos: int, layout: Struct, what: str) -> tuple[float, int]:
    end = pos + layout.size
    if end > len(buf):
        raise DecodeError(pos, what)
    value: float = layout.unpack_from(buf, pos)[0]
    return value, end


def read_f32(buf: bytes, pos: int) -> tuple[float, int]:
    """Read a float of four bytes."""
    return _read_float(buf, pos, _F32, "an f32")


def read_f64(buf: bytes, pos: int) -> tuple[float, int]:
    """Read a float of eight bytes."""
    return _read_float(buf, pos, _F64, "an f64")


def read_bool(buf: bytes, pos: int) -> tuple[bool, int]:
    """Read a bool; also the byte that says whether an optional is there."""
    if pos >= len(buf) or buf[pos] > 1:
        raise DecodeError(pos, "a bool (00 or 01)")
    return buf[pos] == 1, pos + 1


def read_data(buf: bytes, pos: int) -> tuple[bytes, int]:
    """Read length-prefixed bytes."""
    size, start = read_uint(buf, pos)
    end = start + size
    if end > len(buf):
        raise DecodeError(start, f"{size} bytes of data")
    return buf[start:end], end


def read_str(buf: bytes, pos: int) -> tuple[str, int]:
    """Read length-prefixed UTF-8 text."""
    size, start = read_uint(buf, pos)
    end = start + size
    if end > len(buf):
        raise DecodeError(start, f"{size} bytes of text")
    return as_text(buf[start:end], start), end


def as_text(data: bytes, start: int) -> str:
    """Return bytes as UTF-8 text; `start` is their position in the buffer."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DecodeError(start + error.start, "UTF-8 text") from None


def read_count(buf: bytes, pos: int) -> tuple[int, int]:
    """Read the number of items in a list or map. Each item takes a byte or more, so the buffer bounds their number."""
    count, start = read_uint(buf, pos)
    if count > len(buf) - start:
        raise DecodeError(start, f"{count} items")
    return count, start


def write_uint(out: bytearray, value: int) -> None:
    """Append a variable-length integer, in its shortest form."""
    if not 0 <= value <= _UINT_MAX:
        raise ValueError(f"{value} does not fit an unsigned integer of 64 bits")
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def write_int(out: bytearray, value: int) -> None:
    """Append a signed variable-length integer (zigzag)."""
    if not _INT_MIN <= value <= _INT_MAX:
        raise ValueError(f"{value} does not fit a signed integer of 64 bits")
    write_uint(out, value << 1 if value >= 0 else ~(value << 1))


def _write_fixed(out: bytearray, value: int, size: int, signed: bool, what: str) -> None:
    try:
        out += value.to_bytes(size, "little", signed=signed)
    except OverflowError:
        raise ValueError(f"{value} does not fit {what}") from None


def write_u8(out: bytearray, value: int) -> None:
    """Append an unsigned integer of one byte."""
    _write_fixed(out, value, 1, False, "a u8")


def write_u16(out: bytearray, value: int) -> None:
    """Append an unsigned integer of two bytes."""
    _write_fixed(out, value, 2, False, "a u16")


def write_u32(out: bytearray, value: int) -> None:
    """Append an unsigned integer of four bytes."""
    _write_fixed(out, value, 4, False, "a u32")


def write_u64(out: bytearray, value: int) -> None:
    """Append an unsigned integer of eight bytes."""
    _write_fixed(out, value, 8, False, "a u64")


def write_i8(out: bytearray, value: int) -> None:
    """Append a signed integer of one byte."""
    _write_fixed(out, value, 1, True, "an i8")


def write_i16(out: bytearray, value: int) -> None:
    """Append a signed integer of two bytes."""
    _write_fixed(out, value, 2, True, "an i16")


def write_i32(out: bytearray, value: int) -> None:
    """Append a signed integer of four bytes."""
    _write_fixed(out, value, 4, True, "an i32")


def write_i64(out: bytearray, value: int) -> None:
    """Append a signed integer of eight bytes."""
    _write_fixed(out, value, 8, True, "an i64")


def write_f32(out: bytearray, value: float) -> None:
    """Append a float of four bytes."""
    try:
        out += _F32.pack(value)
    except OverflowError:
        raise ValueError(f"{value} does not fit an f32") from None


def write_f64(out: bytearray, value: float) -> None:
    """Append a float of eight bytes."""
    out += _F64.pack(value)


def write_bool(out: bytearray, value: bool) -> None:
    """Append a bool."""
    out.append(1 if value else 0)


def write_data(out: bytearray, value: bytes) -> None:
    """Append length-prefixed bytes."""
    # Without this check `out += [1, 2]` would write something.
    if not isinstance(value, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"expected bytes, not {type(value).__name__}")
    write_uint(out, len(value))
    out += value


def write_str(out: bytearray, value: str) -> None:
    """Append length-prefixed UTF-8 text."""
    write_data(out, value.encode())
