"""How structs, unions and enums are declared in Python, whichever module declares them."""

from __future__ import annotations

from dataclasses import dataclass

from rivet_codegen.names import field_name
from rivet_codegen.output import docstrings
from rivet_codegen.protocol.ir import Enum, Struct, Union
from rivet_codegen.protocol.naming import local_name
from rivet_codegen.schema_error import SchemaError

__all__ = ["AliasView", "alias", "making", "struct_docstring"]


@dataclass(frozen=True, slots=True)
class AliasView:
    """A union or an enum, which is a type alias.

    Attributes:
        name: Its name.
        value: What it stands for, as an annotation.
        docstring: What is said about it; "" if nothing is.
    """

    name: str
    value: str
    docstring: str


def alias(definition: Union | Enum) -> AliasView:
    """Return the type alias for a union or an enum.

    Raises:
        SchemaError: The first sentence of its documentation does not fit a line.
    """
    if isinstance(definition, Enum):
        value = f"Literal[{', '.join(repr(member.name) for member in definition.members)}]"
    else:
        value = " | ".join(member.name for member in definition.members)
    return AliasView(definition.name, value, _docstring(definition))


def struct_docstring(struct: Struct) -> str:
    """Return the docstring of a struct, with those of its fields.

    Raises:
        SchemaError: The first sentence of its documentation does not fit a line.
    """
    return _docstring(struct, f"The message {struct.name}.")


def _docstring(definition: Struct | Union | Enum, otherwise: str = "") -> str:
    fields = definition.fields if isinstance(definition, Struct) else ()
    documented = [(field_name(each.name), each.doc) for each in fields if each.doc]
    try:
        return docstrings.docstring(
            definition.doc or otherwise, sections={"Attributes": documented} if documented else {}
        )
    except ValueError as error:
        raise SchemaError(definition.position, str(error)) from None


def making(struct: Struct) -> str:
    """Return the expression that makes a message of the local variables for its fields."""
    names = [field_name(each.name) for each in struct.fields]
    return f"made({struct.name}, {{{', '.join(f'{name!r}: {local_name(name)}' for name in names)}}})"
