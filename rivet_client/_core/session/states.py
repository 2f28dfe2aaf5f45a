"""The states of a connection, and what leads from one to the next.

A connection is IDLE until it is started. From then on it wants to be open, and makes one attempt after the other. In
each attempt it is DIALING while the driver connects a stream. Then it is OPENING, first while the server answers the
handshake of the WebSocket, then until the server's message Init has come. Then it is OPEN.

When an attempt fails, or an open connection is lost, there are two possibilities. If another attempt makes sense, the
connection is WAITING until the pause before that attempt is over. If not, the connection has FAILED, with the error
that says why. `endings.is_final` decides between the two. A defect of the client makes a connection fail in any state.

The user may close a connection at any time. If its WebSocket is open, the connection is CLOSING from the moment that
the close frame is sent until the peer has answered, the stream has ended, or time is up. Then it is CLOSED. If there is
no open WebSocket, nobody needs to be told, and the connection is CLOSED at once. A WebSocket may be open while the
connection is only OPENING. A connection may still be OPEN after its WebSocket has ended: an exception can come after
the WebSocket has ended and before the state changes.

A connection never leaves the states CLOSED and FAILED.

`TRANSITIONS` holds these rules as data, and `ActorSession` changes its state only by them. A session ignores the inputs
that do not fit its state.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rivet_client.values import ConnectionStatus

__all__ = [
    "CLOSED",
    "CLOSED_BY_USER",
    "CLOSING",
    "DIALING",
    "FAILED",
    "IDLE",
    "OPEN",
    "OPENING",
    "OVER",
    "TRANSITIONS",
    "WAITING",
    "Change",
    "Phase",
    "State",
]


class Phase(enum.Enum):
    """Where a connection is in its life, as its driver needs to know it.

    | Phase   | What has happened                      | Takes calls | The stream | `final_error` |
    |---------|----------------------------------------|-------------|------------|---------------|
    | LIVE    | nobody has ended the connection        | yes         | may exist  | None          |
    | CLOSING | the user has closed it; the peer has   | no          | exists     | None          |
    |         | not answered the close yet             |             |            |               |
    | CLOSED  | the user has closed it                 | no          | is gone    | None          |
    | FAILED  | the connection has given up            | no          | is gone    | the reason    |
    """

    LIVE = "live"
    CLOSING = "closing"
    CLOSED = "closed"
    FAILED = "failed"


OVER: Final = (Phase.CLOSED, Phase.FAILED)
"""The phases in which nothing more can happen. Events that happened before may still have to be delivered."""

CLOSED_BY_USER: Final = (Phase.CLOSING, Phase.CLOSED)
"""The phases in which nobody wants the connection's events any more."""


@dataclass(frozen=True, eq=False)
class State:
    """One state; there is one object for each.

    Attributes:
        name: For tests and tables.
        status: What the user sees.
        phase: What the driver sees.
        has_stream: A stream was asked for, and has not been hung up.
    """

    name: str
    status: ConnectionStatus
    phase: Phase
    has_stream: bool


IDLE: Final = State("IDLE", ConnectionStatus.IDLE, Phase.LIVE, has_stream=False)
DIALING: Final = State("DIALING", ConnectionStatus.CONNECTING, Phase.LIVE, has_stream=True)
OPENING: Final = State("OPENING", ConnectionStatus.CONNECTING, Phase.LIVE, has_stream=True)
OPEN: Final = State("OPEN", ConnectionStatus.CONNECTED, Phase.LIVE, has_stream=True)
WAITING: Final = State("WAITING", ConnectionStatus.DISCONNECTED, Phase.LIVE, has_stream=False)
CLOSING: Final = State("CLOSING", ConnectionStatus.IDLE, Phase.CLOSING, has_stream=True)
CLOSED: Final = State("CLOSED", ConnectionStatus.IDLE, Phase.CLOSED, has_stream=False)
FAILED: Final = State("FAILED", ConnectionStatus.IDLE, Phase.FAILED, has_stream=False)


class Change(enum.Enum):
    """What changes the state of a connection."""

    DIAL = "an attempt begins: the driver is asked for a stream"
    CONNECT = "the stream is there"
    OPEN = "the server's Init has come"
    LOSE = "the attempt failed, or the connection was lost; it may come back"
    FAIL = "the attempt failed, or the connection was lost, for good; or the client has a defect"
    SAY_CLOSE = "the user closes: a close frame is sent"
    CLOSE = "the user closes, and nobody needs to be told; or the close that was sent is done"


TRANSITIONS: Final[Mapping[State, Mapping[Change, State]]] = {
    IDLE: {
        Change.DIAL: DIALING,
        Change.FAIL: FAILED,
        Change.CLOSE: CLOSED,
    },
    DIALING: {
        Change.CONNECT: OPENING,
        Change.LOSE: WAITING,
        Change.FAIL: FAILED,
        Change.CLOSE: CLOSED,
    },
    OPENING: {
        Change.OPEN: OPEN,
        Change.LOSE: WAITING,
        Change.FAIL: FAILED,
        Change.SAY_CLOSE: CLOSING,
        Change.CLOSE: CLOSED,
    },
    OPEN: {
        Change.LOSE: WAITING,
        Change.FAIL: FAILED,
        Change.SAY_CLOSE: CLOSING,
        Change.CLOSE: CLOSED,
    },
    WAITING: {
        Change.DIAL: DIALING,
        Change.FAIL: FAILED,
        Change.CLOSE: CLOSED,
    },
    CLOSING: {
        Change.CLOSE: CLOSED,
    },
    CLOSED: {},
    FAILED: {},
}
