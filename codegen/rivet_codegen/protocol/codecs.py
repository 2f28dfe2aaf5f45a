"""The codecs: IR → readers and writers of bytes, a module for each version (v1.py, v2.py, …).

The generated code is straight-line code for the form that nearly all values have. Flags, varints, texts and bytes are
read and written in place if the varint or the length has one byte and the whole value is there. Any other form and any
mistake is left to the scalar's function in `rivet_client._wire.bare`, which knows them all.

The module of a version holds only what differs from the version after it. It imports the rest from the module that has
it. Its types are the models of `messages` where these are the same, and dataclasses of its own where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rivet_codegen.names import field_name, snake_case
from rivet_codegen.output.templating import render
from rivet_codegen.protocol.declarations import alias, making, struct_docstring
from rivet_codegen.protocol.ir import (
    SCALARS,
    Definition,
    ListOf,
    MapOf,
    Named,
    Optional,
    Payload,
    Protocol,
    Scalar,
    Struct,
    Type,
    Version,
)
from rivet_codegen.protocol.naming import local_name
from rivet_codegen.protocol.versions import codec_owner
from rivet_codegen.protocol.views import ChoiceView, StructView, choice

__all__ = ["render_codec"]

_INDENT = "    "
_SCALAR_FUNCTIONS = (
    "as_text",
    "read_count",
    *(f"{verb}_{name}" for verb in ("read", "write") for name in SCALARS),
)
# Scalars that mostly have one byte: what their value is if the byte is small enough.
_ONE_BYTE = {"bool": ("buf[pos] == 1", 2), "uint": ("buf[pos]", 128)}


@dataclass(frozen=True, slots=True)
class ImportView:
    """What the module of a version takes from another module of the package."""

    module: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataclassView(StructView):
    """A struct that is not the same in the newest version.

    Attributes:
        docstring: What is said about it.
        fields: The names of its fields, each with its annotation.
    """

    docstring: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StructCodec(StructView):
    """How a struct is read and written.

    Attributes:
        reading: The lines that read each field into a variable.
        made: The expression that makes the message of these variables.
        writing: The lines that write each field.
    """

    reading: tuple[str, ...]
    made: str
    writing: tuple[str, ...]


def render_codec(protocol: Protocol, version: Version) -> str:
    """Return the source of the module for one version.

    Raises:
        SchemaError: The first sentence of a type's documentation does not fit a line.
    """
    is_newest = version is protocol.newest
    owners = {name: codec_owner(protocol, version, name) for name in version.definitions}
    own = [it for name, it in version.definitions.items() if owners[name] is version]
    declared = [] if is_newest else own
    types = render(
        "protocol/types.py.jinja",
        dataclasses=[_dataclass(it) for it in declared if isinstance(it, Struct)],
        aliases=[alias(it) for it in declared if not isinstance(it, Struct)],
        codecs=[_codec(it, is_model=is_newest) for it in own],
    )
    functions = (f"{verb}_{snake_case(name)}" for name in owners for verb in ("read", "write"))
    return render(
        "protocol/codec.py.jinja",
        version=version.number,
        scalars=sorted(name for name in _SCALAR_FUNCTIONS if f"{name}(" in types),
        imports=list(_imports(protocol, version, owners)),
        exports=sorted([*version.definitions, *functions]),
        types=types,
    )


def _imports(protocol: Protocol, version: Version, owners: dict[str, Version]) -> Iterator[ImportView]:
    """Yield where the module takes its types from, and the codecs that it does not have itself."""
    for each in protocol.versions:
        here = [name for name, owner in owners.items() if owner is each]
        if not here:
            continue
        if each is protocol.newest:
            yield ImportView("messages", tuple(here))
        if each is version:
            continue
        functions = [f"{verb}_{snake_case(name)}" for name in here for verb in ("read", "write")]
        types = here if each is not protocol.newest else []
        yield ImportView(f"v{each.number}", (*types, *functions))


def _dataclass(struct: Struct) -> DataclassView:
    fields = ((field_name(each.name), _annotation(each.type)) for each in struct.fields)
    return DataclassView(struct.name, struct_docstring(struct), tuple(fields))


def _codec(definition: Definition, *, is_model: bool) -> StructCodec | ChoiceView:
    """Return the codec of a type.

    Args:
        definition: The type.
        is_model: Whether structs are models of `messages`, and not dataclasses.
    """
    if not isinstance(definition, Struct):
        return choice(definition)
    locals_ = {field_name(each.name): local_name(field_name(each.name)) for each in definition.fields}
    values = ", ".join(f"{field}={local}" for field, local in locals_.items())
    return StructCodec(
        definition.name,
        tuple(_read_fields(definition, locals_)),
        making(definition) if is_model else f"{definition.name}({values})",
        tuple(_write_fields(definition)),
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


def _read_fields(struct: Struct, locals_: dict[str, str]) -> Iterator[str]:
    """Emit the lines that read each field into its variable."""
    lines = [
        line
        for each in struct.fields
        for line in _read(each.type, locals_[field_name(each.name)], declare=True)
    ]
    if any("limit" in line for line in lines):
        yield "limit = len(buf)"
    yield from lines


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
            yield f"{target}, pos = {_one_byte(name)}"
        case Scalar("data" | "str" as name):
            yield from _read_bytes(name, target)
        case Payload():
            yield from _read_bytes("data", target)
        case Scalar(name):
            yield f"{target}, pos = read_{name}(buf, pos)"
        case Named(name):
            yield f"{target}, pos = read_{snake_case(name)}(buf, pos)"
        case Optional(item):
            yield f"present, pos = {_one_byte('bool')}"
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


def _one_byte(name: str) -> str:
    """Return the expression for the value of a scalar that mostly has one byte, and the position after it."""
    value, below = _ONE_BYTE[name]
    return f"({value}, pos + 1) if pos < limit and buf[pos] < {below} else read_{name}(buf, pos)"


def _read_bytes(name: str, target: str) -> Iterator[str]:
    """Emit the lines that read a text or bytes into a variable."""
    value = "as_text(buf[pos + 1 : end], pos + 1)" if name == "str" else "buf[pos + 1 : end]"
    yield "if pos < limit and (size := buf[pos]) < 128 and (end := pos + 1 + size) <= limit:"
    yield f"{_INDENT}{target}, pos = {value}, end"
    yield "else:"
    yield f"{_INDENT}{target}, pos = read_{name}(buf, pos)"


# -- writers


def _write_fields(struct: Struct) -> Iterator[str]:
    """Emit the lines that write each field."""
    for each in struct.fields:
        name = field_name(each.name)
        yield from _write(each.type, f"message.{name}", name)


def _write(kind: Type, value: str, name: str) -> Iterator[str]:
    """Emit the lines that write a value.

    Args:
        kind: Its type.
        value: The expression for the value.
        name: What the names of variables begin with.
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
    """Return the statement that writes a varint.

    Args:
        value: The expression for its value.
        is_short: The expression for whether it has one byte.
    """
    return f"out.append({value}) if {is_short} else write_uint(out, {value})"
