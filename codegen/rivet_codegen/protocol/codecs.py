"""IR → straight-line readers and writers, one module per protocol version.

Flags, varints, texts and bytes, of which nearly all messages are made, are read and written in place in the form that
nearly all of them have: a varint or a length of one byte, and the whole value there. Any other form and any mistake
are left to the scalar's function in `bare`, which knows them all.

A version holds only what differs from the version after it; the rest it imports from the module that has it. Its
types are the models of `messages` where they are the same as in the newest version, else dataclasses of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from rivet_codegen.names import field_name, snake_case, with_article
from rivet_codegen.output.source import exports
from rivet_codegen.protocol.checks import local_name
from rivet_codegen.protocol.ir import (
    SCALARS,
    Definition,
    Enum,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Protocol,
    Scalar,
    Schema,
    Struct,
    Type,
    Union,
    same_shape,
)
from rivet_codegen.protocol.messages import alias, docstring, making

__all__ = ["home", "render_codec"]

_PACKAGE = "rivet_client_generated.protocol"
_INDENT = "    "
_SCALAR_FUNCTIONS = (
    "as_text",
    "read_count",
    *(f"{verb}_{name}" for verb in ("read", "write") for name in SCALARS),
)
# Scalars of one byte: what their value is if the byte is small enough.
_ONE_BYTE = {"bool": ("buf[pos] == 1", 2), "uint": ("buf[pos]", 128)}


def home(protocol: Protocol, schema: Schema, name: str) -> Schema:
    """Return the newest version up to which a type stays as it is in this one: the module that has its codec."""
    found = schema
    for later in protocol.versions:
        if later.version > found.version:
            if not same_shape(name, schema, later):
                break
            found = later
    return found


def render_codec(protocol: Protocol, schema: Schema) -> str:
    """Return the source of the module for one version."""
    newest = schema is protocol.newest
    homes = {name: home(protocol, schema, name) for name in schema.definitions}
    own = [definition for name, definition in schema.definitions.items() if homes[name] is schema]
    source = []
    if not newest:
        source += [_dataclass(it) for it in own if isinstance(it, Struct)]
        source += [alias(schema, it.name) for it in own if not isinstance(it, Struct)]
    for definition in own:
        source += ["\n".join(_reader(definition, newest=newest)), "\n".join(_writer(definition))]
    body = "\n\n\n".join(source)
    scalars = sorted(name for name in _SCALAR_FUNCTIONS if f"{name}(" in body)
    head = [
        f'"""Version {schema.version} of the protocol: how its types are read from and written to bytes."""',
        "",
        "from __future__ import annotations",
        "",
        "from dataclasses import dataclass",
        "from typing import Any, Literal, TypeAlias",
        "",
        *([f"from rivet_client._wire.bare import {', '.join(scalars)}"] if scalars else []),
        "from rivet_client.errors import DecodeError",
        *([f"from {_PACKAGE}.base import made"] if newest else []),
        *_imports(protocol, schema, homes),
        "",
        exports(
            [*schema.definitions, *(f"{verb}_{snake_case(it)}" for it in homes for verb in ("read", "write"))]
        ),
    ]
    return "\n".join(head) + "\n\n" + body + "\n"


def _imports(protocol: Protocol, schema: Schema, homes: dict[str, Schema]) -> Iterator[str]:
    for version in protocol.versions:
        here = [name for name, found in homes.items() if found is version]
        if not here:
            continue
        if version is protocol.newest:
            yield f"from {_PACKAGE}.messages import {', '.join(here)}"
        if version is schema:
            continue
        functions = [f"{verb}_{snake_case(name)}" for name in here for verb in ("read", "write")]
        types = here if version is not protocol.newest else []
        yield f"from {_PACKAGE}.v{version.version} import {', '.join([*types, *functions])}"


def _dataclass(struct: Struct) -> str:
    fields = (f"{_INDENT}{field_name(each.name)}: {_annotation(each.type)}" for each in struct.fields)
    doc = docstring(struct).replace("\n", f"\n{_INDENT}").replace(f"\n{_INDENT}\n", "\n\n")
    closing = f'\n{_INDENT}"""' if "\n" in doc else '"""'
    return "\n".join(
        [
            "@dataclass(frozen=True, slots=True)",
            f"class {struct.name}:",
            f'{_INDENT}"""{doc}{closing}',
            "",
            *fields,
        ]
    )


def _annotation(kind: Type) -> str:
    match kind:
        case Payload():
            return "Any"
        case Scalar("bool" | "str" as name):
            return name
        case Scalar("data"):
            return "bytes"
        case Scalar("f32" | "f64"):
            return "float"
        case Scalar():
            return "int"
        case Optional(item):
            return f"{_annotation(item)} | None"
        case ListOf(item):
            return f"list[{_annotation(item)}]"
        case MapOf(key, value):
            return f"dict[{_annotation(key)}, {_annotation(value)}]"
        case Named(name):
            return name


# -- readers


def _reader(definition: Definition, *, newest: bool) -> Iterator[str]:
    name = definition.name
    yield f"def read_{snake_case(name)}(buf: bytes, pos: int) -> tuple[{name}, int]:"
    yield f'{_INDENT}"""Read {with_article(name)}."""'
    if isinstance(definition, Struct):
        locals_ = {field_name(each.name): local_name(field_name(each.name)) for each in definition.fields}
        lines = [
            line
            for each, local in zip(definition.fields, locals_.values(), strict=True)
            for line in _read(each.type, local, declare=True)
        ]
        if any("limit" in line for line in lines):
            lines.insert(0, "limit = len(buf)")
        values = ", ".join(f"{field}={local}" for field, local in locals_.items())
        lines.append(f"return {making(definition) if newest else f'{name}({values})'}, pos")
        yield from (_INDENT + line for line in lines)
        return
    yield f"{_INDENT}tag, after = {_one_byte('uint', 'len(buf)')}"
    for member in definition.members:
        yield f"{_INDENT}if tag == {member.tag}:"
        value = repr(member.name) + ", after"
        if isinstance(definition, Union):
            value = f"read_{snake_case(member.name)}(buf, after)"
        yield f"{_INDENT * 2}return {value}"
    yield f'{_INDENT}raise DecodeError(pos, "{with_article(name)} ({_tags(definition)})")'


def _read(kind: Type, target: str, *, declare: bool) -> Iterator[str]:
    """Emit the lines that read a value into a variable.

    Args:
        kind: The type to read.
        target: Name of the variable.
        declare: Whether the variable is new, so that a type checker needs to be told its type.
    """
    declared = f"{target}: {_annotation(kind)}" if declare else target
    match kind:
        case Scalar("bool" | "uint" as name):
            yield f"{target}, pos = {_one_byte(name, 'limit')}"
        case Scalar("data" | "str" as name):
            yield from _read_bytes(name, target)
        case Payload():
            yield from _read_bytes("data", target)
        case Scalar(name):
            yield f"{target}, pos = read_{name}(buf, pos)"
        case Named(name):
            yield f"{target}, pos = read_{snake_case(name)}(buf, pos)"
        case Optional(item):
            yield f"present, pos = {_one_byte('bool', 'limit')}"
            yield f"{declared} = None"
            yield "if present:"
            for line in _read(item, target, declare=False):
                yield _INDENT + line
        case ListOf(item):
            yield "count, pos = read_count(buf, pos)"
            yield f"{declared} = []"
            yield "for _ in range(count):"
            for line in _read(item, f"{target}_item", declare=True):
                yield _INDENT + line
            yield f"{_INDENT}{target}.append({target}_item)"
        case MapOf(key, value):
            yield "count, pos = read_count(buf, pos)"
            yield f"{declared} = {{}}"
            yield "for _ in range(count):"
            for line in (
                *_read(key, f"{target}_key", declare=True),
                f"if {target}_key in {target}:",
                f'{_INDENT}raise DecodeError(pos, "each key once")',
                *_read(value, f"{target}_value", declare=True),
                f"{target}[{target}_key] = {target}_value",
            ):
                yield _INDENT + line


def _one_byte(name: str, limit: str) -> str:
    """Return the expression for a scalar that mostly has one byte, and the position after it."""
    value, below = _ONE_BYTE[name]
    return f"({value}, pos + 1) if pos < {limit} and buf[pos] < {below} else read_{name}(buf, pos)"


def _read_bytes(name: str, target: str) -> Iterator[str]:
    value = "as_text(buf[pos + 1 : end], pos + 1)" if name == "str" else "buf[pos + 1 : end]"
    yield "if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:"
    yield f"{_INDENT}{target}, pos = {value}, end"
    yield "else:"
    yield f"{_INDENT}{target}, pos = read_{name}(buf, pos)"


# -- writers


def _writer(definition: Definition) -> Iterator[str]:
    name = definition.name
    yield f"def write_{snake_case(name)}(out: bytearray, message: {name}) -> None:"
    yield f'{_INDENT}"""Append {with_article(name)}."""'
    if isinstance(definition, Struct):
        for each in definition.fields:
            python = field_name(each.name)
            for line in _write(each.type, f"message.{python}", python):
                yield _INDENT + line
        return
    word = "if"
    for member in definition.members:
        if isinstance(definition, Union):
            yield f"{_INDENT}{word} isinstance(message, {member.name}):"
        else:
            yield f"{_INDENT}{word} message == {member.name!r}:"
        append = f"out.append({member.tag})" if member.tag < 128 else f"write_uint(out, {member.tag})"
        yield _INDENT * 2 + append
        if isinstance(definition, Union):
            yield f"{_INDENT * 2}write_{snake_case(member.name)}(out, message)"
        word = "elif"
    yield f"{_INDENT}else:"
    if isinstance(definition, Enum):
        yield f'{_INDENT * 2}raise ValueError(f"{name} cannot be {{message!r}}")'
        return
    yield f'{_INDENT * 2}raise TypeError(f"{name} cannot be a {{type(message).__name__}}")'


def _write(kind: Type, value: str, name: str) -> Iterator[str]:
    """Emit the lines that write a value.

    Args:
        kind: Its type.
        value: The expression that has it.
        name: What to name variables after.
    """
    match kind:
        case Scalar("bool"):
            yield f"out.append(1 if {value} else 0)"
        case Scalar("uint"):
            yield f"number = {value}"
            yield _write_uint("number", "0 <= number < 128")
        case Scalar("str"):
            yield f"text = {value}.encode()"
            yield _write_uint("len(text)", "len(text) < 128")
            yield "out += text"
        case Scalar("data") | Payload():
            yield f"data = {value}"
            yield "if type(data) is bytes and len(data) < 128:"
            yield f"{_INDENT}out.append(len(data))"
            yield f"{_INDENT}out += data"
            yield "else:"
            yield f"{_INDENT}write_data(out, data)"
        case Scalar(scalar):
            yield f"write_{scalar}(out, {value})"
        case Named(named):
            yield f"write_{snake_case(named)}(out, {value})"
        case Optional(item):
            yield f"if {value} is None:"
            yield f"{_INDENT}out.append(0)"
            yield "else:"
            for line in ("out.append(1)", *_write(item, value, name)):
                yield _INDENT + line
        case ListOf(item):
            yield f"write_uint(out, len({value}))"
            yield f"for {name}_item in {value}:"
            for line in _write(item, f"{name}_item", f"{name}_item"):
                yield _INDENT + line
        case MapOf(key, item):
            yield f"write_uint(out, len({value}))"
            yield f"for {name}_key, {name}_value in {value}.items():"
            for line in (*_write(key, f"{name}_key", name), *_write(item, f"{name}_value", f"{name}_value")):
                yield _INDENT + line


def _write_uint(value: str, is_short: str) -> str:
    return f"out.append({value}) if {is_short} else write_uint(out, {value})"


def _tags(definition: Union | Enum) -> str:
    tags = sorted(member.tag for member in definition.members)
    if tags == list(range(len(tags))) and len(tags) > 1:
        return f"tag 0 to {tags[-1]}"
    return f"tag {', '.join(map(str, tags))}"
