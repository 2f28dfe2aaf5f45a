# Generated, do not edit. Source: schema/engine_api.yaml; command: python -m rivet_codegen

"""What the control API takes and answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from rivet_client_generated.engine_api.base import EngineModel

__all__ = [
    "Actor",
    "ActorName",
    "ActorNamesListResponse",
    "ActorsCreateRequest",
    "ActorsCreateResponse",
    "ActorsGetOrCreateRequest",
    "ActorsGetOrCreateResponse",
    "ActorsKvGetResponse",
    "ActorsListResponse",
    "Datacenter",
    "DatacentersListResponse",
    "Empty",
    "Envoy",
    "EnvoysListResponse",
    "HealthGetResponse",
    "MetadataGetResponse",
    "Namespace",
    "NamespacesCreateRequest",
    "NamespacesCreateResponse",
    "NamespacesListResponse",
    "NormalRunnerConfig",
    "Pagination",
    "RunnerConfig",
    "RunnerConfigDatacenters",
    "RunnerConfigsListResponse",
    "RunnerConfigsUpsertRequest",
    "RunnerConfigsUpsertResponse",
    "ServerlessRunnerConfig",
]


class Actor(EngineModel):
    """An actor as the engine knows it.

    Times are milliseconds since 1970, or None.

    Attributes:
        key: In its serialised form; None if the actor has none.
        runner_name_selector: Name of the runner pool.
        crash_policy: "sleep" whatever was asked for.
        start_ts: When it was first ready.
        pending_allocation_ts: Since when it waits for a host.
        connectable_ts: Since when it is ready; None while it is not running.
        sleep_ts: When it fell asleep.
        reschedule_ts: When a host is looked for again.
        destroy_ts: When it was destroyed.
        error: Why it did not start: an object with one entry, or None.
    """

    actor_id: str
    name: str
    key: str | None = None
    namespace_id: str
    datacenter: str
    runner_name_selector: str
    crash_policy: str
    create_ts: int
    start_ts: int | None = None
    pending_allocation_ts: int | None = None
    connectable_ts: int | None = None
    sleep_ts: int | None = None
    reschedule_ts: int | None = None
    destroy_ts: int | None = None
    error: Any | None = None


class ActorName(EngineModel):
    """A name that actors have.

    Attributes:
        metadata: What the registry says about it.
    """

    metadata: dict[str, Any] | None = None


class ActorNamesListResponse(EngineModel):
    """Names that actors have."""

    names: dict[str, ActorName]
    pagination: Pagination


class ActorsCreateRequest(EngineModel):
    """How to create an actor.

    Attributes:
        datacenter: Where to create it; None for the engine's choice.
        key: In its serialised form; None for an actor without a key.
        runner_name_selector: Name of the runner pool.
        input: Standard base64 of CBOR.
        crash_policy: "sleep", "restart" or "destroy".
    """

    datacenter: str | None = None
    name: str
    key: str | None = None
    runner_name_selector: str
    input: str | None = None
    crash_policy: str


class ActorsCreateResponse(EngineModel):
    """The new actor."""

    actor: Actor


class ActorsGetOrCreateRequest(EngineModel):
    """Which actor to get, and how to create it.

    Attributes:
        datacenter: Where to create it; None for the engine's choice.
        key: In its serialised form.
        runner_name_selector: Name of the runner pool.
        input: Standard base64 of CBOR.
        crash_policy: "sleep", "restart" or "destroy".
    """

    datacenter: str | None = None
    name: str
    key: str
    runner_name_selector: str
    input: str | None = None
    crash_policy: str


class ActorsGetOrCreateResponse(EngineModel):
    """The actor, and whether it is new."""

    actor: Actor
    created: bool


class ActorsKvGetResponse(EngineModel):
    """An entry of the store that an actor's host keeps.

    Attributes:
        value: Standard base64 of the value's bytes.
        update_ts: When it was written, in milliseconds since 1970.
    """

    value: Annotated[str, Field(repr=False)]
    update_ts: int


class ActorsListResponse(EngineModel):
    """Actors."""

    actors: list[Actor]
    pagination: Pagination


class Datacenter(EngineModel):
    """A datacenter of the engine."""

    label: int
    name: str
    url: str


class DatacentersListResponse(EngineModel):
    """Datacenters."""

    datacenters: list[Datacenter]
    pagination: Pagination


class Empty(EngineModel):
    """Nothing."""


class Envoy(EngineModel):
    """A host of actors that is, or was, connected.

    Times are milliseconds since 1970, or None.

    Attributes:
        version: As the host was configured with.
        slots: Actors it runs.
        last_rtt: Milliseconds that the last ping took.
    """

    envoy_key: str
    namespace_id: str
    datacenter: str
    pool_name: str
    version: int
    slots: int
    create_ts: int
    stop_ts: int | None = None
    last_ping_ts: int
    last_connected_ts: int | None = None
    last_rtt: int
    metadata: dict[str, Any] | None = None


class EnvoysListResponse(EngineModel):
    """Hosts of actors."""

    envoys: list[Envoy]
    pagination: Pagination


class HealthGetResponse(EngineModel):
    """That an endpoint is up.

    Attributes:
        runtime: "engine" or "rivetkit".
        status: "ok".
    """

    runtime: str
    status: str
    version: str


class MetadataGetResponse(EngineModel):
    """What an endpoint is.

    An engine names no other endpoint; a registry in serverless mode may.

    Attributes:
        runtime: "engine" or "rivetkit".
        client_endpoint: URL that clients should use instead.
        client_namespace: Namespace to use there.
        client_token: Token to use there.
    """

    runtime: str
    version: str
    client_endpoint: Annotated[str | None, Field(alias="clientEndpoint")] = None
    client_namespace: Annotated[str | None, Field(alias="clientNamespace")] = None
    client_token: Annotated[str | None, Field(alias="clientToken", repr=False)] = None


class Namespace(EngineModel):
    """A namespace, inside which actor keys are unique.

    Attributes:
        create_ts: In milliseconds since 1970.
    """

    namespace_id: str
    name: str
    display_name: str
    create_ts: int


class NamespacesCreateRequest(EngineModel):
    """A namespace to create."""

    name: str
    display_name: str


class NamespacesCreateResponse(EngineModel):
    """The new namespace."""

    namespace: Namespace


class NamespacesListResponse(EngineModel):
    """Namespaces."""

    namespaces: list[Namespace]
    pagination: Pagination


class NormalRunnerConfig(EngineModel):
    """A pool of hosts that connect to the engine by themselves.

    Attributes:
        drain_on_version_upgrade: Move actors when a newer version connects.
    """

    drain_on_version_upgrade: bool | None = None
    actor_eviction_delay: int | None = None
    actor_eviction_period: int | None = None
    actor_eviction_rate: float | None = None


class Pagination(EngineModel):
    """Where a list goes on.

    Attributes:
        cursor: Of the next page; None if there is none.
    """

    cursor: str | None = None


class RunnerConfig(EngineModel):
    """How a runner pool is configured in one datacenter; either `normal` or `serverless` is given.

    Attributes:
        metadata: Whatever its maker attached.
        protocol_version: Answered only: what its hosts speak.
        runner_pool_error: Answered only: why its hosts cannot be started.
    """

    normal: NormalRunnerConfig | None = None
    serverless: ServerlessRunnerConfig | None = None
    metadata: Any | None = None
    protocol_version: int | None = None
    runner_pool_error: Any | None = None


class RunnerConfigDatacenters(EngineModel):
    """A runner pool's configuration, by datacenter."""

    datacenters: dict[str, RunnerConfig]


class RunnerConfigsListResponse(EngineModel):
    """Runner pools, by name."""

    runner_configs: dict[str, RunnerConfigDatacenters]
    pagination: Pagination


class RunnerConfigsUpsertRequest(EngineModel):
    """A runner pool's configuration, by datacenter."""

    datacenters: dict[str, RunnerConfig]


class RunnerConfigsUpsertResponse(EngineModel):
    """What the change did.

    Attributes:
        endpoint_config_changed: Whether hosts are now called otherwise.
    """

    endpoint_config_changed: bool | None = None


class ServerlessRunnerConfig(EngineModel):
    """A pool of hosts that the engine calls into being.

    Durations are seconds.

    Attributes:
        url: What the engine calls.
        headers: Sent with each call.
        request_lifespan: How long one host may live.
        drain_grace_period: Must be less than `request_lifespan`.
        slots_per_runner: Actors that one host may run.
        metadata_poll_interval: In milliseconds.
        drain_on_version_upgrade: Move actors when a newer version appears.
    """

    url: str
    headers: Annotated[dict[str, str] | None, Field(repr=False)] = None
    request_lifespan: int
    drain_grace_period: int | None = None
    max_concurrent_actors: int | None = None
    slots_per_runner: int | None = None
    min_runners: int | None = None
    max_runners: int | None = None
    runners_margin: int | None = None
    metadata_poll_interval: int | None = None
    drain_on_version_upgrade: bool | None = None
    actor_eviction_delay: int | None = None
    actor_eviction_period: int | None = None
    actor_eviction_rate: float | None = None
