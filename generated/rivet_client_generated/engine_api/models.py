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
        actor_id: Its id.
        name: Its name.
        key: In its serialised form; None if the actor has none.
        namespace_id: Id of its namespace.
        datacenter: Name of the datacenter that it is in.
        runner_name_selector: Name of the runner pool.
        crash_policy: "sleep" whatever was asked for.
        create_ts: When it was created.
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
    """Names that actors have.

    Attributes:
        names: The names of this page, each with what is known of it.
        pagination: Where the list goes on.
    """

    names: dict[str, ActorName]
    pagination: Pagination


class ActorsCreateRequest(EngineModel):
    """How to create an actor.

    Attributes:
        datacenter: Where to create it; None for the engine's choice.
        name: The actor's name.
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
    """The new actor.

    Attributes:
        actor: The actor.
    """

    actor: Actor


class ActorsGetOrCreateRequest(EngineModel):
    """Which actor to get, and how to create it.

    Attributes:
        datacenter: Where to create it; None for the engine's choice.
        name: The actor's name.
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
    """The actor, and whether it is new.

    Attributes:
        actor: The actor.
        created: Whether it was created now.
    """

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
    """Actors.

    Attributes:
        actors: Those of this page.
        pagination: Where the list goes on.
    """

    actors: list[Actor]
    pagination: Pagination


class Datacenter(EngineModel):
    """A datacenter of the engine.

    Attributes:
        label: Its number.
        name: Its name.
        url: URL of its engine.
    """

    label: int
    name: str
    url: str


class DatacentersListResponse(EngineModel):
    """Datacenters.

    Attributes:
        datacenters: All of them.
        pagination: Where the list goes on.
    """

    datacenters: list[Datacenter]
    pagination: Pagination


class Empty(EngineModel):
    """Nothing."""


class Envoy(EngineModel):
    """A host of actors that is, or was, connected.

    Times are milliseconds since 1970, or None.

    Attributes:
        envoy_key: Its key, which it has chosen itself.
        namespace_id: Id of its namespace.
        datacenter: Name of the datacenter that it is connected to.
        pool_name: Name of its runner pool.
        version: As the host was configured with.
        slots: Actors it runs.
        create_ts: When the engine saw it first.
        stop_ts: When it stopped.
        last_ping_ts: When it answered a ping.
        last_connected_ts: When it connected.
        last_rtt: Milliseconds that the last ping took.
        metadata: What the host says about itself.
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
    """Hosts of actors.

    Attributes:
        envoys: Those of this page.
        pagination: Where the list goes on.
    """

    envoys: list[Envoy]
    pagination: Pagination


class HealthGetResponse(EngineModel):
    """That an endpoint is up.

    Attributes:
        runtime: "engine" or "rivetkit".
        status: "ok".
        version: Its version.
    """

    runtime: str
    status: str
    version: str


class MetadataGetResponse(EngineModel):
    """What an endpoint is.

    An engine names no other endpoint; a registry in serverless mode may.

    Attributes:
        runtime: "engine" or "rivetkit".
        version: Its version.
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
        namespace_id: Its id.
        name: Its name, as clients give it.
        display_name: Its name for people.
        create_ts: In milliseconds since 1970.
    """

    namespace_id: str
    name: str
    display_name: str
    create_ts: int


class NamespacesCreateRequest(EngineModel):
    """A namespace to create.

    Attributes:
        name: Its name, as clients give it.
        display_name: Its name for people.
    """

    name: str
    display_name: str


class NamespacesCreateResponse(EngineModel):
    """The new namespace.

    Attributes:
        namespace: The namespace.
    """

    namespace: Namespace


class NamespacesListResponse(EngineModel):
    """Namespaces.

    Attributes:
        namespaces: Those that were asked for.
        pagination: Where the list goes on.
    """

    namespaces: list[Namespace]
    pagination: Pagination


class NormalRunnerConfig(EngineModel):
    """A pool of hosts that connect to the engine by themselves.

    Attributes:
        drain_on_version_upgrade: Move actors when a newer version connects.
        actor_eviction_delay: Seconds before actors are moved off a host that stops.
        actor_eviction_period: Seconds in which all of them are moved.
        actor_eviction_rate: Actors that are moved each second.
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
        normal: If its hosts connect by themselves.
        serverless: If the engine calls them into being.
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
    """A runner pool's configuration, by datacenter.

    Attributes:
        datacenters: Name of a datacenter to configuration.
    """

    datacenters: dict[str, RunnerConfig]


class RunnerConfigsListResponse(EngineModel):
    """Runner pools, by name.

    Attributes:
        runner_configs: Name of a pool to configuration.
        pagination: Where the list goes on.
    """

    runner_configs: dict[str, RunnerConfigDatacenters]
    pagination: Pagination


class RunnerConfigsUpsertRequest(EngineModel):
    """A runner pool's configuration, by datacenter.

    Attributes:
        datacenters: Name of a datacenter to configuration.
    """

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
        max_concurrent_actors: Actors that the pool may run.
        slots_per_runner: Actors that one host may run.
        min_runners: Hosts that are kept, at least. No longer in use by newer engines.
        max_runners: Hosts that may run. No longer in use by newer engines.
        runners_margin: Hosts that are kept beyond those in use. No longer in use by newer engines.
        metadata_poll_interval: In milliseconds.
        drain_on_version_upgrade: Move actors when a newer version appears.
        actor_eviction_delay: Time before actors are moved off a host that stops.
        actor_eviction_period: Time in which all of them are moved.
        actor_eviction_rate: Actors that are moved each second.
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
