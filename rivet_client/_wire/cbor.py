"""CBOR: the values inside BARE messages, and the whole messages of the "cbor" encoding.

`values_codec` says what a value becomes; this module is about the bytes. It reads what the host's cbor-x writes. It
understands only the tags that say something about a JavaScript value.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import cbor2

from rivet_client._wire.values_codec import EPOCH, from_plain_tree, from_tree, to_tree
from rivet_client.errors import ConfigError, DecodeError

__all__ = ["decode", "decode_plain", "dumps", "encode", "loads"]

_SHORT: Final = 1024


def encode(value: object, path: str = "value") -> bytes:
    """Encode a Python value as the payload of a BARE message.

    Args:
        value: What to send.
        path: What to call it in an error.

    Raises:
        TypeError: Something in it has a type that no actor can receive.
        ConfigError: Something in it cannot be carried.
    """
    return cbor2.dumps(to_tree(value, "bare", path))


def decode(data: bytes) -> Any:
    """Decode the payload of a BARE message. A part that cannot be understood does not spoil the rest.

    Raises:
        DecodeError: The data is not CBOR, has more than one value, or is nested too deeply.
    """
    return from_tree(loads(data))


def decode_plain(data: bytes) -> Any:
    """Decode a payload in which an array is never a tag: the metadata of an error.

    Raises:
        DecodeError: As `decode`.
    """
    return from_plain_tree(loads(data))


def dumps(doc: object) -> bytes:
    """Write a whole document.

    Args:
        doc: A tree of plain types; the values in it have been through `values_codec.to_tree`.

    Raises:
        ConfigError: A str in it has a lone surrogate.
    """
    try:
        return cbor2.dumps(doc)
    except UnicodeEncodeError:
        raise ConfigError("message: lone surrogate in a str, which CBOR cannot carry; remove it") from None


def loads(data: bytes) -> Any:
    """Read a whole document: CBOR's tags resolved, tagged arrays left alone, lone surrogates as U+FFFD.

    Raises:
        DecodeError: As `decode`.
    """
    try:
        if len(data) <= _SHORT and 0xFF not in data:
            # The data is put into an array without a length. Bytes after the value become a second item, because no
            # 0xff before the last byte ends the array. For short data, this is twice as fast as asking cbor2 where it
            # stopped.
            items = cbor2.loads(b"\x9f%b\xff" % data, semantic_decoders=_TAGS)
            if len(items) == 1:
                return items[0]
        else:
            stream = BytesIO(data)
            value = cbor2.CBORDecoder(stream, semantic_decoders=_TAGS).decode()
            if stream.tell() == len(data):
                return value
    except cbor2.CBORDecodeError:
        pass
    return _load_carefully(data)


def _load_carefully(data: bytes) -> Any:
    """Read data that the fast way refused: replace lone surrogates, or find out where the data is wrong."""
    stream = BytesIO(data)
    decoder = cbor2.CBORDecoder(stream, read_size=1, str_errors="replace", semantic_decoders=_TAGS)
    try:
        value = decoder.decode()
    except cbor2.CBORDecodeError as error:
        raise DecodeError(stream.tell(), f"CBOR ({error})") from None
    if stream.tell() != len(data):
        raise DecodeError(stream.tell(), "the end of the CBOR value")
    return value


class _Tags(dict[int, Callable[[Any, bool], Any]]):
    """The functions that convert a tag's content. For a tag that is not here, the content is kept as it is.

    So none of cbor2's own decoders runs. They refuse the whole payload for one bad date, and shared references could
    make a small payload endless.
    """

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        return _content


def _content(value: Any, immutable: bool) -> Any:
    return value


def _date(seconds: Any, immutable: bool) -> Any:
    """Read epoch seconds. An invalid Date is None; one outside Python's years 1 to 9999 stays a number."""
    if type(seconds) not in (int, float):
        return seconds
    if seconds != seconds:
        return None
    try:
        return EPOCH + timedelta(milliseconds=round(seconds * 1000))
    except OverflowError:
        return seconds


def _big_int(sign: int) -> Callable[[Any, bool], Any]:
    def read(data: Any, immutable: bool) -> Any:
        if type(data) is not bytes:
            return data
        magnitude = int.from_bytes(data)
        return magnitude if sign > 0 else -1 - magnitude

    return read


def _set(items: Any, immutable: bool) -> Any:
    return ("$Set", items)


def _numbers(item_format: str) -> Callable[[Any, bool], Any]:
    size = struct.calcsize(item_format)

    def read(data: Any, immutable: bool) -> Any:
        if type(data) is not bytes or len(data) % size:
            return data
        return struct.unpack(f"{item_format[0]}{len(data) // size}{item_format[1]}", data)

    return read


_TAGS: Final = _Tags({1: _date, 2: _big_int(1), 3: _big_int(-1), 258: _set})

# Typed arrays, RFC 8746, by byte order and type of the items. 64 is bytes as it is, 76 means nothing, and
# Python has no 128-bit floats (83, 87).
for _first, _forms in (
    (65, (">H", ">I", ">Q", "<B", "<H", "<I", "<Q", "<b", ">h", ">i", ">q")),
    (77, ("<h", "<i", "<q", ">e", ">f", ">d")),
    (84, ("<e", "<f", "<d")),
):
    _TAGS.update((tag, _numbers(form)) for tag, form in enumerate(_forms, _first))
