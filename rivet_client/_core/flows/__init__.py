"""Request flows. Every retry and error mapping is here, once.

From the bottom up: `timing` has a call's deadline and its attempts, `locate` finds the engine, and `control` calls its
control API. With it, `names` and `actors` look actors up, and `explain` finds out why one did not start. `route` says
by which URL an actor is reached, and `to_actor` sends requests there, for `actions`, `queues` and `raw` HTTP. `dial`
prepares connections. Drivers and facades need these names:
"""

from rivet_client._core.flows.actions import call_action, reload
from rivet_client._core.flows.actors import create, resolve
from rivet_client._core.flows.control import operate
from rivet_client._core.flows.dial import DialOptions, prepare_dial, websocket_options
from rivet_client._core.flows.explain import explain_end
from rivet_client._core.flows.queues import send_queue
from rivet_client._core.flows.raw import RawRequest, fetch, raw_path
from rivet_client._core.flows.route import public_url

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
