"""The settings of a client that the core reads. `rivet_client.config` says where they come from, and checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rivet_client._checks import MAX_SECONDS
from rivet_client._core.proxy import Proxies
from rivet_client.errors import ConfigError

__all__ = ["DEFAULT_ENDPOINT", "CoreConfig", "EncodingName", "RetryPolicy"]

DEFAULT_ENDPOINT = "http://localhost:6420"

EncodingName = Literal["bare", "cbor", "json"]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What the client repeats by itself, how often and how fast.

    The delay before attempt n+1 is `initial_delay * 2**(n-1)`, at most `max_delay`, times a random factor
    from 0.5 to 1, so that many clients do not come back at once. A call's own timeout has the last word.

    Attributes:
        max_attempts: Most attempts of one call, the first included; 1 switches retries off.
        initial_delay: Longest pause before the second attempt, in seconds.
        max_delay: Longest pause ever, in seconds.
        ambiguous: "raise" hands an error to the caller when the actor may already have acted on the call
            (flag `may_have_run`); "retry" repeats such calls too, as the reference client does, so that an
            action can run twice. The default is "raise": only the caller knows if running twice does harm.
    """

    max_attempts: int = 8
    initial_delay: float = 0.05
    max_delay: float = 2.0
    ambiguous: Literal["raise", "retry"] = "raise"

    def __post_init__(self) -> None:
        attempts: Any = self.max_attempts
        if isinstance(attempts, bool) or not isinstance(attempts, int):
            raise TypeError(f"max_attempts must be an int, not {type(attempts).__name__}")
        if attempts < 1:
            raise ConfigError(f"max_attempts must be at least 1 (1: no retries), not {attempts}")
        for name in ("initial_delay", "max_delay"):
            seconds = getattr(self, name)
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
                raise TypeError(f"{name} must be a number of seconds, not {type(seconds).__name__}")
            if not 0 <= seconds <= MAX_SECONDS:
                raise ConfigError(f"{name} must be from 0 to {MAX_SECONDS} seconds, not {seconds!r}")
        if self.ambiguous not in ("raise", "retry"):
            raise ConfigError(f"ambiguous must be 'raise' or 'retry', not {self.ambiguous!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreConfig:
    """Settings of one client that need no I/O. They have been checked.

    Attributes:
        endpoint: Base URL without credentials and without a trailing slash.
        namespace: Namespace of the actors.
        token: Secret sent with every request, or None.
        pool_name: Runner pool that new actors are created in.
        encoding: How values travel: "bare", "cbor" or "json".
        protocol_version: The version of the protocol to write; None for the newest one that both sides know.
        headers: Extra headers for every HTTP request and WebSocket handshake, with names in lower case.
        max_input_size: Largest encoded actor input accepted by `get_or_create`, in bytes.
        max_body_bytes: Longest body of an answer over HTTP, in bytes; None for no limit.
        disable_metadata_lookup: Do not ask the endpoint where the engine is.
        skip_ready_wait: Send to actors that are not ready yet.
        timeout: Default deadline of every call, in seconds; None waits without one.
        retry: What is repeated, and when.
        proxies: Which proxy leads where.
    """

    endpoint: str = DEFAULT_ENDPOINT
    namespace: str = "default"
    token: str | None = field(default=None, repr=False)
    pool_name: str = "default"
    encoding: EncodingName = "bare"
    protocol_version: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    max_input_size: int = 4096
    max_body_bytes: int | None = 64 * 1024 * 1024
    disable_metadata_lookup: bool = False
    skip_ready_wait: bool = False
    timeout: float | None = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    proxies: Proxies = field(default_factory=Proxies)
