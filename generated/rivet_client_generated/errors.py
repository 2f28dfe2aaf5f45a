# Generated, do not edit. Source: schema/errors.yaml; command: python -m rivet_codegen

"""The errors that actors, their hosts and the engine are known to answer with."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["ERRORS", "ErrorInfo", "Retry", "lookup"]


class Retry(StrEnum):
    """What an error says about repeating the call."""

    SAFE = "safe"
    """The call surely did not run, and may work later."""
    AMBIGUOUS = "ambiguous"
    """The call may have run."""
    FINAL = "final"
    """The same call would fail again, or has run and failed."""


class ErrorInfo(NamedTuple):
    """What is known about an error.

    Attributes:
        retry: Whether to repeat the call.
        meaning: What happened, in a sentence.
    """

    retry: Retry
    meaning: str


ERRORS: dict[tuple[str, str], ErrorInfo] = {
    ("user", "user_error"): ErrorInfo(
        Retry.FINAL, "The actor's code threw an error on purpose, without a code of its own."
    ),
    ("user", "*"): ErrorInfo(
        Retry.FINAL, "The actor's code threw an error on purpose; its author chose the code."
    ),
    ("auth", "forbidden"): ErrorInfo(Retry.FINAL, "The actor does not allow this caller to do that."),
    ("auth", "insufficient_permissions"): ErrorInfo(Retry.FINAL, "The token does not allow that."),
    ("auth", "invalid_token"): ErrorInfo(Retry.FINAL, "The token is not valid."),
    ("auth", "token_expired"): ErrorInfo(Retry.FINAL, "The token is no longer valid."),
    ("rivetkit", "internal_error"): ErrorInfo(
        Retry.FINAL, "The actor's code or its host failed; the details are in the host's log."
    ),
    ("core", "internal_error"): ErrorInfo(
        Retry.FINAL,
        "The engine or the host failed, or could not read the request; the details are in its log.",
    ),
    ("actor", "callback_timed_out"): ErrorInfo(
        Retry.SAFE, "A hook that runs before a call or a connection is accepted took too long."
    ),
    ("actor", "creation_rate_limit"): ErrorInfo(Retry.SAFE, "Too many actors were created in a short time."),
    ("actor", "destroyed_during_creation"): ErrorInfo(
        Retry.SAFE, "The actor was destroyed while it was being created."
    ),
    ("actor", "destroyed_while_waiting_for_ready"): ErrorInfo(
        Retry.SAFE, "The actor was destroyed while the request waited for it to start."
    ),
    ("actor", "destroying"): ErrorInfo(Retry.SAFE, "The actor is being destroyed."),
    ("actor", "not_configured"): ErrorInfo(Retry.SAFE, "The actor's host has not been set up yet."),
    ("actor", "no_runners_available"): ErrorInfo(
        Retry.SAFE, "The runner pool has no host with room for the actor at present."
    ),
    ("actor", "not_ready"): ErrorInfo(Retry.SAFE, "The actor is not ready yet."),
    ("actor", "overloaded"): ErrorInfo(
        Retry.SAFE, "The actor has too much waiting already and took nothing more."
    ),
    ("actor", "restarting"): ErrorInfo(Retry.SAFE, "The actor is restarting."),
    ("actor", "starting"): ErrorInfo(Retry.SAFE, "The actor is starting."),
    ("actor", "stopping"): ErrorInfo(Retry.SAFE, "The actor is stopping and takes no new calls."),
    ("actor", "workflow_in_flight"): ErrorInfo(
        Retry.SAFE, "The actor's workflow is running, and the operation needs it to stand still."
    ),
    ("actor", "aborted"): ErrorInfo(Retry.AMBIGUOUS, "The actor stopped while it handled the call."),
    ("actor", "dropped_reply"): ErrorInfo(Retry.AMBIGUOUS, "The actor stopped before its answer was sent."),
    ("actor", "hibernation_persist_failed"): ErrorInfo(
        Retry.AMBIGUOUS, "The host could not save a message of a connection, and closed it."
    ),
    ("actor", "panicked"): ErrorInfo(Retry.AMBIGUOUS, "The actor's host crashed while it handled the call."),
    ("actor", "shutdown_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor did not finish in the time it had for stopping."
    ),
    ("actor", "stopped"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor went to sleep, was moved, or its host is gone."
    ),
    ("actor", "action_not_found"): ErrorInfo(Retry.FINAL, "The actor has no action of that name."),
    ("actor", "action_timed_out"): ErrorInfo(Retry.FINAL, "The action ran longer than its host allows."),
    ("actor", "duplicate_key"): ErrorInfo(Retry.FINAL, "An actor with that key exists already."),
    ("actor", "empty_key"): ErrorInfo(Retry.FINAL, "The key is empty."),
    ("actor", "init_error"): ErrorInfo(Retry.FINAL, "The actor's code failed when the actor was started."),
    ("actor", "input_too_large"): ErrorInfo(
        Retry.FINAL, "The actor's input is larger than the engine allows."
    ),
    ("actor", "internal_error"): ErrorInfo(Retry.FINAL, "An older host failed."),
    ("actor", "invalid_operation"): ErrorInfo(Retry.FINAL, "The actor cannot do that in its present state."),
    ("actor", "invalid_request"): ErrorInfo(
        Retry.FINAL, "The actor's host could not read a message of this connection."
    ),
    ("actor", "js_callback_failed"): ErrorInfo(Retry.FINAL, "A hook of the actor failed."),
    ("actor", "js_callback_unavailable"): ErrorInfo(
        Retry.FINAL, "The actor's host could not run a hook of the actor."
    ),
    ("actor", "key_reserved_in_different_datacenter"): ErrorInfo(
        Retry.FINAL, "The key belongs to an actor in another datacenter."
    ),
    ("actor", "key_too_large"): ErrorInfo(Retry.FINAL, "The key is longer than the engine allows."),
    ("actor", "kv_key_not_found"): ErrorInfo(Retry.FINAL, "The actor's store has no such key."),
    ("actor", "kv_storage_quota_exceeded"): ErrorInfo(Retry.FINAL, "The actor's store is full."),
    ("actor", "method_not_allowed"): ErrorInfo(Retry.FINAL, "The route does not take this HTTP method."),
    ("actor", "missing_input"): ErrorInfo(
        Retry.FINAL, "The actor was created without the input that it needs."
    ),
    ("actor", "namespace_not_found"): ErrorInfo(Retry.FINAL, "There is no such namespace."),
    ("actor", "no_runner_config_configured"): ErrorInfo(Retry.FINAL, "There is no runner pool of that name."),
    ("actor", "not_found"): ErrorInfo(Retry.FINAL, "There is no such actor, or the actor has no such route."),
    ("actor", "not_registered"): ErrorInfo(Retry.FINAL, "The pool's hosts know no actor of that name."),
    ("actor", "reload_failed"): ErrorInfo(Retry.FINAL, "The actor's code could not be loaded anew."),
    ("actor", "send_failed"): ErrorInfo(
        Retry.FINAL, "The connection's encoding cannot carry a value that the actor sent."
    ),
    ("actor", "state_mutation_reentrant"): ErrorInfo(
        Retry.FINAL, "The actor's code changed its state while that was being saved."
    ),
    ("actor", "unsupported_websocket_encoding"): ErrorInfo(
        Retry.FINAL, "The actor's host does not know the connection's encoding."
    ),
    ("actor", "validation_error"): ErrorInfo(
        Retry.FINAL, "A value does not match the schema that the actor declares for it."
    ),
    ("guard", "actor_ready_timeout"): ErrorInfo(
        Retry.SAFE, "The actor did not start in the time that the gateway waits for it."
    ),
    ("guard", "actor_runner_failed"): ErrorInfo(
        Retry.SAFE, "The pool's runner could not be reached to start the actor."
    ),
    ("guard", "actor_wake_retries_exceeded"): ErrorInfo(
        Retry.SAFE, "The actor did not start, although the engine tried several times."
    ),
    ("guard", "max_in_flight"): ErrorInfo(Retry.SAFE, "Too many requests are under way."),
    ("guard", "no_route_targets"): ErrorInfo(
        Retry.SAFE, "The gateway has nothing to send the request to at present."
    ),
    ("guard", "rate_limit"): ErrorInfo(Retry.SAFE, "Too many requests in a short time."),
    ("guard", "route_api_public_timeout"): ErrorInfo(
        Retry.SAFE, "Finding the way to the control API took too long."
    ),
    ("guard", "route_auth_check_timeout"): ErrorInfo(Retry.SAFE, "Checking the credentials took too long."),
    ("guard", "route_compute_timeout"): ErrorInfo(Retry.SAFE, "Finding the way to the target took too long."),
    ("guard", "route_dispatch_timeout"): ErrorInfo(
        Retry.SAFE, "Finding the way to the target took too long."
    ),
    ("guard", "service_unavailable"): ErrorInfo(Retry.SAFE, "The gateway cannot serve requests at present."),
    ("guard", "websocket_closed_before_open"): ErrorInfo(
        Retry.SAFE, "The actor's host ended the connection before it was open."
    ),
    ("guard", "websocket_service_unavailable"): ErrorInfo(
        Retry.SAFE, "The gateway cannot serve connections at present."
    ),
    ("guard", "actor_stopped_while_waiting"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor stopped before it answered."
    ),
    ("guard", "actor_stopped_while_waiting_for_websocket_open"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor stopped before the connection was open."
    ),
    ("guard", "connection_error"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway lost its connection to the target."
    ),
    ("guard", "gateway_response_start_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor did not begin to answer in the time that the gateway waits."
    ),
    ("guard", "invalid_response_body"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway could not read the target's answer."
    ),
    ("guard", "request_delivery_unconfirmed"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway does not know whether the actor's host got the request."
    ),
    ("guard", "request_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The target did not answer in the time that the gateway waits."
    ),
    ("guard", "retry_attempts_exceeded"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway tried several times to get an answer."
    ),
    ("guard", "target_changed"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor moved while its connection was being restored."
    ),
    ("guard", "tunnel_message_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor's host did not confirm in time that it got the request."
    ),
    ("guard", "tunnel_request_aborted"): ErrorInfo(Retry.AMBIGUOUS, "The actor's host dropped the request."),
    ("guard", "tunnel_response_closed"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor's host was lost before it answered."
    ),
    ("guard", "upstream_error"): ErrorInfo(Retry.AMBIGUOUS, "The target failed to answer the gateway."),
    ("guard", "websocket_garbage_collected"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway gave up a connection that had gone stale."
    ),
    ("guard", "websocket_open_dropped"): ErrorInfo(
        Retry.AMBIGUOUS, "The request to open the connection was lost."
    ),
    ("guard", "websocket_open_response_closed"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor's host was lost before the connection was open."
    ),
    ("guard", "websocket_open_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The connection was not open in the time that the gateway waits."
    ),
    ("guard", "websocket_pending_limit_reached"): ErrorInfo(
        Retry.AMBIGUOUS, "Too many messages were waiting for a sleeping actor."
    ),
    ("guard", "websocket_service_hibernate"): ErrorInfo(
        Retry.AMBIGUOUS, "The connection should have been put to sleep and was closed."
    ),
    ("guard", "websocket_service_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The connection's target did not answer in time."
    ),
    ("guard", "websocket_tunnel_ping_timeout"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor's host stopped answering the gateway."
    ),
    ("guard", "websocket_tunnel_subscription_closed"): ErrorInfo(
        Retry.AMBIGUOUS, "The gateway lost its channel to the actor's host."
    ),
    ("guard", "actor_destroyed"): ErrorInfo(Retry.FINAL, "The actor has been destroyed."),
    ("guard", "actor_not_found"): ErrorInfo(Retry.FINAL, "There is no such actor."),
    ("guard", "invalid_header"): ErrorInfo(Retry.FINAL, "A header of the request has no valid value."),
    ("guard", "invalid_request"): ErrorInfo(Retry.FINAL, "The gateway could not make sense of the request."),
    ("guard", "invalid_request_body"): ErrorInfo(
        Retry.FINAL, "The request is larger than the gateway takes."
    ),
    ("guard", "missing_header"): ErrorInfo(Retry.FINAL, "A header that the gateway needs is missing."),
    ("guard", "must_use_regional_host"): ErrorInfo(
        Retry.FINAL, "The request has to go to the host name of the actor's region."
    ),
    ("guard", "no_route"): ErrorInfo(Retry.FINAL, "The gateway knows no such path."),
    ("guard", "query_duplicate_param"): ErrorInfo(
        Retry.FINAL, "A parameter of the gateway is in the URL twice."
    ),
    ("guard", "query_empty_actor_name"): ErrorInfo(Retry.FINAL, "The URL names no actor."),
    ("guard", "query_get_disallowed_params"): ErrorInfo(
        Retry.FINAL, "The URL has parameters that looking an actor up does not take."
    ),
    ("guard", "query_invalid_base64_input"): ErrorInfo(Retry.FINAL, "The input in the URL is not base64."),
    ("guard", "query_invalid_cbor_input"): ErrorInfo(Retry.FINAL, "The input in the URL is not CBOR."),
    ("guard", "query_invalid_params"): ErrorInfo(
        Retry.FINAL, "The URL's parameters for the gateway are wrong."
    ),
    ("guard", "query_invalid_percent_encoding"): ErrorInfo(
        Retry.FINAL, 'The URL has a "%" that begins no escape.'
    ),
    ("guard", "query_missing_pool"): ErrorInfo(
        Retry.FINAL, "The URL names no runner pool to create the actor in."
    ),
    ("guard", "query_param_missing_equals"): ErrorInfo(
        Retry.FINAL, "A parameter of the gateway has no value."
    ),
    ("guard", "query_path_token_syntax"): ErrorInfo(
        Retry.FINAL, "The token stands in the URL where it does not belong."
    ),
    ("guard", "query_unknown_param"): ErrorInfo(
        Retry.FINAL, "The gateway does not know a parameter in the URL."
    ),
    ("guard", "websocket_not_supported"): ErrorInfo(Retry.FINAL, "This path takes no WebSocket."),
    ("guard", "wrong_addr_protocol"): ErrorInfo(
        Retry.FINAL, "The gateway's address speaks another protocol."
    ),
    ("envoy", "actor_generation_mismatch"): ErrorInfo(
        Retry.SAFE, "The actor was restarted or destroyed while the request was on its way."
    ),
    ("envoy", "actor_not_found"): ErrorInfo(
        Retry.SAFE, "The actor stopped, or was destroyed, while the request was on its way."
    ),
    ("envoy", "request_not_found"): ErrorInfo(
        Retry.SAFE, "The beginning of the request did not reach the actor's host."
    ),
    ("envoy", "fetch_failed"): ErrorInfo(
        Retry.FINAL, "The actor's host could not turn the request into one for the actor."
    ),
    ("message", "incoming_too_long"): ErrorInfo(Retry.FINAL, "The message is longer than the actor takes."),
    ("message", "invalid_utf8"): ErrorInfo(Retry.FINAL, "A text message was not UTF-8."),
    ("message", "outgoing_too_long"): ErrorInfo(
        Retry.FINAL, "The actor's answer is longer than it may send. The action has run."
    ),
    ("queue", "full"): ErrorInfo(Retry.SAFE, "The queue holds as many messages as it may."),
    ("queue", "completion_waiter_dropped"): ErrorInfo(
        Retry.AMBIGUOUS, "The actor stopped watching for the message's completion."
    ),
    ("queue", "timed_out"): ErrorInfo(Retry.AMBIGUOUS, "The message was not completed in time."),
    ("queue", "already_completed"): ErrorInfo(Retry.FINAL, "The message was completed before."),
    ("queue", "complete_not_configured"): ErrorInfo(Retry.FINAL, "The queue's messages cannot be completed."),
    ("queue", "completion_waiter_conflict"): ErrorInfo(
        Retry.FINAL, "Something else is waiting for the message's completion already."
    ),
    ("queue", "invalid_completion_payload"): ErrorInfo(
        Retry.FINAL, "The value that completed the message does not match the queue's schema."
    ),
    ("queue", "invalid_payload"): ErrorInfo(Retry.FINAL, "The message does not match the queue's schema."),
    ("queue", "message_invalid"): ErrorInfo(Retry.FINAL, "The message cannot be read."),
    ("queue", "message_too_large"): ErrorInfo(Retry.FINAL, "The message is larger than the queue takes."),
    ("queue", "previous_message_not_completed"): ErrorInfo(
        Retry.FINAL, "The message before was not completed yet."
    ),
    ("api", "rate_limited"): ErrorInfo(Retry.SAFE, "Too many requests in a short time."),
    ("api", "bad_request"): ErrorInfo(Retry.FINAL, "The control API could not make sense of the request."),
    ("api", "forbidden"): ErrorInfo(Retry.FINAL, "The token does not allow that."),
    ("api", "internal_error"): ErrorInfo(Retry.FINAL, "The control API failed."),
    ("api", "method_not_allowed"): ErrorInfo(
        Retry.FINAL, "The control API's path does not take this HTTP method."
    ),
    ("api", "not_found"): ErrorInfo(Retry.FINAL, "The control API knows no such path."),
    ("api", "unauthorized"): ErrorInfo(Retry.FINAL, "The token is missing or not valid."),
    ("validation", "invalid_input"): ErrorInfo(Retry.FINAL, "The control API refused a value."),
    ("namespace", "not_found"): ErrorInfo(Retry.FINAL, "There is no such namespace."),
    ("namespace", "*"): ErrorInfo(Retry.FINAL, "The engine refused an operation on a namespace."),
    ("datacenter", "not_found"): ErrorInfo(Retry.FINAL, "There is no such datacenter."),
    ("ws", "connection_closed"): ErrorInfo(Retry.AMBIGUOUS, "The connection was closed."),
    ("ws", "going_away"): ErrorInfo(Retry.AMBIGUOUS, "The engine is moving, and asks to connect again."),
    ("ws", "message_index_skip"): ErrorInfo(
        Retry.AMBIGUOUS,
        "The actor answered out of order around a sleep, and the gateway gave the connection up.",
    ),
    ("ws", "timed_out"): ErrorInfo(Retry.AMBIGUOUS, "The peer stopped answering pings."),
    ("ws", "eviction"): ErrorInfo(
        Retry.FINAL, "The engine ended the connection and asks not to connect again."
    ),
    ("ws", "invalid_initial_packet"): ErrorInfo(Retry.FINAL, "The first message could not be read."),
    ("ws", "invalid_packet"): ErrorInfo(Retry.FINAL, "A message could not be read."),
    ("ws", "invalid_request"): ErrorInfo(Retry.FINAL, "The request to connect could not be read."),
    ("ws", "invalid_url"): ErrorInfo(Retry.FINAL, "The URL to connect to is not valid."),
    ("pegboard", "route_auth_check_timeout"): ErrorInfo(
        Retry.SAFE, "Checking the credentials took too long."
    ),
    ("pegboard", "route_fetch_actor_timeout"): ErrorInfo(Retry.SAFE, "Looking the actor up took too long."),
    ("pegboard", "route_resolve_query_timeout"): ErrorInfo(
        Retry.SAFE, "Finding the actor by its key took too long."
    ),
    ("pegboard", "route_subscribe_timeout"): ErrorInfo(
        Retry.SAFE, "Preparing to wait for the actor took too long."
    ),
    ("pegboard", "route_wake_signal_timeout"): ErrorInfo(
        Retry.SAFE, "Telling the actor to wake up took too long."
    ),
    ("client", "connection_open_failed"): ErrorInfo(Retry.SAFE, "The connection could not be opened."),
    ("client", "get_params_failed"): ErrorInfo(Retry.SAFE, "Your get_params function failed."),
    ("config", "endpoint_mismatch"): ErrorInfo(
        Retry.FINAL, "The engine and the actor's host disagree about the engine's address."
    ),
    ("config", "*"): ErrorInfo(Retry.FINAL, "The configuration of the actor's host is wrong."),
    ("connection", "*"): ErrorInfo(Retry.FINAL, "The actor's host refused an operation on a connection."),
    ("encoding", "invalid"): ErrorInfo(
        Retry.FINAL, "The encoding is unknown, or a value cannot be carried by it."
    ),
    ("encoding", "*"): ErrorInfo(Retry.FINAL, "A value could not be encoded or decoded."),
    ("feature", "unsupported"): ErrorInfo(Retry.FINAL, "The actor's host does not support that."),
    ("inspector", "unauthorized"): ErrorInfo(Retry.FINAL, "The inspector's token is missing or not valid."),
    ("inspector", "*"): ErrorInfo(Retry.FINAL, "The actor's inspector refused the request."),
    ("kv", "*"): ErrorInfo(Retry.FINAL, "The actor's store refused an operation."),
    ("native", "*"): ErrorInfo(Retry.FINAL, "The native part of the actor's host failed."),
    ("protocol", "*"): ErrorInfo(Retry.FINAL, "Two parts of the engine do not understand each other."),
    ("registry", "*"): ErrorInfo(Retry.FINAL, "The registry of the actor's host refused an operation."),
    ("request", "invalid"): ErrorInfo(Retry.FINAL, "The request is not valid."),
    ("runner_config", "*"): ErrorInfo(Retry.FINAL, "The configuration of a runner pool is wrong."),
    ("runtime", "*"): ErrorInfo(Retry.FINAL, "The runtime of the actor's host failed."),
    ("schedule", "*"): ErrorInfo(Retry.FINAL, "The actor's schedule refused an operation."),
    ("serverless_runner_pool", "*"): ErrorInfo(
        Retry.FINAL, "The serverless pool could not start the actor's host."
    ),
    ("sqlite", "*"): ErrorInfo(Retry.FINAL, "The actor's database refused an operation."),
}
"""By group and code; the code "*" stands for every other code of its group."""


def lookup(group: str, code: str) -> ErrorInfo | None:
    """Return what is known about an error, or None: by its code, else by what holds for its whole group."""
    return ERRORS.get((group, code)) or ERRORS.get((group, "*"))
