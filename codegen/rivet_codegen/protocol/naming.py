"""Names in the generated protocol: which a schema may not use, and which become others."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

from rivet_codegen.names import field_name
from rivet_codegen.protocol.ir import Field
from rivet_codegen.schema_error import Position, SchemaError

__all__ = ["check_field_names", "check_type_name", "local_name", "with_article"]

# Names that the generated modules import or define beside the types.
_TAKEN_TYPES = frozenset(
    {
        "Annotated",
        "Any",
        "BaseModel",
        "ConfigDict",
        "DecodeError",
        "Field",
        "Literal",
        "TypeAlias",
        "WireModel",
    }
)
# Names that the generated readers of bytes and of message documents use themselves.
_TAKEN_LOCALS = frozenset(
    {"as_text", "buf", "count", "end", "limit", "made", "pos", "present", "size"}
    | {"doc", "document_fields", "fields", "path"}
)


def check_type_name(name: str, position: Position) -> None:
    """Check that a type can be a Python class of the same name.

    Raises:
        SchemaError: It cannot.
    """
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name):
        raise SchemaError(position, f"type name {name} must be letters and digits and begin with a capital")
    if name in _TAKEN_TYPES or hasattr(builtins, name):
        raise SchemaError(position, f"type name {name} has another meaning in Python; choose another")


def check_field_names(fields: Sequence[Field]) -> None:
    """Check that the fields of a struct have different names, on the wire and in Python.

    Raises:
        SchemaError: Two fields have the same name. The position is that of the second.
    """
    seen: dict[str, str] = {}
    for each in fields:
        name = field_name(each.name)
        if name in seen:
            message = f"field {each.name} is there twice"
            if seen[name] != each.name:
                message = f"fields {seen[name]} and {each.name} both become {name} in Python; rename one"
            raise SchemaError(each.position, message)
        seen[name] = each.name


def local_name(name: str) -> str:
    """Return the local variable for a field in a generated reader."""
    return f"{name}_" if name in _TAKEN_LOCALS or name.startswith(("read_", "write_")) else name


def with_article(name: str) -> str:
    """Return a type's name as text says it: "an Init", "a ToServer"."""
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"
