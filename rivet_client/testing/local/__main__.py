"""`python -m rivet_client.testing.local --registry registry.ts`: a local engine from a shell."""

from __future__ import annotations

import argparse
import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

from rivet_client.testing.errors import EngineError
from rivet_client.testing.local.engine import LocalEngine

__all__ = ["main"]

_POLL: Final = 0.5
# What a command gets for its end, in seconds: as long as engine and host.
_STOP_TIMEOUT: Final = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: Those of the command line if None.
    """
    parser = argparse.ArgumentParser(description="Run a local Rivet engine with an actor host, until Ctrl-C.")
    parser.add_argument("--registry", required=True, help="the file with the registry, such as registry.ts")
    parser.add_argument("--install", action="store_true", help="run `npm ci` first if need be")
    parser.add_argument(
        "--url-file", type=Path, help="holds the engine's URL from when it answers until it ends"
    )
    parser.add_argument(
        "--logs",
        type=Path,
        help="becomes a link to the folder of engine.log and host.log, which vanishes at the end",
    )
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, help="run this, with RIVET_ENDPOINT set, then stop"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with LocalEngine(options.registry, install=options.install, say=_say) as engine:
            _say(f"engine ready: {engine.url}")
            if options.logs is not None:
                options.logs.symlink_to(engine.log_files["host"].parent)
            if options.command:
                return _run(options.command, engine.url)
            with _published(engine.url, options.url_file):
                _wait(engine, until_eof=options.until_eof)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _go_on(*_: object) -> None:
    pass


def _leave(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)


def _run(command: list[str], url: str) -> int:
    """Run a command until it ends by itself, and return its exit code.

    Ctrl-C reaches the command, too, which decides what it means: a server finishes its requests, a prompt goes on.
    """
    signal.signal(signal.SIGINT, _go_on)  # not SIG_IGN, which the command would inherit
    with subprocess.Popen(command, env={**os.environ, "RIVET_ENDPOINT": url}) as process:
        try:
            code = process.wait()
        except SystemExit:  # SIGTERM, which has reached only this process
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT)
            process.kill()
            raise
    return code if code >= 0 else 128 - code  # of a signal, as a shell has it


def _say(line: str) -> None:
    print(line, flush=True)


def _wait(engine: LocalEngine, *, until_eof: bool) -> None:
    """Wait for the end of standard input, or for a signal.

    Raises:
        EngineError: Engine or host have ended by themselves.
    """
    watched = [sys.stdin] if until_eof else []
    while True:
        engine.check()
        readable, _, _ = select.select(watched, [], [], _POLL)
        if readable and not os.read(sys.stdin.fileno(), 1024):
            return


@contextlib.contextmanager
def _published(url: str, file: Path | None) -> Generator[None]:
    if file is None:
        yield
        return
    draft = file.with_suffix(".draft")
    draft.write_text(url)
    draft.rename(file)  # a reader sees the whole text or no file
    try:
        yield
    finally:
        file.unlink()


if __name__ == "__main__":
    sys.exit(main())
