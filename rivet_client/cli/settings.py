"""The options that all subcommands share, once they are read: where the engine is, and how to show what comes."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import click

from rivet_client.cli.output import note

if TYPE_CHECKING:
    from rivet_client import Client
    from rivet_client.cli.waiting import Waiting

__all__ = ["DEFAULT_SOURCE", "Place", "Settings"]

REACH_TIMEOUT = 5.0
"""How long a command waits for an endpoint where nothing listens, in seconds: the engine may just be starting."""
DEFAULT_SOURCE = "the default"
"""Where an endpoint comes from that nobody has set."""
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_DEV_PORT = 6420


class Place(NamedTuple):
    """Where a command looks for the engine.

    Attributes:
        endpoint: A URL without credentials.
        source: Where it stands: "--endpoint", "RIVET_ENDPOINT", or `DEFAULT_SOURCE`.
    """

    endpoint: str
    source: str

    def __str__(self) -> str:
        return f"{self.endpoint} ({self.source})"

    @property
    def check(self) -> str:
        """What to do if the engine is somewhere else."""
        if self.source == DEFAULT_SOURCE:
            return "say where yours is with RIVET_ENDPOINT or --endpoint"
        return f"check {self.source}"

    @property
    def start(self) -> str:
        """What to do if the engine does not run."""
        url = urlsplit(self.endpoint)
        if url.scheme != "http" or url.hostname not in _THIS_MACHINE:
            return "start the engine there"
        port = "" if url.port == _DEV_PORT else f" --port {url.port or 80}"
        return f"start one with `rivet-client dev registry.ts{port}`"


@dataclass
class Settings:
    """The shared options of one command line; None where one is not given."""

    endpoint: str | None = None
    namespace: str | None = None
    pool: str | None = None
    token_env: str | None = None
    params: Any = None
    encoding: str = "bare"
    protocol_version: int | None = None
    timeout: float | None = None
    format: str | None = None
    debug: bool = False
    verbose: int = 0
    waiting: Waiting | None = field(default=None, compare=False)

    @property
    def for_people(self) -> bool:
        """Whether output is text, else JSON lines: what `--format` says, or else text on a terminal."""
        return sys.stdout.isatty() if self.format is None else self.format == "text"

    @property
    def source(self) -> str:
        """Who says where the engine is: the option, the variable, or "the default"."""
        if self.endpoint is not None:
            return "--endpoint"
        return next(
            (name for name in ("RIVET_ENGINE", "RIVET_ENDPOINT") if os.environ.get(name)), DEFAULT_SOURCE
        )

    @property
    def place(self) -> Place | None:
        """Where the command's client looks for the engine; None before there is a client."""
        if self.waiting is None or self.waiting.endpoint is None:
            return None
        return Place(self.waiting.endpoint, self.source)

    def client(self) -> Client:
        """Return a client with these settings."""
        from rivet_client import Client

        if self.endpoint is not None and re.match(r"\w+://[^/@]*:[^/@]*@", self.endpoint):
            note("note: the token in --endpoint is in the shell's history now; better set RIVET_TOKEN")
        return Client(**self.client_settings(), observers=[self.observer()])

    def observer(self) -> Waiting:
        """Return what tells people for what the command's clients wait."""
        from rivet_client.cli.waiting import Waiting

        if self.waiting is None:
            self.waiting = Waiting(tells_connections=not self.verbose)  # else the log tells
        return self.waiting

    def client_settings(self) -> dict[str, Any]:
        """Return the client's arguments."""
        return {
            "endpoint": self.endpoint,
            "namespace": self.namespace,
            "pool_name": self.pool,
            "token": self.token,
            "encoding": self.encoding,
            "protocol_version": self.protocol_version,
        }

    @property
    def token(self) -> str | None:
        """The token that `--token-env` names; None leaves the choice to the client.

        Raises:
            click.UsageError: There is no such variable.
        """
        if self.token_env is None:
            return None
        token = os.environ.get(self.token_env)
        if not token:
            raise click.UsageError(f"--token-env: the environment variable {self.token_env} is not set")
        return token

    @property
    def patience(self) -> float:
        """How long to wait for the engine where `--timeout` is about what the actor does, in seconds."""
        return max(REACH_TIMEOUT, self.timeout or 0.0)

    def reach(self, client: Client, timeout: float | None = None) -> None:
        """Have the client ask where the engine is.

        Without this, the client's first call asks, and goes on for as long as that call may take. That is too long for
        somebody who looks at a terminal.

        Args:
            client: The client.
            timeout: How long the client may ask, in seconds, in place of `--timeout`.
        """
        if timeout is None:
            timeout = REACH_TIMEOUT if self.timeout is None else self.timeout
        client.engine.metadata_get(timeout=timeout)
