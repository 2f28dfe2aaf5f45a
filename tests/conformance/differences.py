"""What `FakeEngine` does otherwise than the real engine: each scenario that tells them apart, and why.

A scenario of `FAILS` must fail on the fake engine, so that no entry outlives its reason. One of `NOT_RUN` could tell
nothing there. test_differences.py compares the entries with the scenarios, and the reasons with docs/testing.md.
"""

from __future__ import annotations

import pytest

__all__ = ["FAILS", "NOT_RUN", "ONLY_JAVASCRIPT", "REASONS", "mark"]

ARGUMENTS = (
    "A call with more or fewer arguments than the method takes fails, because the test should find that. JavaScript "
    "leaves out what is too much, and makes `undefined` of what is missing."
)
GRACE_PERIOD = (
    "An action that runs while its actor is put to sleep is answered, however long it takes. A real host gives it up "
    "after a time."
)
JAVASCRIPT = (
    "Actors cannot make values that only JavaScript has, such as typed arrays, a RegExp or an invalid Date."
)
POOLS = "A pool of hosts is only a name. Its settings are not kept."
PORT = "There is one port, that of the API. A real engine has others beside it."
PROTOTYPE = "The key `__proto__` of an object arrives as it is. A real host makes the key `__proto_` of it."
PROCESS = (
    "Actors run in the thread of the engine. There is no host that could crash, or be restarted, by itself."
)
SERVERLESS = "Actors are classes of the program. No web application can serve them to the engine."
SLEEP = "Actors fall asleep only when they are told to, not after some time without a call."
STORE = "The control API finds no key-value store of an actor."
THROUGHPUT = "Nothing is limited by time: a real engine slows down a connection after some thousand messages."
VALUES = (
    "An actor gets the values that a Python client would get. What only JavaScript tells apart is one thing here: "
    "number and BigInt, null and undefined."
)

FAILS = {
    "test_values.py::test_other_numbers_of_arguments": ARGUMENTS,
    "test_values.py::test_a_key_that_javascript_keeps_for_itself": PROTOTYPE,
    "test_engine_api.py::test_runner_pools": POOLS,
    "test_engine_api.py::test_store": STORE,
    "test_lifecycle.py::test_an_action_outlasts_the_grace_period": GRACE_PERIOD,
}

NOT_RUN = {
    "test_messages.py::test_the_port_beside_the_api": PORT,
    "test_outages.py::test_the_host_crashes": PROCESS,
    "test_outages.py::test_the_host_crashes_and_is_back_at_once": PROCESS,
    "test_outages.py::test_the_host_is_restarted": PROCESS,
    "test_serverless.py::test_calls_and_connections": SERVERLESS,
    "test_serverless.py::test_the_lookup_is_made_once": SERVERLESS,
    "test_serverless.py::test_without_the_lookup": SERVERLESS,
    "test_values.py::test_what_the_actor_sees": VALUES,
}

ONLY_JAVASCRIPT = frozenset(
    (
        *(
            "bigInt64",
            "bigUint64",
            "float32",
            "float64",
            "int8",
            "int16",
            "int32",
            "uint8Clamped",
            "uint16",
            "uint32",
        ),
        *("dateFar", "dateInvalid", "error", "loneSurrogate", "mapOfObjects", "regexp"),
    )
)
"""Samples that no actor in Python can make (`JAVASCRIPT`), by their names in tests/server/src/describe.ts."""

WITHOUT_A_SCENARIO = (SLEEP, THROUGHPUT)

REASONS = {*FAILS.values(), *NOT_RUN.values(), JAVASCRIPT, *WITHOUT_A_SCENARIO}


def mark(item: pytest.Item) -> None:
    """Mark a scenario, which is about to run on the fake engine, as the tables say."""
    assert isinstance(item, pytest.Function)
    scenario = f"{item.path.name}::{item.originalname}"
    if scenario in FAILS:
        item.add_marker(pytest.mark.xfail(strict=True, reason=FAILS[scenario]))
    if scenario in NOT_RUN:
        item.add_marker(pytest.mark.skip(reason=NOT_RUN[scenario]))
