"""Types of values: what JavaScript tells apart and Python does not, and what a newer actor may send.

pydantic reads these annotations, in models and in the signatures of actions. A name that begins with "As" says what
JavaScript makes of a value: an `AsBigInt` is an int in Python. The classes `BigInt`, `ArrayBuffer`, `JsMap` and
`JsSet` of `rivet_client.values` are what the dynamic client takes for the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import is_
from typing import Annotated, Any, Final, TypeAlias, TypeVar, Unpack, get_args, get_origin

from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    PlainSerializer,
    Strict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, PydanticKnownError, PydanticSerializationUnexpectedValue, core_schema

from rivet_client import values
from rivet_client._narrowing import is_array, is_dict, is_set
from rivet_client._wire.values_codec import SENDING
from rivet_client.typed.models import UnknownVariant

__all__ = [
    "RECEIVED",
    "AsArrayBuffer",
    "AsBigInt",
    "AsMap",
    "AsSet",
    "AwareDatetime",
    "Exact",
    "Fixed",
    "JsonValue",
    "NoneAsUndefined",
    "Omittable",
    "OneOf",
    "Open",
    "TextPattern",
    "WithRest",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")

RECEIVED: Final = "received"
"""Validation context of what an actor sent. What only a newer actor knows is then accepted."""


# --- Kinds that JavaScript tells apart ----------------------------------------------------------------------


def _marked(value: Any, info: Any, kind: Callable[[Any], Any], plain: Any) -> Any:
    """Mark a value that is about to be sent.

    Raises:
        PydanticSerializationUnexpectedValue: The value is of another type. pydantic then tries the next member of a
            union. If nothing fits, and values are not checked, the encoder says what is wrong.
    """
    if not isinstance(value, plain):
        raise PydanticSerializationUnexpectedValue(f"{type(value).__name__} is no {kind.__name__}")
    return kind(value) if info.context is SENDING else value


AsBigInt: TypeAlias = Annotated[
    int, PlainSerializer(lambda value, info: _marked(value, info, values.BigInt, int), return_type=Any)
]
"""An int that is a `bigint` to the actor."""

AsArrayBuffer: TypeAlias = Annotated[
    bytes,
    PlainSerializer(lambda value, info: _marked(value, info, values.ArrayBuffer, bytes), return_type=Any),
]
"""Bytes that are an `ArrayBuffer` to the actor, where others are a `Uint8Array`."""

AsMap: TypeAlias = Annotated[
    dict[K, V], WrapSerializer(lambda value, plain, info: _marked(plain(value), info, values.JsMap, dict))
]
"""A dict that is a `Map` to the actor, where others are an object."""


def _unfrozen(item: Any) -> Any:
    """Turn an array back into a list, and a Set into a set. Inside a set, they are a tuple and a frozenset."""
    if is_array(item):
        return [*map(_unfrozen, item)]
    return set(item) if is_set(item) else item


def _as_list(items: Any) -> Any:
    """Turn a set into a list. A Set arrives as a set if Python's sets can hold the items."""
    return [*map(_unfrozen, items)] if is_set(items) else items


class _Unordered:
    """Makes pydantic take a set where the annotation says list. JSON has lists only."""

    def __get_pydantic_core_schema__(self, listed: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        known = handler(listed)
        return core_schema.json_or_python_schema(
            known, core_schema.no_info_before_validator_function(_as_list, known)
        )


AsSet: TypeAlias = Annotated[
    list[T],
    _Unordered(),
    WrapSerializer(lambda value, plain, info: _marked(plain(value), info, values.JsSet, (list, tuple))),
]
"""A list that is a `Set` to the actor. It is for items that no Python set can hold."""

Fixed: TypeAlias = Annotated[T, Strict(False)]
"""A tuple. It arrives as a list, which pydantic's strict mode would refuse."""


class _WithRest:
    """Makes pydantic take `tuple[A, *tuple[B, ...]]` for an A that any number of Bs follow."""

    def __get_pydantic_core_schema__(self, kind: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        *first, rest = get_args(kind)
        if get_origin(rest) is Unpack:  # pydantic makes this of a star
            (rest,) = get_args(rest)
        items = [*first, get_args(rest)[0]]
        return core_schema.tuple_schema(
            [*map(handler.generate_schema, items)], variadic_item_index=len(first), strict=False
        )


WithRest: TypeAlias = Annotated[T, _WithRest()]
"""A tuple whose last element stands for any number of elements."""

Omittable: TypeAlias = Annotated[T | None, Field(exclude_if=partial(is_, None))]
"""The value of a field that may be missing, but never is `null`. None stands for a missing field, and is not sent."""

NoneAsUndefined: TypeAlias = Annotated[
    T | None,
    WrapSerializer(
        lambda value, plain, info: (
            values.UNDEFINED if value is None and info.context is SENDING else plain(value)
        )
    ),
]
"""A value in an array, a Map or an index signature that may be `undefined`, but never `null`. None is `undefined`."""


# --- What a newer actor may send ----------------------------------------------------------------------------


class _Exact:
    """Makes pydantic tell numbers from booleans in a choice."""

    def __get_pydantic_core_schema__(self, choice: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _exactly(choice)


def _exactly(choice: Any) -> CoreSchema:
    """Describe a choice that compares types before values: a `Literal[1]` of pydantic takes True for 1."""
    values = get_args(choice)
    first = {bool: core_schema.bool_schema(strict=True), int: core_schema.int_schema(strict=True)}
    schemas: list[CoreSchema] = []
    for kind in dict.fromkeys(map(type, values)):
        literal = core_schema.literal_schema([value for value in values if type(value) is kind])
        schemas.append(core_schema.chain_schema([first[kind], literal]) if kind in first else literal)
    *texts, last = map(repr, values)
    return core_schema.custom_error_schema(
        core_schema.union_schema(list(schemas)),
        custom_error_type="literal_error",
        custom_error_context={"expected": f"{', '.join(texts)} or {last}" if texts else last},
    )


Exact: TypeAlias = Annotated[T, _Exact()]
"""A choice that has numbers or booleans among its values."""


class _Open:
    """Makes a choice of texts or numbers open for values that a newer actor has added."""

    def __get_pydantic_core_schema__(self, choice: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds: set[object] = {type(value) for value in get_args(choice)}

        def let_new_value_in(value: Any, known: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            return value if info.context is RECEIVED and type(value) in kinds else known(value)

        return core_schema.with_info_wrap_validator_function(let_new_value_in, _exactly(choice))


Open: TypeAlias = Annotated[T, _Open()]
"""A choice of texts or numbers. A value that a newer actor has added arrives as it is. Only known ones can be sent."""


@dataclass(frozen=True)
class TextPattern:
    """Marks a text of a certain form. One of another form arrives as it is; it cannot be sent.

    Attributes:
        regex: What the whole text must match.
    """

    regex: str

    def __get_pydantic_core_schema__(self, text: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Describe the text to pydantic."""
        form = re.compile(self.regex, re.ASCII)

        def check(value: str, info: ValidationInfo) -> str:
            if info.context is RECEIVED or form.fullmatch(value):
                return value
            raise PydanticKnownError("string_pattern_mismatch", {"pattern": self.regex})

        return core_schema.with_info_after_validator_function(check, handler(text))


@dataclass(frozen=True)
class OneOf:
    """Marks a union of models that a tag tells apart. A model with a new tag arrives as an `UnknownVariant`.

    Attributes:
        tag: Name of the field, in Python.
    """

    tag: str

    def __get_pydantic_core_schema__(self, union: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Describe the union to pydantic."""
        # pydantic's own discriminator knows no model that describes itself, as an `OpenModel` does.
        choices: dict[Any, CoreSchema] = {
            tag: handler.generate_schema(model)
            for model in _models(union)
            for tag in get_args(self._field(model).annotation)
        }
        wire = self._field(next(_models(union))).alias or self.tag
        places: list[list[str | int]] = [[self.tag], [wire]]
        known = core_schema.tagged_union_schema(
            choices, self.tag if wire == self.tag else places, strict=True
        )

        def let_new_variant_in(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            if isinstance(value, UnknownVariant):  # it has arrived, and is sent back
                return value
            try:
                return check(value)
            except ValidationError:
                if info.context is RECEIVED and is_dict(value) and self._is_new(value, union):
                    return UnknownVariant.model_construct(**value)
                raise

        # A validator written in Python would turn JSON into Python's values, and Dates into text.
        return core_schema.json_or_python_schema(
            known, core_schema.with_info_wrap_validator_function(let_new_variant_in, known)
        )

    def _is_new(self, value: dict[str, Any], union: Any) -> bool:
        fields = [self._field(model) for model in _models(union)]
        tags = {tag for field in fields for tag in get_args(field.annotation)}
        tag = value.get(fields[0].alias or self.tag)
        return type(tag) in {*map(type, tags)} and tag not in tags

    def _field(self, model: type[BaseModel]) -> FieldInfo:
        return model.model_fields[self.tag]


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Find the models of a union. Its members may be names of other unions."""
    kind = getattr(kind, "__value__", kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)
