"""Text of `.bare` files → IR. The parser knows the part of BARE for which there are codecs, and refuses the rest.

    file    = { "type" Name ( "struct" "{" { field ":" any } "}" | "union" members | "enum" members | any ) }
    members = "{" [ "|" ] Name [ "=" number ] { "|" … } "}"            (enums separate by space instead of "|")
    any     = scalar | Name | "optional" "<" any ">" | "list" "<" any ">" | "map" "<" "str" ">" "<" any ">"

A comment runs from "#" to the end of its line. Comments directly above a type or a field document it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rivet_codegen.protocol.ir import (
    SCALARS,
    Definition,
    Enum,
    Field,
    ListOf,
    MapOf,
    Member,
    Named,
    Optional,
    Payload,
    Protocol,
    Scalar,
    Struct,
    Type,
    Union,
    Version,
    mentions,
)
from rivet_codegen.protocol.naming import check_field_names, check_type_name
from rivet_codegen.schema_error import Position, SchemaError

__all__ = ["parse", "read_protocol"]

_PAYLOAD = "Value"
_TAG_MAX = 2**64 - 1
_TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<number>[0-9]+)|(?P<mark>[{}<>|:=\[\]])"
)
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "word", "number" or "mark"; the last token is "end"
    text: str
    position: Position
    doc: str = ""


def read_protocol(folder: Path) -> Protocol:
    """Read every version that a folder holds, each in a file like v4.bare.

    Raises:
        SchemaError: A file does not parse, a version is missing between two others, or there is none.
    """
    found: dict[int, Path] = {}
    for path in sorted(folder.glob("*.bare")):
        match = re.fullmatch(r"v([1-9][0-9]*)\.bare", path.name)
        if match is None:
            raise SchemaError(
                Position(_shown(path)), "expected a name like v4.bare, the number being the version"
            )
        found[int(match[1])] = path
    if not found:
        raise SchemaError(
            Position(f"schema/{folder.name}"), "holds no protocol version; expected files like v1.bare"
        )
    for version in range(min(found), max(found)):
        if version not in found:
            message = f"version {version} is missing between v{min(found)}.bare and v{max(found)}.bare"
            raise SchemaError(Position(f"schema/{folder.name}"), message)
    return Protocol(
        tuple(
            parse(found[version].read_text("utf-8"), version, _shown(found[version]))
            for version in sorted(found)
        )
    )


def _shown(path: Path) -> str:
    """Return the name of a file as errors and headers say it: the folder of the schemas may be anywhere."""
    return f"schema/{path.parent.name}/{path.name}"


def parse(text: str, number: int, file: str) -> Version:
    """Parse one file.

    Args:
        text: What the file says.
        number: The number of the version that the file describes.
        file: The name of the file, for errors and headers.

    Raises:
        SchemaError: The text is not BARE, or is BARE that the generator does not support.
    """
    return _Parser(_tokens(text, file), number, file).version()


def _tokens(text: str, file: str) -> list[_Token]:
    """Split a text into tokens, each with the comments directly above it."""
    tokens: list[_Token] = []
    doc: list[str] = []  # the comment lines above the next token
    offset = start_of_line = 0
    line = 1
    last_line = 0  # of the last token or comment
    while True:
        space = _SPACE.match(text, offset)
        assert space is not None
        newlines = space[0].count("\n")
        if newlines:
            line += newlines
            start_of_line = offset + space[0].rindex("\n") + 1
        offset = space.end()
        position = Position(file, line, offset - start_of_line + 1)
        if line > last_line + 1:
            doc.clear()
        if offset == len(text):
            return [*tokens, _Token("end", "end of file", position)]
        match = _TOKEN.match(text, offset)
        if match is None:
            raise SchemaError(position, f"unexpected character {text[offset]!r}")
        if match.lastgroup == "comment":
            if line != last_line:
                doc.append(match[0].lstrip("#").strip())
        else:
            tokens.append(_Token(str(match.lastgroup), match[0], position, " ".join(doc)))
            doc.clear()
        last_line = line
        offset = match.end()


class _Parser:
    """Makes a version of its tokens: first the declarations as they stand, then what their names stand for."""

    def __init__(self, tokens: list[_Token], number: int, file: str) -> None:
        self._tokens = tokens
        self._next = 0
        self._number = number
        self._file = file
        self._aliases: dict[str, Type] = {}
        self._definitions: dict[str, Definition] = {}
        self._declared: dict[str, Position] = {}
        self._used: dict[str, Position] = {}  # where each name is used first

    def version(self) -> Version:
        """Parse the whole file."""
        while self._peek().kind != "end":
            self._declaration()
        for name, kind in self._aliases.items():
            self._resolve(kind, Field(name, kind, position=self._declared[name]), (name,))
        definitions = {name: self._resolved(definition) for name, definition in self._definitions.items()}
        version = Version(self._number, self._file, definitions)
        for name in definitions:
            self._refuse_cycle(version, name, ())
        return version

    # -- declarations

    def _declaration(self) -> None:
        doc = self._expect("type").doc
        name = self._word("the name of a type")
        check_type_name(name.text, name.position)
        if name.text in self._declared:
            raise SchemaError(
                name.position, f"{name.text} is declared twice, first at {self._declared[name.text]}"
            )
        self._declared[name.text] = name.position
        match self._peek().text:
            case "struct":
                self._take()
                self._definitions[name.text] = Struct(name.text, self._fields(), doc, name.position)
            case "union":
                self._take()
                self._definitions[name.text] = Union(
                    name.text, self._members(separator="|"), doc, name.position
                )
            case "enum":
                self._take()
                self._definitions[name.text] = Enum(
                    name.text, self._members(separator=""), doc, name.position
                )
            case _:
                self._aliases[name.text] = self._payload_or_type(name.text)

    def _payload_or_type(self, name: str) -> Type:
        start = self._peek()
        kind = self._type()
        if name != _PAYLOAD:
            return kind
        if kind != Scalar("data"):
            raise SchemaError(start.position, f"{_PAYLOAD} is the opaque payload and must be `data`")
        return Payload()

    def _fields(self) -> tuple[Field, ...]:
        opening = self._expect("{")
        fields: list[Field] = []
        while not self._skip("}"):
            name = self._word("the name of a field, or '}'")
            self._expect(":")
            fields.append(Field(name.text, self._type(), name.doc, name.position))
        if not fields:
            # Readers rely on this, too: a list cannot be longer than there are bytes left.
            raise SchemaError(opening.position, "a struct needs a field")
        check_field_names(fields)
        return tuple(fields)

    def _members(self, separator: str) -> tuple[Member, ...]:
        """Parse the members of a union, or of an enum, which has no separator."""
        opening = self._expect("{")
        if separator:
            self._skip(separator)
        members: list[Member] = []
        tag = 0
        while not self._skip("}"):
            name = self._word("the name of a member, or '}'")
            if self._skip("="):
                number = self._take()
                if number.kind != "number" or int(number.text) > _TAG_MAX:
                    raise SchemaError(number.position, f"expected a number, found {_quoted(number)}")
                tag = int(number.text)
            for other in members:
                if other.name == name.text:
                    raise SchemaError(name.position, f"{name.text} is a member twice")
                if other.tag == tag:
                    raise SchemaError(
                        name.position, f"{name.text} and {other.name} have the same number {tag}"
                    )
            members.append(Member(name.text, tag, name.position))
            tag += 1
            if separator and not self._skip(separator) and self._peek().text != "}":
                token = self._peek()
                raise SchemaError(token.position, f"expected {separator!r} or '}}', found {_quoted(token)}")
        if not members:
            raise SchemaError(opening.position, "needs a member")
        return tuple(members)

    def _type(self) -> Type:
        token = self._word("a type")
        match token.text:
            case "optional":
                return Optional(self._argument())
            case "list":
                item = self._argument()
                if self._peek().text == "[":
                    raise SchemaError(self._peek().position, "lists of fixed length are not supported")
                return ListOf(item)
            case "map":
                return MapOf(self._argument(), self._argument())
            case "struct" | "union" | "enum":
                message = f"declare this {token.text} as a type of its own and use its name here"
                raise SchemaError(token.position, message)
            case "void":
                raise SchemaError(token.position, "void is not supported")
            case "data" if self._peek().text == "[":
                raise SchemaError(self._peek().position, "data of fixed length is not supported")
            case name if name in SCALARS:
                return Scalar(name)
            case name if name[0].islower():
                raise SchemaError(
                    token.position, f"unknown type {name}; BARE has {', '.join(sorted(SCALARS))}"
                )
            case name:
                self._used.setdefault(name, token.position)
                return Named(name)

    def _argument(self) -> Type:
        """Parse a type in angle brackets."""
        self._expect("<")
        kind = self._type()
        self._expect(">")
        return kind

    # -- names to types

    def _resolved(self, definition: Definition) -> Definition:
        """Return a definition without aliases."""
        match definition:
            case Struct(name, fields, doc, position):
                resolved = (
                    Field(each.name, self._resolve(each.type, each), each.doc, each.position)
                    for each in fields
                )
                return Struct(name, tuple(resolved), doc, position)
            case Union(name, members):
                for member in members:
                    if not isinstance(self._definitions.get(member.name), Struct):
                        raise SchemaError(
                            member.position, f"{member.name} is no struct; members of a union must be"
                        )
                return definition
            case Enum():
                return definition

    def _resolve(self, kind: Type, user: Field, seen: tuple[str, ...] = ()) -> Type:
        """Return a type without aliases.

        Args:
            kind: The type.
            user: The field that has the type.
            seen: The aliases that led to the type.
        """
        match kind:
            case Named(name) if name in seen:
                raise SchemaError(self._declared[name], f"{name} stands for itself")
            case Named(name) if name in self._aliases:
                return self._resolve(self._aliases[name], user, (*seen, name))
            case Named(name) if name not in self._definitions:
                raise SchemaError(self._used[name], f"unknown type {name}")
            case Optional(item):
                inner = self._resolve(item, user, seen)
                if isinstance(inner, Optional):
                    # Python has one None: it cannot say both "absent" and "present, but absent".
                    raise SchemaError(user.position, f"{user.name} is optional twice")
                return Optional(inner)
            case ListOf(item):
                return ListOf(self._resolve(item, user, seen))
            case MapOf(key, value):
                key = self._resolve(key, user, seen)
                if key != Scalar("str"):
                    message = f"keys of the map {user.name} must be str: documents have no others"
                    raise SchemaError(user.position, message)
                return MapOf(key, self._resolve(value, user, seen))
            case _:
                return kind

    def _refuse_cycle(self, version: Version, name: str, path: tuple[str, ...]) -> None:
        """Refuse a type that contains itself, after the types of `path` that lead to it."""
        if name in path:
            chain = " → ".join((*path[path.index(name) :], name))
            message = f"{name} contains itself ({chain}); hostile bytes could nest it without end"
            raise SchemaError(version.definitions[name].position, message)
        for mentioned in mentions(version.definitions[name]):
            self._refuse_cycle(version, mentioned, (*path, name))

    # -- tokens

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _expect(self, text: str) -> _Token:
        token = self._take()
        if token.text != text or token.kind == "end":
            raise SchemaError(token.position, f"expected {text!r}, found {_quoted(token)}")
        return token

    def _word(self, what: str) -> _Token:
        token = self._take()
        if token.kind != "word":
            raise SchemaError(token.position, f"expected {what}, found {_quoted(token)}")
        return token

    def _skip(self, text: str) -> bool:
        """Take a mark if it is the next token, and return whether it was."""
        found = self._peek().kind == "mark" and self._peek().text == text
        self._next += found
        return found


def _quoted(token: _Token) -> str:
    return token.text if token.kind == "end" else repr(token.text)
