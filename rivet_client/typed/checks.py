"""How values are checked on their way to the actor and back, and what an error says about a wrong one."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError

from rivet_client._narrowing import is_array, is_dict
from rivet_client._wire.values_codec import SENDING
from rivet_client.errors import ConfigError, ProtocolError
from rivet_client.typed.annotations import RECEIVED, Fixed
from rivet_client.typed.containers import check_plain, plain
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
        row: Any = Fixed  # of types that only the program knows
        kinds = row[tuple.__class_getitem__(tuple(self._types.values()))]
        return TypeAdapter(kinds, config=_CHECKED if self._validate else _UNCHECKED)

    def encode(self, values: tuple[ActorValue, ...]) -> tuple[ActorValue, ...]:
        """Return what is sent for the caller's values.

        Raises:
            ConfigError: A value is wrong.
        """
        if self._validate:
            values = self._checked(values)
        try:
            try:
                return self._marked(values, warnings=False if self._validate else "error")
            except PydanticSerializationError:  # something is not of its type, but may be like it
                return self._marked(tuple(plain(values)), warnings=False)
        except ValueError as error:  # a cycle, above all
            raise ConfigError(f"{self._where}: cannot be sent: {error}") from None

    def _checked(self, values: tuple[ActorValue, ...]) -> tuple[ActorValue, ...]:
        validate = self._adapter.validator.validate_python
        checked: tuple[ActorValue, ...]
        try:
            checked = validate(values, extra="forbid")
        except ValidationError:
            try:
                checked = check_plain(validate, values, extra="forbid")
            except ValidationError as error:
                raise ConfigError(f"{self._problem(error, plain(values))}; nothing was sent") from None
        return checked

    def _marked(
        self, values: tuple[ActorValue, ...], *, warnings: Literal[False, "error"]
    ) -> tuple[ActorValue, ...]:
        """Return values as the JavaScript kinds that their types declare."""
        marked: tuple[ActorValue, ...] = self._adapter.serializer.to_python(
            values, by_alias=True, exclude_unset=True, warnings=warnings, context=SENDING
        )
        return marked

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
        complaints = _of_fitting_members([_Complaint(each, self._steps(each, values)) for each in details])
        # pydantic lists the complaints of each member of a union. The member with the longest path fits best.
        path = max((each.path for each in complaints), key=len)
        chosen = [each.details for each in complaints if each.path == path]
        first, *others = dict.fromkeys(each["msg"] for each in chosen)
        said = " or ".join([first, *(text.removeprefix("Input should be ") for text in others)])
        is_shown = not self._is_secret and chosen[0]["type"] != "missing"
        got = f", not {_shown.repr(chosen[0]['input'])}" if is_shown else ""
        return f"{self._where}: {''.join(path)}: {said}{got}"

    def _steps(self, details: ErrorDetails, values: Any) -> list[str]:
        """Say each step to a wrong value; "" for a step that only names a member of a union."""
        names = list(self._types)
        steps: list[str] = []
        for step in details["loc"]:
            if is_array(values) and isinstance(step, int) and step < len(values):
                values = values[step]
                steps.append(f"[{step}]" if steps else names[step])
            elif is_dict(values) and step in values:
                values = values[step]
                steps.append(f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{step!r}]")
            else:
                steps.append("")
        if details["type"] == "missing":
            last = details["loc"][-1]
            steps[-1] = f".{last}" if isinstance(last, str) else f"[{last}]"
        return steps


@dataclass(frozen=True)
class _Complaint:
    """What pydantic says about one value, and the steps to that value."""

    details: ErrorDetails
    steps: list[str]

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(filter(None, self.steps))

    @property
    def members(self) -> Iterator[tuple[int | str, ...]]:
        """The members of unions that complain, from the outside to the inside."""
        loc = self.details["loc"]
        return (loc[: at + 1] for at, step in enumerate(self.steps) if not step)

    @property
    def is_about_a_tag(self) -> bool:
        """Whether a property of an object has another value than the only ones possible there."""
        return self.details["type"] in ("literal_error", "none_required") and self.steps[-1] != ""


def _of_fitting_members(complaints: list[_Complaint]) -> list[_Complaint]:
    """Leave out the members of unions whose tag does not match, where the tag of another member does."""
    members: dict[tuple[int | str, ...], list[_Complaint]] = {}
    for each in complaints:
        for member in each.members:
            members.setdefault(member, []).append(each)
    tagged = {each.details["loc"][:-1] for each in complaints if each.is_about_a_tag}
    is_fitting = {
        member: member not in tagged and all(len(each.details["loc"]) > len(member) for each in own)
        for member, own in members.items()
    }
    unions = {member[:-1] for member, fits in is_fitting.items() if fits}
    wrong = {member for member in tagged & members.keys() if member[:-1] in unions}
    return [each for each in complaints if wrong.isdisjoint(each.members)]
