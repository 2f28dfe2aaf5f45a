"""A client for Rivet Actors: `Client` blocks, `AsyncClient` is for asyncio.

Nothing is imported until it is used, so that a program pays only for what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rivet_client._version import __version__ as __version__

if TYPE_CHECKING:
    from rivet_client._asyncio.connection import AsyncEventIterator
    from rivet_client._asyncio.websocket import AsyncRawWebSocket
    from rivet_client._blocking.connection import EventIterator
    from rivet_client._blocking.websocket import RawWebSocket
    from rivet_client._call_info import CallInfo, call_info
    from rivet_client.cancelling import CancelScope
    from rivet_client.config import RetryPolicy
    from rivet_client.errors import (
        ActionTimeoutError,
        ActorError,
        ActorSpecifier,
        CallCancelledError,
        ConfigError,
        ConnectionClosedError,
        DecodeError,
        ProtocolError,
        RivetError,
        TransportError,
        VersionError,
    )
    from rivet_client.observers import Figures, Observer
    from rivet_client.values import UNDEFINED, BigInt, ConnectionStatus, QueueSendResult
    from rivet_client_generated.facade.asyncio import (
        AsyncActorAccessor,
        AsyncActorConnection,
        AsyncActorHandle,
        AsyncClient,
    )
    from rivet_client_generated.facade.asyncio import AsyncCommonAccessor as AsyncCommonAccessor
    from rivet_client_generated.facade.asyncio import AsyncCommonClient as AsyncCommonClient
    from rivet_client_generated.facade.asyncio import AsyncCommonConnection as AsyncCommonConnection
    from rivet_client_generated.facade.asyncio import AsyncCommonHandle as AsyncCommonHandle
    from rivet_client_generated.facade.asyncio_engine import AsyncEngineApi
    from rivet_client_generated.facade.blocking import ActorAccessor, ActorConnection, ActorHandle, Client
    from rivet_client_generated.facade.blocking import CommonAccessor as CommonAccessor
    from rivet_client_generated.facade.blocking import CommonClient as CommonClient
    from rivet_client_generated.facade.blocking import CommonConnection as CommonConnection
    from rivet_client_generated.facade.blocking import CommonHandle as CommonHandle
    from rivet_client_generated.facade.blocking_engine import EngineApi

_HOMES = {
    "rivet_client._call_info": ("CallInfo", "call_info"),
    "rivet_client._asyncio.connection": ("AsyncEventIterator",),
    "rivet_client._asyncio.websocket": ("AsyncRawWebSocket",),
    "rivet_client._blocking.connection": ("EventIterator",),
    "rivet_client._blocking.websocket": ("RawWebSocket",),
    "rivet_client.cancelling": ("CancelScope",),
    "rivet_client.config": ("RetryPolicy",),
    "rivet_client.errors": (
        "ActionTimeoutError",
        "ActorError",
        "ActorSpecifier",
        "CallCancelledError",
        "ConfigError",
        "ConnectionClosedError",
        "DecodeError",
        "ProtocolError",
        "RivetError",
        "TransportError",
        "VersionError",
    ),
    "rivet_client.observers": ("Figures", "Observer"),
    "rivet_client.values": ("UNDEFINED", "BigInt", "ConnectionStatus", "QueueSendResult"),
    "rivet_client_generated.facade.asyncio": (
        "AsyncActorAccessor",
        "AsyncActorConnection",
        "AsyncActorHandle",
        "AsyncClient",
        "AsyncCommonAccessor",
        "AsyncCommonClient",
        "AsyncCommonConnection",
        "AsyncCommonHandle",
    ),
    "rivet_client_generated.facade.asyncio_engine": ("AsyncEngineApi",),
    "rivet_client_generated.facade.blocking": (
        "ActorAccessor",
        "ActorConnection",
        "ActorHandle",
        "Client",
        "CommonAccessor",
        "CommonClient",
        "CommonConnection",
        "CommonHandle",
    ),
    "rivet_client_generated.facade.blocking_engine": ("EngineApi",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

# Only typed packages need the Common… classes.
__all__ = [
    "ActionTimeoutError",
    "ActorAccessor",
    "ActorConnection",
    "ActorError",
    "ActorHandle",
    "ActorSpecifier",
    "AsyncActorAccessor",
    "AsyncActorConnection",
    "AsyncActorHandle",
    "AsyncClient",
    "AsyncEngineApi",
    "AsyncEventIterator",
    "AsyncRawWebSocket",
    "BigInt",
    "CallCancelledError",
    "CallInfo",
    "CancelScope",
    "Client",
    "ConfigError",
    "ConnectionClosedError",
    "ConnectionStatus",
    "DecodeError",
    "EngineApi",
    "EventIterator",
    "Figures",
    "Observer",
    "ProtocolError",
    "QueueSendResult",
    "RawWebSocket",
    "RetryPolicy",
    "RivetError",
    "TransportError",
    "UNDEFINED",
    "VersionError",
    "call_info",
]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
