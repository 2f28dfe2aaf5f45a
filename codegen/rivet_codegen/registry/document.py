"""A registry document → dataclasses. Its shape is checked here, and nowhere else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "FORMAT_VERSION",
    "Action",
    "Actor",
    "DeclaredError",
    "Event",
    "Parameter",
    "Queue",
    "RegistryDocument",
    "RegistryError",
    "Schema",
    "Slot",
    "read_document",
]

FORMAT_VERSION = 1
"""The format that is understood here."""

ENCODINGS = ("bare", "cbor", "json")
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")

Schema = dict[str, Any]


class RegistryError(Exception):
    """A registry document is wrong. The text says where (as a JSON path), what is wrong, and what to do."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)

    def __str__(self) -> str:
        return ": ".join(self.args)


@dataclass(frozen=True, slots=True)
class DeclaredError:
    """An error that an actor, an action or a queue is said to answer with."""

    group: str
    code: str
    description: str

    @property
    def name(self) -> str:
        """Group and code, as error texts have them."""
        return f"{self.group}.{self.code}"


@dataclass(frozen=True, slots=True)
class Slot:
    """What an actor is created or connected to with."""

    schema: Schema
    required: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of an action or event."""

    name: str
    schema: Schema
    required: bool
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One action. The name of a nested action has dots."""

    name: str
    params: tuple[Parameter, ...]
    returns: Schema
    description: str
    deprecated: str | None
    throws: tuple[DeclaredError, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    name: str
    args: tuple[Parameter, ...]
    description: str
    deprecated: str | None


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue. `complete` is None if the actor replies nothing."""

    name: str
    message: Schema
    complete: Schema | None
    description: str
    deprecated: str | None
    throws: tuple[DeclaredError, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """One actor. An opaque actor has no types at all. What the actor itself `throws`, any of its calls may throw."""

    name: str
    description: str
    deprecated: str | None
    opaque: bool
    input: Slot | None
    params: Slot | None
    actions: tuple[Action, ...]
    events: tuple[Event, ...]
    queues: tuple[Queue, ...]
    encodings: tuple[str, ...]
    throws: tuple[DeclaredError, ...]


@dataclass(frozen=True, slots=True)
class RegistryDocument:
    """A whole registry.

    Attributes:
        file: The name of its file.
        rivetkit: The version of rivetkit that it was read with; "" if the document does not tell.
        content_hash: Of the actors and types. No path and no comment in the sources plays a part.
        raw: All of the document.
    """

    file: str
    rivetkit: str
    content_hash: str
    actors: tuple[Actor, ...]
    definitions: dict[str, Schema]
    raw: object

    def errors(self) -> Iterator[DeclaredError]:
        """Yield all errors that are declared anywhere."""
        for actor in self.actors:
            yield from actor.throws
            for action in actor.actions:
                yield from action.throws
            for queue in actor.queues:
                yield from queue.throws


def read_document(document: object) -> RegistryDocument:
    """Check a document and return what it says.

    Raises:
        RegistryError: It is not a registry document, has another format, or contradicts itself.
    """
    root = _Node("$", document)
    about = root.child("x-rivet-registry")
    version = about.get("formatVersion", int)
    if version != FORMAT_VERSION:
        advice = (
            "update rivet-client"
            if version > FORMAT_VERSION
            else "extract the document anew (`rivet-client extract`)"
        )
        raise RegistryError(
            f"{about.path}.formatVersion",
            f"format {version} is not understood, only {FORMAT_VERSION}; {advice}",
        )
    definitions = {node.name: node.schema() for node in root.child("$defs", {}).children()}
    actors = tuple(_actor(node) for node in root.child("actors").children())
    known = {f"#/$defs/{_escaped(name)}" for name in definitions}
    for path, target in _references(document, "$"):
        if target not in known:
            raise RegistryError(path, f"refers to {target}, which is not there; extract the document anew")
    return RegistryDocument(
        file=about.get("file", str, ""),
        rivetkit=about.get("rivetkit", str, ""),
        content_hash=about.get("contentHash", str, "") or _content_hash(root),
        actors=actors,
        definitions=definitions,
        raw=document,
    )


def _content_hash(root: _Node) -> str:
    """Return the hash of a document that has none, because it was made by hand."""
    content = [FORMAT_VERSION, root.child("actors").value, root.child("$defs", {}).value]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _actor(node: _Node) -> Actor:
    opaque = node.get("opaque", bool, False)
    encodings = node.child("encodings", list(ENCODINGS))
    for encoding in encodings.items():
        encoding.check_one_of(ENCODINGS)
    actions = node.child("actions", {})
    for name in actions.names():
        for other in actions.names():
            if name.startswith(f"{other}."):
                raise RegistryError(
                    actions.path, f"{other!r} is an action and a group of actions; rename one"
                )
    return Actor(
        node.name,
        *_about(node),
        opaque,
        _slot(node, "input"),
        _slot(node, "connParams"),
        tuple(_action(child) for child in actions.children()),
        tuple(_event(child) for child in node.child("events", {}).children()),
        tuple(_queue(child) for child in node.child("queues", {}).children()),
        tuple(encodings.value),
        _throws(node),
    )


def _about(node: _Node) -> tuple[str, str | None]:
    """Return the description, and why it is deprecated: None if it is not; the reason may be ""."""
    deprecated = node.get("deprecated", (bool, str), False)
    reason = deprecated if isinstance(deprecated, str) else "" if deprecated else None
    return node.get("description", str, ""), reason


def _throws(node: _Node) -> tuple[DeclaredError, ...]:
    return tuple(
        DeclaredError(child.get("group", str), child.get("code", str), child.get("description", str, ""))
        for child in node.child("throws", []).items()
    )


def _slot(node: _Node, key: str) -> Slot | None:
    child = node.child(key, None)
    if child.value is None:
        return None
    return Slot(child.child("schema").schema(), child.get("required", bool))


def _action(node: _Node) -> Action:
    for part in node.name.split("."):
        if not part:
            raise RegistryError(
                node.path, "the name of a nested action has an empty part; rename it in the registry"
            )
    params = _parameters(node.child("params"))
    for index, param in enumerate(params[:-1]):
        if param.rest:
            raise RegistryError(
                f"{node.path}.params[{index}]", "only the last parameter can be a rest parameter"
            )
    return Action(node.name, params, node.child("returns").schema(), *_about(node), _throws(node))


def _parameters(node: _Node) -> tuple[Parameter, ...]:
    """Read a list of parameters. If several have the same name, all but the first get numbers."""
    params: dict[str, Parameter] = {}
    for number, child in enumerate(node.items(), 1):
        name = child.get("name", str)
        name = f"{name}{number}" if name in params else name
        schema = child.child("schema").schema()
        params[name] = Parameter(name, schema, child.get("required", bool), child.get("rest", bool, False))
    return tuple(params.values())


def _event(node: _Node) -> Event:
    return Event(node.name, _parameters(node.child("args")), *_about(node))


def _queue(node: _Node) -> Queue:
    complete = node.child("complete", None)
    return Queue(
        node.name,
        node.child("message").schema(),
        None if complete.value is None else complete.schema(),
        *_about(node),
        _throws(node),
    )


def _check_schema(node: _Node) -> None:
    """Check the keywords that are used, of a schema and of the schemas in it."""
    node.check(dict)
    for key in node.value:
        child = node.child(key)
        match key:
            case "$ref" | "description" | "x-rivet-type":
                child.check(str)
            case "type":
                for kind in child.items() if isinstance(child.value, list) else [child]:
                    kind.check_one_of(_TYPES)
            case "enum" | "required":
                child.check(list)
            case "properties":
                for each in child.children():
                    _check_schema(each)
            case "allOf" | "anyOf" | "oneOf" | "prefixItems":
                for each in child.items():
                    _check_schema(each)
            case "additionalProperties" | "items" | "not" | "propertyNames":
                if not isinstance(child.value, bool):
                    _check_schema(child)
            case "discriminator":
                child.get("propertyName", str)


class _Node:
    """A value of the document, and where it stands."""

    _MISSING = object()

    def __init__(self, path: str, value: Any, name: str = "") -> None:
        self.path = path
        self.value = value
        self.name = name

    def child(self, key: str, default: object = _MISSING) -> _Node:
        self.check(dict)
        value = self.value.get(key, default)
        if value is self._MISSING:
            raise RegistryError(self.path, f"{key!r} is missing; is this a document that `extract` wrote?")
        return _Node(_step(self.path, key), value, key)

    def children(self) -> Iterator[_Node]:
        """Yield the entries of an object, in the order of their names."""
        for key in self.names():
            yield _Node(_step(self.path, key), self.value[key], key)

    def names(self) -> list[str]:
        self.check(dict)
        return sorted(self.value)

    def items(self) -> Iterator[_Node]:
        self.check(list)
        for index, value in enumerate(self.value):
            yield _Node(f"{self.path}[{index}]", value)

    def get(self, key: str, kind: type | tuple[type, ...], default: object = _MISSING) -> Any:
        child = self.child(key, default)
        if child.value is not default:
            child.check(kind)
        return child.value

    def schema(self) -> Schema:
        """Return the value as a JSON schema; `true` is the schema of all values."""
        if self.value is True:
            return {}
        _check_schema(self)
        schema: Schema = self.value
        return schema

    def check_one_of(self, known: tuple[str, ...]) -> None:
        if self.value not in known:
            raise RegistryError(self.path, f"must be one of {', '.join(known)}, not {self.value!r}")

    def check(self, kind: type | tuple[type, ...]) -> None:
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(self.value, kinds) or (isinstance(self.value, bool) and bool not in kinds):
            wanted = " or ".join(_KINDS[one] for one in kinds)
            raise RegistryError(self.path, f"must be {wanted}, not {_KINDS.get(type(self.value), 'null')}")


_KINDS: Mapping[type, str] = {
    dict: "an object", list: "an array", str: "a string", int: "an integer", bool: "a boolean", float: "a number",
}  # fmt: skip


def _step(path: str, key: str) -> str:
    return f"{path}.{key}" if re.fullmatch(r"[A-Za-z_$][\w$-]*", key) else f"{path}[{key!r}]"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _references(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "$ref" and isinstance(item, str):
                yield _step(path, key), item
            else:
                yield from _references(item, _step(path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _references(item, f"{path}[{index}]")
