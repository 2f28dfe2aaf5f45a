"""What people search for, and the guide that answers: entries of the index, which a search shows first."""

from __future__ import annotations

from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

__all__ = ["setup"]

TOPICS = {
    "actions": "timeout, time-out, deadline",
    "actors-and-keys": "key, create, input",
    "concurrency": "thread, fork, cancel",
    "configuration": "authentication, authenticate, auth, token, timeout, time-out, deadline, proxy, endpoint",
    "connections-and-events": "events, subscribe, callback, reconnect",
    "errors-and-retries": "exception, exceptions, error, retry, retries, may_have_run, idempotent, idempotency",
    "observability": "logging, tracing, metrics, OpenTelemetry",
    "parameters": "authentication, authenticate, auth, authorization",
    "testing": "FakeEngine, LocalEngine, fake, mock, pytest",
    "tutorial-typed": "typed, types",
    "typed-bindings": "typed, types, mypy, pyright, pydantic",
    "when-something-goes-wrong": "error, troubleshooting",
}


class _Topics(SphinxTransform):
    default_priority = 500  # before the index reads the page

    def apply(self, **_: object) -> None:
        words = TOPICS.get(self.env.docname)
        if words is not None:
            # The page as a whole is found, as it is by words of its text, so it is listed once.
            entries = [("single", word, "", "main", None) for word in words.split(", ")]
            self.document.insert(0, addnodes.index(entries=entries))


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_transform(_Topics)
