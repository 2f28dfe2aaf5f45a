"""Request flows. Every retry and error mapping is here, once.

The modules build on each other, in this order:

- `timing` has a call's deadline and its attempts, `locate` finds the engine, and `control` calls its control API;
- `names` and `actors` look actors up, and `explain` finds out why one did not start;
- `actor_url` says by which URL an actor is reached, and `to_actor` sends a request there;
- `actions`, `queues` and `raw` are the kinds of such requests, and `dial` prepares connections.

Drivers and facades need these names:
"""

from rivet_client._core.flows.actions import call_action, reload
from rivet_client._core.flows.actor_url import public_url
from rivet_client._core.flows.actors import create, resolve
from rivet_client._core.flows.control import operate
from rivet_client._core.flows.dial import DialOptions, prepare_dial, websocket_options
from rivet_client._core.flows.explain import explain_end
from rivet_client._core.flows.queues import send_queue
from rivet_client._core.flows.raw import RawRequest, fetch, raw_path

__all__ = [
    "DialOptions",
    "RawRequest",
    "call_action",
    "create",
    "explain_end",
    "fetch",
    "operate",
    "prepare_dial",
    "public_url",
    "raw_path",
    "reload",
    "resolve",
    "send_queue",
    "websocket_options",
]
