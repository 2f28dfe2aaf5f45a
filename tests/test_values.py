"""The value types that callers see."""

from __future__ import annotations

import copy
import pickle

from rivet_client.values import UNDEFINED, BigInt, ConnectionStatus, QueueSendResult, UndefinedType


def test_there_is_one_undefined() -> None:
    assert UndefinedType() is UNDEFINED
    assert (
        copy.copy(UNDEFINED) is copy.deepcopy(UNDEFINED) is pickle.loads(pickle.dumps(UNDEFINED)) is UNDEFINED
    )
    assert not UNDEFINED
    assert repr(UNDEFINED) == "UNDEFINED"


def test_big_ints_are_ints() -> None:
    number = BigInt(5)
    assert number == 5
    assert repr(number) == "BigInt(5)"
    for way in (copy.copy, lambda value: pickle.loads(pickle.dumps(value))):
        assert type(way(number)) is BigInt
        assert way(number) == 5
    assert type(number + 1) is int


def test_statuses_are_texts() -> None:
    assert [str(status) for status in ConnectionStatus] == ["idle", "connecting", "connected", "disconnected"]
    assert ConnectionStatus.CONNECTED == "connected"


def test_queue_results() -> None:
    assert QueueSendResult("completed") == QueueSendResult("completed", None)
    assert pickle.loads(pickle.dumps(QueueSendResult("completed", [1]))) == QueueSendResult("completed", [1])
