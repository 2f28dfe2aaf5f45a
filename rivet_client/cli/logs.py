"""The client's logs on standard error."""

from __future__ import annotations

import logging

from rivet_client._text import printable

__all__ = ["log_to_stderr", "show_connections"]


def log_to_stderr(verbose: int) -> None:
    """Show pauses before repeated requests, so that a user who waits knows why. `-v` shows more."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Printable("%(asctime)s %(name)s: %(message)s" if verbose else "%(message)s"))
    logger = logging.getLogger("rivet_client")
    logger.handlers[:] = [handler]
    logger.setLevel((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])
    logger.propagate = False
    if not verbose:
        # Pauses before a request is repeated, and nothing about connections.
        logging.getLogger("rivet_client.requests").setLevel(logging.INFO)
        logging.getLogger("rivet_client.connections").setLevel(logging.CRITICAL)


def show_connections() -> None:
    """Show what happens to connections, too."""
    logger = logging.getLogger("rivet_client.connections")
    if logger.level:
        logger.setLevel(logging.INFO)
        # The error with which a connection gives up becomes the command's own error.
        logger.addFilter(lambda record: record.levelno < logging.ERROR)


class _Printable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n")
