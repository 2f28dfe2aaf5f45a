"""The options that all subcommands share, once they are read: where the engine is, and how to show what comes."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from rivet_client.cli.output import note

if TYPE_CHECKING:
    from rivet_client import Client

__all__ = ["Settings"]

REACH_TIMEOUT = 5.0
"""How long a command waits for an endpoint where nothing listens, in seconds: the engine may just be starting."""


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
    json: bool = False
    debug: bool = False
    verbose: int = 0

    @property
    def for_people(self) -> bool:
        """Whether output is for a terminal, else JSON lines."""
        return not self.json and sys.stdout.isatty()

    def client(self) -> Client:
        """Return a client with these settings."""
        from rivet_client import Client

        if self.endpoint is not None and re.match(r"\w+://[^/@]*:[^/@]*@", self.endpoint):
            note("note: the token in --endpoint is in the shell's history now; better set RIVET_TOKEN")
        return Client(**self.client_settings())

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
