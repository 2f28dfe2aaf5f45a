# Generated, do not edit. Source: schema/types/v1.bare; command: python -m rivet_codegen

"""Whole messages as documents: plain JSON types under their wire names, for the json and cbor encodings.

Payloads go through untouched. Encoders leave out what is absent. Decoders ignore what they do not know;
what is missing or of the wrong type is a DecodeError that names the place.
"""

from __future__ import annotations

from typing import Any

from rivet_client._wire import document_fields
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol.base import made
from rivet_client_generated.protocol.messages import Choice, Colour, Everything, Inner, Other

__all__ = ["decode_everything_document", "encode_everything_document"]


def encode_everything_document(message: Everything) -> dict[str, Any]:
    """Return a message of type Everything as a document."""
    return _dump_everything(message)


def decode_everything_document(doc: object) -> Everything:
    """Read a message of type Everything from a document."""
    return _load_everything(doc, "message")


def _dump_colour(message: Colour) -> str:
    return message


def _load_colour(doc: object, path: str) -> Colour:
    if doc == "RED":
        return "RED"
    if doc == "GREEN":
        return "GREEN"
    raise DecodeError(0, f"one of RED, GREEN at {path}")


def _dump_inner(message: Inner) -> dict[str, Any]:
    return {"a": message.a}


def _load_inner(doc: object, path: str) -> Inner:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    a = document_fields.take_u8(fields.get("a"), f"{path}.a")
    return made(Inner, {"a": a})


def _dump_other(message: Other) -> dict[str, Any]:
    return {"b": message.b}


def _load_other(doc: object, path: str) -> Other:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    b = document_fields.take_f64(fields.get("b"), f"{path}.b")
    return made(Other, {"b": b})


def _dump_choice(message: Choice) -> dict[str, Any]:
    if isinstance(message, Inner):
        return {"tag": "Inner", "val": _dump_inner(message)}
    if isinstance(message, Other):
        return {"tag": "Other", "val": _dump_other(message)}
    raise TypeError(f"Choice cannot be a {type(message).__name__}")


def _load_choice(doc: object, path: str) -> Choice:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    tag = fields.get("tag")
    if tag == "Inner":
        return _load_inner(fields.get("val"), f"{path}.val")
    if tag == "Other":
        return _load_other(fields.get("val"), f"{path}.val")
    raise DecodeError(0, f"one of Inner, Other at {path}.tag")


def _dump_everything(message: Everything) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "colour": _dump_colour(message.colour),
        "choice": _dump_choice(message.choice),
        "label": message.label,
        "raw": document_fields.give_data(message.raw),
        "payload": message.payload,
        "number": message.number,
    }
    if message.maybe is not None:
        doc["maybe"] = message.maybe
    return doc


def _load_everything(doc: object, path: str) -> Everything:
    fields = doc if type(doc) is dict else document_fields.take_object(doc, path)
    colour = _load_colour(fields.get("colour"), f"{path}.colour")
    choice = _load_choice(fields.get("choice"), f"{path}.choice")
    label = fields.get("label")
    if type(label) is not str:
        label = document_fields.take_str(label, f"{path}.label")
    raw = document_fields.take_data(fields.get("raw"), f"{path}.raw")
    maybe = fields.get("maybe")
    if maybe is not None and type(maybe) is not bool:
        maybe = document_fields.take_bool(maybe, f"{path}.maybe")
    payload = (
        fields["payload"] if "payload" in fields else document_fields.take_payload(fields, "payload", path)
    )
    number = document_fields.take_int(fields.get("number"), f"{path}.number")
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
    )
