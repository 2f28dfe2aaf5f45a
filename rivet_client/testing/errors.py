"""What is raised by the engines themselves. Clients raise the errors of `rivet_client.errors`."""

from __future__ import annotations

__all__ = ["EngineError"]


class EngineError(RuntimeError):
    """An engine for tests cannot do what it is asked to. The text says why, and what to do."""
