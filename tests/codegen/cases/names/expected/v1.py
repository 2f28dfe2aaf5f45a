# Generated, do not edit. Source: schema/names/v1.bare; command: python -m rivet_codegen

"""Version 1 of the protocol: how its types are read from and written to bytes."""

from __future__ import annotations

from rivet_client._wire.bare import (
    as_text,
    read_bool,
    read_count,
    read_data,
    read_str,
    read_u16,
    read_uint,
    write_data,
    write_u16,
    write_uint,
)
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import Tricky

__all__ = ["Tricky", "read_tricky", "write_tricky"]


def read_tricky(buf: bytes, pos: int) -> tuple[Tricky, int]:
    """Read a Tricky."""
    limit = len(buf)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        class_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        class_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        schema_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        schema_, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    model_name_: str | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            model_name_, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            model_name_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        buf_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        buf_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        pos_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        pos_, pos = read_str(buf, pos)
    count, pos = read_count(buf, pos)
    count_: list[str] = []
    for _ in range(count):
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            count__item, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            count__item, pos = read_str(buf, pos)
        count_.append(count__item)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    present_: str | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            present_, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            present_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        out, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        out, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        message, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        message, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        read_str_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        read_str_, pos = read_str(buf, pos)
    http_code, pos = read_u16(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        as_text_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        as_text_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        end_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        end_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        limit_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        limit_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        made_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        made_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        size_, pos = buf[pos + 1 : end], end
    else:
        size_, pos = read_data(buf, pos)
    number, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        text, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        text, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        data, pos = buf[pos + 1 : end], end
    else:
        data, pos = read_data(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        doc_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        doc_, pos = read_str(buf, pos)
    present, pos = (buf[pos] == 1, pos + 1) if pos < limit and buf[pos] < 2 else read_bool(buf, pos)
    document_fields_: str | None = None
    if present:
        if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
            document_fields_, pos = as_text(buf[pos + 1 : end], pos + 1), end
        else:
            document_fields_, pos = read_str(buf, pos)
    if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:
        fields_, pos = as_text(buf[pos + 1 : end], pos + 1), end
    else:
        fields_, pos = read_str(buf, pos)
    path_, pos = (buf[pos], pos + 1) if pos < limit and buf[pos] < 128 else read_uint(buf, pos)
    return made(
        Tricky,
        {
            "class_": class_,
            "schema_": schema_,
            "model_name_": model_name_,
            "buf": buf_,
            "pos": pos_,
            "count": count_,
            "present": present_,
            "out": out,
            "message": message,
            "read_str": read_str_,
            "http_code": http_code,
            "as_text": as_text_,
            "end": end_,
            "limit": limit_,
            "made": made_,
            "size": size_,
            "number": number,
            "text": text,
            "data": data,
            "doc": doc_,
            "document_fields": document_fields_,
            "fields": fields_,
            "path": path_,
        },
    ), pos


def write_tricky(out: bytearray, message: Tricky) -> None:
    """Append a Tricky."""
    text = message.class_.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.schema_.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    if message.model_name_ is None:
        out.append(0)
    else:
        out.append(1)
        text = message.model_name_.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
    text = message.buf.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.pos.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    write_uint(out, len(message.count))
    for count_item in message.count:
        text = count_item.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
    if message.present is None:
        out.append(0)
    else:
        out.append(1)
        text = message.present.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
    text = message.out.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.message.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.read_str.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    write_u16(out, message.http_code)
    text = message.as_text.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.end.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.limit.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    text = message.made.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    data = message.size
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
    number = message.number
    out.append(number) if 0 <= number < 128 else write_uint(out, number)
    text = message.text.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    data = message.data
    if type(data) is bytes and len(data) < 128:
        out.append(len(data))
        out += data
    else:
        write_data(out, data)
    text = message.doc.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    if message.document_fields is None:
        out.append(0)
    else:
        out.append(1)
        text = message.document_fields.encode()
        out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
        out += text
    text = message.fields.encode()
    out.append(len(text)) if len(text) < 128 else write_uint(out, len(text))
    out += text
    number = message.path
    out.append(number) if 0 <= number < 128 else write_uint(out, number)
