"""`rivet-client send`: one message to a queue."""

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
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand

__all__ = ["command"]


@click.command(
    "send",
    cls=Subcommand,
    examples=(
        'rivet-client send game chess-7 moves \'{"move": "e4"}\'',
        'rivet-client send game chess-7 moves \'{"move": "e4"}\' --wait --timeout 10',
    ),
)
@actor_argument
@click.argument("words", metavar="[KEY] QUEUE [MESSAGE]", nargs=-1)
@click.option("--wait", is_flag=True, help="Wait until the actor completes the message, and print its reply.")
@address_options
@creation_options
@connection_options(timeout="Deadline of the request; with --wait how long the actor has [default: 60].")
@output_options
@click.pass_obj
def command(
    settings: Settings,
    actor: str,
    words: tuple[str, ...],
    wait: bool,
    parts: tuple[str, ...],
    actor_id: str | None,
    only_get: bool,
    create_with: Any,
) -> None:
    """Send a message to a queue of an actor.

    MESSAGE is JSON, or else a string; without it, null is sent. What follows -- is never an option. An actor drops
    messages for a queue that it does not have: mind the spelling.
    """
    address = Address.read(actor, words, parts, actor_id)
    if not 1 <= len(address.rest) <= 2:
        raise wrong_words(actor, "send takes ACTOR KEY QUEUE [MESSAGE]")
    queue, *texts = address.rest
    message, doubt = parse_argument(texts[0]) if texts else (None, None)
    if doubt:
        note(f"note: {doubt}")
    with settings.client() as client:
        handle = address.handle(client, settings, only_get=only_get, create_with=create_with)
        settings.reach(client, settings.patience if wait else None)
        result = handle.send(queue, message, wait=wait, timeout=settings.timeout)
    if result is None:
        outcome: dict[str, Any] = {"status": "sent"}
    else:
        outcome = {"status": result.status, "response": result.response}
    print_value(outcome, for_people=settings.for_people)
    if result is not None and result.status != "completed":
        raise CommandFailed("the actor did not complete the message in time; it may still do so")
