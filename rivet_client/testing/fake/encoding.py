"""The host's end of the three encodings: what a client sends to values, and values to what it is sent.

A *payload* is the part of a message that carries a user's value: CBOR bytes in "bare", a tree in "cbor" and "json". A
*tree* has the tags of the wire (`values_codec`), whatever the encoding.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import cbor2

from rivet_client._narrowing import is_array, is_dict
from rivet_client._wire import cbor, json_text, values_codec
from rivet_client.errors import DecodeError
from rivet_client_generated.protocol import payloads
from rivet_client_generated.protocol.versions import NEWEST

if TYPE_CHECKING:
    from rivet_client_generated.protocol.messages import (
        HttpQueueSendRequest,
        HttpQueueSendResponse,
        HttpResponseError,
        ToClient,
        ToServer,
    )

__all__ = ["JSON", "NO_ARGUMENTS", "Arguments", "Encoding", "Unsayable", "encodings_of", "tagged_tree"]


class Encoding(ABC):
    """One encoding, as a host of some version speaks it. All `read_*` and `tree` raise `DecodeError` only."""

    name: str
    content_type: str
    is_text: bool = False

    @abstractmethod
    def dump(self, value: object, path: str) -> Any:
        """Turn a value into a payload of a message over HTTP.

        Raises:
            Unsayable: This encoding cannot carry it.
            ConfigError, TypeError: No encoding can.
        """

    def dump_for_connection(self, value: object, path: str) -> Any:
        """Turn a value into a payload of a message over a connection.

        Raises:
            Unsayable, ConfigError, TypeError: As `dump`.
        """
        return self.dump(value, path)

    @abstractmethod
    def dump_plain(self, value: object) -> Any:
        """Turn what JSON can say into a payload without tags: the metadata of an error."""

    @abstractmethod
    def tree(self, payload: Any) -> Any:
        """Turn a payload into a tree. What CBOR has tags for is resolved."""

    def tagged(self, payload: Any) -> Any:
        """Turn a payload into a tree in which the tags of CBOR are left: they tell a Map from an object."""
        return self.tree(payload)

    def arguments(self, payload: Any) -> Arguments:
        """Read the arguments of an action. What is no list is one argument, and nothing is none."""
        values = values_codec.from_tree(self.tree(payload))
        if values is None:
            return NO_ARGUMENTS
        tree = self.tagged(payload)
        if not is_array(values):
            return Arguments((values,), (tree,))
        trees = list(tree)
        if len(trees) == 2 and isinstance(trees[0], str) and trees[0][:2] == "$$":
            trees[0] = trees[0][1:]  # which kept the two from being taken for a tag
        return Arguments(tuple(values), tuple(trees))

    def body(self, payload: Any) -> Arguments:
        """Read the body of a message for a queue."""
        return Arguments((values_codec.from_tree(self.tree(payload)),), (self.tagged(payload),))

    @abstractmethod
    def read_action(self, body: bytes) -> Any:
        """Read the payload of the arguments."""

    @abstractmethod
    def write_action(self, payload: Any) -> bytes:
        """Write the answer to an action over HTTP."""

    @abstractmethod
    def read_queue(self, body: bytes) -> HttpQueueSendRequest:
        """Read a message for a queue."""

    @abstractmethod
    def write_queue(self, message: HttpQueueSendResponse) -> bytes:
        """Write the answer to it."""

    @abstractmethod
    def write_error(self, message: HttpResponseError) -> bytes:
        """Write the body of an error over HTTP."""

    @abstractmethod
    def read_message(self, data: bytes | str) -> ToServer:
        """Read what comes over a connection."""

    @abstractmethod
    def write_message(self, message: ToClient) -> bytes:
        """Write what goes over a connection."""


class _Bare(Encoding):
    name = "bare"
    content_type = "application/octet-stream"

    def __init__(self, version: int) -> None:
        self._version = version

    def dump(self, value: object, path: str) -> bytes:
        return cbor.encode(value, path)

    def dump_plain(self, value: object) -> bytes:
        return cbor.dumps(value)

    def tree(self, payload: Any) -> Any:
        return cbor.loads(payload) if payload else None

    def tagged(self, payload: Any) -> Any:
        return tagged_tree(payload) if payload else None

    def read_action(self, body: bytes) -> bytes:
        self._check(body)
        return payloads.decode_http_action_request(body)

    def write_action(self, payload: Any) -> bytes:
        return payloads.encode_http_action_response(payload, self._version)

    def read_queue(self, body: bytes) -> HttpQueueSendRequest:
        from rivet_client_generated.protocol import frames

        self._check(body)
        return frames.decode_http_queue_send_request(body)

    def write_queue(self, message: HttpQueueSendResponse) -> bytes:
        from rivet_client_generated.protocol import frames

        return frames.encode_http_queue_send_response(message, self._version)

    def write_error(self, message: HttpResponseError) -> bytes:
        from rivet_client_generated.protocol import frames

        if self._version < 4:
            message = message.model_copy(update={"actor": None})
        return frames.encode_http_response_error(message, self._version)

    def read_message(self, data: bytes | str) -> ToServer:
        from rivet_client_generated.protocol import frames

        data = data.encode() if isinstance(data, str) else data
        self._check(data)
        return frames.decode_to_server(data)

    def write_message(self, message: ToClient) -> bytes:
        from rivet_client_generated.protocol import frames, messages, v1

        if isinstance(message, messages.Init) and self._version == 1:
            out = bytearray(b"\x01\x00")
            v1.write_to_client(out, v1.Init(message.actor_id, message.connection_id, "token"))
            return bytes(out)
        if isinstance(message, messages.Error) and self._version < 4:
            message = message.model_copy(update={"actor": None})
        return frames.encode_to_client(message, self._version)

    def _check(self, data: bytes) -> None:
        """Refuse a version that the host does not know yet."""
        if int.from_bytes(data[:2], "little") > self._version:
            raise DecodeError(0, f"version 1 to {self._version} of the protocol")


class _Documents(Encoding, ABC):
    @abstractmethod
    def _loads(self, data: bytes) -> Any: ...

    @abstractmethod
    def _dumps(self, doc: object) -> bytes: ...

    def dump(self, value: object, path: str) -> Any:
        return _as_json(values_codec.to_tree(value, "bare", path), path)

    def dump_plain(self, value: object) -> Any:
        return value

    def tree(self, payload: Any) -> Any:
        return payload

    def read_action(self, body: bytes) -> Any:
        doc = self._loads(body)
        return doc.get("args") if is_dict(doc) else payloads.decode_http_action_request_document(doc)

    def write_action(self, payload: Any) -> bytes:
        return self._dumps(payloads.encode_http_action_response_document(payload))

    def read_queue(self, body: bytes) -> HttpQueueSendRequest:
        from rivet_client_generated.protocol import documents

        return documents.decode_http_queue_send_request_document(self._loads(body))

    def write_queue(self, message: HttpQueueSendResponse) -> bytes:
        from rivet_client_generated.protocol import documents

        return self._dumps(documents.encode_http_queue_send_response_document(message))

    def write_error(self, message: HttpResponseError) -> bytes:
        from rivet_client_generated.protocol import documents

        return self._dumps(documents.encode_http_response_error_document(message))

    def read_message(self, data: bytes | str) -> ToServer:
        from rivet_client_generated.protocol import documents

        data = data.encode() if isinstance(data, str) else data
        return documents.decode_to_server_document(self._loads(data))

    def write_message(self, message: ToClient) -> bytes:
        from rivet_client_generated.protocol import documents

        return self._dumps(documents.encode_to_client_document(message))


class _Cbor(_Documents):
    name = "cbor"
    content_type = "application/octet-stream"

    def dump_for_connection(self, value: object, path: str) -> Any:
        return values_codec.to_tree(value, "bare", path)  # over HTTP, a host goes by way of JSON

    def _loads(self, data: bytes) -> Any:
        return cbor.loads(data)

    def _dumps(self, doc: object) -> bytes:
        return cbor.dumps(doc)


class _Json(_Documents):
    name = "json"
    content_type = "application/json"
    is_text = True

    def _loads(self, data: bytes) -> Any:
        return json_text.loads(data)

    def _dumps(self, doc: object) -> bytes:
        return json_text.dumps(doc)


class Unsayable(Exception):
    """An encoding has no form for a value, and another one has."""


def _as_json(tree: Any, path: str) -> Any:
    """Turn a tree into what JSON can say of it.

    Raises:
        Unsayable: It has what JSON cannot say, such as a date.
    """
    if isinstance(tree, float):
        return tree if math.isfinite(tree) else None
    if is_array(tree):
        return [_as_json(item, path) for item in tree]
    if is_dict(tree):
        return {key: _as_json(item, path) for key, item in tree.items()}
    if isinstance(tree, cbor2.CBORTag):
        raise Unsayable(f"{path}: JSON has no such value")
    return tree


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call.

    Attributes:
        values: What they are.
        trees: The same as `to_tree(value, "bare")` has them: with tags, which tell apart what only JavaScript does.
    """

    values: tuple[Any, ...] = field(repr=False)
    trees: tuple[Any, ...] = field(repr=False)


class _Kept(dict[int, Any]):
    """Has cbor2 keep tags as they are, instead of reading what they mean."""

    def __missing__(self, tag: int) -> Any:
        def keep(value: Any, immutable: bool) -> cbor2.CBORTag:
            return cbor2.CBORTag(tag, value)

        return keep


_KEPT: Final = _Kept()


def tagged_tree(data: bytes) -> Any:
    """Read CBOR that a client has sent as a tree with all tags."""
    return cbor2.loads(data, semantic_decoders=_KEPT)


NO_ARGUMENTS: Final = Arguments((), ())

JSON: Final[Encoding] = _Json()


def encodings_of(version: int = NEWEST) -> Mapping[str, Encoding]:
    """The encodings, by name, of a host whose newest version of the protocol is `version`."""
    return {encoding.name: encoding for encoding in (_Bare(version), _Cbor(), JSON)}
