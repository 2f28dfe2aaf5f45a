"""Which actor is meant: KEY, `--key`, `--id`; and how the engine's serialised keys are read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rivet_client._narrowing import is_array
from rivet_client.cli.json_values import parse_json, read_json
from rivet_client.cli.settings import Settings
from rivet_client.values import UNDEFINED

if TYPE_CHECKING:
    from rivet_client import ActorHandle, Client

__all__ = [
    "Address",
    "actor_argument",
    "address_options",
    "creation_options",
    "key_option",
    "parse_key",
    "read_serialized_key",
    "show_key",
    "wrong_words",
]

F = TypeVar("F", bound=Callable[..., Any])


def actor_argument(function: F) -> F:
    """Add the name of the actor."""
    return click.argument("actor", metavar="ACTOR")(function)


def key_option(function: F) -> F:
    """Add the parts of the key."""
    text = "One part of the key, in place of KEY; repeat it."
    return click.option("-k", "--key", "parts", multiple=True, metavar="PART", help=text)(function)


def address_options(function: F) -> F:
    """Add the options that say which actor is meant."""
    function = click.option("--id", "actor_id", metavar="ID", help="The actor's id, in place of KEY.")(
        function
    )
    return key_option(function)


def creation_options(function: F) -> F:
    """Add the options that say what happens if there is no such actor."""
    function = click.option(
        "--input",
        "create_with",
        callback=_read_input,
        metavar="JSON",
        help="What a new actor is created with.",
    )(function)
    return click.option("--get", "only_get", is_flag=True, help="Fail if there is no such actor.")(function)


def _read_input(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """Read `--input`. If the option is left out, there is no input, which differs from `null`."""
    return UNDEFINED if value is None else read_json(ctx, param, value)


@dataclass(frozen=True)
class Address:
    """An actor as the command line names it.

    Attributes:
        name: Its name.
        key: Its key; () when the id is given.
        actor_id: Its id, or None.
        rest: Arguments that follow the key.
    """

    name: str
    key: tuple[str, ...]
    actor_id: str | None
    rest: tuple[str, ...]

    @classmethod
    def read(
        cls, name: str, words: Sequence[str], parts: Sequence[str], actor_id: str | None = None
    ) -> Address:
        """Take the key from where it stands.

        Args:
            name: The actor's name.
            words: The words after the name. The key is the first of them, unless an option gives it.
            parts: Values of `--key`.
            actor_id: Value of `--id`.

        Raises:
            click.UsageError: The key is missing, given twice, or not a key.
        """
        if parts and actor_id is not None:
            raise click.UsageError("--key and --id both say which actor is meant; give one of them")
        if "" in parts:
            raise click.UsageError("--key must not be empty; an empty part is written KEY='[\"\"]'")
        if parts or actor_id is not None:
            return cls(name, tuple(parts), actor_id, tuple(words))
        if not words:
            raise click.UsageError("KEY is missing; write '[]' for the empty key")
        return cls(name, parse_key(words[0]), None, tuple(words[1:]))

    def handle(self, client: Client, settings: Settings, *, only_get: bool, create_with: Any) -> ActorHandle:
        """Return a handle to it.

        Raises:
            click.UsageError: Options contradict each other.
        """
        if create_with is not UNDEFINED and (only_get or self.actor_id is not None):
            raise click.UsageError("--input is for an actor that may be created, not with --get or --id")
        if self.actor_id is not None:
            return client.get_for_id(self.name, self.actor_id, params=settings.params)
        if only_get:
            return client.get(self.name, self.key, params=settings.params)
        return client.get_or_create(
            self.name, self.key, params=settings.params, create_with_input=create_with
        )


def wrong_words(actor: str, usage: str) -> click.UsageError:
    """The error for too few or too many words.

    Args:
        actor: The word that was taken for the actor's name.
        usage: What the command takes.
    """
    name, _, key = actor.partition("/")
    if name and key:
        return click.UsageError(f"{usage}; write actor and key as two words: {name} {key}")
    return click.UsageError(f"{usage}; the empty key is written '[]'")


def parse_key(text: str) -> tuple[str, ...]:
    """Read KEY: a JSON array of strings is a compound key, anything else a key of one part.

    Raises:
        click.UsageError: Empty, as an unset shell variable is, or an array that is wrong.
    """
    if not text:
        raise click.UsageError(
            "KEY must not be empty; write '[]' for the empty key, '[\"\"]' for one empty part"
        )
    if not text.startswith("["):
        return (text,)
    try:
        key = parse_json(text)
    except ValueError as error:
        raise click.UsageError(
            f"KEY starts with '[' and is not a JSON array ({error}): {text}; use --key for a part that starts so"
        ) from None
    if not is_array(key) or not all(isinstance(part, str) for part in key):
        raise click.UsageError(f'KEY must be a JSON array of strings, such as \'["org", "7"]\': {text}')
    return tuple(key)


def show_key(key: Sequence[str] | None) -> str:
    """Return a key as KEY is written."""
    if key is None:
        return "-"
    if len(key) == 1 and key[0] and not key[0].startswith("["):
        return key[0]
    return json.dumps(list(key), ensure_ascii=False)


def read_serialized_key(text: str | None) -> list[str] | None:
    r"""Return the parts of a key that the engine lists: joined by "/", `\/` and `\\` escaped, `\0` if empty."""
    if text is None:
        return None
    if text == "/":
        return []
    parts = re.findall(r"(?:^|/)((?:\\.|[^\\/])*)", text, re.DOTALL)
    return ["" if part == r"\0" else re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL) for part in parts]
