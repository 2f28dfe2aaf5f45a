# Generated, do not edit. Source: registry.ts; command: rivet-client generate

"""The values that the actors take and give.

Types that several actors use stand here. Those of one actor stand in its folder, and can be imported from here, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivet_client.typed import late_imports as _late_imports

if TYPE_CHECKING:
    from .actors.counter.models import (
        Change,
        CounterResetsMessage,
        Increment,
        Kind,
        Options,
        Reset,
    )
else:  # imported when they are first used
    __getattr__, __dir__ = _late_imports(
        __name__,
        {
            ".actors.counter.models": [
                "Change",
                "CounterResetsMessage",
                "Increment",
                "Kind",
                "Options",
                "Reset",
            ],
        },
    )

__all__ = ["Change", "CounterResetsMessage", "Increment", "Kind", "Options", "Reset"]
