"""What tests call actors, actions and queues: by names of the wire, or by those that a typed package has for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rivet_client._hints import did_you_mean
from rivet_client.errors import ConfigError

if TYPE_CHECKING:
    from rivet_client.testing.fake.actors import Directory

__all__ = ["Names", "key_parts"]


class Names:
    """The names of what an engine has.

    Args:
        directory: The engine's actors.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def on_wire(self, actor: str, name: str) -> str:
        """Return what the wire calls an action or a queue of an actor; a name that nothing has stays as it is."""
        contract = self._directory.contract
        known = None if contract is None else contract.actors.get(actor)
        return name if known is None else known.on_wire(name)

    def check_actor(self, actor: str) -> None:
        """Check that there are actors of a name.

        Raises:
            ConfigError: There are none.
        """
        known = self._directory.definitions
        if actor not in known:
            raise ConfigError(f"this engine has no actors {actor!r}{_others(actor, sorted(known))}")

    def choice(
        self, actor: str | None, key: str | Sequence[str] | None
    ) -> Callable[[str, tuple[str, ...]], bool]:
        """Return a function that tells of a name and a key whether that actor is meant.

        Args:
            actor: The name; None for all names.
            key: The key; None for all keys.

        Raises:
            ConfigError: There are no actors of that name.
        """
        if actor is not None:
            self.check_actor(actor)
        parts = None if key is None else key_parts(key)
        return lambda name, key: actor in (None, name) and parts in (None, key)

    def check(self, name: str, actor: str | None) -> None:
        """Check that there is an action or a queue of a name. The path of a raw request may be any.

        Args:
            name: The name, or a path, with its first slash.
            actor: The actors that should have it; None for any of them.

        Raises:
            ConfigError: There is none.
        """
        if not self._is_known(name, actor):
            owner = "no actor of this engine has" if actor is None else f"actor {actor!r} does not have"
            raise ConfigError(
                f"{owner} an action or queue {name!r}{_others(name, sorted(self._known(actor)))}"
            )

    def hint(self, name: str) -> str:
        """The end of a text about a name, if nothing has it: what may be meant."""
        return "" if self._is_known(name) else did_you_mean(name, self._known())

    def _is_known(self, name: str, actor: str | None = None) -> bool:
        actors = self._directory.definitions if actor is None else [actor]
        return name.startswith("/") or any(self.on_wire(each, name) in self._known(each) for each in actors)

    def _known(self, actor: str | None = None) -> set[str]:
        definitions = self._directory.definitions
        meant = definitions.values() if actor is None else [definitions[actor]]
        return {name for it in meant for name in (*it.actions, *it.queues)}


def key_parts(key: str | Sequence[str]) -> tuple[str, ...]:
    """Return the parts of a key; a str is a key of one part."""
    return (key,) if isinstance(key, str) else tuple(key)


def _others(name: str, known: list[str]) -> str:
    """The end of a text about an unknown name: what there is."""
    return did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
