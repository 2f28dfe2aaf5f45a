"""What an engine, its host and the generator print, as somebody who writes actors wants to read it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from rivet_client.cli.output import message_console
from rivet_client.testing.local.logs import shown

__all__ = ["LogReader", "log_levels", "print_line"]

_STYLES: Final = {
    "trace": "dim",
    "debug": "dim",
    "info": "",
    "warn": "yellow",
    "error": "red",
    "fatal": "red",
}
_POLL: Final = 0.05  # seconds


def log_levels(verbose: int) -> dict[str, str]:
    """Return the variables with which engine and host log what is shown."""
    if verbose:
        return {"RIVET_LOG_LEVEL": "info" if verbose == 1 else "debug"}
    # rivetkit's native part takes this for a filter, of which only "warn" concerns it. Its JavaScript, which logs for
    # actors, knows no such level, and then takes "info".
    return {"RIVET_LOG_LEVEL": "warn,actors=info", "RUST_LOG": "warn"}


def print_line(source: str, line: str, *, whole: bool) -> None:
    """Print a line on standard error as it is shown, if it is, after who printed it."""
    from rich.text import Text

    if (found := shown(source, line, whole=whole)) is not None:
        style = _STYLES.get(found.level, "")
        message_console().print(
            Text(f"{source:6} | ", style="cyan" if source == "host" else "magenta")
            + Text(f"{found.level:5} " if found.level else "", style=style)
            + Text(found.text, style="dim" if style == "dim" else "")
        )


class LogReader:
    """Hands over the lines of log files as they come, in a thread of its own, while the block lasts.

    Args:
        files: The files, by who writes them.
        take: Takes who has written a line, and the line.
    """

    def __init__(self, files: Mapping[str, Path], take: Callable[[str, str], None]) -> None:
        self._take = take
        self._files = {source: file.open("rb") for source, file in files.items()}
        self._begun = dict.fromkeys(files, b"")
        self._lock = threading.Lock()
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="rivet-client dev: logs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending.set()
        self._thread.join()
        self.catch_up()
        for source, file in self._files.items():
            file.close()
            if self._begun[source]:
                self._take(source, self._begun[source].decode(errors="replace"))

    def catch_up(self) -> None:
        """Hand over all lines that have been written up to now."""
        with self._lock:
            for source, file in self._files.items():
                *lines, self._begun[source] = (self._begun[source] + file.read()).split(b"\n")
                for line in lines:
                    self._take(source, line.decode(errors="replace"))

    def _go_on(self) -> None:
        with suppress(OSError):  # nobody reads standard error any more; the main thread finds out, too
            while not self._is_ending.wait(_POLL):
                self.catch_up()
