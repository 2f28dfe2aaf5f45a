"""What is raised by the engines themselves. Clients raise the errors of `rivet_client.errors`."""

from __future__ import annotations

from typing import Final

__all__ = ["NEEDS_UNIX", "EngineError"]

NEEDS_UNIX: Final = "LocalEngine needs Linux or macOS; on Windows, run it in WSL"


class EngineError(RuntimeError):
    """An engine for tests cannot do what it is asked to. The text says why, and what to do.

    Attributes:
        summary: The text without the log.
        log: What a process that ended, or did not answer, has printed last.
    """

    def __init__(self, summary: str, log: str = "") -> None:
        super().__init__(f"{summary}; its log ends with:\n{log}" if log else summary)
        self.summary = summary
        self.log = log

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str]]:
        return type(self), (self.summary, self.log)
