"""What a typed package was made from, and how its actors differ from those that the engine lists."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rivet_client.typed import Contract

__all__ = ["ContractError", "contract_of", "differences"]


class ContractError(Exception):
    """There is no such package, or it does not say what it was made from.

    Attributes:
        advice: What to do about it.
    """

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.advice = advice


def contract_of(package: str) -> Contract:
    """Return what a typed package was made from. It is looked for in the current folder, too.

    Raises:
        ContractError: There is no such package, or it does not say.
    """
    sys.path.insert(0, "")
    try:
        module: Any = importlib.import_module(package)
        contract: Contract | None = getattr(module, "__contract__", None)
    except ImportError as error:
        raise ContractError(
            f"{package} cannot be imported: {error}",
            "give the name of the package, as in `import my_package`",
        ) from None
    finally:
        sys.path.remove("")
    if contract is None:
        raise ContractError(
            f"{package} does not say what it was made from",
            "generate it again with this version of rivet-client",
        )
    return contract


def differences(contract: Contract, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the actors that only the package has, and those that only the engine lists."""
    own, others = {*contract.actors}, {*names}
    return sorted(own - others), sorted(others - own)
