"""What all flows and sessions of one client share: configuration, endpoint, encoding, limits, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rivet_client._core.config import CoreConfig
from rivet_client._core.encoding import ENCODINGS, Encoding
from rivet_client._core.endpoint import Endpoint
from rivet_client._core.gateway import common_headers
from rivet_client._core.limits import Limits

__all__ = ["Context"]


class Context:
    """Shared by the flows and sessions of one client. `endpoint` is written once, by the metadata lookup.

    Attributes:
        config: The client's configuration.
        encoding: The encoding it names.
        endpoint: The engine, as configured or as the metadata lookup found it.
        headers: What all requests to actors have in common. Never shown, for they may be secret.
        located: Whether `endpoint` is final: True from the start when no lookup is wanted.
        limits: What connections and raw WebSockets that are made from now on keep to.
        now: Monotonic clock, in seconds.
        jitter: Random numbers from 0 to 1.
        trace: Headers that tie a request to the caller's trace, asked for afresh per call.
        known_names: Names of actors that hosts are known to have.
        unknown_names: Names of which the engine has said that no host has such actors.
    """

    __slots__ = (
        "_actions", "config", "encoding", "endpoint", "headers", "jitter", "known_names", "limits", "located", "now",
        "trace", "unknown_names",
    )  # fmt: skip

    def __init__(
        self,
        config: CoreConfig,
        *,
        now: Callable[[], float],
        jitter: Callable[[], float],
        trace: Callable[[], Mapping[str, str]] = dict,
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
        self.known_names: set[str] = set()
        self.unknown_names: set[str] = set()
        self._actions: dict[str, set[str]] = {}

    def skips_ready_wait(self, skip_ready_wait: bool | None) -> bool:
        """What a call's own setting comes to; None stands for the client's."""
        return self.config.skip_ready_wait if skip_ready_wait is None else skip_ready_wait

    def actions_of(self, name: str) -> set[str]:
        """The actions that actors of this name are known to have, for whoever learns or asks."""
        return self._actions.setdefault(name, set())

    def deadline(self, timeout: float | None) -> float | None:
        """When a call with this timeout (in seconds) must have ended, on the `now` clock."""
        return None if timeout is None else self.now() + timeout
