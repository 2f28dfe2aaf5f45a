"""Figures that the pages name are those of the code."""

from __future__ import annotations

import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from rivet_client import ActorConnection, RetryPolicy
from rivet_client._blocking.connection import LEASE
from rivet_client._blocking.run import CLOSE_TIMEOUT
from rivet_client._common.pool import KEEPALIVE
from rivet_client._common.route import ADDRESS_TIMEOUT
from rivet_client._core import retry
from rivet_client._core.gateway import MAX_URL_LENGTH
from rivet_client._core.keys import MAX_KEY_BYTES
from rivet_client._core.limits import Limits
from rivet_client._core.session import attempts
from rivet_client._core.session.listeners import READ_AHEAD
from rivet_client._wire.values_codec import MAX_DEPTH
from rivet_client.cli.checks import PROBE_TIMEOUT
from rivet_client.cli.settings import REACH_TIMEOUT
from rivet_client.config import ClientConfig

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def default(kind: type[Any], name: str) -> Any:
    return next(field.default for field in fields(kind) if field.name == name)


TIMEOUT = default(ClientConfig, "timeout")
BUFFER = inspect.signature(ActorConnection.events).parameters["max_buffer"].default
PING = [Limits().ping_timeout, Limits().ping_interval]

# Page, a part of it in which # stands for a figure, the figures.
FIGURES = [
    ("actions", "A call ends by its deadline: # seconds", [TIMEOUT]),
    ("actors-and-keys", "A key has at most # bytes", [MAX_KEY_BYTES]),
    ("actors-and-keys", "the client's `max_input_size`, # bytes", [default(ClientConfig, "max_input_size")]),
    ("command-line", "a command tries for # seconds", [REACH_TIMEOUT]),
    ("command-line", "how long it waits for one answer: # seconds", [PROBE_TIMEOUT]),
    ("command-line", "stops reading after # events", [BUFFER]),
    ("concurrency", "come less than # ms apart", [LEASE * 1000]),
    ("concurrency", "when # ms have passed without an answer", [LEASE * 1000]),
    ("concurrency", "except for one ping in # seconds", [Limits().ping_interval]),
    ("configuration", "| `timeout=` of a client | # seconds |", [TIMEOUT]),
    ("configuration", "| # | longest body of an answer", [default(ClientConfig, "max_body_bytes")]),
    ("configuration", "an attempt that takes # seconds is given up", [Limits().open_timeout]),
    ("connections-and-events", "for up to # events beyond", [READ_AHEAD]),
    ("connections-and-events", "a quarter of a second to # seconds", [attempts.MAX_DELAY]),
    ("connections-and-events", "no answer to a ping for # seconds, sent after # seconds", PING),
    ("development", "A test has # seconds", [PROJECT["tool"]["pytest"]["ini_options"]["timeout"]]),
    ("errors-and-retries", "| `max_attempts` | # |", [default(RetryPolicy, "max_attempts")]),
    ("errors-and-retries", "have failed for # seconds, the call warns once", [retry.PATIENCE]),
    ("getting-started", "until the call's deadline, # seconds", [TIMEOUT]),
    ("getting-started", "After # seconds a warning in the log", [retry.PATIENCE]),
    ("in-production", "or `timeout=` of the call | # s |", [TIMEOUT]),
    (
        "in-production",
        "| `RetryPolicy(max_attempts=…)` | # attempts |",
        [default(RetryPolicy, "max_attempts")],
    ),
    ("in-production", "around a client with # attempts", [default(RetryPolicy, "max_attempts")]),
    ("in-production", "opening of a connection | none | # s |", [Limits().open_timeout]),
    ("in-production", "that has several | none | # s |", [ADDRESS_TIMEOUT]),
    ("in-production", "| # s, then # s after a ping |", PING),
    ("in-production", "sends a ping after # seconds of silence", [Limits().ping_interval]),
    ("in-production", "idle ones go after # seconds", [KEEPALIVE]),
    ("in-production", "and # s to close", [CLOSE_TIMEOUT]),
    ("observability", "all attempts have failed for # seconds", [retry.PATIENCE]),
    ("parameters", "# bytes are sent", [MAX_URL_LENGTH]),
    ("values", "At most # levels", [MAX_DEPTH]),
]


@pytest.mark.parametrize(("page", "part", "figures"), FIGURES)
def test_figures_are_those_of_the_code(page: str, part: str, figures: list[float]) -> None:
    text = " ".join((ROOT / f"docs/{page}.md").read_text().split())
    (found,) = re.findall(re.escape(part).replace(r"\#", "#").replace("#", "([0-9.,]*[0-9])"), text)
    named = [found] if isinstance(found, str) else found
    assert [float(figure.replace(",", "")) for figure in named] == figures
