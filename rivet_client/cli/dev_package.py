"""A typed package that follows its registry beside an engine and a host."""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from rivet_client.cli.generate import PackageRequest

if TYPE_CHECKING:
    from rivet_client.testing.local.processes import Process

__all__ = ["KeptPackage", "package_generator"]

_GENERATE: Final = """
import json, pickle, sys
sys.path[:] = json.loads(sys.argv[1])
from rivet_client.cli.generate import generate_again
generate_again(pickle.loads(bytes.fromhex(sys.argv[2])))
"""


class PackageGenerator(Protocol):
    """What a `KeptPackage` needs of a `Process`."""

    @property
    def running(self) -> bool: ...
    def start(self, env: Mapping[str, str]) -> None: ...
    def kill(self) -> None: ...


class KeptPackage:
    """A typed package that is kept up to date: one generation at a time, while everything else goes on.

    Args:
        generator: The process that generates the package, and ends.
    """

    def __init__(self, generator: PackageGenerator) -> None:
        self._generator = generator
        self._is_old = False

    def renew(self) -> None:
        """Generate the package from the sources as they are now.

        If a generation runs, it may have read older ones. Then one more follows, however often this is called.
        """
        self._is_old = True
        self.look()

    def look(self) -> None:
        """Start what `renew` asked for, if no generation runs any more. To be called some times a second."""
        if self._generator.running:
            return
        self._generator.kill()  # its number may be given to somebody else's process from now on
        if self._is_old:
            self._is_old = False
            self._generator.start(os.environ)


@contextmanager
def package_generator(package: PackageRequest) -> Generator[Process]:
    """Have a process that generates a package whenever it is started. It ends with the block at the latest.

    It has a process group of its own: the terminal's Ctrl-C does not reach it, and the end of the block ends Node, pip
    and whatever else works for it.

    Args:
        package: The package.
    """
    from rivet_client.testing.local.processes import Guard, Process

    guard = Guard()
    # What is killed cannot remove its temporary files, so they are in a folder that the guard removes.
    temporary = f"TMPDIR={guard.folder}"
    arguments = (json.dumps(sys.path), pickle.dumps(package).hex())
    command = ("env", temporary, sys.executable, "-c", _GENERATE, *arguments)
    process = Process("types", command, Path.cwd(), guard)
    try:
        yield process
    finally:
        process.kill()
        guard.end()
