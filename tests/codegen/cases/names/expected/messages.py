# Generated, do not edit. Source: schema/names/v1.bare; command: python -m rivet_codegen

"""Messages of version 1, the newest."""

from __future__ import annotations

from rivet_client_generated.protocol.base import WireModel

__all__ = ["Tricky"]


class Tricky(WireModel):
    """Fields that mean something to Python, to pydantic or to a codec."""

    class_: str
    schema_: str
    model_name_: str | None = None
    buf: str
    pos: str
    count: list[str]
    present: str | None = None
    out: str
    message: str
    read_str: str
    http_code: int
    as_text: str
    end: str
    limit: str
    made: str
    size: bytes
    number: int
    text: str
    data: bytes
    doc: str
    document_fields: str | None = None
    fields: str
    path: int
