"""The environment of an engine and of an actor host that belong together."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from rivet_client.testing.local.loopback import other_ports

__all__ = ["TOKEN_VARIABLE", "engine_environment", "host_environment"]

TOKEN_VARIABLE: Final = "RIVET__AUTH__ADMIN_TOKEN"
"""What names the token that the engine asks for, in its environment."""

# The first engine of which is known that it has two gateways. Older ones refuse settings that they do not know.
_CHOOSES_GATEWAY: Final = (2, 3, 17)


def engine_environment(version: str, port: int, storage: Path) -> dict[str, str]:
    """Return the environment of an engine of a version on a port, with its data below `storage`."""
    peer_port, metrics_port = other_ports(port)
    # The short thresholds are those that rivetkit sets when it starts the engine for development.
    settings = {
        "GUARD__HOST": "127.0.0.1",
        "GUARD__PORT": str(port),
        "API_PEER__HOST": "127.0.0.1",
        "API_PEER__PORT": str(peer_port),
        "METRICS__HOST": "127.0.0.1",
        "METRICS__PORT": str(metrics_port),
        "FILE_SYSTEM__PATH": str(storage / "db"),
        "PEGBOARD__BASE_RETRY_TIMEOUT": "100",
        "PEGBOARD__ENVOY_ELIGIBLE_THRESHOLD": "5000",
        "PEGBOARD__ENVOY_LOST_THRESHOLD": "7000",
        "PEGBOARD__MIN_METADATA_POLL_INTERVAL": "1000",
        "PEGBOARD__RESCHEDULE_BACKOFF_MAX_EXPONENT": "1",
        "PEGBOARD__RETRY_RESET_DURATION": "100",
        "PEGBOARD__RUNNER_ELIGIBLE_THRESHOLD": "5000",
        "PEGBOARD__RUNNER_LOST_THRESHOLD": "7000",
        "RUNTIME__FORCE_SHUTDOWN_DURATION": "2",
        "RUNTIME__GUARD_SHUTDOWN_DURATION": "1",
        "RUNTIME__WORKER_SHUTDOWN_DURATION": "1",
        # A busy machine must not make the engine shed load: creates and wakes would stall for minutes.
        "RUNTIME__WORKER_CPU_MAX": "1000000",
        "TELEMETRY__ENABLED": "false",
        "TOPOLOGY__DATACENTER_LABEL": "1",
        "TOPOLOGY__DATACENTERS__DEFAULT__DATACENTER_LABEL": "1",
        "TOPOLOGY__DATACENTERS__DEFAULT__IS_LEADER": "true",
        "TOPOLOGY__DATACENTERS__DEFAULT__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TOPOLOGY__DATACENTERS__DEFAULT__PEER_URL": f"http://127.0.0.1:{peer_port}",
    }
    if tuple(map(int, re.findall(r"\d+", version)[:3])) >= _CHOOSES_GATEWAY:
        settings |= {
            "FEATURES__GUARD_GATEWAY_V3__MODE": "on",
            "FEATURES__GUARD_GATEWAY_V3__PERCENTAGE": "100",
        }
    return {
        **_clean_environment(),
        **{f"RIVET__{name}": value for name, value in settings.items()},
        # On two cores it would have two, and when both waited for something it answered nobody any more.
        "TOKIO_WORKER_THREADS": "8",
    }


def host_environment(url: str, storage: Path) -> dict[str, str]:
    """Return the environment of a host that takes its work from the engine at `url`."""
    return {
        **_clean_environment(),
        "RIVET_ENDPOINT": url,
        "RIVET_RUN_SERVICES": "0",
        "RIVETKIT_STORAGE_PATH": str(storage),
    }


def _clean_environment() -> dict[str, str]:
    """Return the caller's environment without what would steer an engine elsewhere or slow it down."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("RIVET", "RUST_"))
    }
    for name in ("NO_PROXY", "no_proxy"):  # the two reach each other without a proxy
        environment[name] = ",".join(filter(None, ("127.0.0.1", environment.get(name))))
    return environment
