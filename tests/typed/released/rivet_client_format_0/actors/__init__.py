# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""A package for each actor."""

from typing import TYPE_CHECKING

from rivet_client._objects import late_imports as _late_imports

if TYPE_CHECKING:
    from . import counter
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".": ["counter"],
        },
    )

__all__ = ["counter"]
