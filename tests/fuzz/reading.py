"""A second reading of the protocol's schemas, to hold the generated codecs against.

It shares nothing with the generator: it reads the `.bare` files word by word, and encodes and decodes while it looks at
what it read. A struct is a pair of its name and a dict of its fields, under the names that Python has for them.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import rivet_client_generated

# Beside the generated package that is tested.
SCHEMAS = Path(rivet_client_generated.__file__).parents[2] / "schema" / "client_protocol"


class Refused(Exception):
    """The bytes are no such message."""


class Reading:
    """One version of the protocol."""

    def __init__(self, version: int) -> None:
        text = re.sub("#.*", "", (SCHEMAS / f"v{version}.bare").read_text("utf-8"))
        self.version = version
        self.types: dict[str, Any] = {}
        self._words = re.findall(r"\w+|[{}<>|:=]", text)
        while self._words:
            assert self._words.pop(0) == "type"
            name = self._words.pop(0)
            self.types[name] = self._read_type()

    def _read_type(self) -> Any:
        word = self._words.pop(0)
        if word in ("optional", "list"):
            assert self._words.pop(0) == "<"
            inner = self._read_type()
            assert self._words.pop(0) == ">"
            return (word, inner)
        if word not in ("struct", "union"):
            return word
        assert self._words.pop(0) == "{"
        end = self._words.index("}")
        body, self._words = self._words[:end], self._words[end + 1 :]
        if word == "union":
            assert "=" not in body, "teach the reading tags that are given"
            return ("union", [name for name in body if name != "|"])
        rest, self._words = self._words, body
        fields = []
        while self._words:
            name, colon = self._words.pop(0), self._words.pop(0)
            assert colon == ":"
            fields.append((snake(name), self._read_type()))
        self._words = rest
        return ("struct", fields)

    # --- Reading -----------------------------------------------------------------------------------------------

    def decode(self, name: str, data: bytes, start: int) -> Any:
        """Read a message that fills the bytes from a position on."""
        value, end = self._decode(name, data, start)
        if end != len(data):
            raise Refused
        return value

    def _decode(self, kind: Any, data: bytes, at: int) -> tuple[Any, int]:
        match kind:
            case "uint":
                value = 0
                for count in range(10):
                    byte = self._take(data, at + count, 1)[0]
                    value += (byte % 128) * 128**count
                    if byte < 128:
                        if value >= 2**64:
                            raise Refused
                        return value, at + count + 1
                raise Refused
            case "u8" | "u64":
                size = int(kind[1:]) // 8
                return sum(
                    byte * 256**power for power, byte in enumerate(self._take(data, at, size))
                ), at + size
            case "bool":
                byte = self._take(data, at, 1)[0]
                if byte not in (0, 1):
                    raise Refused
                return byte == 1, at + 1
            case "data" | "str":
                size, at = self._decode("uint", data, at)
                found = self._take(data, at, size)
                try:
                    return found if kind == "data" else str(found, "utf-8"), at + size
                except UnicodeDecodeError:
                    raise Refused from None
            case ("optional", inner):
                present, at = self._decode("bool", data, at)
                return self._decode(inner, data, at) if present else (None, at)
            case ("list", inner):
                count, at = self._decode("uint", data, at)
                items = []
                while len(items) < count:
                    item, at = self._decode(inner, data, at)
                    items.append(item)
                return items, at
            case ("union", members):
                tag, at = self._decode("uint", data, at)
                if tag >= len(members):
                    raise Refused
                return self._decode(members[tag], data, at)
            case str():
                inner = self.types[kind]
                if inner[0] != "struct":
                    return self._decode(inner, data, at)
                fields = {}
                for name, field in inner[1]:
                    fields[name], at = self._decode(field, data, at)
                return (kind, fields), at
        raise AssertionError(f"teach the reading {kind}")

    def _take(self, data: bytes, at: int, size: int) -> bytes:
        if at + size > len(data):
            raise Refused
        return data[at : at + size]

    # --- Writing -----------------------------------------------------------------------------------------------

    def encode(self, name: str, value: Any) -> bytes:
        """Return a message with its version in front of it."""
        return self.version.to_bytes(2, "little") + self._encode(name, value)

    def _encode(self, kind: Any, value: Any) -> bytes:
        match kind:
            case "uint":
                low, high = value % 128, value // 128
                return bytes((low + 128,)) + self._encode("uint", high) if high else bytes((low,))
            case "u8" | "u64":
                return bytes(value // 256**power % 256 for power in range(int(kind[1:]) // 8))
            case "bool":
                return b"\x01" if value else b"\x00"
            case "data":
                return self._encode("uint", len(value)) + value
            case "str":
                return self._encode("data", value.encode())
            case ("optional", inner):
                return b"\x00" if value is None else b"\x01" + self._encode(inner, value)
            case ("list", inner):
                return self._encode("uint", len(value)) + b"".join(
                    self._encode(inner, item) for item in value
                )
            case ("union", members):
                return self._encode("uint", members.index(value[0])) + self._encode(value[0], value)
            case str():
                inner = self.types[kind]
                if inner[0] != "struct":
                    return self._encode(inner, value)
                return b"".join(self._encode(field, value[1][name]) for name, field in inner[1])
        raise AssertionError(f"teach the reading {kind}")

    # --- Making up ---------------------------------------------------------------------------------------------

    def make_up(self, kind: Any, rng: random.Random) -> Any:
        """Return a random value."""
        match kind:
            case "uint" | "u64":
                return rng.randrange(2 ** rng.choice((1, 7, 8, 14, 32, 53, 63, 64)))
            case "u8":
                return rng.randrange(256)
            case "bool":
                return rng.random() < 0.5
            case "data":
                return rng.randbytes(rng.choice((0, 1, 5, 127, 128, 300)))
            case "str":
                return "".join(rng.choices("ab\0é€😀", k=rng.choice((0, 1, 5, 40, 130))))
            case ("optional", inner):
                return None if rng.random() < 0.4 else self.make_up(inner, rng)
            case ("list", inner):
                return [self.make_up(inner, rng) for _ in range(rng.choice((0, 1, 5)))]
            case ("union", members):
                return self.make_up(rng.choice(members), rng)
            case str():
                inner = self.types[kind]
                if inner[0] != "struct":
                    return self.make_up(inner, rng)
                return (kind, {name: self.make_up(field, rng) for name, field in inner[1]})
        raise AssertionError(f"teach the reading {kind}")

    def upgraded(self, value: Any) -> Any:
        """Return an older message as one of this version: without what is gone, and without what was not there."""
        if not isinstance(value, tuple):
            return value
        name, fields = value
        return (name, {field: self.upgraded(fields.get(field)) for field, _ in self.types[name][1]})


def snake(name: str) -> str:
    """Return the name that Python has for a field or a message."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()
