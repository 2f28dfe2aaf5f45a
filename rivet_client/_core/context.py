"""What all flows and sessions of one client share: settings, endpoint, encoding, limits, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from rivet_client._core.encoding import ENCODINGS, Encoding
from rivet_client._core.endpoint import Endpoint
from rivet_client._core.limits import Limits
from rivet_client._core.proxy import Proxies
from rivet_client._core.retry import RetryPolicy

__all__ = ["Context", "Settings"]


class Settings(Protocol):
    """The part of a client's configuration that the core reads."""

    @property
    def endpoint(self) -> str:
        """Base URL without credentials."""
        ...

    @property
    def namespace(self) -> str:
        """Namespace of the actors."""
        ...

    @property
    def token(self) -> str | None:
        """Secret, or None."""
        ...

    @property
    def pool_name(self) -> str:
        """Runner pool of new actors."""
        ...

    @property
    def encoding(self) -> str:
        """Name of the encoding."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Extra headers, names in lower case."""
        ...

    @property
    def max_input_size(self) -> int:
        """Largest encoded input, in bytes."""
        ...

    @property
    def max_body_bytes(self) -> int | None:
        """Longest body of an answer, in bytes."""
        ...

    @property
    def disable_metadata_lookup(self) -> bool:
        """Whether to use the endpoint as it is."""
        ...

    @property
    def skip_ready_wait(self) -> bool:
        """Whether to send to actors that are not ready."""
        ...

    @property
    def timeout(self) -> float | None:
        """Default deadline, in seconds."""
        ...

    @property
    def retry(self) -> RetryPolicy:
        """What is repeated."""
        ...

    @property
    def proxies(self) -> Proxies:
        """Which proxy leads where."""
        ...


class Context:
    """Shared by the flows and sessions of one client. `endpoint` is written once, by the metadata lookup.

    Attributes:
        settings: The client's configuration.
        encoding: The encoding it names.
        endpoint: The engine, as configured or as the metadata lookup found it.
        located: Whether `endpoint` is final: True from the start when no lookup is wanted.
        limits: What connections and raw WebSockets that are made from now on keep to.
        now: Monotonic clock, in seconds.
        jitter: Random numbers from 0 to 1.
        trace: Headers that tie a request to the caller's trace, asked for afresh per call.
        known_names: Names of actors that hosts are known to have.
        unknown_names: Names of which the engine has said that no host has such actors.
    """

    __slots__ = (
        "_actions", "encoding", "endpoint", "jitter", "known_names", "limits", "located", "now", "settings", "trace",
        "unknown_names",
    )  # fmt: skip

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], float],
        jitter: Callable[[], float],
        trace: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.settings = settings
        self.encoding: Encoding = ENCODINGS[settings.encoding]
        self.endpoint = Endpoint(settings.endpoint, settings.namespace, settings.token)
        self.located = settings.disable_metadata_lookup
        self.limits = Limits()
        self.now = now
        self.jitter = jitter
        self.trace = trace
        self.known_names: set[str] = set()
        self.unknown_names: set[str] = set()
        self._actions: dict[str, set[str]] = {}

    def skips_ready_wait(self, skip_ready_wait: bool | None) -> bool:
        """What a call's own setting comes to; None stands for the client's."""
        return self.settings.skip_ready_wait if skip_ready_wait is None else skip_ready_wait

    def actions_of(self, name: str) -> set[str]:
        """The actions that actors of this name are known to have, for whoever learns or asks."""
        return self._actions.setdefault(name, set())

    def deadline(self, timeout: float | None) -> float | None:
        """When a call with this timeout (in seconds) must have ended, on the `now` clock."""
        return None if timeout is None else self.now() + timeout
