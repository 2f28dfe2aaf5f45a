"""JSON text: the whole messages of the "json" encoding, and connection parameters.

`values_codec` says what a value becomes; this module is about the text.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from rivet_client.errors import ConfigError, DecodeError

__all__ = ["dumps", "loads"]


def dumps(doc: object, *, ascii_only: bool = False) -> bytes:
    """Write a whole document as compact JSON.

    Args:
        doc: A tree of plain JSON types; the values in it have been through `to_tree`.
        ascii_only: Escape everything else, for an HTTP header.

    Raises:
        ConfigError: A str in it has a lone surrogate.
    """
    encoder = _ASCII_ENCODER if ascii_only else _ENCODER
    text = encoder.encode(doc)
    if ".0" in text and _WHOLE.search(text):
        text = _WHOLE_OR_STRING.sub(_without_fraction, text)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ConfigError("message: lone surrogate in a str, which JSON cannot carry; remove it") from None


def loads(data: bytes | str) -> Any:
    """Read a whole document of JSON. A lone surrogate becomes U+FFFD; no tag is revived.

    Raises:
        DecodeError: The data is not JSON.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        if "\\ud" in text or "\\uD" in text:
            text = _SURROGATE.sub(lambda match: "\\ufffd" if match["lone"] else match[0], text)
        return _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise DecodeError(error.start, "UTF-8") from None
    except json.JSONDecodeError as error:
        raise DecodeError(len(error.doc[: error.pos].encode()), f"JSON ({error.msg})") from None
    except RecursionError:
        raise DecodeError(0, "JSON nested less deeply") from None
    except ValueError as error:
        raise DecodeError(0, f"JSON ({error})") from None


def _without_fraction(match: re.Match[str]) -> str:
    return f"{match['whole']}e0" if match["whole"] else match[0]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_ENCODER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)
# The host reads "9007199254740991.0" as 90071992547409910 / 10 and ends up one too low. It reads "…e0"
# exactly, and as a number too. (Other floats of that many digits may lose their last bit likewise; no
# notation saves them all.)
_WHOLE: Final = re.compile(r"\d{15,16}\.0")
_WHOLE_OR_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|(?P<whole>\d{15,16})\.0(?!\d)')
# Matches whole pairs and other escapes too, so that a surrogate of a pair is not taken for a lone one.
_SURROGATE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
