"""The table of known errors. What counts is which class an error is in; the sentences are for people."""

import os
import subprocess
import sys

import pytest

from rivet_client_generated.errors import ERRORS, ErrorInfo, Retry, lookup

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
FINAL = """
    user.user_error user.whatever_the_author_chose auth.forbidden rivetkit.internal_error core.internal_error
    actor.not_found actor.action_not_found actor.action_timed_out actor.validation_error actor.duplicate_key
    actor.no_runner_config_configured guard.query_invalid_params message.incoming_too_long message.outgoing_too_long
    api.bad_request api.unauthorized validation.invalid_input namespace.not_found datacenter.not_found ws.eviction
    config.endpoint_mismatch inspector.unauthorized sqlite.anything
"""


@pytest.mark.parametrize(
    ("retry", "name"),
    [
        (retry, name)
        for retry, names in [(Retry.SAFE, SAFE), (Retry.AMBIGUOUS, AMBIGUOUS), (Retry.FINAL, FINAL)]
        for name in names.split()
    ],
)
def test_classes(retry, name):
    info = lookup(*name.split("."))
    assert info is not None
    assert info.retry is retry


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
