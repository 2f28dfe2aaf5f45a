"""What typed packages are made of (`rivet-client generate`): the base of models, and markers for JavaScript's kinds.

It loads pydantic, and is loaded by typed packages alone. Imports: pydantic, values.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from operator import is_
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeVar,
    Union,
    get_args,
)

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    JsonValue,
    ModelWrapValidatorHandler,
    PlainSerializer,
    Strict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
    model_validator,
)
from pydantic_core import (
    CoreSchema,
    PydanticSerializationUnexpectedValue,
    PydanticUndefined,
    core_schema,
)
from typing_extensions import deprecated

from rivet_client import values
from rivet_client._wire.values_codec import SENDING
from rivet_client.values import QueueSendResult, UndefinedType

__all__ = [
    "RECEIVED",
    "ArrayBuffer",
    "AsyncGetter",
    "AwareDatetime",
    "BigInt",
    "Exact",
    "Fixed",
    "Getter",
    "JsMap",
    "JsSet",
    "JsonValue",
    "Listener",
    "Model",
    "Omittable",
    "OneOf",
    "Open",
    "OpenModel",
    "Optional",
    "QueueResult",
    "Undefinable",
    "UndefinedType",
    "UnknownVariant",
    "deprecated",
]

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")
P = ParamSpec("P")

RECEIVED: Final = "received"
"""Validation context of what an actor sent: what a newer one has added is let in."""

_TAKES_ALL: Final = "takes all"
"""Validation context of what an `OpenModel` is made of."""


# --- Kinds that JavaScript tells apart ----------------------------------------------------------------------


def _marked(value: Any, info: Any, kind: Callable[[Any], Any], plain: Any) -> Any:
    """Mark a value that is to be sent.

    Raises:
        PydanticSerializationUnexpectedValue: It is something else: another member of a union will do. What nobody has
            checked is then left for the encoder to complain about.
    """
    if not isinstance(value, plain):
        raise PydanticSerializationUnexpectedValue(f"{type(value).__name__} is no {kind.__name__}")
    return kind(value) if info.context is SENDING else value


BigInt = Annotated[
    int, PlainSerializer(lambda value, info: _marked(value, info, values.BigInt, int), return_type=Any)
]
"""An int that is a `bigint` to the actor."""

ArrayBuffer = Annotated[
    bytes,
    PlainSerializer(lambda value, info: _marked(value, info, values.ArrayBuffer, bytes), return_type=Any),
]
"""Bytes that are an `ArrayBuffer` to the actor, where others are a `Uint8Array`."""

JsMap = Annotated[
    dict[K, V], WrapSerializer(lambda value, plain, info: _marked(plain(value), info, values.JsMap, dict))
]
"""A dict that is a `Map` to the actor, where others are an object."""


def _unfrozen(item: Any) -> Any:
    """Make a list of an array that stood in a set."""
    return list(item) if isinstance(item, tuple) else item


JsSet = Annotated[
    list[T],
    BeforeValidator(lambda value: [*map(_unfrozen, value)] if isinstance(value, set) else value),
    WrapSerializer(lambda value, plain, info: _marked(plain(value), info, values.JsSet, (list, tuple))),
]
"""A list that is a `Set` to the actor: for items that no Python set can hold."""

Fixed = Annotated[T, Strict(False)]
"""A tuple, which arrives as a list."""

Omittable = Annotated[T | None, Field(exclude_if=partial(is_, None))]
"""What a field holds that may be missing, but never is `null`: None is not sent."""

Undefinable = Annotated[
    T | None,
    WrapSerializer(
        lambda value, plain, info: (
            values.UNDEFINED if value is None and info.context is SENDING else plain(value)
        )
    ),
]
"""What an array, a Map or an index signature holds where that may be `undefined`, but never is `null`."""

Optional = Union[T, UndefinedType]  # noqa: UP007  a generic alias
"""What may be left out, `UNDEFINED` then."""

Getter = Callable[[], T]
"""Returns connection parameters for each attempt."""

AsyncGetter = Callable[[], Union[T, Awaitable[T]]]  # noqa: UP007  a generic alias
"""The same for asyncio, where it may be `async def`."""


class Listener(Protocol[P]):
    """A decorator for functions that are called with an event's arguments."""

    def __call__(self, callback: Callable[P, R], /) -> Callable[P, R]:
        """Have a function called, and return it."""
        ...


# --- What a newer actor may send ----------------------------------------------------------------------------


class _Exact:
    """Makes a choice tell numbers from booleans."""

    def __get_pydantic_core_schema__(self, choice: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _exactly(choice)


def _exactly(choice: Any) -> CoreSchema:
    """Describe a choice whose values are taken by type first: `Literal[1]` alone takes True for 1."""
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


Exact = Annotated[T, _Exact()]
"""A choice among which there are numbers or booleans."""


class _Open:
    """Makes a choice of texts or numbers an open one."""

    def __get_pydantic_core_schema__(self, choice: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = tuple({type(value) for value in get_args(choice)})

        def let_new_value_in(value: Any, known: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            return value if info.context is RECEIVED and type(value) in kinds else known(value)

        return core_schema.with_info_wrap_validator_function(let_new_value_in, _exactly(choice))


Open = Annotated[T, _Open()]
"""A choice of texts or numbers. One that a newer actor has added arrives as it is; only those known can be sent."""


@dataclass(frozen=True)
class OneOf:
    """Marks a union of models that a tag tells apart. A model with a new tag arrives as an `UnknownVariant`.

    Attributes:
        tag: Name of the field, in Python.
    """

    tag: str

    def __get_pydantic_core_schema__(self, union: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Describe the union to pydantic."""
        known = handler.generate_schema(Annotated[union, Field(discriminator=self.tag)])

        def let_new_variant_in(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            if isinstance(value, UnknownVariant):  # on its way back
                return value
            try:
                return check(value)
            except ValidationError:
                if info.context is RECEIVED and isinstance(value, dict) and self._is_new(value, union):
                    return UnknownVariant.model_construct(**value)
                raise

        return core_schema.with_info_wrap_validator_function(let_new_variant_in, known)

    def _is_new(self, value: dict[str, Any], union: Any) -> bool:
        fields = [model.model_fields[self.tag] for model in _models(union)]
        tags = {tag for field in fields for tag in get_args(field.annotation)}
        tag = value.get(fields[0].alias or self.tag)
        return isinstance(tag, str) and tag not in tags


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    """Find the models of a union, whose members may be unions by name."""
    kind = getattr(kind, "__value__", kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)


class Model(BaseModel):
    """An object that an actor takes or gives. Fields have Python names; those of JavaScript are their aliases.

    Values are checked when a model is made and when a field is set. A field that was not set is not sent, so that
    JavaScript sees `undefined`; nor is None where there can be no `null`. Fields that only a newer actor knows are in
    `model_extra`, and are sent back with the model.
    """

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
        defer_build=True,
        validate_assignment=True,
        ser_json_bytes="base64",  # not all bytes are text
        val_json_bytes="base64",
    )

    _takes_all: ClassVar = False

    if not TYPE_CHECKING:  # checkers know the fields

        def __init__(self, /, **fields: Any) -> None:
            """Check the fields, among which only what an actor sends may be unknown."""
            extra, context = ("allow", _TAKES_ALL) if self._takes_all else ("forbid", None)
            self.__pydantic_validator__.validate_python(
                fields, self_instance=self, extra=extra, context=context
            )
            self.__pydantic_fields_set__.update(_constants(type(self)))

        # This tells pydantic that what arrives need not go through it.
        __init__.__pydantic_base_init__ = True

        def __setattr__(self, name: str, value: Any) -> None:
            """Set a field, whose value is checked."""
            kind = type(self)
            known = (kind.model_fields, kind.__private_attributes__, self.model_extra or ())
            if not self._takes_all and not any(name in names for names in known):
                raise AttributeError(f"{kind.__name__} has no field {name!r}")
            super().__setattr__(name, value)

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """Return the fields that were set as a dict; see pydantic."""
            # What a newer actor sent may be no surprise on its way back.
            return super().model_dump(**{"exclude_unset": True, "warnings": False, **options})


@cache
def _constants(model: type[Model]) -> frozenset[str]:
    """The fields that have but one value; they are sent even if nobody set them."""
    absent = (None, PydanticUndefined)
    return frozenset(name for name, field in model.model_fields.items() if field.default not in absent)


class OpenModel(Model):
    """An object that may have any other fields, too; they are in `model_extra`."""

    _takes_all = True

    @model_validator(mode="wrap")
    @classmethod
    def _make_of_dict(cls, value: Any, check: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        # That fields must be known, pydantic can only be told of all models at once.
        is_sent = info.context is None and info.mode == "python"
        if is_sent and isinstance(value, dict) and all(isinstance(name, str) for name in value):
            return cls(**value)
        return check(value)


class UnknownVariant(OpenModel):
    """An object of a union, whose tag these bindings do not know. Its content is in its attributes, as it came."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class QueueResult(QueueSendResult, Generic[R]):
    """What became of a queue message that was sent with `wait=True`.

    Attributes:
        status: "completed", or "timedOut" when nobody completed it in time.
        response: What the actor passed to `complete()`; None if it did not.
    """

    response: R | None = None
