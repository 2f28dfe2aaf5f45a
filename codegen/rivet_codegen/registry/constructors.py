"""What type checkers are told about models beside their fields.

A field is what somebody reads: a `list`. What somebody makes the model of may be any `Sequence`. So the models that
have such fields declare their constructors, for type checkers only.
"""

from __future__ import annotations

from dataclasses import dataclass

from rivet_codegen.registry.accepted import Kinds, accepted, is_wider
from rivet_codegen.registry.kinds import IN_MODELS, Apply, Kind, Plain, refs

__all__ = ["Field", "Fields"]


_ANY_OTHERS = Apply("dict", (Plain("str"), Plain("Any")))
_ABOUT_EXTRA = '"""The fields that are not declared."""\n            ...'


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a model.

    Attributes:
        name: Its name in Python.
        kind: What it holds.
        default: The expression for its default; "" if it must be given.
    """

    name: str
    kind: Kind
    default: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a model.

    Attributes:
        declared: Those that have names.
        others: The dict of all others; None if there are no others.
    """

    declared: tuple[Field, ...]
    others: Apply | None

    def text(self, aliases: Kinds) -> str:
        """Return what stands in the class below its fields."""
        text = ""
        declarations = []
        if self.others is not None and self.others != _ANY_OTHERS:
            held = self.others.text(IN_MODELS)
            text = f"    __pydantic_extra__: {held}\n"
            declarations.append(
                f"@property\n        def model_extra(self) -> {held}:\n            {_ABOUT_EXTRA}"
            )
        wide = [accepted(field.kind, aliases) for field in self.declared]
        if self.others is not None or any(map(is_wider, wide)):
            declarations.append(self._constructor(wide, aliases))
        if declarations:
            text += "\n    if TYPE_CHECKING:\n"
        return text + "".join(f"\n        {declaration}\n" for declaration in declarations)

    def refs(self, aliases: Kinds) -> set[str]:
        """Return the definitions that the text mentions, and perhaps more."""
        return {ref for field in self.declared for ref in refs(accepted(field.kind, aliases))}

    def _constructor(self, wide: list[Kind], aliases: Kinds) -> str:
        params = [self._free("self"), *(["*"] if self.declared else [])]
        for field, kind in zip(self.declared, wide, strict=True):
            default = f" = {field.default}" if field.default else ""
            params.append(f"{field.name}: {kind.text(IN_MODELS)}{default}")
        if self.others is not None:
            others = accepted(self.others.args[1], aliases).text(IN_MODELS)
            params.append(f"**{self._free('others')}: {others}")
        return f"def __init__({', '.join(params)}) -> None: ..."

    def _free(self, name: str) -> str:
        """Return a name that no field has, as near to the wanted one as can be."""
        while any(field.name == name for field in self.declared):
            name = f"_{name}"
        return name
