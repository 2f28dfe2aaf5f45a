"""The settings of a client that the core reads. `rivet_client.config` says where they come from, and checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rivet_client._core.proxy import Proxies
from rivet_client._core.retry import RetryPolicy

__all__ = ["DEFAULT_ENDPOINT", "CoreConfig", "EncodingName"]

DEFAULT_ENDPOINT = "http://localhost:6420"

EncodingName = Literal["bare", "cbor", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreConfig:
    """Settings of one client that need no I/O. They have been checked.

    Attributes:
        endpoint: Base URL without credentials and without a trailing slash.
        namespace: Namespace of the actors.
        token: Secret sent with every request, or None.
        pool_name: Runner pool that new actors are created in.
        encoding: How values travel: "bare", "cbor" or "json".
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
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    max_input_size: int = 4096
    max_body_bytes: int | None = 64 * 1024 * 1024
    disable_metadata_lookup: bool = False
    skip_ready_wait: bool = False
    timeout: float | None = 60.0
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    proxies: Proxies = field(default_factory=Proxies)
