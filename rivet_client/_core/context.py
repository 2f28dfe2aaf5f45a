"""What all flows and sessions of one client share: configuration, endpoint, encoding, limits, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rivet_client._core.core_config import CoreConfig
from rivet_client._core.encoding import ENCODINGS, Encoding
from rivet_client._core.endpoint import Endpoint
from rivet_client._core.gateway import common_headers
from rivet_client._core.limits import Limits
from rivet_client._core.observing import NOBODY, Tells
from rivet_client._core.versions import Versions
from rivet_client.errors import ErrorClasses

__all__ = ["Context"]


class Context:
    """What the flows and sessions of one client share.

    Attributes:
        config: The client's configuration.
        encoding: The encoding that the configuration names.
        endpoint: The engine, as configured. The metadata lookup replaces it once.
        headers: Headers that all requests to actors share. They may be secret, so nothing shows them.
        located: Whether `endpoint` is final; True from the start if the configuration wants no lookup.
        limits: For the connections and raw WebSockets that are made from now on.
        now: Monotonic clock, in seconds.
        jitter: Random numbers from 0 to 1.
        trace: Returns the headers that tie a request to the caller's trace; called for each request.
        observers: Are told what happens.
        known_names: Names of actors that a host has, as far as the client has learned.
        unknown_names: Names of actors that no host had when the client last tried.
        versions: Which version of the protocol the client writes.
    """

    __slots__ = (
        "_actions", "_load_error_classes", "config", "encoding", "endpoint", "headers", "jitter",
        "known_names", "limits", "located", "now", "observers", "trace", "unknown_names", "versions",
    )  # fmt: skip

    def __init__(
        self,
        config: CoreConfig,
        *,
        now: Callable[[], float],
        jitter: Callable[[], float],
        trace: Callable[[], Mapping[str, str]] = dict,
        load_error_classes: Callable[[], ErrorClasses] = dict,
        observers: Tells = NOBODY,
    ) -> None:
        self.config: CoreConfig = config
        self.encoding: Encoding = ENCODINGS[config.encoding]
        self.endpoint: Endpoint = Endpoint(config.endpoint, config.namespace, config.token)
        self.headers: Mapping[str, str] = common_headers(config.headers)
        self.located: bool = config.disable_metadata_lookup
        self.limits: Limits = Limits()
        self.now: Callable[[], float] = now
        self.jitter: Callable[[], float] = jitter
        self.trace: Callable[[], Mapping[str, str]] = trace
        self.observers: Tells = observers
        self.known_names: set[str] = set()
        self.unknown_names: set[str] = set()
        self.versions: Versions = Versions(config.protocol_version, now)
        self._actions: dict[str, set[str]] = {}
        self._load_error_classes = load_error_classes

    @property
    def error_classes(self) -> ErrorClasses:
        """The classes of the errors that the client's typed package declares. The first use loads them."""
        return self._load_error_classes()

    def skips_ready_wait(self, skip_ready_wait: bool | None) -> bool:
        """Whether a call skips the wait for the actor: its own setting, or the client's for None."""
        return self.config.skip_ready_wait if skip_ready_wait is None else skip_ready_wait

    def actions_of(self, name: str) -> set[str]:
        """The actions that actors of this name have, as far as the client has learned. Callers add to the set."""
        return self._actions.setdefault(name, set())

    def deadline(self, timeout: float | None) -> float | None:
        """The time on the `now` clock when a call with this timeout (in seconds) must have ended."""
        return None if timeout is None else self.now() + timeout
