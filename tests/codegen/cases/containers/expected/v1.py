# Generated, do not edit. Source: schema/containers/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from typing import Any

from rivet_client._wire.bare import (
    as_text,
    read_bool,
    read_count,
    read_data,
    read_i64,
    read_str,
    read_u8,
    write_data,
    write_i64,
    write_u8,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import Containers, Inner

__all__ = ["Containers", "Inner", "read_containers", "read_inner", "write_containers", "write_inner"]


def read_inner(buf: bytes, pos: int) -> tuple[Inner, int]:
    """Read an Inner."""
    a, pos = read_u8(buf, pos)
    return made(Inner, {"a": a}), pos


def write_inner(out: bytearray, message: Inner) -> None:
    """Append an Inner."""
    write_u8(out, message.a)


def read_containers(buf: bytes, pos: int) -> tuple[Containers, int]:
    """Read a Containers."""
    limit = len(buf)
    count, pos = read_count(buf, pos)
    names: list[str | None] = []
    for _ in range(count):
        present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
        names_item: str | None = None
        if present:
            if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
                names_item, pos = as_text(buf[pos + 1 : end], pos + 1), end
            else:
                names_item, pos = read_str(buf, pos)
        names.append(names_item)
    count, pos = read_count(buf, pos)
    table: dict[str, list[Inner]] = {}
    for _ in range(count):
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            table_key, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            table_key, pos = read_str(buf, pos)
        if table_key in table:
            raise DecodeError(pos, "each key once")
        count, pos = read_count(buf, pos)
        table_value: list[Inner] = []
        for _ in range(count):
            table_value_item, pos = read_inner(buf, pos)
            table_value.append(table_value_item)
        table[table_key] = table_value
    count, pos = read_count(buf, pos)
    payloads: list[Any] = []
    for _ in range(count):
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            payloads_item, pos = buf[pos + 1 : end], end
        else:
            payloads_item, pos = read_data(buf, pos)
        payloads.append(payloads_item)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    wide: dict[str, int] | None = None
    if present:
        count, pos = read_count(buf, pos)
        wide = {}
        for _ in range(count):
            if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
                wide_key, pos = as_text(buf[pos + 1 : end], pos + 1), end
            else:
                wide_key, pos = read_str(buf, pos)
            if wide_key in wide:
                raise DecodeError(pos, "each key once")
            wide_value, pos = read_i64(buf, pos)
            wide[wide_key] = wide_value
    return made(Containers, {"names": names, "table": table, "payloads": payloads, "wide": wide}), pos


def write_containers(out: bytearray, message: Containers) -> None:
    """Append a Containers."""
    write_uint(out, len(message.names))
    for names_item in message.names:
        if names_item is None:
            out.append(0)
        else:
            out.append(1)
            text = names_item.encode()
            out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
            out += text
    write_uint(out, len(message.table))
    for table_key, table_value in message.table.items():
        text = table_key.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
        write_uint(out, len(table_value))
        for table_value_item in table_value:
            write_inner(out, table_value_item)
    write_uint(out, len(message.payloads))
    for payloads_item in message.payloads:
        data = payloads_item
        if type(data) is bytes and len(data) < 128:
            out.append(len(data))
            out += data
        else:
            write_data(out, data)
    if message.wide is None:
        out.append(0)
    else:
        out.append(1)
        write_uint(out, len(message.wide))
        for wide_key, wide_value in message.wide.items():
            text = wide_key.encode()
            out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
            out += text
            write_i64(out, wide_value)
