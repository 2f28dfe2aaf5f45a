"""The bookkeeping of calls: numbers, the bound of their deadlines, and who is told what at an end."""

from __future__ import annotations

from rivet_client._core.endings import closed_by_user, lost_error
from rivet_client._core.session.calls import Call, Calls
from rivet_client._core.session.events import CallFailed, CallSucceeded
from rivet_client.errors import ActorError, ConnectionClosedError, RivetError

TOO_LONG = ActorError("message", "incoming_too_long", "too long")


class Desk:
    """Calls that a session would make, and what it would report."""

    def __init__(self) -> None:
        self.calls = Calls("counter['k']", load=lambda payload: payload, known_actions=set())
        self.told: dict[str, bool | None] = {}  # whether the call may have run; None if it succeeded

    def queue(self, name: str, timeout: float | None = None) -> Call:
        call = self.calls.make(name, name, b"", timeout, 0.0)
        self.calls.queued[call.id] = call
        return call

    def send(self, name: str, size: int = 1, timeout: float | None = None) -> Call:
        call = self.queue(name, timeout)
        self.calls.note_sent(call, b"x" * size, 0.0)
        return call

    def report(self, outcome: CallSucceeded | CallFailed) -> None:
        assert outcome.waiter not in self.told
        self.told[outcome.waiter] = outcome.error.may_have_run if isinstance(outcome, CallFailed) else None

    def expire(self, now: float) -> None:
        self.calls.expire(now, lambda call: self.calls.late_error(call, None), self.report)


def test_the_bound_of_deadlines_may_be_early_but_never_late() -> None:
    desk = Desk()
    desk.queue("long", timeout=9)
    desk.send("endless")
    short = desk.send("short", timeout=3)
    desk.queue("middle", timeout=5)
    assert desk.calls.deadline == 3
    desk.calls.forget(short)
    assert desk.calls.deadline == 3
    desk.expire(3)
    assert (desk.told, desk.calls.deadline) == ({}, 5)
    desk.expire(9)
    assert desk.told == {"long": False, "middle": False}
    assert desk.calls.deadline is None
    assert [call.name for call in desk.calls.sent.values()] == ["endless"]


def test_no_number_is_used_twice() -> None:
    desk = Desk()
    first = desk.send("first")
    probe = desk.calls.take_id()
    desk.calls.forget(first)
    assert len({first.id, probe, desk.queue("second").id}) == 3


def test_the_longest_message_was_surely_refused() -> None:
    def fail(end: RivetError) -> dict[str, bool | None]:
        desk = Desk()
        for name, size in (("short", 1), ("longest", 9), ("long", 8)):
            desk.send(name, size)
        desk.queue("queued")
        desk.calls.fail_sent(end, lambda ran: lost_error(end, may_have_run=ran), desk.report)
        assert [call.name for call in desk.calls.queued.values()] == ["queued"]
        return desk.told

    assert fail(TOO_LONG) == {"short": True, "longest": False, "long": True}
    assert fail(ConnectionClosedError("lost")) == {"short": True, "longest": True, "long": True}


def test_what_was_not_sent_has_not_run() -> None:
    desk = Desk()
    desk.send("sent")
    desk.queue("queued")
    desk.calls.fail({**desk.calls.sent, **desk.calls.queued}, closed_by_user, desk.report)
    assert desk.told == {"sent": True, "queued": False}
    assert not desk.calls.sent
    assert not desk.calls.queued


def test_an_answer_that_nobody_waits_for() -> None:
    desk = Desk()
    call = desk.send("forgotten")
    desk.calls.forget(call)
    desk.calls.succeed(call.id, 1, desk.report)
    desk.calls.refuse(call.id, lambda call: TOO_LONG, desk.report)
    desk.calls.succeed(desk.send("known").id, 1, desk.report)
    assert desk.told == {"known": None}
