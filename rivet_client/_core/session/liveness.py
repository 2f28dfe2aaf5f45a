"""Whether the peer of a WebSocket, and the actor behind it, are still there.

`Liveness` decides when the peer is pinged, when the actor has to be probed, and when silence means that the connection
is lost. It sends nothing itself, and does not decide what happens to a lost connection.

Two things are watched, because each can fail without the other. The engine answers pings itself, even when messages no
longer reach the actor. This lasts for some time after the actor's host has crashed. It lasts for ever when the actor
was destroyed while it slept, and was then created again (PROTOCOL.md 5.4). So when a call gets no answer, and no
message has come since the call was sent, the actor is asked for a sign of life: the probe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rivet_client._core.limits import Limits
from rivet_client.errors import ConnectionClosedError

__all__ = ["PROBE", "Liveness"]

PROBE: Final = "rivet-client/are-you-there"
"""An action that no actor has: every actor answers at once that it is missing."""


class Liveness:
    """Watches one WebSocket after the other. All times are seconds on the driver's clock.

    Args:
        limits: How long silence may last.

    Attributes:
        last_byte_at: When the peer was last heard.
        last_message_at: When the last message came, from the actor or about it.
        ping_deadline: When the next ping is due, or the answer to the last one; None if nobody watches the peer.
        probe_deadline: Time by which a message must have come; None if no probe is on its way.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pinged_at: float | None = None
        self._is_paused = False
        self.last_byte_at = 0.0
        self.last_message_at = 0.0
        self.ping_deadline: float | None = None
        self.probe_deadline: float | None = None

    def watch(self, now: float) -> None:
        """Begin to watch a connection that is open now."""
        self.ping_deadline = now + self._limits.ping_interval

    def stop(self) -> None:
        """Watch nothing any more."""
        self._is_paused = False
        self._pinged_at = self.ping_deadline = self.probe_deadline = None

    def pause(self, paused: bool, now: float) -> None:
        """Note that the driver has stopped, or resumed, reading: silence then says nothing about the peer."""
        self._is_paused = paused
        self.last_byte_at = now

    def needs_probe(self, sent_at: float) -> bool:
        """Whether the actor has to be probed, because a call that was sent at `sent_at` had no answer."""
        return sent_at >= self.last_message_at and self.probe_deadline is None

    def note_probe(self, now: float) -> None:
        """Note that a probe is sent. Any message is an answer to it."""
        self.probe_deadline = now + self._limits.probe_timeout

    def check(self, now: float, ping: Callable[[], None]) -> ConnectionClosedError | None:
        """Ping the peer if that is due; return the error of a connection that is lost by silence."""
        return self._check_peer(now, ping) or self._check_actor(now)

    def _check_peer(self, now: float, ping: Callable[[], None]) -> ConnectionClosedError | None:
        if self.ping_deadline is None or now < self.ping_deadline:
            return None
        if self._is_paused:
            self.last_byte_at = now
        # Anything the peer sends is a sign of life, so a busy connection is never pinged.
        quiet_until = self.last_byte_at + self._limits.ping_interval
        if now < quiet_until:
            self.ping_deadline = quiet_until
        elif self._pinged_at is None or self.last_byte_at >= self._pinged_at:
            self._pinged_at = now
            self.ping_deadline = now + self._limits.ping_timeout
            ping()
        else:
            silence = f"{now - self.last_byte_at:.0f} s"
            return ConnectionClosedError(f"the connection was lost: the peer is silent for {silence}")
        return None

    def _check_actor(self, now: float) -> ConnectionClosedError | None:
        if self.probe_deadline is None or now < self.probe_deadline:
            return None
        if self._is_paused:
            self.probe_deadline = now + self._limits.probe_timeout
            return None
        return ConnectionClosedError("the connection was lost: the actor answers nothing any more")
