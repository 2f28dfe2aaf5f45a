"""What a registry document says about actors, and what of a fake or of its callers does not fit it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from rivet_client._hints import did_you_mean
from rivet_client._wire.values_codec import to_tree
from rivet_client.errors import ConfigError
from rivet_client.testing.fake.definition import ActorDefinition
from rivet_client.testing.fake.encoding import tagged_tree
from rivet_client.testing.fake.failures import Misfit
from rivet_client.testing.fake.fitting import NOTHING, Complaint, Fitting
from rivet_codegen.contract.shapes import Types
from rivet_codegen.contract.sources import SourceError, read_contract
from rivet_codegen.contract.wording import listed
from rivet_codegen.registry.document import (
    Action,
    Actor,
    Event,
    Parameter,
    Queue,
    RegistryDocument,
    Schema,
    Slot,
)
from rivet_codegen.registry.naming import action_names

__all__ = ["ActorContract", "Contract"]


class Contract:
    """A registry document.

    Args:
        document: What it says.
        source: Where it was read from, for errors.

    Attributes:
        actors: What it says about each actor, by name.
    """

    def __init__(self, document: RegistryDocument, source: str) -> None:
        types = Types(document)
        self.source = source
        self.actors: Mapping[str, ActorContract] = {
            actor.name: ActorContract(actor, types, source) for actor in document.actors
        }

    @classmethod
    def read(cls, source: str | os.PathLike[str] | ModuleType) -> Contract:
        """Read a registry document, or the one in the folder of a typed package.

        Raises:
            ConfigError: There is none, or it is no document, or one of another version. The text has the path.
        """
        name = os.path.dirname(source.__file__ or "") if isinstance(source, ModuleType) else os.fspath(source)
        try:
            return cls(read_contract(name, extract=_not_a_document, say=lambda _: None), Path(name).name)
        except (SourceError, OSError) as error:
            raise ConfigError(str(error)) from None

    def actor(self, name: str) -> ActorContract:
        """Return what is said about an actor.

        Raises:
            ConfigError: Nothing is.
        """
        if name not in self.actors:
            raise ConfigError(f"{self.source} has no actor {name!r}{_others(name, self.actors)}")
        return self.actors[name]


class ActorContract:
    """What a registry document says about one actor."""

    def __init__(self, actor: Actor, types: Types, source: str) -> None:
        self.name: str = actor.name
        self.is_opaque: bool = actor.opaque
        self._types = types
        self._source = source
        self._input, self._params = actor.input, actor.params
        self.actions: Mapping[str, Action] = {action.name: action for action in actor.actions}
        self.events: Mapping[str, Event] = {event.name: event for event in actor.events}
        self.queues: Mapping[str, Queue] = {queue.name: queue for queue in actor.queues}

    # --- Names -----------------------------------------------------------------------------------------------------

    @cached_property
    def _wire_names(self) -> Mapping[str, str]:
        """The names of actions on the wire, by those in Python. A typed package has the same."""
        return dict(self._in_group("", "", list(self.actions)))

    def _in_group(self, wire: str, path: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        inner: dict[str, list[str]] = {}
        for name in names:
            head, _, rest = name.partition(".")
            inner.setdefault(head, []).append(rest)
        for head, attribute in action_names(self.name, wire.removesuffix("."), inner, []).items():
            if any(inner[head]):
                yield from self._in_group(f"{wire}{head}.", f"{path}{attribute}.", inner[head])
            else:
                yield f"{path}{attribute}", f"{wire}{head}"

    def action(self, name: str) -> str:
        """Return the name on the wire of an action that a fake has, under that name or under the one in Python.

        Raises:
            ConfigError: The document has no such action.
        """
        if self.is_opaque or name in self.actions:
            return name
        if name not in self._wire_names:
            raise self._unknown("action", name, self.actions)
        return self._wire_names[name]

    def on_wire(self, name: str) -> str:
        """Return the name on the wire of what has a name there or, if nothing has, of the action that Python calls so.

        A name that is neither stays as it is.
        """
        if name in self.actions or name in self.queues:
            return name
        return self._wire_names.get(name, name)

    def _check_queue(self, name: str) -> None:
        if not self.is_opaque and name not in self.queues:
            raise self._unknown("queue", name, self.queues)

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> ConfigError:
        return ConfigError(
            f"{self._source}: actor {self.name!r} has no {kind} {name!r}{_others(name, known)}"
        )

    def definition(self, written: ActorDefinition) -> ActorDefinition:
        """Return what a class says, with the names of the wire.

        Raises:
            ConfigError: The class has an action or a queue that the document does not have, or one twice.
        """
        for queue in written.queues:
            self._check_queue(queue)
        actions = {self.action(name): function for name, function in written.actions.items()}
        if len(actions) < len(written.actions):
            names = ", ".join(sorted(written.actions))
            raise ConfigError(f"{self._source}: two of these are one action of actor {self.name!r}: {names}")
        return replace(written, actions=actions)

    def missing(self, action: str) -> str:
        """Return what is told of an action that the fake does not have."""
        known = action in self.actions
        about = (
            "is not implemented in the fake" if known else f"does not exist{_others(action, self.actions)}"
        )
        return f"{self._source}: action {action!r} of actor {self.name!r} {about}"

    # --- Values that callers send ----------------------------------------------------------------------------------

    def check_arguments(self, action: str, trees: Sequence[Any]) -> None:
        """Check the arguments of a call. An action that the document does not have is not checked.

        Raises:
            Misfit: They do not fit. A real host checks them only if the actor does.
        """
        if (known := self.actions.get(action)) is not None:
            self._check_list(f"action {action!r}", known.params, trees, Fitting(is_sent=True))

    def check_message(self, queue: str, tree: Any) -> None:
        """Check a message for a queue.

        Raises:
            Misfit: It does not fit, or there is no such queue. A real host drops a message for an unknown queue.
        """
        if (known := self.queues.get(queue)) is not None:
            self._check(f"queue {queue!r}", "body", known.message, tree, Fitting(is_sent=True))
        elif not self.is_opaque:
            self._refuse(f"queue {queue!r}", f"there is no such queue{_others(queue, self.queues)}")

    def check_input(self, data: bytes | None) -> None:
        """Check what an actor is created with: CBOR, or None for nothing.

        Raises:
            Misfit: It does not fit.
        """
        tree = NOTHING if data is None else tagged_tree(data)
        self._check_slot("creation", "input", self._input, tree, Fitting(is_sent=True))

    def check_params(self, params: Any) -> None:
        """Check the parameters of a connection or a request; None for none.

        Raises:
            Misfit: They do not fit. The text shows no value, because parameters may be secret.
        """
        tree = NOTHING if params is None else to_tree(params, "bare")
        # They travel as JSON, which tells less apart.
        self._check_slot("connection", "params", self._params, tree, Fitting(is_sent=False, is_secret=True))

    def _check_slot(self, what: str, name: str, slot: Slot | None, tree: Any, fitting: Fitting) -> None:
        if slot is not None and (slot.required or tree != NOTHING):
            self._check(what, name, slot.schema, tree, fitting)

    # --- Values of the fake ----------------------------------------------------------------------------------------

    def check_result(self, action: str, value: Any, method: str) -> None:
        """Check what an action returns.

        Args:
            action: The action.
            value: What it returns.
            method: The function that has returned that, for errors.

        Raises:
            Misfit: The fake is not as the document says.
        """
        if (known := self.actions.get(action)) is not None:
            self._check_own(f"action {action!r}", f"result of {method}()", known.returns, value)

    def check_event(self, event: str, args: Sequence[Any]) -> None:
        """Check an event that the fake sends. An actor that declares no events may send any.

        Raises:
            Misfit: The fake is not as the document says.
        """
        what = f"event {event!r}"
        if (known := self.events.get(event)) is not None:
            trees = [self._tree(what, f"args[{at}]", value) for at, value in enumerate(args)]
            self._check_list(what, known.args, trees, Fitting(is_sent=False))
        elif self.events:
            self._refuse(what, f"there is no such event{_others(event, self.events)}")

    def check_reply(self, queue: str, value: Any, method: str) -> None:
        """Check the reply to a message; see `check_result`. None is also the lack of a reply.

        Raises:
            Misfit: The fake is not as the document says.
        """
        if (known := self.queues.get(queue)) is None:
            return
        if known.complete is not None:
            self._check_own(f"queue {queue!r}", f"reply of {method}()", known.complete, value)
        elif value is not None:
            self._refuse(f"queue {queue!r}", f"it declares no reply, and {method}() returns one")

    # --- What all of them share ------------------------------------------------------------------------------------

    def _check_list(
        self, what: str, params: Sequence[Parameter], trees: Sequence[Any], fitting: Fitting
    ) -> None:
        rest = params[-1] if params and params[-1].rest else None
        places = params[:-1] if rest else params
        if len(trees) > len(places) and rest is None:
            takes = f"takes {len(places)} argument{'' if len(places) == 1 else 's'}"
            self._refuse(what, f"{takes}, got {len(trees)}")
        for at, param in enumerate(places):
            given = trees[at] if at < len(trees) else NOTHING
            kind = self._types.of(param.schema)
            self._tell(
                what, fitting.complaint(kind if param.required else kind.or_undefined, given, param.name)
            )
        for at, given in enumerate(trees[len(places) :]):
            assert rest is not None, "else there would be too many"
            self._tell(what, fitting.complaint(self._types.of(rest.schema), given, rest.name, f"[{at}]"))

    def _check_own(self, what: str, name: str, schema: Schema, value: Any) -> None:
        self._check(what, name, schema, self._tree(what, name, value), Fitting(is_sent=False))

    def _check(self, what: str, name: str, schema: Schema, tree: Any, fitting: Fitting) -> None:
        self._tell(what, fitting.complaint(self._types.of(schema), tree, name))

    def _tree(self, what: str, name: str, value: Any) -> Any:
        try:
            return to_tree(value, "bare", name)
        except (ConfigError, TypeError) as error:
            self._refuse(what, str(error))

    def _tell(self, what: str, complaint: Complaint | None) -> None:
        if complaint is not None:
            path = "".join(complaint.path)
            parts = {"path": path, "expected": complaint.expected, "got": complaint.got}
            self._refuse(what, str(complaint), parts)

    def _refuse(self, what: str, problem: str, parts: Mapping[str, str] | None = None) -> NoReturn:
        message = f"{self._source}: {what} of actor {self.name!r}: {problem}"
        raise Misfit(message, {"actor": self.name, "what": what, **(parts or {})})


def _others(name: str, known: Iterable[str]) -> str:
    """The end of a text about an unknown name: what there is."""
    names = list(known)
    return did_you_mean(name, names) or f"; there are: {listed(names, 20) or 'none'}"


def _not_a_document(path: Path) -> NoReturn:
    raise SourceError(
        f"{path} is no registry document: write one with `rivet-client extract {path} -o registry.json`"
    )
