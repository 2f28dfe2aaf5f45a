# Generated, do not edit. Source: schema/names/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from rivet_client._wire.bare import (
    read_bool,
    read_count,
    read_str,
    read_u16,
    write_bool,
    write_str,
    write_u16,
    write_uint,
)
from rivet_client_generated.protocol.messages import Tricky

__all__ = ["Tricky", "read_tricky", "write_tricky"]


def read_tricky(buf: bytes, pos: int) -> tuple[Tricky, int]:
    """Read a Tricky."""
    class_, pos = read_str(buf, pos)
    schema_, pos = read_str(buf, pos)
    present, pos = read_bool(buf, pos)
    model_name_: str | None = None
    if present:
        model_name_, pos = read_str(buf, pos)
    buf_, pos = read_str(buf, pos)
    pos_, pos = read_str(buf, pos)
    count, pos = read_count(buf, pos)
    count_: list[str] = []
    for _ in range(count):
        count__item, pos = read_str(buf, pos)
        count_.append(count__item)
    present, pos = read_bool(buf, pos)
    present_: str | None = None
    if present:
        present_, pos = read_str(buf, pos)
    out, pos = read_str(buf, pos)
    message, pos = read_str(buf, pos)
    read_str_, pos = read_str(buf, pos)
    http_code, pos = read_u16(buf, pos)
    return Tricky(
        class_=class_,
        schema_=schema_,
        model_name_=model_name_,
        buf=buf_,
        pos=pos_,
        count=count_,
        present=present_,
        out=out,
        message=message,
        read_str=read_str_,
        http_code=http_code,
    ), pos


def write_tricky(out: bytearray, message: Tricky) -> None:
    """Append a Tricky."""
    write_str(out, message.class_)
    write_str(out, message.schema_)
    write_bool(out, message.model_name_ is not None)
    if message.model_name_ is not None:
        write_str(out, message.model_name_)
    write_str(out, message.buf)
    write_str(out, message.pos)
    write_uint(out, len(message.count))
    for count__item in message.count:
        write_str(out, count__item)
    write_bool(out, message.present is not None)
    if message.present is not None:
        write_str(out, message.present)
    write_str(out, message.out)
    write_str(out, message.message)
    write_str(out, message.read_str)
    write_u16(out, message.http_code)
