"""The control API: actors, names, namespaces and pools (PROTOCOL.md 2)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from rivet_client.testing.fake import routes
from rivet_client.testing.fake.actors import DATACENTER, Actor, Directory, now_ms
from rivet_client.testing.fake.failures import Failure, bad_request, shown, usual
from rivet_client.testing.fake.http import Answer, HttpRequest

__all__ = ["ENGINE_VERSION", "ControlApi"]

T = TypeVar("T")

ENGINE_VERSION: Final = "2.3.19"
"""The version of the engine that this one behaves like."""

_MAX_KEY_BYTES = 1024
_MAX_INPUT_BYTES = 1_048_576
_MAX_BODY_BYTES = 2 * 1024 * 1024
_PAGE = 100
_NUMBER = re.compile("[0-9]{1,18}")


class ControlApi:
    """Answers requests that are not for actors."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def answer(self, request: HttpRequest) -> Answer:
        """Answer a request.

        Raises:
            Failure: Nothing is there.
        """
        path, _, query = request.target.partition("?")
        if path == "/metadata" and request.method == "GET":  # each client's first request: without the models
            return _json({"runtime": "engine", "version": ENGINE_VERSION})
        try:
            return _json(await self._operate(request, path, query))
        except Failure as error:
            if (error.group, error.code) == ("api", "not_found"):
                raise  # no route at all, which the gateway tells
            failure = shown(error)
            return _json(failure.document(), failure.status)

    async def _operate(self, request: HttpRequest, path: str, query: str) -> dict[str, Any]:
        from rivet_client_generated.engine_api.operations import OPERATIONS

        is_known = False
        for operation in OPERATIONS.values():
            match = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", operation.path), path)
            if match is None:
                continue
            if operation.method != request.method:
                is_known = True
                continue
            values = {name: unquote(value) for name, value in match.groupdict().items()}
            values |= _read_query(operation, query)
            body = {} if operation.request is None else _read_body(operation.request, request)
            handler: Callable[..., Any] = getattr(self, f"_{operation.id}")
            answer: dict[str, Any] = await handler(values, body)
            return answer
        if is_known:
            raise usual("api", "method_not_allowed", message="method not allowed", status=405)
        raise usual("api", "not_found", message="nothing is there")

    # --- Actors --------------------------------------------------------------------------------------------------

    async def _actors_list(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        directory = self._directory
        namespace = values["namespace"]
        directory.check_namespace(namespace)
        ids = values.get("actor_id")
        if ids is not None:
            if wrong := [actor_id for actor_id in ids if not routes.ACTOR_ID.fullmatch(actor_id)]:
                raise bad_request(f"{wrong[0]!r} is no id of an actor")
            found = [directory.by_id(actor_id) for actor_id in ids]
            actors = [actor for actor in found if actor is not None and actor.namespace == namespace]
            return _page([_row(actor) for actor in actors])
        if "name" not in values:
            raise _invalid("give a name or ids")
        if "key" in values:
            actor = directory.by_key(namespace, values["name"], values["key"])
            return _page([] if actor is None else [_row(actor)])
        actors = [
            actor
            for actor in directory
            if (actor.namespace, actor.name) == (namespace, values["name"])
            and (actor.phase != "destroyed" or values.get("include_destroyed") == "true")
        ]
        actors.reverse()
        page, pagination = _cut(actors, values)
        return {"actors": [_row(actor) for actor in page], "pagination": pagination}

    async def _actors_get_or_create(
        self, values: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        actor = self._directory.by_key(values["namespace"], body["name"], body["key"])
        created = actor is None
        if actor is None:
            actor = self._created(values, body)
        return {"actor": _row(actor), "created": created}

    async def _actors_create(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        key = body.get("key")
        if key is not None and (taken := self._directory.by_key(values["namespace"], body["name"], key)):
            metadata = {"existing_actor_id": taken.id, "key": key}
            raise usual("actor", "duplicate_key", metadata=metadata)
        return {"actor": _row(self._created(values, body))}

    def _created(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> Actor:
        if body.get("datacenter") not in (None, DATACENTER):
            raise usual("datacenter", "not_found")
        key, text = body.get("key"), body.get("input")
        if key == "":
            raise usual("actor", "empty_key")
        if key is not None and len(key.encode()) > _MAX_KEY_BYTES:
            raise usual("actor", "key_too_large")
        data = None if text is None else _decoded(text)
        if data is not None and len(data) > _MAX_INPUT_BYTES:
            raise usual("actor", "input_too_large", metadata={"max_size": _MAX_INPUT_BYTES})
        actor = self._directory.create(
            values["namespace"],
            body["name"],
            None if key is None else routes.parse_key(key),
            pool=body["runner_name_selector"],
            input=data,
        )
        self._directory.start_soon(actor)
        return actor

    def _known(self, values: Mapping[str, Any]) -> Actor:
        self._directory.check_namespace(values["namespace"])
        actor = self._directory.by_id(values["actor_id"])
        if actor is None:
            raise usual("actor", "not_found")
        return actor

    async def _actors_destroy(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        await self._known(values).destroy()
        return {}

    async def _actors_sleep(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        await self._known(values).sleep()
        return {}

    async def _actors_reschedule(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        actor = self._known(values)
        await actor.sleep()
        self._directory.start_soon(actor)
        return {}

    async def _actors_kv_get(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        self._known(values)
        raise usual("actor", "kv_key_not_found")

    async def _actors_list_names(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        names = sorted(self._directory.definitions)
        page, pagination = _cut(names, values)
        return {"names": {name: {"metadata": {}} for name in page}, "pagination": pagination}

    # --- What else an engine has ---------------------------------------------------------------------------------

    async def _datacenters_list(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        row = {"label": 1, "name": DATACENTER, "url": ""}
        return {"datacenters": [row], "pagination": {"cursor": None}}

    async def _namespaces_list(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        ids = values.get("namespace_id")
        rows = [
            row
            for name, row in self._directory.namespaces.items()
            if values.get("name") in (None, name) and (ids is None or row["namespace_id"] in ids)
        ]
        return {"namespaces": rows, "pagination": {"cursor": None}}

    async def _namespaces_create(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        return {"namespace": self._directory.add_namespace(body["name"], body["display_name"])}

    async def _envoys_list(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """One host for each pool. This engine plays all of them."""
        self._directory.check_namespace(values["namespace"])
        namespace = self._directory.namespaces[values["namespace"]]
        pools = [pool for pool in sorted(self._directory.pools) if values.get("name") in (None, pool)]
        page, pagination = _cut(pools, values)
        rows = [
            {
                "envoy_key": f"fake-{pool}",
                "namespace_id": namespace["namespace_id"],
                "datacenter": DATACENTER,
                "pool_name": pool,
                "version": 1,
                "slots": sum(actor.phase == "awake" and actor.pool == pool for actor in self._directory),
                "create_ts": namespace["create_ts"],
                "last_ping_ts": now_ms(),
                "last_connected_ts": namespace["create_ts"],
                "last_rtt": 0,
                "metadata": {"rivetkit": {"version": ENGINE_VERSION}},
            }
            for pool in page
        ]
        return {"envoys": rows, "pagination": pagination}

    async def _runner_configs_list(
        self, values: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        wanted = values.get("runner_name")
        config: dict[str, Any] = {"datacenters": {DATACENTER: {"normal": {}}}}
        configs = {pool: config for pool in sorted(self._directory.pools) if wanted is None or pool in wanted}
        return {"runner_configs": configs, "pagination": {"cursor": None}}

    async def _runner_configs_upsert(
        self, values: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        self._directory.pools.add(values["runner_name"])
        return {"endpoint_config_changed": False}

    async def _runner_configs_delete(
        self, values: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._directory.check_namespace(values["namespace"])
        self._directory.pools.discard(values["runner_name"])
        return {}

    async def _health_get(self, values: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        return {"runtime": "engine", "status": "ok", "version": ENGINE_VERSION}


def _read_query(operation: Any, query: str) -> dict[str, Any]:
    """The parameters of an operation, as their kinds say. Unknown ones are refused, as an engine does."""
    kinds = {parameter.wire: parameter for parameter in operation.query}
    values: dict[str, Any] = {}
    for name, value in routes.form_pairs(query):
        if name == "actor_ids" and "actor_id" in kinds:  # another way to write the same
            values["actor_id"] = [*values.get("actor_id", ()), *value.split(",")]
        elif name not in kinds:
            raise bad_request(f"unknown field `{name}`")
        elif kinds[name].kind == "array":
            values.setdefault(name, []).append(value)
        elif kinds[name].kind == "integer" and not _NUMBER.fullmatch(value):
            raise bad_request(f"`{name}` is no integer")
        else:
            values[name] = value
    for parameter in operation.query:
        if parameter.required and parameter.wire not in values:
            raise bad_request(f"missing field `{parameter.wire}`")
    return values


def _read_body(kind: Any, request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > _MAX_BODY_BYTES:
        raise bad_request("length limit exceeded")
    if "application/json" not in request.headers.get("content-type", ""):
        raise bad_request("expected request with `Content-Type: application/json`")
    try:
        fields: dict[str, Any] = json.loads(request.body)
        kind.model_validate(fields)
    except ValueError as error:
        raise bad_request(" ".join(str(error).split())) from None
    known = {field.alias or name for name, field in kind.model_fields.items()}
    if unknown := fields.keys() - known:
        raise bad_request(f"unknown field `{sorted(unknown)[0]}`")
    return fields


def _cut(everything: list[T], values: Mapping[str, Any]) -> tuple[list[T], dict[str, Any]]:
    """The page of a list that `cursor` and `limit` ask for, and what the engine says of the next one."""
    cursor = values.get("cursor") or "0"
    if not _NUMBER.fullmatch(cursor):
        raise bad_request(f"{cursor!r} is no cursor")
    begin = int(cursor)
    end = begin + int(values.get("limit") or _PAGE)
    return everything[begin:end], {"cursor": str(end) if end < len(everything) else None}


def _decoded(text: str) -> bytes:
    """The input of an actor. Like an engine, this takes any text: what is no base64 fails when the actor starts."""
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()


def _json(body: Mapping[str, Any], status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def _invalid(message: str) -> Failure:
    return usual("validation", "invalid_input", metadata={"message": message}, status=400)


def _page(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"actors": rows, "pagination": {"cursor": None}}


def _row(actor: Actor) -> dict[str, Any]:
    """An actor as the engine lists it."""
    row: dict[str, Any] = {
        "actor_id": actor.id,
        "name": actor.name,
        "key": actor.serialized_key,
        "namespace_id": actor.directory.namespaces[actor.namespace]["namespace_id"],
        "datacenter": DATACENTER,
        "runner_name_selector": actor.pool,
        "crash_policy": "sleep",
        "create_ts": actor.created_ts,
        "start_ts": actor.started_ts,
        "pending_allocation_ts": None,
        "connectable_ts": actor.started_ts if actor.phase == "awake" else None,
        "sleep_ts": actor.slept_ts,
        "reschedule_ts": None,
        "destroy_ts": actor.destroyed_ts,
    }
    if actor.error is not None:
        row["error"] = actor.error
    return row
