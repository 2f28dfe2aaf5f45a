"""What `doctor` looks at, one after the other, and what each outcome means."""

from __future__ import annotations

import statistics
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from rivet_client._hints import TOKEN_REFUSED
from rivet_client._narrowing import is_dict
from rivet_client.cli.contracts import ContractError, contract_of, differences
from rivet_client.cli.problems import explain
from rivet_client.cli.settings import Place, Settings
from rivet_client.config import PROTOCOL_VERSIONS, ClientConfig, RetryPolicy
from rivet_client.errors import (
    ActorError,
    ConfigError,
    ProtocolError,
    RivetError,
)

if TYPE_CHECKING:
    from rivet_client import Client

__all__ = ["Check", "examine"]

TESTED = "2.3"
"""The RivetKit that this client is tested with."""
PROBE_TIMEOUT = 5.0
PINGS, PING_TIME = 5, 1.0
"""How many times the latency of an engine is measured, and for how long at most, in seconds."""
NAMES_SHOWN = 20

_SILENT = "something takes connections and is silent: another protocol, or a firewall or proxy in the way"


@dataclass(frozen=True)
class Check:
    """One check of `doctor`.

    Attributes:
        name: What it is.
        state: "ok", "warning", "problem", or "unknown" where the engine does not tell.
        text: What was found.
        advice: What to do about it, or None.
    """

    name: str
    state: str
    text: str
    advice: str | None = None


class _NoEngine(Exception):
    """There is no engine to look at.

    Attributes:
        check: What there is in its place.
    """

    def __init__(self, check: Check) -> None:
        super().__init__(check.text)
        self.check = check


class _Stop(Exception):
    """Further checks make no sense."""


def examine(settings: Settings, package: str | None = None) -> Iterator[Check]:
    """Yield the checks, one after the other. It ends early if further checks make no sense.

    Args:
        settings: Where to look.
        package: The name of a typed package to compare with what the engine lists.
    """
    try:
        config = _config(settings)
    except (ConfigError, click.UsageError) as error:
        yield Check("settings", "problem", str(error))
        return
    place = Place(config.endpoint, settings.source)
    at = [Check("endpoint", "ok", str(place)), *_proxies(config)]
    try:
        with _client(config, settings) as client:
            config, redirection = _find_engine(client, config, place)
    except _NoEngine as nothing:
        yield nothing.check
        yield from at
        token = "no token" if config.token is None else "a token"
        text = f"namespace {config.namespace}, pool {config.pool_name}, {token}; not tried"
        yield Check("settings", "unknown", text)
        return
    yield from at
    yield from redirection
    try:
        with _client(config, settings) as client:
            yield from _look_at_engine(client)
            namespace_id = yield from _look_at_namespace(client, config)
            yield from _look_at_pool(client, config)
            names = yield from _look_at_actors(client)
            if package is not None and names is not None:
                yield _compared(package, names)
            yield from _look_at_websockets(client, namespace_id)
    except _Stop:
        return


def _config(settings: Settings) -> ClientConfig:
    return ClientConfig.resolve(
        **settings.client_settings(),
        headers=None,
        max_input_size=4096,
        max_body_bytes=64 * 1024 * 1024,
        disable_metadata_lookup=True,
        skip_ready_wait=False,
        timeout=settings.timeout,
        retry=RetryPolicy(max_attempts=1),
        ssl_context=None,
    )


def _client(config: ClientConfig, settings: Settings) -> Client:
    """A client that asks the endpoint itself, only once, and raises the error at once."""
    from rivet_client import Client

    return Client(
        config.endpoint,
        namespace=config.namespace,
        token=config.token,
        pool_name=config.pool_name,
        protocol_version=config.protocol_version,
        disable_metadata_lookup=True,
        retry=config.retry,
        timeout=PROBE_TIMEOUT if settings.timeout is None else settings.timeout,
        observers=[settings.observer()],
    )


def _proxies(config: ClientConfig) -> Iterator[Check]:
    """Say which proxies are on the way to the endpoint, if there are any."""
    requests, websockets = (
        "none" if proxy is None else f"{proxy} ({proxy.setting})"
        for proxy in (config.proxy_for("http"), config.proxy_for("ws"))
    )
    if requests != websockets:
        yield Check("proxy", "ok", f"for requests {requests}, for WebSockets {websockets}")
    elif requests != "none":
        yield Check("proxy", "ok", requests)


def _problem(name: str, error: RivetError, place: Place | None = None) -> Check:
    """A check that has failed with an error."""
    if _is_about_token(error):
        name = "token"
    text, advice = explain(error, place, too_late=_SILENT)
    return Check(name, "problem", text, advice)


def _is_about_token(error: RivetError) -> bool:
    return isinstance(error, ActorError) and (error.group, error.code) in TOKEN_REFUSED


def _find_engine(client: Client, config: ClientConfig, place: Place) -> tuple[ClientConfig, list[Check]]:
    """Ask the endpoint what it is; return where the engine is, and what is to be said about the way there.

    Raises:
        _NoEngine: There is none, or no way there.
    """
    try:
        what = client.engine.metadata_get()
    except RivetError as error:
        raise _NoEngine(_problem("reachable", error, place)) from None
    if what.client_endpoint is not None:
        try:
            found = config.redirected(what.client_endpoint, what.client_namespace, what.client_token)
            proxies = list(_proxies(found))
        except (ConfigError, ProtocolError) as error:
            raise _NoEngine(Check("reachable", "problem", str(error))) from None
        text = f"{what.runtime} {what.version}, which sends clients to {found.endpoint}"
        return found, [Check("reachable", "ok", text), *proxies]
    if what.runtime != "engine":
        raise _NoEngine(
            Check(
                "reachable",
                "problem",
                f"{what.runtime} {what.version} answers, which is not an engine and names none",
                "give the engine's own URL as the endpoint, or have the registry name it",
            )
        )
    return config, []


def _look_at_engine(client: Client) -> Iterator[Check]:
    """Look at the engine's version, and at how long it takes to answer."""
    took: list[float] = []
    try:
        engine = client.engine.metadata_get()  # opens the connection that the others use
        while len(took) < PINGS and sum(took) < PING_TIME:
            started = time.perf_counter()
            client.engine.metadata_get()
            took.append(time.perf_counter() - started)
    except RivetError as error:
        yield _problem("engine", error)
        raise _Stop from None
    latency = f"{statistics.median(took) * 1000:.1f} ms (median of {len(took)})"
    text = f"{engine.runtime} {engine.version}, answers in {latency}"
    if engine.version.startswith(f"{TESTED}."):
        yield Check("engine", "ok", text)
    else:
        yield Check("engine", "warning", text, f"this client is tested with version {TESTED}")


def _look_at_namespace(client: Client, config: ClientConfig) -> Generator[Check, None, str | None]:
    """Look whether the namespace exists and the token is valid for it; return its id if the engine tells."""
    try:
        client.engine.actors_list_names(limit=1)
    except RivetError as error:
        if isinstance(error, ActorError) and error.code == "not_found" and error.group == "namespace":
            yield Check(
                "namespace",
                "problem",
                f"there is no namespace {config.namespace!r}",
                _other_namespaces(client),
            )
        else:
            yield _problem("namespace", error)
        raise _Stop from None
    yield Check("namespace", "ok", config.namespace)
    found = "none given, and none asked for" if config.token is None else "given, and not refused"
    yield Check("token", "ok", found)
    try:
        namespaces = client.engine.namespaces_list(name=config.namespace).namespaces
    except RivetError:
        return None  # not everybody may list namespaces
    return namespaces[0].namespace_id if namespaces else None


def _other_namespaces(client: Client) -> str:
    how = "choose one with --namespace or RIVET_NAMESPACE"
    try:
        names = [one.name for one in client.engine.namespaces_list(limit=NAMES_SHOWN).namespaces]
    except RivetError:
        return how
    return f"{how}; there are: {', '.join(names)}"


def _look_at_pool(client: Client, config: ClientConfig) -> Iterator[Check]:
    """Look whether the pool exists and has hosts, and which versions of the protocol the hosts speak."""
    pool = config.pool_name
    try:
        configured = client.engine.runner_configs_list(runner_name=[pool]).runner_configs.get(pool)
        hosts = [one for one in client.engine.envoys_list_all(name=pool) if one.stop_ts is None]
        others = sorted(client.engine.runner_configs_list().runner_configs)[:NAMES_SHOWN]
    except RivetError as error:
        yield Check("pool", "unknown", f"{pool}: {error.summary}", "the engine does not tell this caller")
        return
    settings = list(configured.datacenters.values()) if configured is not None else []
    if not settings and not hosts:
        known = f"; there are: {', '.join(others)}" if others else ""
        yield Check(
            "pool",
            "problem",
            f"there is no pool {pool!r}",
            f"start the registry with this engine and namespace, or choose a pool with --pool or RIVET_POOL{known}",
        )
        return
    failed = [one.runner_pool_error for one in settings if one.runner_pool_error is not None]
    serverless = [one.serverless.url for one in settings if one.serverless is not None]
    if failed:
        yield Check(
            "pool",
            "problem",
            f"{pool}: its hosts cannot be started: {_reason(failed[0])}",
            f"see that the engine can reach {', '.join(serverless) or 'them'}, and look at their log",
        )
    elif serverless:
        yield Check("pool", "ok", f"{pool}, serverless: {', '.join(serverless)}")
    elif hosts:
        yield Check("pool", "ok", f"{pool}, {_plural(len(hosts), 'host')} connected")
    else:
        yield Check(
            "pool",
            "problem",
            f"no host is connected to the pool {pool!r}",
            f"start the registry with RIVET_ENDPOINT={config.endpoint} and RIVET_NAMESPACE={config.namespace}",
        )
    envoys = {one.protocol_version for one in settings if one.protocol_version is not None}
    yield _protocols(hosts, envoys, config.protocol_version)


def _reason(error: object) -> str:
    """Return the engine's reason, which is an object with one key, `{kind: {"message": …}}`, or a text."""
    if is_dict(error) and len(error) == 1:
        ((kind, details),) = error.items()
        if is_dict(details) and "message" in details:
            return f"{kind}: {details['message']}".replace("\n", ": ")
    return str(error)


def _rivetkit_version(host: Any) -> str:
    metadata: dict[str, Any] = host.metadata or {}
    rivetkit: dict[str, Any] = metadata.get("rivetkit") or {}
    return str(rivetkit.get("version", "?"))


def _protocols(hosts: list[Any], envoy_protocols: set[int], written: int | None) -> Check:
    versions = sorted({_rivetkit_version(one) for one in hosts})
    writes = "the newest that the host knows" if written is None else f"{written}, which is fixed"
    spoken = f"{PROTOCOL_VERSIONS[0]} to {PROTOCOL_VERSIONS[-1]}"
    text = f"this client speaks {spoken} of the client protocol and writes {writes}"
    if versions:
        text += f"; the hosts run rivetkit {', '.join(versions)}"
    if envoy_protocols:
        text += f" (envoy protocol {', '.join(map(str, sorted(envoy_protocols)))})"
    untested = [one for one in versions if not one.startswith(f"{TESTED}.")]
    if untested:
        return Check("protocol", "warning", text, f"this client is tested with rivetkit {TESTED}")
    return Check("protocol", "ok" if versions else "unknown", text)


def _look_at_actors(client: Client) -> Generator[Check, None, list[str] | None]:
    """Look which names actors have, and return them; None if the engine does not tell."""
    try:
        names = sorted(name for name, _ in client.engine.actors_list_names_all())
    except RivetError as error:
        yield _problem("actors", error)
        return None
    if not names:
        yield Check(
            "actors", "warning", "no names", "start the registry; its actors are listed once it is connected"
        )
        return names
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    yield Check("actors", "ok", ", ".join(names[:NAMES_SHOWN]) + more)
    return names


def _compared(package: str, names: list[str]) -> Check:
    """Compare the actors of a typed package with those that the engine lists, which tells nothing about types."""
    try:
        contract = contract_of(package)
    except ContractError as error:
        return Check("package", "problem", str(error), error.advice)
    missing, new = (", ".join(each[:NAMES_SHOWN]) for each in differences(contract, names))
    made = f"{package}, from {contract.source}"
    anew = "generate the package anew from the registry that runs"
    if missing:
        return Check(
            "package", "problem", f"{made}: the engine does not list {missing}", f"start them, or {anew}"
        )
    if new:
        return Check("package", "warning", f"{made}: it does not have {new}", f"if it should, {anew}")
    return Check("package", "ok", f"{made}: it has the same actors; the engine tells nothing about types")


def _look_at_websockets(client: Client, namespace_id: str | None) -> Iterator[Check]:
    """Look whether a WebSocket gets through to the gateway, without an actor at the other end."""
    if namespace_id is None:
        yield Check("websocket", "unknown", "not tried: the engine does not tell the namespace's id")
        return
    try:
        # No actor has this id, but its form is right. So the gateway accepts, and closes after it has looked.
        client.get_for_id("doctor", namespace_id).websocket().close()
    except RivetError as error:
        yield Check(
            "websocket",
            "problem",
            f"a WebSocket is refused: {error}",
            "connections and events need it: have the proxy on the way pass on `Upgrade: websocket`",
        )
    else:
        yield Check("websocket", "ok", "gets through")


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
