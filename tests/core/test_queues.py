"""Messages for queues over HTTP (PROTOCOL.md 4.5)."""

from __future__ import annotations

from typing import Any

import pytest

from rivet_client._core import flows
from rivet_client._core.core_config import RetryPolicy
from rivet_client._core.effects import HttpResponse
from rivet_client._core.encoding import ENCODINGS
from rivet_client._wire import cbor
from rivet_client.errors import (
    ActorError,
    ConfigError,
    ProtocolError,
)
from rivet_client.values import QueueSendResult
from rivet_client_generated.protocol import frames
from rivet_client_generated.protocol.messages import HttpQueueSendRequest
from tests.support.counter import failed, get
from tests.support.fake_driver import (
    FakeDriver,
)


def send(driver: FakeDriver, *script: Any, body: object = None, **options: Any) -> QueueSendResult | None:
    flow = flows.send_queue(driver.context, get(), options.pop("queue", "jobs"), body, **options)
    return driver.run(flow, *script)


def message(driver: FakeDriver) -> HttpQueueSendRequest:
    return frames.decode_http_queue_send_request(driver.requests[-1].body)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("completed", {"response": {"n": 1}}), QueueSendResult("completed", {"n": 1})),
        (("completed", {}), QueueSendResult("completed", None)),
        (("timedOut", {}), QueueSendResult("timedOut", None)),
    ],
)
def test_waiting_for_a_queue_message(
    encoding: str, answer: tuple[str, dict[str, Any]], expected: QueueSendResult
) -> None:
    driver = FakeDriver(encoding)
    assert send(driver, driver.queued(answer[0], **answer[1]), wait=True, timeout=2.5) == expected
    assert driver.lines == ["POST /gateway/counter/queue/jobs"]
    assert driver.sends[0].timeout == 7.5  # the actor's time, and a little for the way


def test_what_is_sent_to_a_queue() -> None:
    driver = FakeDriver()
    assert send(driver, driver.queued(), body={"x": 1}, queue="a/b") is None
    sent = message(driver)
    assert (cbor.decode(sent.body), sent.name, sent.wait, sent.timeout) == ({"x": 1}, "a/b", False, None)
    assert driver.lines == ["POST /gateway/counter/queue/a%2Fb"]
    send(driver, driver.queued(), wait=True, timeout=2.5)
    assert (message(driver).wait, message(driver).timeout) == (True, 2500)
    send(driver, driver.queued(), wait=True, timeout=0.0259)  # in whole milliseconds
    assert message(driver).timeout == 26


def test_timeouts_of_queues() -> None:
    driver = FakeDriver(timeout=11)
    send(driver, driver.queued(), timeout=3)
    send(driver, driver.queued(), wait=True)
    send(driver, driver.queued(), wait=True, timeout=1_000_000)
    assert [effect.timeout for effect in driver.sends] == [3, 11, 1_000_005]
    for wait in (False, True):
        with pytest.raises(ConfigError, match="timeout"):
            send(driver, wait=wait, timeout=-1)


@pytest.mark.parametrize(("queue", "error"), [("", ConfigError), (5, TypeError), (".", ConfigError)])
def test_bad_queue_names(queue: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="queue name"):
        send(FakeDriver(), queue=queue)


def test_a_page_is_not_taken_for_an_answer() -> None:
    page = HttpResponse(200, {"content-type": "text/html; charset=utf-8"}, b"<p>Hello</p>")
    with pytest.raises(ProtocolError, match="check the endpoint"):
        send(FakeDriver(), page, wait=True)


def test_queue_errors() -> None:
    """Whether waiting for room makes sense, only the caller knows."""
    driver = FakeDriver(retry=RetryPolicy(ambiguous="retry"))
    with pytest.raises(ActorError, match=r"queue\.full") as caught:
        send(driver, driver.host_error(400, "queue", "full", {"limit": 3}))
    error = caught.value
    assert (error.metadata, error.is_retryable, error.may_have_run) == ({"limit": 3}, True, False)
    assert driver.sleeps == []
    assert failed(
        driver, get(), driver.host_error(400, "queue", "full")
    ).may_have_run  # the actor's own message
    with pytest.raises(TypeError, match="body: object"):
        send(driver, body=object())
