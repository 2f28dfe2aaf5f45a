# Generated, do not edit. Source: schema/containers/v1.bare; command: python -m rivet_codegen

"""Whole messages as documents: plain JSON types under their wire names, for the json and cbor encodings.

Payloads go through untouched. Encoders leave out what is absent. Decoders ignore what they do not know;
what is missing or of the wrong type is a DecodeError that names the place.
"""

from __future__ import annotations

from typing import Any

from rivet_client._wire import document_fields
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import Containers, Inner

__all__ = ["decode_containers_document", "encode_containers_document"]


def encode_containers_document(message: Containers) -> dict[str, Any]:
    """Return a message of type Containers as a document."""
    return _dump_containers(message)


def decode_containers_document(doc: object) -> Containers:
    """Read a message of type Containers from a document."""
    return _load_containers(doc, "message")


def _dump_inner(message: Inner) -> dict[str, Any]:
    return {"a": message.a}


def _load_inner(doc: object, path: str) -> Inner:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    a = document_fields.take_u8(fields.get("a"), f"{path}.a")
    return made(Inner, {"a": a})


def _dump_containers(message: Containers) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "names": message.names,
        "table": {key: [_dump_inner(item1) for item1 in item] for key, item in message.table.items()},
        "payloads": message.payloads,
    }
    if message.wide is not None:
        doc["wide"] = message.wide
    return doc


def _load_containers(doc: object, path: str) -> Containers:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    names = document_fields.take_list(
        fields.get("names"),
        f"{path}.names",
        lambda value, path: document_fields.take_optional(value, path, document_fields.take_str),
    )
    table = document_fields.take_map(
        fields.get("table"),
        f"{path}.table",
        lambda value, path: document_fields.take_list(value, path, _load_inner),
    )
    payloads = document_fields.take_list(
        fields.get("payloads"), f"{path}.payloads", lambda value, path: value
    )
    wide = fields.get("wide")
    if wide is not None:
        wide = document_fields.take_map(wide, f"{path}.wide", document_fields.take_i64)
    return made(Containers, {"names": names, "table": table, "payloads": payloads, "wide": wide})
