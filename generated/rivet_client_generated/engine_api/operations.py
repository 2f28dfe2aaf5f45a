# Generated, do not edit. Source: schema/engine_api.yaml; command: python -m rivet_codegen

"""What can be asked of the control API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel

from rivet_client_generated.engine_api.models import (
    ActorNamesListResponse,
    ActorsCreateRequest,
    ActorsCreateResponse,
    ActorsGetOrCreateRequest,
    ActorsGetOrCreateResponse,
    ActorsKvGetResponse,
    ActorsListResponse,
    DatacentersListResponse,
    Empty,
    EnvoysListResponse,
    HealthGetResponse,
    MetadataGetResponse,
    NamespacesCreateRequest,
    NamespacesCreateResponse,
    NamespacesListResponse,
    RunnerConfigsListResponse,
    RunnerConfigsUpsertRequest,
    RunnerConfigsUpsertResponse,
)

__all__ = [
    "OPERATIONS",
    "Operation",
    "Parameter",
    "ACTORS_LIST",
    "ACTORS_GET_OR_CREATE",
    "ACTORS_CREATE",
    "ACTORS_LIST_NAMES",
    "ACTORS_DESTROY",
    "ACTORS_SLEEP",
    "ACTORS_RESCHEDULE",
    "ACTORS_KV_GET",
    "DATACENTERS_LIST",
    "NAMESPACES_LIST",
    "NAMESPACES_CREATE",
    "ENVOYS_LIST",
    "RUNNER_CONFIGS_LIST",
    "RUNNER_CONFIGS_UPSERT",
    "RUNNER_CONFIGS_DELETE",
    "METADATA_GET",
    "HEALTH_GET",
]

T = TypeVar("T", bound=BaseModel)


class Parameter(NamedTuple):
    """A parameter of an operation.

    Attributes:
        name: What it is called in Python.
        wire: What it is called in the URL.
        kind: "string", "integer", "boolean" (sent as true or false), or "array" (of strings; sent once for each).
        required: Whether it must be given.
    """

    name: str
    wire: str
    kind: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A request that the control API takes.

    Attributes:
        id: Its name.
        method: HTTP method.
        path: Path below the endpoint, with `{name}` where a path parameter goes, percent-encoded.
        path_parameters: Those in the path, where they stand by their wire names.
        query: Those in the query.
        request: Type of the JSON body, or None if there is none.
        response: Type of the answer's JSON body.
    """

    id: str
    method: str
    path: str
    path_parameters: tuple[Parameter, ...]
    query: tuple[Parameter, ...]
    request: type[BaseModel] | None
    response: type[T]


ACTORS_LIST: Final = Operation(
    id="actors_list",
    method="GET",
    path="/actors",
    path_parameters=(),
    query=(
        Parameter("namespace", "namespace", "string", True),
        Parameter("name", "name", "string", False),
        Parameter("key", "key", "string", False),
        Parameter("actor_id", "actor_id", "array", False),
        Parameter("include_destroyed", "include_destroyed", "boolean", False),
        Parameter("limit", "limit", "integer", False),
        Parameter("cursor", "cursor", "string", False),
    ),
    request=None,
    response=ActorsListResponse,
)
"""List actors by name, by name and key, or by id; newest first."""

ACTORS_GET_OR_CREATE: Final = Operation(
    id="actors_get_or_create",
    method="PUT",
    path="/actors",
    path_parameters=(),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=ActorsGetOrCreateRequest,
    response=ActorsGetOrCreateResponse,
)
"""Get the actor of a key, or create it."""

ACTORS_CREATE: Final = Operation(
    id="actors_create",
    method="POST",
    path="/actors",
    path_parameters=(),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=ActorsCreateRequest,
    response=ActorsCreateResponse,
)
"""Create an actor; fails with actor.duplicate_key if the key is in use."""

ACTORS_LIST_NAMES: Final = Operation(
    id="actors_list_names",
    method="GET",
    path="/actors/names",
    path_parameters=(),
    query=(
        Parameter("namespace", "namespace", "string", True),
        Parameter("limit", "limit", "integer", False),
        Parameter("cursor", "cursor", "string", False),
    ),
    request=None,
    response=ActorNamesListResponse,
)
"""List the names that actors of the namespace have."""

ACTORS_DESTROY: Final = Operation(
    id="actors_destroy",
    method="DELETE",
    path="/actors/{actor_id}",
    path_parameters=(Parameter("actor_id", "actor_id", "string", True),),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=None,
    response=Empty,
)
"""Destroy an actor; does nothing if it is destroyed already."""

ACTORS_SLEEP: Final = Operation(
    id="actors_sleep",
    method="POST",
    path="/actors/{actor_id}/sleep",
    path_parameters=(Parameter("actor_id", "actor_id", "string", True),),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=Empty,
    response=Empty,
)
"""Put an actor to sleep."""

ACTORS_RESCHEDULE: Final = Operation(
    id="actors_reschedule",
    method="POST",
    path="/actors/{actor_id}/reschedule",
    path_parameters=(Parameter("actor_id", "actor_id", "string", True),),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=Empty,
    response=Empty,
)
"""Stop an actor and start it again, possibly on another host."""

ACTORS_KV_GET: Final = Operation(
    id="actors_kv_get",
    method="GET",
    path="/actors/{actor_id}/kv/keys/{key}",
    path_parameters=(
        Parameter("actor_id", "actor_id", "string", True),
        Parameter("key", "key", "string", True),
    ),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=None,
    response=ActorsKvGetResponse,
)
"""Read one entry of the store that an actor's host keeps; fails with actor.kv_key_not_found."""

DATACENTERS_LIST: Final = Operation(
    id="datacenters_list",
    method="GET",
    path="/datacenters",
    path_parameters=(),
    query=(),
    request=None,
    response=DatacentersListResponse,
)
"""List the datacenters of the engine."""

NAMESPACES_LIST: Final = Operation(
    id="namespaces_list",
    method="GET",
    path="/namespaces",
    path_parameters=(),
    query=(
        Parameter("name", "name", "string", False),
        Parameter("namespace_id", "namespace_id", "array", False),
        Parameter("limit", "limit", "integer", False),
    ),
    request=None,
    response=NamespacesListResponse,
)
"""List namespaces, all or by name or id; newest first."""

NAMESPACES_CREATE: Final = Operation(
    id="namespaces_create",
    method="POST",
    path="/namespaces",
    path_parameters=(),
    query=(),
    request=NamespacesCreateRequest,
    response=NamespacesCreateResponse,
)
"""Create a namespace."""

ENVOYS_LIST: Final = Operation(
    id="envoys_list",
    method="GET",
    path="/envoys",
    path_parameters=(),
    query=(
        Parameter("namespace", "namespace", "string", True),
        Parameter("name", "name", "string", False),
        Parameter("envoy_key", "envoy_key", "array", False),
        Parameter("limit", "limit", "integer", False),
        Parameter("cursor", "cursor", "string", False),
    ),
    request=None,
    response=EnvoysListResponse,
)
"""List the connected hosts of actors."""

RUNNER_CONFIGS_LIST: Final = Operation(
    id="runner_configs_list",
    method="GET",
    path="/runner-configs",
    path_parameters=(),
    query=(
        Parameter("namespace", "namespace", "string", True),
        Parameter("runner_name", "runner_name", "array", False),
        Parameter("variant", "variant", "string", False),
        Parameter("limit", "limit", "integer", False),
    ),
    request=None,
    response=RunnerConfigsListResponse,
)
"""List runner pools and how each is configured, by datacenter."""

RUNNER_CONFIGS_UPSERT: Final = Operation(
    id="runner_configs_upsert",
    method="PUT",
    path="/runner-configs/{runner_name}",
    path_parameters=(Parameter("runner_name", "runner_name", "string", True),),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=RunnerConfigsUpsertRequest,
    response=RunnerConfigsUpsertResponse,
)
"""Create a runner pool, or change its configuration."""

RUNNER_CONFIGS_DELETE: Final = Operation(
    id="runner_configs_delete",
    method="DELETE",
    path="/runner-configs/{runner_name}",
    path_parameters=(Parameter("runner_name", "runner_name", "string", True),),
    query=(Parameter("namespace", "namespace", "string", True),),
    request=None,
    response=Empty,
)
"""Delete a runner pool."""

METADATA_GET: Final = Operation(
    id="metadata_get",
    method="GET",
    path="/metadata",
    path_parameters=(),
    query=(Parameter("namespace", "namespace", "string", False),),
    request=None,
    response=MetadataGetResponse,
)
"""Ask what an endpoint is, and where clients should go instead."""

HEALTH_GET: Final = Operation(
    id="health_get",
    method="GET",
    path="/health",
    path_parameters=(),
    query=(),
    request=None,
    response=HealthGetResponse,
)
"""Ask whether an endpoint is up."""

OPERATIONS: Final[dict[str, Operation[Any]]] = {
    "actors_list": ACTORS_LIST,
    "actors_get_or_create": ACTORS_GET_OR_CREATE,
    "actors_create": ACTORS_CREATE,
    "actors_list_names": ACTORS_LIST_NAMES,
    "actors_destroy": ACTORS_DESTROY,
    "actors_sleep": ACTORS_SLEEP,
    "actors_reschedule": ACTORS_RESCHEDULE,
    "actors_kv_get": ACTORS_KV_GET,
    "datacenters_list": DATACENTERS_LIST,
    "namespaces_list": NAMESPACES_LIST,
    "namespaces_create": NAMESPACES_CREATE,
    "envoys_list": ENVOYS_LIST,
    "runner_configs_list": RUNNER_CONFIGS_LIST,
    "runner_configs_upsert": RUNNER_CONFIGS_UPSERT,
    "runner_configs_delete": RUNNER_CONFIGS_DELETE,
    "metadata_get": METADATA_GET,
    "health_get": HEALTH_GET,
}
"""Every operation by its id."""
