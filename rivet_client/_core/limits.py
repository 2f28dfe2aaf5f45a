"""How long connections and raw WebSockets wait, and how much they hold. No setting of the user changes these."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Limits"]


class Limits(NamedTuple):
    """The limits of one connection or one raw WebSocket.

    Attributes:
        open_timeout: Time for one attempt, from dialing to the server's Init, in seconds. The server itself holds
            the handshake back until the actor is ready, for up to 30 seconds.
        close_timeout: Time for the peer to answer our close, in seconds.
        ping_interval: Silence after which the peer is pinged, in seconds. Pings use up the engine's inbound
            allowance of messages (PROTOCOL.md 5.6), so they are few.
        ping_timeout: Silence after a ping that means the peer is gone, in seconds.
        probe_timeout: Time for the actor to answer a probe (see `session.PROBE`), in seconds.
        max_queued_calls: Most calls that wait for a connection.
        max_message_bytes: Longest message that is accepted from the peer.
    """

    open_timeout: float = 60.0
    close_timeout: float = 2.0
    ping_interval: float = 20.0
    ping_timeout: float = 20.0
    probe_timeout: float = 10.0
    max_queued_calls: int = 1000
    max_message_bytes: int = 32 * 1024 * 1024
