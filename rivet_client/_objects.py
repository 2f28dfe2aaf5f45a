"""How Python's tools see the objects of the client: reprs, completion, copies, pickles, types. Imports: stdlib only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, ForwardRef, Never, Self, SupportsIndex

__all__ = ["PROBED", "LateModule", "Sealed", "Shareable", "Shown", "late_imports", "late_type"]

PROBED: Final = frozenset(
    {
        *("getdoc", "trait_names"),  # IPython
        "keys",  # dict(x), f(**x), FastAPI
        *("dict", "json", "model_dump", "model_dump_json"),  # tools that know pydantic's models by these
        *("for_json", "toDict"),  # simplejson, ujson
        *("to_dict", "to_json", "tolist"),  # notebooks and JSON encoders that know pandas and numpy by these
    }
)
"""Names that tools look for on any object, and call where they find them. On a handle, that would call the actor.

So no attribute of these names means an action or an actor."""


class Shown:
    """An object with a short repr. It is neither copied nor pickled, because there must be only one of it."""

    __slots__ = ()

    def _about(self) -> tuple[str, ...]:
        """What stands in the repr, behind the name of the class."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{' '.join((type(self).__name__, *self._about()))}>"

    def _repr_html_(self) -> str:
        """Return what notebooks show."""
        from html import escape

        about = " ".join(f"<code>{escape(each)}</code>" for each in self._about())
        return f"<b>{escape(type(self).__name__)}</b> {about}"

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError(
            f"{type(self).__name__} cannot be copied or pickled: it belongs to one WebSocket; "
            "share it within the process, or open another"
        )


class Shareable(Shown):
    """An object whose copy is the object itself, because all copies must share one client. It is not pickled."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError(
            f"{type(self).__name__} cannot be pickled: it belongs to a client of this process, and may hold secrets; "
            "send the actor's name and key instead, and make a client and a handle where they arrive"
        )


class Sealed:
    """An object whose attributes cannot be set: a user who sets one on a handle mistakes an action for a variable."""

    __slots__ = ()

    if not TYPE_CHECKING:  # otherwise type checkers would let any attribute be set

        def __setattr__(self, name: str, value: object) -> None:
            if not name.startswith("_"):
                raise AttributeError(
                    f"{name!r} cannot be set on {self!r}: its attributes are its methods and the actor's actions; "
                    f"to replace one in a test, patch the class {type(self).__name__}"
                )
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name.startswith("__") or not name.startswith("_")]


def late_type(module: str, name: str) -> ForwardRef:
    """Name a type whose module a program loads only when it needs it.

    A tool that asks for the types of a signature (`typing.get_type_hints`) loads the module; nothing else does.
    """
    return ForwardRef(f"__import__({module!r}, fromlist=['']).{name}")


class LateModule:
    """Stands for a module that is imported when one of its names is first used.

    Args:
        name: Of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        from importlib import import_module

        value = getattr(import_module(self._name), name)
        setattr(self, name, value)
        return value


def late_imports(
    module: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the `__getattr__` and the `__dir__` of a module whose names are imported when they are first used.

    Args:
        module: The `__name__` of the module.
        homes: The names, by the module that each is imported from, as in `from .home import name`.
    """
    namespace = vars(sys.modules[module])
    home_of = {name: home for home, names in homes.items() for name in names}

    def late_getattr(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        from importlib import import_module

        home, package = home_of[name], namespace["__package__"]
        is_module = home == "."
        value = (
            import_module(f".{name}", package) if is_module else getattr(import_module(home, package), name)
        )
        namespace[name] = value
        return value

    def late_dir() -> list[str]:
        return sorted({*namespace, *home_of})

    return late_getattr, late_dir
