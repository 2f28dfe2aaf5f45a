# Generated, do not edit. Source: schema/containers/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from typing import Any

from rivet_client._wire.bare import (
    read_bool,
    read_count,
    read_data,
    read_i64,
    read_str,
    read_u8,
    write_bool,
    write_data,
    write_i64,
    write_str,
    write_u8,
    write_uint,
)
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.messages import Containers, Inner

__all__ = ["Containers", "Inner", "read_containers", "read_inner", "write_containers", "write_inner"]


def read_inner(buf: bytes, pos: int) -> tuple[Inner, int]:
    """Read an Inner."""
    a, pos = read_u8(buf, pos)
    return Inner(a=a), pos


def write_inner(out: bytearray, message: Inner) -> None:
    """Append an Inner."""
    write_u8(out, message.a)


def read_containers(buf: bytes, pos: int) -> tuple[Containers, int]:
    """Read a Containers."""
    count, pos = read_count(buf, pos)
    names: list[str | None] = []
    for _ in range(count):
        present, pos = read_bool(buf, pos)
        names_item: str | None = None
        if present:
            names_item, pos = read_str(buf, pos)
        names.append(names_item)
    count, pos = read_count(buf, pos)
    table: dict[str, list[Inner]] = {}
    for _ in range(count):
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
        payloads_item, pos = read_data(buf, pos)
        payloads.append(payloads_item)
    present, pos = read_bool(buf, pos)
    wide: dict[str, int] | None = None
    if present:
        count, pos = read_count(buf, pos)
        wide = {}
        for _ in range(count):
            wide_key, pos = read_str(buf, pos)
            if wide_key in wide:
                raise DecodeError(pos, "each key once")
            wide_value, pos = read_i64(buf, pos)
            wide[wide_key] = wide_value
    return Containers(names=names, table=table, payloads=payloads, wide=wide), pos


def write_containers(out: bytearray, message: Containers) -> None:
    """Append a Containers."""
    write_uint(out, len(message.names))
    for names_item in message.names:
        write_bool(out, names_item is not None)
        if names_item is not None:
            write_str(out, names_item)
    write_uint(out, len(message.table))
    for table_key, table_value in message.table.items():
        write_str(out, table_key)
        write_uint(out, len(table_value))
        for table_value_item in table_value:
            write_inner(out, table_value_item)
    write_uint(out, len(message.payloads))
    for payloads_item in message.payloads:
        write_data(out, payloads_item)
    write_bool(out, message.wide is not None)
    if message.wide is not None:
        write_uint(out, len(message.wide))
        for wide_key, wide_value in message.wide.items():
            write_str(out, wide_key)
            write_i64(out, wide_value)
