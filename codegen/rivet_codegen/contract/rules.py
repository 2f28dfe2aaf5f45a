"""The rules: each kind of change, and whom it breaks. The page docs/contract-changes.md has the same table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

__all__ = ["RULES", "Level"]


class Level(IntEnum):
    """Whom a change breaks; the higher, the worse."""

    COMPATIBLE = 0
    TYPES = 1
    BREAKING = 2


_B, _T, _C = Level.BREAKING, Level.TYPES, Level.COMPATIBLE

RULES: Final[Mapping[str, Level]] = {
    # actors
    "ACTOR_REMOVED": _B,
    "ACTOR_ADDED": _C,
    "ACTOR_BECAME_OPAQUE": _T,
    "ACTOR_NO_LONGER_OPAQUE": _C,
    "ENCODING_REMOVED": _B,
    "ENCODING_ADDED": _C,
    # input and connection parameters
    "INPUT_REQUIRED": _B,
    "INPUT_OPTIONAL": _C,
    "INPUT_DECLARED": _T,
    "INPUT_NO_LONGER_DECLARED": _C,
    "CONNECTION_PARAMS_REQUIRED": _B,
    "CONNECTION_PARAMS_OPTIONAL": _C,
    "CONNECTION_PARAMS_DECLARED": _T,
    "CONNECTION_PARAMS_NO_LONGER_DECLARED": _C,
    # actions
    "ACTION_REMOVED": _B,
    "ACTION_ADDED": _C,
    "PARAMETER_ADDED_REQUIRED": _B,
    "PARAMETER_ADDED_OPTIONAL": _C,
    "PARAMETER_REMOVED": _T,
    "PARAMETER_REQUIRED": _B,
    "PARAMETER_OPTIONAL": _C,
    "PARAMETER_MOVED": _B,
    "PARAMETER_RENAMED": _T,
    "PARAMETER_DEFAULT_CHANGED": _C,
    "RESULT_REMOVED": _B,
    "RESULT_REMOVED_NULLABLE": _T,
    "RESULT_ADDED": _C,
    # events
    "EVENT_REMOVED": _B,
    "EVENT_ADDED": _C,
    "EVENT_ARGUMENT_ADDED": _T,
    "EVENT_ARGUMENT_REMOVED": _B,
    "EVENT_ARGUMENT_REMOVED_NULLABLE": _T,
    "EVENT_ARGUMENT_OPTIONAL": _B,
    "EVENT_ARGUMENT_OPTIONAL_NULLABLE": _C,
    "EVENT_ARGUMENT_REQUIRED": _C,
    "EVENT_ARGUMENT_MOVED": _B,
    "EVENT_ARGUMENT_RENAMED": _C,
    # queues
    "QUEUE_REMOVED": _B,
    "QUEUE_ADDED": _C,
    "QUEUE_REPLY_REMOVED": _B,
    "QUEUE_REPLY_REMOVED_NULLABLE": _T,
    "QUEUE_REPLY_ADDED": _C,
    # errors that are declared
    "ERROR_REMOVED": _T,
    "ERROR_REMOVED_PARTLY": _C,
    "ERROR_ADDED": _C,
    # what callers send: arguments, queue messages, input, connection parameters
    "SENT_FIELD_ADDED_REQUIRED": _B,
    "SENT_FIELD_ADDED_OPTIONAL": _C,
    "SENT_FIELD_REMOVED": _T,
    "SENT_FIELD_REQUIRED": _B,
    "SENT_FIELD_OPTIONAL": _C,
    "SENT_VALUE_REMOVED": _B,
    "SENT_VALUE_ADDED": _C,
    "SENT_VARIANT_REMOVED": _B,
    "SENT_VARIANT_ADDED": _C,
    "SENT_TYPE_NARROWED": _B,
    "SENT_TYPE_CHANGED": _B,
    "SENT_TYPE_TOLERATED": _T,
    "SENT_TYPE_WIDENED": _C,
    # what callers receive: results, events, queue replies
    "RECEIVED_FIELD_ADDED": _C,
    "RECEIVED_FIELD_REMOVED": _B,
    "RECEIVED_FIELD_REMOVED_OPTIONAL": _T,
    "RECEIVED_FIELD_OPTIONAL": _B,
    "RECEIVED_FIELD_OPTIONAL_CONSTANT": _T,
    "RECEIVED_FIELD_REQUIRED": _C,
    "RECEIVED_VALUE_ADDED": _T,
    "RECEIVED_VALUE_REMOVED": _C,
    "RECEIVED_VARIANT_ADDED": _T,
    "RECEIVED_VARIANT_REMOVED": _C,
    "RECEIVED_TYPE_WIDENED": _B,
    "RECEIVED_TYPE_CHANGED": _B,
    "RECEIVED_TYPE_TOLERATED": _T,
    "RECEIVED_TYPE_NARROWED": _C,
    # names and words
    "TYPE_REMOVED": _T,
    "TYPE_ADDED": _C,
    "PYTHON_NAME_CHANGED": _T,
    "DEPRECATED": _C,
    "NO_LONGER_DEPRECATED": _C,
    "DESCRIPTION_CHANGED": _C,
}
"""Whom a change breaks, by the stable name of its rule."""
