"""The base classes of models: objects that an actor takes or gives."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, PydanticUndefined, core_schema

from rivet_client._narrowing import is_dict
from rivet_client.typed.containers import check_plain

__all__ = ["Model", "OpenModel", "UnknownVariant"]

_TAKES_ALL: Final = "takes all"
"""Validation context while the fields of an `OpenModel` are checked."""


class Model(BaseModel):
    """An object that an actor takes or gives. Fields have names of Python; their aliases are the names of JavaScript.

    Values are checked when a model is made and when a field is set. A field that was not set is not sent, so that
    JavaScript sees `undefined`. None is not sent either, where the type has no `null`. Fields that only a newer actor
    knows are in `model_extra`, and are sent back with the model.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
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

    _takes_all: ClassVar[bool] = False

    if TYPE_CHECKING:
        # Models say what other fields than the declared ones hold.
        __pydantic_extra__: Any = Field(init=False)

    else:  # type checkers know the fields

        def __init__(self, /, **fields: Any) -> None:
            """Check the fields. Unknown ones are refused, unless the model is open."""
            extra, context = ("allow", _TAKES_ALL) if self._takes_all else ("forbid", None)
            check = self.__pydantic_validator__.validate_python
            try:
                check(fields, self_instance=self, extra=extra, context=context)
            except ValidationError:
                check_plain(check, fields, self_instance=self, extra=extra, context=context)
            self.__pydantic_fields_set__.update(_constants(type(self)))

        # pydantic does not call a method that is marked in this way for what arrives from an actor.
        __init__.__pydantic_base_init__ = True

        def __setattr__(self, name: str, value: Any) -> None:
            """Check the value of a field, and set it."""
            kind = type(self)
            known = (kind.model_fields, kind.__private_attributes__, self.model_extra or ())
            if not self._takes_all and not any(name in names for names in known):
                raise AttributeError(f"{kind.__name__} has no field {name!r}")
            try:
                super().__setattr__(name, value)
            except ValidationError:
                check_plain(partial(super().__setattr__, name), value)

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """Return the fields that were set as a dict; see pydantic."""
            # Without warnings: values and fields that only a newer actor knows are as they should be.
            return super().model_dump(**{"exclude_unset": True, "warnings": False, **options})


@cache
def _constants(model: type[Model]) -> frozenset[str]:
    """Return the fields that have only one value. They are sent even if nobody set them."""
    absent = (None, PydanticUndefined)
    return frozenset(name for name, field in model.model_fields.items() if field.default not in absent)


class OpenModel(Model):
    """An object that may have fields beside the declared ones. Those are in `model_extra`."""

    _takes_all: ClassVar[bool] = True

    if TYPE_CHECKING:

        @property
        def model_extra(self) -> dict[str, Any]:
            """The fields that are not declared."""
            ...

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Describe the model to pydantic."""

        def make_of_dict(value: Any, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
            # `extra="forbid"` of `CheckedValues` holds for all models of a value, and this one may have more fields.
            if info.context is None and is_dict(value) and all(isinstance(name, str) for name in value):
                return cls(**value)
            return check(value)

        known = handler(source)
        return core_schema.json_or_python_schema(
            known, core_schema.with_info_wrap_validator_function(make_of_dict, known)
        )


class UnknownVariant(OpenModel):
    """An object of a union whose tag these bindings do not know. Its attributes are its fields, as they came."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
