"""How values are checked on their way to the actor and back, and what an error says about a wrong one."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError

from rivet_client._narrowing import is_array, is_dict
from rivet_client._wire.values_codec import SENDING
from rivet_client.errors import ConfigError, ProtocolError
from rivet_client.typed.annotations import RECEIVED
from rivet_client.values import ActorValue

__all__ = ["CheckedValues", "ValueType"]

ValueType: TypeAlias = Any
"""A type as annotations have it: a class, `list[int]`, a union, `Annotated[...]`. Python has no annotation for that."""

_CHECKED = ConfigDict(strict=True)
_UNCHECKED = ConfigDict(extra="allow")
_shown = reprlib.Repr()
_shown.maxstring = _shown.maxother = 60


class CheckedValues:
    """Checks values that stand in a row, such as the arguments of an action. Each has a name and a type.

    Args:
        types: The types, by name.
        where: What errors call the row.
        validate: Whether to check. In any case a value that is sent becomes the JavaScript kind that its type declares.
        is_secret: Whether errors must not show values.
    """

    def __init__(
        self, types: Mapping[str, ValueType], where: str, *, validate: bool, is_secret: bool = False
    ) -> None:
        self._types = types
        self._where = where
        self._validate = validate
        self._is_secret = is_secret

    @cached_property
    def _adapter(self) -> TypeAdapter[tuple[Any, ...]]:
        kinds: Any = tuple.__class_getitem__(tuple(self._types.values()))
        return TypeAdapter(kinds, config=_CHECKED if self._validate else _UNCHECKED)

    def encode(self, values: tuple[ActorValue, ...]) -> tuple[ActorValue, ...]:
        """Return what is sent for the caller's values.

        Raises:
            ConfigError: A value is wrong.
        """
        adapter = self._adapter
        try:
            if self._validate:
                values = adapter.validator.validate_python(values, extra="forbid")
            plain: tuple[ActorValue, ...] = adapter.serializer.to_python(
                values, by_alias=True, exclude_unset=True, warnings=False, context=SENDING
            )
        except ValidationError as error:
            raise ConfigError(f"{self._problem(error, values)}; nothing was sent") from None
        except ValueError as error:  # a cycle, above all
            raise ConfigError(f"{self._where}: cannot be sent: {error}") from None
        return plain

    def decode(self, values: tuple[ActorValue, ...]) -> tuple[ActorValue, ...]:
        """Return what the caller gets for values that arrived.

        Raises:
            ProtocolError: A value is not of its type.
        """
        if not self._validate:
            return values
        try:
            checked: tuple[ActorValue, ...] = self._adapter.validator.validate_python(
                values, context=RECEIVED
            )
        except ValidationError as error:
            advice = "the actor is not what these bindings were generated from: generate them anew"
            raise ProtocolError(f"{self._problem(error, values)}; {advice}") from None
        return checked

    def _problem(self, error: ValidationError, values: tuple[ActorValue, ...]) -> str:
        """Say which value is wrong, and how."""
        # "is_instance_of" says only that the value could be UNDEFINED. That helps if nothing else is known.
        details = error.errors(include_url=False, include_context=False)
        details = [each for each in details if each["type"] != "is_instance_of"] or details
        # pydantic lists the complaints of each member of a union. The member with the longest path fits best.
        paths = [self._path(each["loc"], values, is_missing=each["type"] == "missing") for each in details]
        path = max(paths, key=len)
        chosen = [each for each, where in zip(details, paths, strict=True) if where == path]
        first, *others = dict.fromkeys(each["msg"] for each in chosen)
        said = " or ".join([first, *(text.removeprefix("Input should be ") for text in others)])
        is_shown = not self._is_secret and chosen[0]["type"] != "missing"
        got = f", not {_shown.repr(chosen[0]['input'])}" if is_shown else ""
        return f"{self._where}: {''.join(path)}: {said}{got}"

    def _path(self, loc: tuple[int | str, ...], values: Any, *, is_missing: bool) -> tuple[str, ...]:
        """Find the path to a value. `loc` also has steps for the members of unions, which the path leaves out."""
        names = list(self._types)
        path: list[str] = []
        for step in loc:
            if is_array(values) and isinstance(step, int) and step < len(values):
                values = values[step]
                path.append(f"[{step}]" if path else names[step])
            elif is_dict(values) and step in values:
                values = values[step]
                path.append(f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]")
        if is_missing:
            path.append(f".{loc[-1]}" if isinstance(loc[-1], str) else f"[{loc[-1]}]")
        return tuple(path)
