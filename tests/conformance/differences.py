"""What `FakeEngine` does otherwise than the real engine: each scenario that tells them apart, and why.

A scenario of `FAILS` must fail on the fake engine, so that no entry outlives its reason. One of `NOT_RUN` could tell
nothing there. test_differences.py compares the entries with the scenarios, and the reasons with docs/testing.md.
"""

from __future__ import annotations

import pytest

__all__ = ["FAILS", "NOT_RUN", "ONLY_JAVASCRIPT", "mark"]

NO_GRACE_PERIOD = "An action that runs while its actor is put to sleep is answered, however long it takes."
ONE_PORT = "There is one port, which is that of the API: a real engine has others beside it."
POOLS = "A pool is only a name: its settings are not kept."
NO_STORE = "Actors have no key-value store that the control API could read: their state is in Python."

FAILS = {
    "test_engine_api.py::test_runner_pools": POOLS,
    "test_engine_api.py::test_store": NO_STORE,
    "test_lifecycle.py::test_an_action_outlasts_the_grace_period": NO_GRACE_PERIOD,
}

PYTHON_VALUES = (
    "An actor gets Python values, the same that a client gets: what only JavaScript tells apart, such as number and "
    "BigInt or null and undefined, arrives as one."
)
ONE_PROCESS = "Actors run in the process of the engine: there is no host that could end without it."
NO_SERVERLESS = "Actors are classes in the program: no web application can serve them to the engine."

NOT_RUN = {
    "test_messages.py::test_the_port_beside_the_api": ONE_PORT,
    "test_outages.py::test_the_host_crashes": ONE_PROCESS,
    "test_outages.py::test_the_host_crashes_and_is_back_at_once": ONE_PROCESS,
    "test_outages.py::test_the_host_is_restarted": ONE_PROCESS,
    "test_serverless.py::test_calls_and_connections": NO_SERVERLESS,
    "test_serverless.py::test_the_lookup_is_made_once": NO_SERVERLESS,
    "test_serverless.py::test_without_the_lookup": NO_SERVERLESS,
    "test_values.py::test_what_the_actor_sees": PYTHON_VALUES,
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
"""Values that no actor in Python can make, by their names in tests/server/src/describe.ts."""


def mark(item: pytest.Item) -> None:
    """Mark a scenario, which is about to run on the fake engine, as the tables say."""
    assert isinstance(item, pytest.Function)
    scenario = f"{item.path.name}::{item.originalname}"
    if scenario in FAILS:
        item.add_marker(pytest.mark.xfail(strict=True, reason=FAILS[scenario]))
    if scenario in NOT_RUN:
        item.add_marker(pytest.mark.skip(reason=NOT_RUN[scenario]))
