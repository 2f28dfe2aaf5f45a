"""`rivet-client actors`: which actors there are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from rivet_client._hints import there_are
from rivet_client.cli.addressing import Address, key_option, read_serialized_key, show_key
from rivet_client.cli.options import connection_options, output_options
from rivet_client.cli.output import note, print_json, print_table
from rivet_client.cli.problems import CommandFailed, no_such_actor
from rivet_client.cli.settings import Settings
from rivet_client.cli.subcommand import Subcommand
from rivet_client.errors import ActorError, RivetError

if TYPE_CHECKING:
    from rivet_client import Client

__all__ = ["command"]

PAGE = 100


@click.command(
    "actors",
    cls=Subcommand,
    examples=(
        "rivet-client actors",
        "rivet-client actors chatRoom --all",
        'rivet-client actors chatRoom \'["HQ", "lobby"]\' --destroyed',
    ),
)
@click.argument("actor", metavar="[ACTOR]", required=False)
@click.argument("words", metavar="[KEY]", nargs=-1)
@key_option
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    metavar="N",
    help="Most actors to list [default: 50].",
)
@click.option("--all", "everything", is_flag=True, help="List all, page after page.")
@click.option("--destroyed", is_flag=True, help="Include actors that are destroyed.")
@connection_options()
@output_options
@click.pass_obj
def command(
    settings: Settings,
    actor: str | None,
    words: tuple[str, ...],
    parts: tuple[str, ...],
    limit: int,
    everything: bool,
    destroyed: bool,
) -> None:
    """List the actors of a namespace, newest first within each name: all, those of one name, or those of one key."""
    key = None
    if words or parts:
        address = Address.read(actor or "", words, parts)
        if actor is None or address.rest:
            raise click.UsageError("actors takes [ACTOR] [KEY]; a key needs the actor's name")
        key = address.key
    with settings.client() as client:
        settings.reach(client)
        found = _rows(client, actor, key, destroyed, PAGE if everything else min(PAGE, limit + 1))
        if (first := next(found, None)) is None and actor is not None:
            _refuse_unknown_name(client, actor)
        found = chain([] if first is None else [first], found)
        rows = found if everything else islice(found, limit)
        if settings.for_people:
            _print_for_people(list(rows))
        else:
            for row in rows:
                print_json(row)
        if not everything and next(found, None) is not None:
            note(f"these are the first {limit}; list more with --limit, or --all")


def _refuse_unknown_name(client: Client, name: str) -> None:
    """Say which names there are, if the engine tells, and this is none of them.

    Raises:
        CommandFailed: Actors have other names.
    """
    try:
        names = sorted(client.engine.actors_list_names(limit=PAGE).names)
    except RivetError:
        return  # not everybody may list names
    if name not in names and 0 < len(names) < PAGE:
        raise CommandFailed(*no_such_actor(repr(name) + there_are(name, names)))


def _rows(
    client: Client, name: str | None, key: tuple[str, ...] | None, destroyed: bool, page: int
) -> Iterator[dict[str, Any]]:
    if name is not None and key is not None and not destroyed:
        try:
            yield _row(client.engine.actors_get(client.get(name, key).resolve()))
        except ActorError as error:
            if error.code != "not_found":
                raise
        return
    names = [name] if name is not None else sorted(name for name, _ in client.engine.actors_list_names_all())
    for one in names:
        for actor in client.engine.actors_list_all(name=one, include_destroyed=destroyed or None, limit=page):
            row = _row(actor)
            if key is None or row["key"] == list(key):
                yield row


def _row(actor: Any) -> dict[str, Any]:
    return {
        "actor_id": actor.actor_id,
        "name": actor.name,
        "key": read_serialized_key(actor.key),
        "state": _state(actor),
        "created": _time(actor.create_ts),
        "destroyed": _time(actor.destroy_ts),
        "pool": actor.runner_name_selector,
        "datacenter": actor.datacenter,
        "error": actor.error,
    }


def _state(actor: Any) -> str:
    """Tell in a word what an actor does."""
    if actor.destroy_ts is not None:
        return "destroyed"
    if actor.connectable_ts is not None:
        return "running"
    if actor.error is not None:
        return "failed"
    if actor.pending_allocation_ts is not None:
        return "waiting"  # for a host
    if actor.sleep_ts is not None:
        return "sleeping"
    return "starting"


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _print_for_people(rows: list[dict[str, Any]]) -> None:
    if not rows:
        note("no actors")
        return
    now = time.time()
    print_table(
        ("name", "key", "state", "age", "id"),
        (
            (
                row["name"],
                show_key(row["key"]),
                row["state"],
                _age(now - row["created"].timestamp()),
                row["actor_id"],
            )
            for row in rows
        ),
        whole=("state", "age", "id"),
    )


def _age(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size:.0f}{unit}"
    return f"{max(seconds, 0):.0f}s"
