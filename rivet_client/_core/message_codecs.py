"""Messages to bytes and back, in each of the three encodings. Loading this module loads pydantic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from rivet_client._wire import cbor, json_text
from rivet_client_generated.protocol import documents, frames
from rivet_client_generated.protocol.messages import (
    HttpQueueSendRequest,
    HttpQueueSendResponse,
    HttpResponseError,
    ToClient,
    ToServer,
)

__all__ = ["MESSAGE_CODECS", "MessageCodec"]

Data: TypeAlias = "bytes | str"


@dataclass(frozen=True, slots=True)
class MessageCodec:
    """How one encoding writes and reads messages. All `decode_*` raise `DecodeError` only.

    What is written has a version of the protocol, if the encoding has versions. All `encode_*` raise `VersionError` if
    the message cannot be said in that version.

    Attributes:
        encode_to_server: Message to the content of a WebSocket message: str for text, bytes for binary.
        decode_to_client: Content of a WebSocket message to the message.
        encode_queue: Queue message to the body of its request.
        decode_queue: Body of the response to a queue message.
        decode_error: Body of an error response.
    """

    encode_to_server: Callable[[ToServer, int], Data]
    decode_to_client: Callable[[bytes], ToClient]
    encode_queue: Callable[[HttpQueueSendRequest, int], bytes]
    decode_queue: Callable[[bytes], HttpQueueSendResponse]
    decode_error: Callable[[bytes], HttpResponseError]


def _documents(
    dumps: Callable[[Any], bytes], loads: Callable[[bytes], Any], *, text: bool = False
) -> MessageCodec:
    def encode_to_server(message: ToServer, _: int) -> Data:
        data = dumps(documents.encode_to_server_document(message))
        return data.decode() if text else data

    return MessageCodec(
        encode_to_server=encode_to_server,
        decode_to_client=lambda data: documents.decode_to_client_document(loads(data)),
        encode_queue=lambda message, _: dumps(documents.encode_http_queue_send_request_document(message)),
        decode_queue=lambda data: documents.decode_http_queue_send_response_document(loads(data)),
        decode_error=lambda data: documents.decode_http_response_error_document(loads(data)),
    )


MESSAGE_CODECS = {
    "bare": MessageCodec(
        encode_to_server=frames.encode_to_server,
        decode_to_client=frames.decode_to_client,
        encode_queue=frames.encode_http_queue_send_request,
        decode_queue=frames.decode_http_queue_send_response,
        decode_error=frames.decode_http_response_error,
    ),
    "cbor": _documents(cbor.dumps, cbor.loads),
    "json": _documents(json_text.dumps, json_text.loads, text=True),
}
"""The codecs, by the name of the encoding."""
