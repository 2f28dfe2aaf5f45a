"""What templates read: frozen, with every decision already made."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill

__all__ = ["FLAVOURS", "ErrorView", "Flavour", "FrameBranch", "FrameView", "OperationView", "ParameterView"]


@dataclass(frozen=True, slots=True)
class FrameBranch:
    """How a message is read if the frame's version is one of several.

    Attributes:
        condition: Python expression over `version`.
        module: The module that has the reader.
        upgraded: Python expression that turns what it read into a message of the newest version; "" if it is one.
    """

    condition: str
    module: str
    upgraded: str


@dataclass(frozen=True, slots=True)
class FrameView:
    """A message that stands alone, with its version before it.

    Attributes:
        type: Name of its class or alias.
        snake: The same in snake_case.
        with_article: The name as text says it.
        versions: The versions that have it, in words.
        branches: How to read it, newest version first.
    """

    type: str
    snake: str
    with_article: str
    versions: str
    branches: tuple[FrameBranch, ...]


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One entry of the error catalogue.

    Attributes:
        group: Family of the code, as a Python literal.
        code: As a Python literal; "*" for every other code of the group.
        raised_by: Name of the member of `RaisedBy`.
        retry: Name of the member of `Retry`.
        meaning: A sentence, as a Python literal.
    """

    group: str
    code: str
    raised_by: str
    retry: str
    meaning: str


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


@dataclass(frozen=True, slots=True)
class Flavour:
    """What differs between the blocking and the asyncio facade.

    Attributes:
        name: Name of the facade's module.
        runtime: The module of `rivet_client` that performs the I/O.
        prefix: What the class names begin with.
        def_: The keyword(s) that define a method which does I/O.
        await_: What stands before a call that does I/O.
        with_: How a context manager is entered.
        enter, exit: The methods of a context manager.
        wrong_enter, wrong_exit: Those of the other flavour.
        any_result: What a call returns of which nothing is known.
        httpx_client: The class of httpx client that a caller may bring.
        callback_note: How callbacks are run.
        get_params_note: What `get_params` may be.
        iterator, contextmanager: What makes a context manager of a generator.
        close_response, response_iteration: Methods of httpx responses.
        websocket: The class of raw WebSockets, or of what opens one; `websocket_note` says how.
    """

    name: str
    runtime: str
    prefix: str
    def_: str
    await_: str
    any_result: str
    with_: str
    enter: str
    exit: str
    wrong_enter: str
    wrong_exit: str
    httpx_client: str
    callback_note: str
    get_params_note: str
    iterator: str
    contextmanager: str
    close_response: str
    response_iteration: str
    websocket: str
    websocket_note: str


FLAVOURS = (
    Flavour(
        name="blocking",
        runtime="_blocking",
        prefix="",
        def_="def",
        await_="",
        any_result="Any",
        with_="with",
        enter="__enter__",
        exit="__exit__",
        wrong_enter="__aenter__",
        wrong_exit="__aexit__",
        httpx_client="Client",
        callback_note="It runs on the connection's thread.",
        get_params_note="",
        iterator="Iterator",
        contextmanager="contextmanager",
        close_response="close",
        response_iteration="`iter_bytes()` or `iter_lines()`",
        websocket="RawWebSocket",
        websocket_note="",
    ),
    Flavour(
        name="asyncio",
        runtime="_asyncio",
        prefix="Async",
        def_="async def",
        await_="await ",
        any_result="Coroutine[Any, Any, Any]",
        with_="async with",
        enter="__aenter__",
        exit="__aexit__",
        wrong_enter="__enter__",
        wrong_exit="__exit__",
        httpx_client="AsyncClient",
        callback_note="It may be `async def`.",
        get_params_note="; may be `async def`",
        iterator="AsyncIterator",
        contextmanager="asynccontextmanager",
        close_response="aclose",
        response_iteration="`aiter_bytes()` or `aiter_lines()`",
        websocket="OpeningWebSocket",
        websocket_note=": `await` it, or enter it with `async with`",
    ),
)
