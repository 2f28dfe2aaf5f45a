"""What the templates of the control API read: frozen, with every decision already made."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

__all__ = ["OperationView", "ParameterView"]


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter of an operation of the control API.

    Attributes:
        name: What it is called in Python.
        wire: What it is called in the URL.
        location: "path" or "query".
        kind: "string", "integer", "boolean" or "array".
        annotation: Its type in Python.
        required: Whether it must be given.
        description: What it means; "" where the name says it.
    """

    name: str
    wire: str
    location: str
    kind: str
    annotation: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation of the control API.

    Attributes:
        id: Its name, in snake_case.
        method: HTTP method, in capitals.
        path: Path with `{name}` where a parameter goes.
        summary: What it does, in a sentence.
        description: More about it; "" if there is nothing.
        parameters: Those of path and query, in the order of the file.
        request: Name of the model of its body; "" if it has none.
        response: Name of the model of its answer.
        items_field: Field of the answer that holds one page of a list; "" if it is none.
        item_model: Model of its entries.
        is_map: Whether they are named, rather than in a row.
    """

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[ParameterView, ...]
    request: str
    response: str
    items_field: str = ""
    item_model: str = ""
    is_map: bool = False

    @property
    def constant(self) -> str:
        """Name of the constant that holds the operation."""
        return self.id.upper()

    @property
    def path_parameters(self) -> tuple[ParameterView, ...]:
        """The parameters that stand in the path."""
        return tuple(it for it in self.parameters if it.location == "path")

    @property
    def query(self) -> tuple[ParameterView, ...]:
        """The parameters that stand in the query."""
        return tuple(it for it in self.parameters if it.location == "query")

    @property
    def filters(self) -> tuple[ParameterView, ...]:
        """Those of them that hold for every page."""
        return tuple(it for it in self.query if it.name != "cursor")

    @property
    def has_body(self) -> bool:
        """Whether the caller says anything in the body."""
        return self.request not in ("", "Empty")

    @property
    def body_expression(self) -> str:
        """What is sent as the body, as Python."""
        return "body" if self.has_body else "models.Empty()" if self.request else "None"

    @property
    def items(self) -> str:
        """What to iterate over in a page, as Python; "" if the answer is no page."""
        return f"{self.items_field}.items()" if self.is_map else self.items_field

    @property
    def item_type(self) -> str:
        """Type of an entry, as Python."""
        return f"tuple[str, models.{self.item_model}]" if self.is_map else f"models.{self.item_model}"

    @property
    def docstring(self) -> str:
        """Summary and description of the method."""
        if not self.description:
            return self.summary
        indent = " " * 8
        more = fill(self.description, width=110, initial_indent=indent, subsequent_indent=indent)
        return f"{self.summary}\n\n{more}\n{indent}"
