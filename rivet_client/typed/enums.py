"""The base classes of enums: texts or numbers that have names in the registry."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import Any, Self

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, PydanticSerializationUnexpectedValue, core_schema

from rivet_client._wire.values_codec import SENDING
from rivet_client.typed.annotations import RECEIVED

__all__ = ["OpenIntEnum", "OpenStrEnum"]


class _Open(Enum):
    """What both kinds of enums have."""

    @property
    def is_known(self) -> bool:
        """Whether the registry that the package was made from has this member."""
        return self.name in type(self).__members__

    @classmethod
    def _received(cls, value: Any) -> Self:
        """Return the member for a value; for a value that only a newer actor knows, a member of its own."""
        try:
            return cls(value)
        except ValueError:
            kind: Any = str if isinstance(value, str) else int
            member: Self = kind.__new__(cls, value)
            member._name_, member._value_ = str(value), value
            return member

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Pickle the value: a member that is not known cannot be found by its name."""
        return type(self)._received, (self.value,)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        """Describe the enum to pydantic: its values are taken as well as its members, and new ones when they arrive."""
        values: list[Any] = [member.value for member in cls]
        is_number = isinstance(values[0], int)
        known: CoreSchema = core_schema.literal_schema(values)
        if is_number:  # to Python, 1 and True are equal
            known = core_schema.chain_schema([core_schema.int_schema(strict=True), known])

        def member(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            if isinstance(value, cls):
                return value
            is_new = info.context is RECEIVED and type(value) is (int if is_number else str)
            return cls._received(value if is_new else check(value))

        def plain(value: Any, info: Any) -> Any:
            if not isinstance(value, cls):
                raise PydanticSerializationUnexpectedValue(f"{value!r} is no {cls.__name__}")
            return value.value if info.mode == "json" or info.context is SENDING else value

        return core_schema.with_info_wrap_validator_function(
            member,
            known,
            serialization=core_schema.plain_serializer_function_ser_schema(plain, info_arg=True),
        )


class OpenIntEnum(_Open, IntEnum):
    """Numbers with names. A number that a newer actor has added arrives as a member too, with `is_known` False."""


class OpenStrEnum(_Open, StrEnum):
    """Texts with names. A text that a newer actor has added arrives as a member too, with `is_known` False."""
