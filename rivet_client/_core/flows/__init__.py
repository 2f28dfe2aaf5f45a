"""Request flows. Every retry and error mapping is here, once.

`timing` has a call's deadline and its attempts; `locate` finds the engine; `control` calls the control API, also to
resolve and create actors; `calls` sends to actors; `dial` prepares connections. Drivers and facades need these names:
"""

from rivet_client._core.flows.calls import (
    RawRequest,
    call_action,
    fetch,
    public_url,
    raw_path,
    reload,
    send_queue,
)
from rivet_client._core.flows.control import call_control_api, create, operate, resolve
from rivet_client._core.flows.dial import explain_end, prepare_dial, websocket_options

__all__ = [
    "RawRequest",
    "call_action",
    "call_control_api",
    "create",
    "fetch",
    "operate",
    "prepare_dial",
    "public_url",
    "raw_path",
    "reload",
    "resolve",
    "send_queue",
    "websocket_options",
    "explain_end",
]
