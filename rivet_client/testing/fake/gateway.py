"""From the address in a URL to the actor."""

from __future__ import annotations

from rivet_client.testing.fake import routes
from rivet_client.testing.fake.actors import DATACENTER, Actor, Directory
from rivet_client.testing.fake.failures import usual

__all__ = ["find_actor"]


async def find_actor(directory: Directory, address: routes.Address) -> Actor:
    """The actor of an address, awake. It is made if the address says so.

    Raises:
        Failure: There is none, or it does not start.
    """
    actor = (
        _by_key(directory, address)
        if isinstance(address, routes.ByKey)
        else directory.by_id(address.actor_id)
    )
    if actor is None:
        raise usual("actor", "not_found")
    await actor.wake()
    return actor


def _by_key(directory: Directory, address: routes.ByKey) -> Actor | None:
    namespace, name, key = address.namespace, address.name, address.key
    directory.check_namespace(namespace)
    actor = directory.by_key(namespace, name, routes.serialize_key(key))
    if not address.creates:
        return actor
    if address.region not in (None, DATACENTER):
        raise usual("datacenter", "not_found")
    directory.check_pool(namespace, address.pool)
    return actor or directory.create(namespace, name, key, pool=address.pool, input=address.input)
