"""The client's logs on standard error."""

from __future__ import annotations

import logging

from rivet_client.cli.output import note

__all__ = ["log_to_stderr"]


def log_to_stderr(verbose: int) -> None:
    """Show the client's logs: with `-v` what happens to calls and connections, without it only what is odd."""
    handler = _ToStandardError()
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s" if verbose else "%(message)s"))
    logger = logging.getLogger("rivet_client")
    logger.handlers[:] = [handler]
    logger.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    logger.propagate = False
    if not verbose:  # what is waited for is told by `waiting`, and the end by the command's error
        for part in ("requests", "connections"):
            logging.getLogger(f"rivet_client.{part}").setLevel(logging.CRITICAL)


class _ToStandardError(logging.Handler):
    """Writes to standard error as it is at that time: while a line of progress is shown, it is another stream."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            note(self.format(record))
        except Exception:
            self.handleError(record)
