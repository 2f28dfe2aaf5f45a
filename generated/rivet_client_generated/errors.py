# Generated, do not edit. Source: schema/errors.yaml; command: python -m rivet_codegen

"""The errors that actors, their hosts and the engine are known to answer with."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["ERRORS", "End", "ErrorInfo", "RaisedBy", "Retry", "lookup"]


class RaisedBy(StrEnum):
    """Who raises an error that is the answer to a call."""

    ENGINE = "engine"
    """The engine, on the way to the actor. It names no actor: where one is named, its code passed the error on."""
    HOST = "host"
    """The actor's host, beside the actor's code. It names that actor or none, else the code passed the error on."""
    QUEUE = "queue"
    """The actor's host when it takes a message for a queue; in the answer to anything else, the actor's code."""
    ACTOR = "actor"
    """The actor's code, or what it uses."""
    CLIENT = "client"
    """This package."""


class Retry(StrEnum):
    """What an error says about repeating the call."""

    SAFE = "safe"
    """The call surely did not run, and may work later: it is repeated."""
    LATER = "later"
    """The call surely did not run, and may work later; only the caller knows whether to wait."""
    REFUSED = "refused"
    """The call surely did not run, and would fail again."""
    AMBIGUOUS = "ambiguous"
    """The call may have run; whether to repeat it is the caller's decision."""
    FINAL = "final"
    """The call may have run, and would fail again."""


class End(StrEnum):
    """What the end of a connection with the code means for that connection."""

    PASSES = "passes"
    """What is missing may only not be there yet. It passes for an actor that has worked before."""
    ONE_MESSAGE = "one message"
    """One message has caused it. A connection that was open comes back."""
    PARAMETERS = "parameters"
    """If it comes again and again, the host may be unable to read the parameters of the connection."""


class ErrorInfo(NamedTuple):
    """What is known about an error.

    Attributes:
        raised_by: Who raises it.
        retry: Whether to repeat the call.
        meaning: What happened, in a sentence.
        end: What it means for a connection that it ends; None if only the retry class says that.
    """

    raised_by: RaisedBy
    retry: Retry
    meaning: str
    end: End | None = None

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.retry not in (Retry.REFUSED, Retry.FINAL)

    @property
    def may_have_run(self) -> bool:
        """Whether the call may have run, if the error comes from who usually raises it."""
        return self.retry in (Retry.AMBIGUOUS, Retry.FINAL)


ERRORS: dict[tuple[str, str], ErrorInfo] = {
    ("user", "user_error"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor's code threw an error on purpose, without a code of its own."
    ),
    ("user", "*"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor's code threw an error on purpose; its author chose the code."
    ),
    ("auth", "insufficient_permissions"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The token does not allow that."
    ),
    ("auth", "invalid_token"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The token is not valid."),
    ("auth", "token_expired"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The token is no longer valid."),
    ("auth", "forbidden"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The actor does not allow this caller to do that."
    ),
    ("rivetkit", "internal_error"): ErrorInfo(
        RaisedBy.ACTOR,
        Retry.FINAL,
        "The actor's code threw an error by mistake, or its host failed; the details are not sent.",
    ),
    ("core", "internal_error"): ErrorInfo(
        RaisedBy.HOST,
        Retry.FINAL,
        "The engine or the host failed, or could not read the request; the details are in its log.",
    ),
    ("actor", "creation_rate_limit"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Too many actors were created in a short time."
    ),
    ("actor", "destroyed_during_creation"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The actor was destroyed while it was being created."
    ),
    ("actor", "destroyed_while_waiting_for_ready"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The actor was destroyed while the request waited for it to start."
    ),
    ("actor", "no_runners_available"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The runner pool has no host with room for the actor at present."
    ),
    ("actor", "duplicate_key"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "An actor with that key exists already."
    ),
    ("actor", "empty_key"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The key is empty."),
    ("actor", "input_too_large"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The actor's input is larger than the engine allows."
    ),
    ("actor", "key_reserved_in_different_datacenter"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The key belongs to an actor in another datacenter."
    ),
    ("actor", "key_too_large"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The key is longer than the engine allows."
    ),
    ("actor", "kv_key_not_found"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The actor's store has no such key."
    ),
    ("actor", "kv_storage_quota_exceeded"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The actor's store is full."
    ),
    ("actor", "namespace_not_found"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "There is no such namespace."
    ),
    ("actor", "not_found"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "There is no such actor, or the actor has no such route."
    ),
    ("actor", "not_registered"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The pool's hosts know no actor of that name."
    ),
    ("actor", "no_runner_config_configured"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "There is no runner pool of that name.", End.PASSES
    ),
    ("actor", "destroying"): ErrorInfo(RaisedBy.HOST, Retry.SAFE, "The actor is being destroyed."),
    ("actor", "callback_timed_out"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "A hook that runs before a call or a connection is accepted took too long."
    ),
    ("actor", "not_configured"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The actor's host has not been set up yet."
    ),
    ("actor", "not_ready"): ErrorInfo(RaisedBy.HOST, Retry.SAFE, "The actor is not ready yet."),
    ("actor", "overloaded"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The actor has too much waiting already and took nothing more."
    ),
    ("actor", "restarting"): ErrorInfo(RaisedBy.HOST, Retry.SAFE, "The actor is restarting."),
    ("actor", "starting"): ErrorInfo(RaisedBy.HOST, Retry.SAFE, "The actor is starting."),
    ("actor", "stopping"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The actor is stopping and takes no new calls."
    ),
    ("actor", "workflow_in_flight"): ErrorInfo(
        RaisedBy.HOST,
        Retry.SAFE,
        "The actor's workflow is running, and the operation needs it to stand still.",
    ),
    ("actor", "aborted"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The actor stopped while it handled the call."
    ),
    ("actor", "dropped_reply"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The actor stopped before its answer was sent."
    ),
    ("actor", "hibernation_persist_failed"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The host could not save a message of a connection, and closed it."
    ),
    ("actor", "panicked"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The actor's host crashed while it handled the call."
    ),
    ("actor", "shutdown_timeout"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The actor did not finish in the time it had for stopping."
    ),
    ("actor", "stopped"): ErrorInfo(
        RaisedBy.HOST, Retry.AMBIGUOUS, "The actor went to sleep, was moved, or its host is gone."
    ),
    ("actor", "action_not_found"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The actor has no action of that name."
    ),
    ("actor", "init_error"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The actor's code failed when the actor was started."
    ),
    ("actor", "method_not_allowed"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The route does not take this HTTP method."
    ),
    ("actor", "unsupported_websocket_encoding"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The actor's host does not know the connection's encoding."
    ),
    ("actor", "invalid_request"): ErrorInfo(
        RaisedBy.HOST,
        Retry.REFUSED,
        "The actor's host could not read a message of this connection.",
        End.ONE_MESSAGE,
    ),
    ("actor", "action_timed_out"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The action ran longer than its host allows."
    ),
    ("actor", "internal_error"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "An older host failed."),
    ("actor", "invalid_operation"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The actor cannot do that in its present state."
    ),
    ("actor", "js_callback_failed"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "A hook of the actor failed."),
    ("actor", "js_callback_unavailable"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The actor's host could not run a hook of the actor."
    ),
    ("actor", "missing_input"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The actor was created without the input that it needs."
    ),
    ("actor", "validation_error"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "A value does not match the schema that the actor declares for it."
    ),
    ("actor", "send_failed"): ErrorInfo(
        RaisedBy.HOST,
        Retry.FINAL,
        "The connection's encoding cannot carry a value that the actor sent.",
        End.ONE_MESSAGE,
    ),
    ("actor", "database_client_not_ready"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor's code used its database before that was ready."
    ),
    ("actor", "database_not_configured"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor has no database."
    ),
    ("actor", "run_handler_unavailable"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor has no `run` handler to wake."
    ),
    ("actor", "state_mutation_reentrant"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor's code changed its state while that was being saved."
    ),
    ("actor", "state_not_enabled"): ErrorInfo(RaisedBy.ACTOR, Retry.FINAL, "The actor has no state."),
    ("actor", "state_transaction_conflict"): ErrorInfo(
        RaisedBy.ACTOR, Retry.FINAL, "The actor's code changed its state during a transaction on it."
    ),
    ("actor", "reload_failed"): ErrorInfo(
        RaisedBy.CLIENT, Retry.REFUSED, "The actor's code could not be loaded anew."
    ),
    ("guard", "actor_ready_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The actor did not start in the time that the gateway waits for it."
    ),
    ("guard", "actor_runner_failed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The pool's runner could not be reached to start the actor."
    ),
    ("guard", "actor_wake_retries_exceeded"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The actor did not start, although the engine tried several times."
    ),
    ("guard", "max_in_flight"): ErrorInfo(RaisedBy.ENGINE, Retry.SAFE, "Too many requests are under way."),
    ("guard", "no_route_targets"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The gateway has nothing to send the request to at present."
    ),
    ("guard", "rate_limit"): ErrorInfo(RaisedBy.ENGINE, Retry.SAFE, "Too many requests in a short time."),
    ("guard", "route_api_public_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Finding the way to the control API took too long."
    ),
    ("guard", "route_auth_check_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Checking the credentials took too long."
    ),
    ("guard", "route_compute_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Finding the way to the target took too long."
    ),
    ("guard", "route_dispatch_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Finding the way to the target took too long."
    ),
    ("guard", "service_unavailable"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The gateway cannot serve requests at present."
    ),
    ("guard", "websocket_service_unavailable"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "The gateway cannot serve connections at present."
    ),
    ("guard", "websocket_closed_before_open"): ErrorInfo(
        RaisedBy.ENGINE,
        Retry.SAFE,
        "The actor's host ended the connection before it was open.",
        End.PARAMETERS,
    ),
    ("guard", "actor_stopped_while_waiting"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor stopped before it answered."
    ),
    ("guard", "actor_stopped_while_waiting_for_websocket_open"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor stopped before the connection was open."
    ),
    ("guard", "connection_error"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The gateway lost its connection to the target."
    ),
    ("guard", "gateway_response_start_timeout"): ErrorInfo(
        RaisedBy.ENGINE,
        Retry.AMBIGUOUS,
        "The actor did not begin to answer in the time that the gateway waits.",
    ),
    ("guard", "invalid_response_body"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The gateway could not read the target's answer."
    ),
    ("guard", "request_delivery_unconfirmed"): ErrorInfo(
        RaisedBy.ENGINE,
        Retry.AMBIGUOUS,
        "The gateway does not know whether the actor's host got the request.",
    ),
    ("guard", "request_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The target did not answer in the time that the gateway waits."
    ),
    ("guard", "retry_attempts_exceeded"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The gateway tried several times to get an answer."
    ),
    ("guard", "target_changed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor moved while its connection was being restored."
    ),
    ("guard", "tunnel_message_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor's host did not confirm in time that it got the request."
    ),
    ("guard", "tunnel_request_aborted"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor's host dropped the request."
    ),
    ("guard", "tunnel_response_closed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor's host was lost before it answered."
    ),
    ("guard", "upstream_error"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The target failed to answer the gateway."
    ),
    ("guard", "websocket_garbage_collected"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The gateway gave up a connection that had gone stale."
    ),
    ("guard", "websocket_open_dropped"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The request to open the connection was lost."
    ),
    ("guard", "websocket_open_response_closed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor's host was lost before the connection was open."
    ),
    ("guard", "websocket_open_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The connection was not open in the time that the gateway waits."
    ),
    ("guard", "websocket_pending_limit_reached"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "Too many messages were waiting for a sleeping actor."
    ),
    ("guard", "websocket_service_hibernate"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The connection should have been put to sleep and was closed."
    ),
    ("guard", "websocket_service_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The connection's target did not answer in time."
    ),
    ("guard", "websocket_tunnel_ping_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The actor's host stopped answering the gateway."
    ),
    ("guard", "websocket_tunnel_subscription_closed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The gateway lost its channel to the actor's host."
    ),
    ("guard", "actor_not_found"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "There is no such actor."),
    ("guard", "invalid_header"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "A header of the request has no valid value."
    ),
    ("guard", "invalid_request"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The gateway could not make sense of the request."
    ),
    ("guard", "invalid_request_body"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The request is larger than the gateway takes."
    ),
    ("guard", "missing_header"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "A header that the gateway needs is missing."
    ),
    ("guard", "must_use_regional_host"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The request has to go to the host name of the actor's region."
    ),
    ("guard", "no_route"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The gateway knows no such path."),
    ("guard", "query_duplicate_param"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "A parameter of the gateway is in the URL twice."
    ),
    ("guard", "query_empty_actor_name"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The URL names no actor."),
    ("guard", "query_get_disallowed_params"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The URL has parameters that looking an actor up does not take."
    ),
    ("guard", "query_invalid_base64_input"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The input in the URL is not base64."
    ),
    ("guard", "query_invalid_cbor_input"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The input in the URL is not CBOR."
    ),
    ("guard", "query_invalid_params"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The URL's parameters for the gateway are wrong."
    ),
    ("guard", "query_invalid_percent_encoding"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, 'The URL has a "%" that begins no escape.'
    ),
    ("guard", "query_missing_pool"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The URL names no runner pool to create the actor in."
    ),
    ("guard", "query_param_missing_equals"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "A parameter of the gateway has no value."
    ),
    ("guard", "query_path_token_syntax"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The token stands in the URL where it does not belong."
    ),
    ("guard", "query_unknown_param"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The gateway does not know a parameter in the URL."
    ),
    ("guard", "websocket_not_supported"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "This path takes no WebSocket."
    ),
    ("guard", "wrong_addr_protocol"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The gateway's address speaks another protocol."
    ),
    ("guard", "actor_destroyed"): ErrorInfo(RaisedBy.ENGINE, Retry.FINAL, "The actor has been destroyed."),
    ("envoy", "actor_generation_mismatch"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The actor was restarted or destroyed while the request was on its way."
    ),
    ("envoy", "actor_not_found"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The actor stopped, or was destroyed, while the request was on its way."
    ),
    ("envoy", "request_not_found"): ErrorInfo(
        RaisedBy.HOST, Retry.SAFE, "The beginning of the request did not reach the actor's host."
    ),
    ("envoy", "fetch_failed"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The actor's host could not turn the request into one for the actor."
    ),
    ("message", "invalid_utf8"): ErrorInfo(RaisedBy.HOST, Retry.REFUSED, "A text message was not UTF-8."),
    ("message", "incoming_too_long"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The message is longer than the actor takes.", End.ONE_MESSAGE
    ),
    ("message", "outgoing_too_long"): ErrorInfo(
        RaisedBy.HOST,
        Retry.FINAL,
        "The actor's answer is longer than it may send. The action has run.",
        End.ONE_MESSAGE,
    ),
    ("queue", "full"): ErrorInfo(RaisedBy.QUEUE, Retry.LATER, "The queue holds as many messages as it may."),
    ("queue", "completion_waiter_dropped"): ErrorInfo(
        RaisedBy.QUEUE, Retry.AMBIGUOUS, "The actor stopped watching for the message's completion."
    ),
    ("queue", "timed_out"): ErrorInfo(
        RaisedBy.QUEUE, Retry.AMBIGUOUS, "The message was not completed in time."
    ),
    ("queue", "invalid_payload"): ErrorInfo(
        RaisedBy.QUEUE, Retry.REFUSED, "The message does not match the queue's schema."
    ),
    ("queue", "message_invalid"): ErrorInfo(RaisedBy.QUEUE, Retry.REFUSED, "The message cannot be read."),
    ("queue", "message_too_large"): ErrorInfo(
        RaisedBy.QUEUE, Retry.REFUSED, "The message is larger than the queue takes."
    ),
    ("queue", "already_completed"): ErrorInfo(
        RaisedBy.QUEUE, Retry.FINAL, "The message was completed before."
    ),
    ("queue", "complete_not_configured"): ErrorInfo(
        RaisedBy.QUEUE, Retry.FINAL, "The queue's messages cannot be completed."
    ),
    ("queue", "completion_waiter_conflict"): ErrorInfo(
        RaisedBy.QUEUE, Retry.FINAL, "Something else is waiting for the message's completion already."
    ),
    ("queue", "invalid_completion_payload"): ErrorInfo(
        RaisedBy.QUEUE, Retry.FINAL, "The value that completed the message does not match the queue's schema."
    ),
    ("queue", "previous_message_not_completed"): ErrorInfo(
        RaisedBy.QUEUE, Retry.FINAL, "The message before was not completed yet."
    ),
    ("api", "rate_limited"): ErrorInfo(RaisedBy.ENGINE, Retry.SAFE, "Too many requests in a short time."),
    ("api", "bad_request"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The control API could not make sense of the request."
    ),
    ("api", "forbidden"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The token does not allow that."),
    ("api", "method_not_allowed"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The control API's path does not take this HTTP method."
    ),
    ("api", "not_found"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The control API knows no such path."),
    ("api", "unauthorized"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The token is missing or not valid."),
    ("api", "internal_error"): ErrorInfo(RaisedBy.ENGINE, Retry.FINAL, "The control API failed."),
    ("validation", "invalid_input"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The control API refused a value."
    ),
    ("namespace", "not_found"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "There is no such namespace."),
    ("namespace", "*"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The engine refused an operation on a namespace."
    ),
    ("datacenter", "not_found"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "There is no such datacenter."),
    ("ws", "connection_closed"): ErrorInfo(RaisedBy.ENGINE, Retry.AMBIGUOUS, "The connection was closed."),
    ("ws", "going_away"): ErrorInfo(
        RaisedBy.ENGINE, Retry.AMBIGUOUS, "The engine is moving, and asks to connect again."
    ),
    ("ws", "message_index_skip"): ErrorInfo(
        RaisedBy.ENGINE,
        Retry.AMBIGUOUS,
        "The actor answered out of order around a sleep, and the gateway gave the connection up.",
    ),
    ("ws", "timed_out"): ErrorInfo(RaisedBy.ENGINE, Retry.AMBIGUOUS, "The peer stopped answering pings."),
    ("ws", "invalid_initial_packet"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The first message could not be read."
    ),
    ("ws", "invalid_request"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The request to connect could not be read."
    ),
    ("ws", "invalid_url"): ErrorInfo(RaisedBy.ENGINE, Retry.REFUSED, "The URL to connect to is not valid."),
    ("ws", "eviction"): ErrorInfo(
        RaisedBy.ENGINE, Retry.FINAL, "The engine ended the connection and asks not to connect again."
    ),
    ("ws", "invalid_packet"): ErrorInfo(RaisedBy.ENGINE, Retry.FINAL, "A message could not be read."),
    ("pegboard", "route_auth_check_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Checking the credentials took too long."
    ),
    ("pegboard", "route_fetch_actor_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Looking the actor up took too long."
    ),
    ("pegboard", "route_resolve_query_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Finding the actor by its key took too long."
    ),
    ("pegboard", "route_subscribe_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Preparing to wait for the actor took too long."
    ),
    ("pegboard", "route_wake_signal_timeout"): ErrorInfo(
        RaisedBy.ENGINE, Retry.SAFE, "Telling the actor to wake up took too long."
    ),
    ("client", "connection_open_failed"): ErrorInfo(
        RaisedBy.CLIENT, Retry.SAFE, "The connection could not be opened."
    ),
    ("client", "get_params_failed"): ErrorInfo(
        RaisedBy.CLIENT, Retry.SAFE, "Your get_params function failed."
    ),
    ("config", "endpoint_mismatch"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The engine and the actor's host disagree about the engine's address."
    ),
    ("config", "*"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "The configuration of the actor's host is wrong."),
    ("connection", "*"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The actor's host refused an operation on a connection."
    ),
    ("encoding", "invalid"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The encoding is unknown, or a value cannot be carried by it."
    ),
    ("encoding", "*"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "A value could not be encoded or decoded."),
    ("feature", "unsupported"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The actor's host does not support that."
    ),
    ("inspector", "unauthorized"): ErrorInfo(
        RaisedBy.HOST, Retry.REFUSED, "The inspector's token is missing or not valid."
    ),
    ("inspector", "*"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "The actor's inspector refused the request."),
    ("kv", "*"): ErrorInfo(RaisedBy.ACTOR, Retry.FINAL, "The actor's store refused an operation."),
    ("native", "*"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "The native part of the actor's host failed."),
    ("protocol", "*"): ErrorInfo(
        RaisedBy.ENGINE, Retry.FINAL, "Two parts of the engine do not understand each other."
    ),
    ("registry", "*"): ErrorInfo(
        RaisedBy.HOST, Retry.FINAL, "The registry of the actor's host refused an operation."
    ),
    ("request", "invalid"): ErrorInfo(RaisedBy.HOST, Retry.REFUSED, "The request is not valid."),
    ("runner_config", "*"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The configuration of a runner pool is wrong."
    ),
    ("runtime", "*"): ErrorInfo(RaisedBy.HOST, Retry.FINAL, "The runtime of the actor's host failed."),
    ("schedule", "*"): ErrorInfo(RaisedBy.ACTOR, Retry.FINAL, "The actor's schedule refused an operation."),
    ("serverless_runner_pool", "*"): ErrorInfo(
        RaisedBy.ENGINE, Retry.REFUSED, "The serverless pool could not start the actor's host."
    ),
    ("sqlite", "*"): ErrorInfo(RaisedBy.ACTOR, Retry.FINAL, "The actor's database refused an operation."),
}
"""By group and code; the code "*" stands for every other code of its group."""


def lookup(group: str, code: str) -> ErrorInfo | None:
    """Return what is known about an error, or None: by its code, else by what holds for its whole group."""
    return ERRORS.get((group, code)) or ERRORS.get((group, "*"))
