"""The three encodings, each as one table of functions: messages to bytes, values to payloads, and back.

A *payload* is a message field that carries a user's value. In "bare" messages it is a run of CBOR bytes; in "cbor"
and "json" documents it is the value itself, as a tree with `$` tags (PROTOCOL.md 7). Sessions and flows keep
payloads opaque, so that one that cannot be read spoils one call and not the message around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from rivet_client._wire import cbor, jsoncompat
from rivet_client_generated.protocol import documents, frames
from rivet_client_generated.protocol.messages import (
    HttpActionRequest,
    HttpActionResponse,
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResponseError,
    ToClient,
    ToServer,
)

__all__ = ["ENCODINGS", "JSON", "Encoding"]

Data: TypeAlias = "bytes | str"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one encoding does each thing. All `decode_*` and `load*` raise `DecodeError` only.

    Attributes:
        name: As in the API and on the wire.
        content_type: Of request bodies.
        dump: Value to payload; the second argument is the root of the path in error texts.
        load: Payload to value.
        load_plain: Payload of plain JSON kind, whose arrays are never tags (error metadata).
        encode_to_server: WebSocket message to what travels: str for text messages, bytes for binary ones.
        decode_to_client: The reverse.
        encode_action: Body of an action request; `decode_action` reads the response's.
        encode_queue: Body of a queue request; `decode_queue` reads the response's.
        decode_error: Body of an error response.
    """

    name: str
    content_type: str
    dump: Callable[[object, str], Any]
    load: Callable[[Any], Any]
    load_plain: Callable[[Any], Any]
    encode_to_server: Callable[[ToServer], Data]
    decode_to_client: Callable[[bytes], ToClient]
    encode_action: Callable[[HttpActionRequest], bytes]
    decode_action: Callable[[bytes], HttpActionResponse]
    encode_queue: Callable[[HttpQueueSendRequest], bytes]
    decode_queue: Callable[[bytes], HttpQueueSendResponse]
    decode_error: Callable[[bytes], HttpResponseError]


_BARE = Encoding(
    name="bare",
    content_type="application/octet-stream",
    dump=cbor.encode,
    load=cbor.decode,
    load_plain=cbor.decode_plain,
    encode_to_server=frames.encode_to_server,
    decode_to_client=frames.decode_to_client,
    encode_action=frames.encode_http_action_request,
    decode_action=frames.decode_http_action_response,
    encode_queue=frames.encode_http_queue_send_request,
    decode_queue=frames.decode_http_queue_send_response,
    decode_error=frames.decode_http_response_error,
)


def _documents(
    name: str,
    content_type: str,
    dumps: Callable[[Any], bytes],
    loads: Callable[[bytes], Any],
    *,
    text: bool,
) -> Encoding:
    def encode_to_server(message: ToServer) -> Data:
        data = dumps(documents.encode_to_server_document(message))
        return data.decode() if text else data

    return Encoding(
        name=name,
        content_type=content_type,
        dump=lambda value, path: jsoncompat.to_document(value, cast("jsoncompat.Carrier", name), path),
        load=jsoncompat.from_document,
        load_plain=jsoncompat.from_plain,
        encode_to_server=encode_to_server,
        decode_to_client=lambda data: documents.decode_to_client_document(loads(data)),
        encode_action=lambda message: dumps(documents.encode_http_action_request_document(message)),
        decode_action=lambda data: documents.decode_http_action_response_document(loads(data)),
        encode_queue=lambda message: dumps(documents.encode_http_queue_send_request_document(message)),
        decode_queue=lambda data: documents.decode_http_queue_send_response_document(loads(data)),
        decode_error=lambda data: documents.decode_http_response_error_document(loads(data)),
    )


JSON = _documents("json", "application/json", jsoncompat.dumps, jsoncompat.loads, text=True)

ENCODINGS = {
    "bare": _BARE,
    "cbor": _documents(
        "cbor", "application/octet-stream", cbor.dumps_document, cbor.loads_document, text=False
    ),
    "json": JSON,
}
