# Generated, do not edit. Source: codegen/rivet_codegen; command: python -m rivet_codegen

"""What every message is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

from rivet_client.errors import VersionError

__all__ = ["WireModel", "given", "made"]

M = TypeVar("M", bound="WireModel")
T = TypeVar("T")

_new = object.__new__
_set_fields = vars(BaseModel)["__dict__"].__set__  # past pydantic's own __setattr__, which refuses


class WireModel(BaseModel):
    """A message: immutable, compared by its fields. Its validator is built when the first one is validated."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    if not TYPE_CHECKING:  # to a type checker it would say that a message has any attribute

        def __getattr__(self, name: str) -> Any:
            """What pydantic keeps beside the fields, and `made` leaves out: hardly anybody asks for it."""
            if name == "__pydantic_fields_set__":
                value = set(self.__dict__)
            elif name in ("__pydantic_extra__", "__pydantic_private__") or name in type(self).model_fields:
                value = None  # for a field: it is optional, and newer than the code that calls `made`
            else:
                return super().__getattr__(name)
            object.__setattr__(self, name, value)
            return value


def made(kind: type[M], fields: dict[str, Any]) -> M:
    """Return a message with these fields, already checked, without validating them again. Missing ones are None."""
    message = _new(kind)
    _set_fields(message, fields)
    return message


def given(value: T | None, version: int, place: str) -> T:
    """Return a value that an older version of the protocol needs.

    Raises:
        VersionError: There is none.
    """
    if value is None:
        raise VersionError(version, f"needs {place}", hint="give it, or update the server")
    return value
