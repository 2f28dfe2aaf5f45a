"""`rivet-client listen`: events as they come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from rivet_client.cli.addressing import (
    Address,
    actor_argument,
    address_options,
    creation_options,
    wrong_words,
)
from rivet_client.cli.options import connection_options, output_options
from rivet_client.cli.output import print_json, print_value
from rivet_client.cli.problems import CommandFailed
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand
from rivet_client.errors import ActionTimeoutError

__all__ = ["command"]


@click.command(
    "listen",
    cls=Subcommand,
    examples=(
        "rivet-client listen chatRoom general message",
        "rivet-client listen counter my-counter newCount --count 1 --timeout 30",
    ),
)
@actor_argument
@click.argument("words", metavar="[KEY] EVENT", nargs=-1)
@click.option("-n", "--count", type=click.IntRange(min=1), metavar="N", help="Stop after N events.")
@address_options
@creation_options
@connection_options(timeout="Stop when no event came for so many seconds [default: never].")
@output_options
@click.pass_obj
def command(
    settings: Settings,
    actor: str,
    words: tuple[str, ...],
    count: int | None,
    parts: tuple[str, ...],
    actor_id: str | None,
    only_get: bool,
    create_with: Any,
) -> None:
    """Connect to an actor and print its events of one name, until Ctrl-C.

    A lost connection comes back by itself; what becomes of it is told on standard error. Events that the actor sends
    meanwhile are not seen. With --count, the exit code is 1 if --timeout came first.
    """
    address = Address.read(actor, words, parts, actor_id)
    if len(address.rest) != 1:
        raise wrong_words(actor, "listen takes ACTOR KEY EVENT")
    (event,) = address.rest
    seen = 0
    with settings.client() as client:
        handle = address.handle(client, settings, only_get=only_get, create_with=create_with)
        settings.reach(client, settings.patience)
        with handle.connect() as connection:
            events = connection.events(event, timeout=settings.timeout)
            connection.wait_ready(None if settings.timeout is None else settings.patience)
            try:
                for arguments in events:
                    if settings.for_people:
                        shown = arguments[0] if len(arguments) == 1 else arguments
                        print_value(shown, for_people=True, before=f"{datetime.now():%H:%M:%S} {event} ")
                    else:
                        print_json({"event": event, "args": arguments})
                    seen += 1
                    if seen == count:
                        return
            except ActionTimeoutError:
                if count is not None:
                    raise CommandFailed(
                        f"{seen} of {count} events came; then none for {settings.timeout:g} s"
                    ) from None
