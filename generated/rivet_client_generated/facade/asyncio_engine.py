# Generated, do not edit. Source: codegen/rivet_codegen/templates/facade; command: python -m rivet_codegen

"""The engine's control API, asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from rivet_client._asyncio.run import OPERATIONS, Runtime, flows
from rivet_client._objects import LateModule, Shareable
from rivet_client.errors import ActorError, ProtocolError

if TYPE_CHECKING:
    from rivet_client_generated.engine_api import models, operations
else:  # a call loads them
    models = LateModule("rivet_client_generated.engine_api.models")
    operations = LateModule(OPERATIONS)

__all__ = ["AsyncEngineApi"]


class AsyncEngineApi(Shareable):
    """What can be asked of the engine itself: `client.engine`.

    Every method can raise `ActorError` (the engine refused), `TransportError`, `ProtocolError` and
    `ActionTimeoutError` (see the handle), and takes the client's namespace and timeout where none is given.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def _about(self) -> tuple[str, ...]:
        return (self._runtime.config.endpoint,)

    async def actors_get(
        self, actor_id: str, *, namespace: str | None = None, timeout: float | None = None
    ) -> models.Actor:
        """Get one actor, which may be destroyed.

        Args:
            actor_id: The actor's id.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.

        Raises:
            ActorError: `actor.not_found`.
        """
        page = await self.actors_list(actor_id=[actor_id], namespace=namespace, timeout=timeout)
        if not page.actors:
            raise ActorError("actor", "not_found", f"no actor {actor_id} exists")
        return page.actors[0]

    async def actors_list(
        self,
        *,
        namespace: str | None = None,
        name: str | None = None,
        key: str | None = None,
        actor_id: Sequence[str] | None = None,
        include_destroyed: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> models.ActorsListResponse:
        """List actors by name, by name and key, or by id; newest first.

        Looked up by id, destroyed actors are listed as well, with `destroy_ts` set. The next page holds what
        was created before the millisecond of the last actor, so of several that were created in the same one
        some can be missing.

        Args:
            namespace: Name of the namespace; None for the client's.
            name: Only actors of this name.
            key: Only the actor of this key, in its serialised form; needs `name`.
            actor_id: Only actors with these ids.
            include_destroyed: Whether destroyed actors are listed, too.
            limit: Most entries of one page; None for the engine's choice.
            cursor: The `pagination.cursor` of the page before; None for the first.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_LIST")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_LIST,
                {
                    "namespace": namespace,
                    "name": name,
                    "key": key,
                    "actor_id": actor_id,
                    "include_destroyed": include_destroyed,
                    "limit": limit,
                    "cursor": cursor,
                },
                None,
                timeout=timeout,
            )
        )

    async def actors_list_all(
        self,
        *,
        namespace: str | None = None,
        name: str | None = None,
        key: str | None = None,
        actor_id: Sequence[str] | None = None,
        include_destroyed: bool | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[models.Actor]:
        """Iterate over the answers of `actors_list`, page after page.

        Args:
            namespace: Name of the namespace; None for the client's.
            name: Only actors of this name.
            key: Only the actor of this key, in its serialised form; needs `name`.
            actor_id: Only actors with these ids.
            include_destroyed: Whether destroyed actors are listed, too.
            limit: Most entries of one page; None for the engine's choice.
            timeout: Seconds for each page; None for the client's timeout.
        """
        cursor = None
        while True:
            page = await self.actors_list(
                namespace=namespace,
                name=name,
                key=key,
                actor_id=actor_id,
                include_destroyed=include_destroyed,
                limit=limit,
                cursor=cursor,
                timeout=timeout,
            )
            if cursor is not None and page.pagination.cursor == cursor:
                raise ProtocolError("actors_list: the engine gave the same page again")
            for item in page.actors:
                yield item
            cursor = page.pagination.cursor
            if cursor is None or not page.actors:
                return

    async def actors_get_or_create(
        self,
        body: models.ActorsGetOrCreateRequest,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.ActorsGetOrCreateResponse:
        """Get the actor of a key, or create it.

        Args:
            body: What is sent.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_GET_OR_CREATE")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_GET_OR_CREATE,
                {
                    "namespace": namespace,
                },
                body,
                timeout=timeout,
            )
        )

    async def actors_create(
        self,
        body: models.ActorsCreateRequest,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.ActorsCreateResponse:
        """Create an actor; fails with actor.duplicate_key if the key is in use.

        Args:
            body: What is sent.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_CREATE")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_CREATE,
                {
                    "namespace": namespace,
                },
                body,
                timeout=timeout,
            )
        )

    async def actors_list_names(
        self,
        *,
        namespace: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> models.ActorNamesListResponse:
        """List the names that actors of the namespace have.

        Args:
            namespace: Name of the namespace; None for the client's.
            limit: Most entries of one page; None for the engine's choice.
            cursor: The `pagination.cursor` of the page before; None for the first.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_LIST_NAMES")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_LIST_NAMES,
                {
                    "namespace": namespace,
                    "limit": limit,
                    "cursor": cursor,
                },
                None,
                timeout=timeout,
            )
        )

    async def actors_list_names_all(
        self,
        *,
        namespace: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[tuple[str, models.ActorName]]:
        """Iterate over the answers of `actors_list_names`, page after page.

        Args:
            namespace: Name of the namespace; None for the client's.
            limit: Most entries of one page; None for the engine's choice.
            timeout: Seconds for each page; None for the client's timeout.
        """
        cursor = None
        while True:
            page = await self.actors_list_names(
                namespace=namespace,
                limit=limit,
                cursor=cursor,
                timeout=timeout,
            )
            if cursor is not None and page.pagination.cursor == cursor:
                raise ProtocolError("actors_list_names: the engine gave the same page again")
            for item in page.names.items():
                yield item
            cursor = page.pagination.cursor
            if cursor is None or not page.names:
                return

    async def actors_destroy(
        self,
        actor_id: str,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.Empty:
        """Destroy an actor; does nothing if it is destroyed already.

        Args:
            actor_id: The actor's id.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_DESTROY")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_DESTROY,
                {
                    "actor_id": actor_id,
                    "namespace": namespace,
                },
                None,
                timeout=timeout,
            )
        )

    async def actors_sleep(
        self,
        actor_id: str,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.Empty:
        """Put an actor to sleep.

        Args:
            actor_id: The actor's id.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_SLEEP")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_SLEEP,
                {
                    "actor_id": actor_id,
                    "namespace": namespace,
                },
                models.Empty(),
                timeout=timeout,
            )
        )

    async def actors_reschedule(
        self,
        actor_id: str,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.Empty:
        """Stop an actor and start it again, possibly on another host.

        Args:
            actor_id: The actor's id.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_RESCHEDULE")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_RESCHEDULE,
                {
                    "actor_id": actor_id,
                    "namespace": namespace,
                },
                models.Empty(),
                timeout=timeout,
            )
        )

    async def actors_kv_get(
        self,
        actor_id: str,
        key: str,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.ActorsKvGetResponse:
        """Read one entry of the store that an actor's host keeps; fails with actor.kv_key_not_found.

        It does not hold what an actor writes with `c.kv`.

        Args:
            actor_id: The actor's id.
            key: Standard base64 of the key's bytes.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ACTORS_KV_GET")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ACTORS_KV_GET,
                {
                    "actor_id": actor_id,
                    "key": key,
                    "namespace": namespace,
                },
                None,
                timeout=timeout,
            )
        )

    async def datacenters_list(
        self,
        *,
        timeout: float | None = None,
    ) -> models.DatacentersListResponse:
        """List the datacenters of the engine.

        Args:
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("DATACENTERS_LIST")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.DATACENTERS_LIST,
                {},
                None,
                timeout=timeout,
            )
        )

    async def namespaces_list(
        self,
        *,
        name: str | None = None,
        namespace_id: Sequence[str] | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> models.NamespacesListResponse:
        """List namespaces, all or by name or id; newest first.

        There is only one page, for the engine heeds no cursor here; without a limit it holds all.

        Args:
            name: Only the namespace of this name.
            namespace_id: Only namespaces with these ids.
            limit: Most entries of one page; None for the engine's choice.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("NAMESPACES_LIST")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.NAMESPACES_LIST,
                {
                    "name": name,
                    "namespace_id": namespace_id,
                    "limit": limit,
                },
                None,
                timeout=timeout,
            )
        )

    async def namespaces_create(
        self,
        body: models.NamespacesCreateRequest,
        *,
        timeout: float | None = None,
    ) -> models.NamespacesCreateResponse:
        """Create a namespace.

        Args:
            body: What is sent.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("NAMESPACES_CREATE")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.NAMESPACES_CREATE,
                {},
                body,
                timeout=timeout,
            )
        )

    async def envoys_list(
        self,
        *,
        namespace: str | None = None,
        name: str | None = None,
        envoy_key: Sequence[str] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> models.EnvoysListResponse:
        """List the connected hosts of actors.

        Args:
            namespace: Name of the namespace; None for the client's.
            name: Only hosts of this runner pool.
            envoy_key: Only hosts with these keys.
            limit: Most entries of one page; None for the engine's choice.
            cursor: The `pagination.cursor` of the page before; None for the first.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("ENVOYS_LIST")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.ENVOYS_LIST,
                {
                    "namespace": namespace,
                    "name": name,
                    "envoy_key": envoy_key,
                    "limit": limit,
                    "cursor": cursor,
                },
                None,
                timeout=timeout,
            )
        )

    async def envoys_list_all(
        self,
        *,
        namespace: str | None = None,
        name: str | None = None,
        envoy_key: Sequence[str] | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[models.Envoy]:
        """Iterate over the answers of `envoys_list`, page after page.

        Args:
            namespace: Name of the namespace; None for the client's.
            name: Only hosts of this runner pool.
            envoy_key: Only hosts with these keys.
            limit: Most entries of one page; None for the engine's choice.
            timeout: Seconds for each page; None for the client's timeout.
        """
        cursor = None
        while True:
            page = await self.envoys_list(
                namespace=namespace,
                name=name,
                envoy_key=envoy_key,
                limit=limit,
                cursor=cursor,
                timeout=timeout,
            )
            if cursor is not None and page.pagination.cursor == cursor:
                raise ProtocolError("envoys_list: the engine gave the same page again")
            for item in page.envoys:
                yield item
            cursor = page.pagination.cursor
            if cursor is None or not page.envoys:
                return

    async def runner_configs_list(
        self,
        *,
        namespace: str | None = None,
        runner_name: Sequence[str] | None = None,
        variant: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> models.RunnerConfigsListResponse:
        """List runner pools and how each is configured, by datacenter.

        There is only one page, of about 100 pools at most unless `limit` asks for more.

        Args:
            namespace: Name of the namespace; None for the client's.
            runner_name: Only pools of these names.
            variant: Only pools of this kind, "normal" or "serverless".
            limit: Most entries of one page; None for the engine's choice.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("RUNNER_CONFIGS_LIST")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.RUNNER_CONFIGS_LIST,
                {
                    "namespace": namespace,
                    "runner_name": runner_name,
                    "variant": variant,
                    "limit": limit,
                },
                None,
                timeout=timeout,
            )
        )

    async def runner_configs_upsert(
        self,
        runner_name: str,
        body: models.RunnerConfigsUpsertRequest,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.RunnerConfigsUpsertResponse:
        """Create a runner pool, or change its configuration.

        Args:
            runner_name: Name of the runner pool.
            body: What is sent.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("RUNNER_CONFIGS_UPSERT")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.RUNNER_CONFIGS_UPSERT,
                {
                    "runner_name": runner_name,
                    "namespace": namespace,
                },
                body,
                timeout=timeout,
            )
        )

    async def runner_configs_delete(
        self,
        runner_name: str,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.Empty:
        """Delete a runner pool.

        Args:
            runner_name: Name of the runner pool.
            namespace: Name of the namespace; None for the client's.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("RUNNER_CONFIGS_DELETE")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.RUNNER_CONFIGS_DELETE,
                {
                    "runner_name": runner_name,
                    "namespace": namespace,
                },
                None,
                timeout=timeout,
            )
        )

    async def metadata_get(
        self,
        *,
        namespace: str | None = None,
        timeout: float | None = None,
    ) -> models.MetadataGetResponse:
        """Ask what an endpoint is, and where clients should go instead.

        Args:
            namespace: The caller's namespace; None for none.
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("METADATA_GET")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.METADATA_GET,
                {
                    "namespace": namespace,
                },
                None,
                timeout=timeout,
            )
        )

    async def health_get(
        self,
        *,
        timeout: float | None = None,
    ) -> models.HealthGetResponse:
        """Ask whether an endpoint is up.

        Args:
            timeout: Seconds for the call; None for the client's timeout.
        """
        await self._runtime.load_operation("HEALTH_GET")
        return await self._runtime.run(
            flows.operate(
                self._runtime.context,
                operations.HEALTH_GET,
                {},
                None,
                timeout=timeout,
            )
        )
