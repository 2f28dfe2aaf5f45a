"""`rivet-client call`: one action, one result."""

from __future__ import annotations

from typing import Any

import click

from rivet_client.cli.addressing import (
    Address,
    actor_argument,
    address_options,
    creation_options,
    wrong_words,
)
from rivet_client.cli.json_values import parse_argument
from rivet_client.cli.options import connection_options, output_options
from rivet_client.cli.output import note, print_value
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand

__all__ = ["command"]


@click.command(
    "call",
    cls=Subcommand,
    examples=(
        "rivet-client call counter my-counter increment 1",
        'rivet-client call chatRoom \'["HQ", "lobby"]\' sendMessage ann \'{"text": "hi"}\'',
        "rivet-client call chatRoom --key HQ --key lobby history",
    ),
)
@actor_argument
@click.argument("words", metavar="[KEY] ACTION [ARG]...", nargs=-1)
@address_options
@creation_options
@connection_options()
@output_options
@click.pass_obj
def command(
    settings: Settings,
    actor: str,
    words: tuple[str, ...],
    parts: tuple[str, ...],
    actor_id: str | None,
    only_get: bool,
    create_with: Any,
) -> None:
    """Call an action of an actor, and print its result as JSON.

    The actor is created if there is none with this KEY; --get prevents that. KEY is text, or a JSON array of texts
    for a compound key; '[]' is the empty key. Each ARG is JSON, or else a string: 1 is a number, '"1"' a string.
    What follows -- is never an option. A nested action is written with dots, as in admin.reset.
    """
    address = Address.read(actor, words, parts, actor_id)
    if not address.rest:
        raise wrong_words(actor, "ACTION is missing: call ACTOR KEY ACTION [ARG]...")
    action, *texts = address.rest
    arguments: list[Any] = []
    for text in texts:
        argument, doubt = parse_argument(text)
        arguments.append(argument)
        if doubt:
            note(f"note: {doubt}")
    with settings.client() as client:
        handle = address.handle(client, settings, only_get=only_get, create_with=create_with)
        settings.reach(client)
        result = handle.action(action, *arguments, timeout=settings.timeout)
    print_value(result, for_people=settings.for_people)
