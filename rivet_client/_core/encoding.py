"""The three encodings, each as one table of functions: values to payloads, payloads to bodies, and back.

A *payload* is a message field that carries a user's value. In "bare" messages a payload is CBOR bytes. In "cbor" and
"json" documents it is the value itself, as a tree with `$` tags (PROTOCOL.md 7). Sessions and flows do not look into
payloads, so a payload that cannot be read fails one call, and not the message around it.

An action over HTTP needs only what is here. Messages are pydantic models, and to load pydantic takes as long as to load
everything else. So the codecs of messages are in `message_codecs`, which is loaded with the first message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from rivet_client._wire import cbor, json_text, values_codec
from rivet_client_generated.protocol import payloads

if TYPE_CHECKING:
    from rivet_client._core.message_codecs import MessageCodec

__all__ = ["ENCODINGS", "JSON", "Encoding", "as_list", "as_object"]


@dataclass(frozen=True)
class Encoding:
    """How one encoding does each thing. All `decode_*` and `load*` raise `DecodeError` only.

    Attributes:
        name: As in the API and on the wire.
        content_type: Of request bodies.
        has_versions: Whether each message says which version of the protocol it is.
        dump: Value to payload; the second argument is the root of the path in error texts.
        load: Payload to value.
        load_plain: Payload to value, where an array is never a tag (the metadata of errors).
        encode_action: Payload of the arguments to the body of an action request, in a version of the protocol.
        decode_action: Body of the response to the payload of the result.
    """

    name: str
    content_type: str
    has_versions: bool
    dump: Callable[[object, str], Any]
    load: Callable[[Any], Any]
    load_plain: Callable[[Any], Any]
    encode_action: Callable[[Any, int], bytes]
    decode_action: Callable[[bytes], Any]

    @cached_property
    def messages(self) -> MessageCodec:
        """The codec of messages in this encoding."""
        from rivet_client._core.message_codecs import MESSAGE_CODECS

        return MESSAGE_CODECS[self.name]


_BARE = Encoding(
    name="bare",
    content_type="application/octet-stream",
    has_versions=True,
    dump=cbor.encode,
    load=cbor.decode,
    load_plain=cbor.decode_plain,
    encode_action=payloads.encode_http_action_request,
    decode_action=payloads.decode_http_action_response,
)


def _documents(
    name: str, content_type: str, dumps: Callable[[Any], bytes], loads: Callable[[bytes], Any]
) -> Encoding:
    return Encoding(
        name=name,
        content_type=content_type,
        has_versions=False,
        dump=lambda value, path: values_codec.to_tree(value, cast("values_codec.Carrier", name), path),
        load=values_codec.from_tree,
        load_plain=values_codec.from_plain_tree,
        encode_action=lambda args, _: dumps(payloads.encode_http_action_request_document(args)),
        decode_action=lambda data: payloads.decode_http_action_response_document(loads(data)),
    )


def as_object(value: object) -> dict[str, Any] | None:
    """A decoded value, if it is an object; else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """A decoded value, if it is a list; else None."""
    return cast("list[object]", value) if isinstance(value, list) else None


JSON = _documents("json", "application/json", json_text.dumps, json_text.loads)

ENCODINGS = {
    "bare": _BARE,
    "cbor": _documents("cbor", "application/octet-stream", cbor.dumps, cbor.loads),
    "json": JSON,
}
