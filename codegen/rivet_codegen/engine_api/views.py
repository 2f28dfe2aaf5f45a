"""What the templates of the control API read: frozen, with every decision already made."""

from __future__ import annotations

from dataclasses import dataclass

from rivet_codegen.output.docstrings import docstring

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
        description: What it means.
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
        parameters: The parameters in path and query, in the order of the file.
        request: Name of the model of its body; "" if it has none.
        response: Name of the model of its answer.
        items_field: Field of the answer that holds the entries of a page; "" if the answer is not a page.
        item_model: Model of an entry.
        is_map: Whether the entries have names.
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
        """The parameters in the query that are the same for every page: all but the cursor."""
        return tuple(it for it in self.query if it.name != "cursor")

    @property
    def has_body(self) -> bool:
        """Whether the caller gives the body."""
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
        """Summary, description and parameters, as the docstring of the method."""
        body = (("body", "What is sent."),) if self.has_body else ()
        return self._docstring(
            f"{self.summary} {self.description}",
            (*_told(self.path_parameters), *body, *_told(self.query)),
            "Seconds for the call; None for the client's timeout.",
        )

    @property
    def docstring_of_all(self) -> str:
        """The same for the method that goes from page to page."""
        text = f"Iterate over the answers of `{self.id}`, page after page."
        return self._docstring(
            text, _told(self.filters), "Seconds for each page; None for the client's timeout."
        )

    def _docstring(self, text: str, parameters: tuple[tuple[str, str], ...], timeout: str) -> str:
        return docstring(text, sections={"Args": (*parameters, ("timeout", timeout))}, width=102)


def _told(parameters: tuple[ParameterView, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((it.name, it.description) for it in parameters)
