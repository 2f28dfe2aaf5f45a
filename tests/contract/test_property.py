"""What the rules promise, tried with generated contracts, packages made of them, and values.

A change that breaks nobody at run time never makes the old package fail: it reads every value that the new actor
sends, and every value that it sends is one that the new actor takes. A change that is said to break does break: there
is such a value that fails.
"""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rivet_client import UNDEFINED, ProtocolError
from rivet_client._wire import cbor, values_codec
from rivet_client.typed import Actor
from rivet_codegen.contract.changes import Place
from rivet_codegen.contract.compare import compare_documents
from rivet_codegen.contract.rules import Level
from rivet_codegen.registry.document import read_document
from tests.contract.pairs import Generator
from tests.contract.samples import Schemas
from tests.typed.support import document, imported

PAIRS = 60  # in one package, because making a package takes a second

# An example is many pairs. A quick run takes the same example each time.
_QUICK = settings.default.max_examples < 100
EXAMPLES = settings(max_examples=max(1, settings.default.max_examples // 25), derandomize=_QUICK)


def received(value: Any) -> Any:
    """A value as the client has it when it has arrived."""
    return values_codec.from_tree(cbor.loads(cbor.encode(value)))


class Contracts:
    """Two contracts with the same actions and events.

    Each action `f` takes one value of a generated type, and returns one. Actions and events `g` have lists of values.
    """

    def __init__(self, seed: int) -> None:
        actors: list[dict[str, Any]] = [{"actions": {}, "events": {}}, {"actions": {}, "events": {}}]
        definitions: list[dict[str, Any]] = [{}, {}]
        for at in range(PAIRS):
            generator = Generator(Random(seed * PAIRS + at), f"D{at}")
            for actor, schema, params in zip(actors, generator.pair(), generator.lists(), strict=True):
                param = {"name": "value", "schema": schema, "required": True}
                actor["actions"][f"f{at}"] = {"params": [param], "returns": schema}
                actor["actions"][f"g{at}"] = {"params": params, "returns": {"type": "null"}}
                actor["events"][f"g{at}"] = {"args": [{**param, "rest": False} for param in params]}
            definitions[0].update(generator.old)
            definitions[1].update(generator.new)
        self.old, self.new = (
            document({"thing": actor}, own) for actor, own in zip(actors, definitions, strict=True)
        )

    def told(self) -> dict[Place, list[str]]:
        """The rules by which something is told to break: whole actions `g` and events, else parameters and results."""
        told: dict[Place, list[str]] = {}
        for change in compare_documents(read_document(self.old), read_document(self.new)):
            for place in change.affected if change.level is Level.BREAKING else ():
                told.setdefault(place if place.name.startswith("f") else place.of(""), []).append(change.rule)
        return told

    def sides(self, *path: str) -> list[Any]:
        """What both contracts say about a member of the actor."""
        found = [side["actors"]["thing"] for side in (self.old, self.new)]
        for step in path:
            found = [each[step] for each in found]
        return found

    def definitions(self, name: str) -> list[dict[str, Any]]:
        """The definitions that were made for an action."""
        start = f"D{name[1:]}T"
        return [
            {own: schema for own, schema in side["$defs"].items() if own.startswith(start)}
            for side in (self.old, self.new)
        ]

    def have_values(self, name: str) -> bool:
        """Whether all types of an action have values: one that must contain itself has none."""
        return all(
            Schemas(definitions).samples(schema)
            for definitions in self.definitions(name)
            for schema in definitions.values()
        )

    def text(self, place: Place) -> str:
        return "\n".join(
            map(json.dumps, [*self.sides(f"{place.kind}s", place.name), *self.definitions(place.name)])
        )


class Failures:
    """The values on which the old package fails, by what takes or gives them.

    Args:
        contracts: The contracts.
        actor: The bindings of the old package.
    """

    def __init__(self, contracts: Contracts, actor: Actor) -> None:
        self.found: dict[Place, Any] = {}
        self._before, self._after = Schemas(contracts.old["$defs"]), Schemas(contracts.new["$defs"])
        for name, action in actor.actions.items():
            place = Place("thing", "action", name)
            old, new = contracts.sides("actions", name, "params")
            if name.startswith("f"):
                self._receive(
                    place.of("result"), action.result, contracts.sides("actions", name, "returns")[1]
                )
                place = place.of("parameter value")
            for values in self._before.lists(old):
                given = [received(value) if value is not UNDEFINED else UNDEFINED for value in values]
                if old and old[-1].get("rest"):
                    given[-1] = tuple(given[-1])
                self._send(place, old, new, action.arguments(*given))
        for name, event in actor.events.items():
            _, new = contracts.sides("events", name, "args")
            for values in self._after.lists(new):
                self._try(Place("thing", "event", name), event.decode, tuple(map(received, values)))

    def _receive(self, place: Place, read: Callable[[Any], Any], schema: Any) -> None:
        for value in self._after.samples(schema):
            self._try(place, read, received(value))

    def _try(self, place: Place, read: Callable[[Any], Any], value: Any) -> None:
        try:
            read(value)
        except ProtocolError as error:
            self.found.setdefault(place, (value, error))

    def _send(self, place: Place, old: list[Any], new: list[Any], sent: tuple[Any, ...]) -> None:
        if self._before.has_list(old, sent) and not self._after.has_list(new, sent):
            self.found.setdefault(place, sent)


def check(seed: int) -> list[str]:
    """Check two contracts. Return the changes that are told to break, and for which no value shows that."""
    contracts = Contracts(seed)
    with tempfile.TemporaryDirectory() as folder, imported(contracts.old, Path(folder), "contract_old"):
        actor = importlib.import_module("contract_old.actors.thing._bindings").actor
        failed = Failures(contracts, actor).found
    told = contracts.told()
    missed = [
        f"{place}: {value}\n{contracts.text(place)}" for place, value in failed.items() if place not in told
    ]
    assert not missed, "\n\n".join(missed)
    needless = [
        f"{place} {rules}\n{contracts.text(place)}"
        for place, rules in told.items()
        if place not in failed and contracts.have_values(place.name) and "MOVED" not in "".join(rules)
    ]
    # Not every value is tried, so some changes that do break find no value that shows it.
    assert len(needless) * 20 <= len(told), "\n\n".join(needless)
    return needless


@EXAMPLES
@given(st.integers(0, 10**6))
def test_what_is_told_to_break_breaks_and_nothing_else(seed: int) -> None:
    check(seed)
