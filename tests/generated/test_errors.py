"""The table of known errors. What counts is which class an error is in; the sentences are for people."""

import os
import subprocess
import sys

import pytest

from rivet_client_generated.errors import ERRORS, ErrorInfo, RaisedBy, Retry, lookup

# What the reference client repeats although the call may have run, and what it reports although it may.
AMBIGUOUS = """
    actor.dropped_reply guard.actor_stopped_while_waiting guard.tunnel_request_aborted guard.tunnel_message_timeout
    guard.tunnel_response_closed guard.gateway_response_start_timeout guard.request_timeout
    guard.request_delivery_unconfirmed ws.going_away ws.message_index_skip actor.stopped
"""
SAFE = """
    actor.starting actor.stopping actor.restarting actor.not_configured actor.destroying actor.destroyed_during_creation
    actor.destroyed_while_waiting_for_ready actor.overloaded actor.creation_rate_limit guard.actor_ready_timeout
    guard.actor_runner_failed guard.actor_wake_retries_exceeded guard.service_unavailable guard.rate_limit
    client.get_params_failed
"""
LATER = "queue.full"
REFUSED = """
    auth.forbidden actor.not_found actor.action_not_found actor.duplicate_key actor.method_not_allowed
    actor.no_runner_config_configured guard.query_invalid_params message.incoming_too_long api.bad_request
    api.unauthorized validation.invalid_input namespace.not_found datacenter.not_found config.endpoint_mismatch
    inspector.unauthorized encoding.invalid
"""
FINAL = """
    user.user_error user.whatever_the_author_chose rivetkit.internal_error core.internal_error
    actor.action_timed_out actor.validation_error message.outgoing_too_long ws.eviction sqlite.anything
"""
CLASSES = [
    (Retry.SAFE, SAFE),
    (Retry.LATER, LATER),
    (Retry.REFUSED, REFUSED),
    (Retry.AMBIGUOUS, AMBIGUOUS),
    (Retry.FINAL, FINAL),
]


@pytest.mark.parametrize(
    ("retry", "name"),
    [(retry, name) for retry, names in CLASSES for name in names.split()],
)
def test_classes(retry, name):
    info = lookup(*name.split("."))
    assert info is not None
    assert info.retry is retry
    assert info.may_have_run is (retry in (Retry.AMBIGUOUS, Retry.FINAL))
    assert info.is_retryable is (retry in (Retry.SAFE, Retry.LATER, Retry.AMBIGUOUS))


@pytest.mark.parametrize(
    ("raiser", "names"),
    [
        (RaisedBy.ENGINE, "guard.actor_ready_timeout actor.not_found actor.destroyed_during_creation"),
        (RaisedBy.HOST, "actor.action_not_found actor.stopping message.incoming_too_long auth.forbidden"),
        (RaisedBy.QUEUE, "queue.full queue.timed_out"),
        (RaisedBy.ACTOR, "user.anything rivetkit.internal_error sqlite.anything"),
        (RaisedBy.CLIENT, "client.get_params_failed actor.reload_failed"),
    ],
)
def test_who_raises_it(raiser, names):
    for name in names.split():
        assert lookup(*name.split(".")).raised_by is raiser, name


def test_a_code_of_its_own_goes_before_that_of_its_group():
    assert lookup("user", "user_error") == ERRORS["user", "user_error"] != ERRORS["user", "*"]
    assert lookup("user", "mine") == ERRORS["user", "*"]


def test_unknown_errors_are_unknown():
    assert lookup("guard", "new_in_version_9") is None
    assert lookup("nobody", "not_found") is None


def test_every_entry_is_a_sentence():
    for info in ERRORS.values():
        assert isinstance(info, ErrorInfo)
        assert info.meaning[0].isupper()
        assert info.meaning.endswith(".")


def test_the_table_needs_the_standard_library_only():
    script = (
        "import sys, rivet_client_generated.errors; print({'pydantic', 'rivet_client'} & set(sys.modules))"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
