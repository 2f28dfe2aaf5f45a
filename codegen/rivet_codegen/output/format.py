"""The layout of generated files, by ruff with a configuration of its own. ruff is looked for when it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["RUFF_CONFIG", "RUFF_TYPED_CONFIG", "FormatError", "format_folder"]

RUFF_CONFIG = Path(__file__).with_name("ruff-generated.toml")
RUFF_TYPED_CONFIG = Path(__file__).with_name("ruff-typed.toml")


class FormatError(Exception):
    """Generated code does not pass ruff: a mistake in the generator."""


def format_folder(folder: Path, config: Path = RUFF_CONFIG) -> None:
    """Sort imports, apply safe fixes and format every Python file below a folder.

    Args:
        folder: The folder.
        config: ruff's configuration.

    Raises:
        FormatError: ruff found a mistake that it could not fix; the text says which.
    """
    _ruff("check", "--fix-only", folder=folder, config=config)
    _ruff("format", folder=folder, config=config)
    _ruff("check", "--output-format=concise", folder=folder, config=config)


def _ruff(*arguments: str, folder: Path, config: Path) -> None:
    # With --config, ruff reads no configuration around the folder. Inside the folder, ruff tells paths relative to it.
    command = [_program(), *arguments, "--no-cache", f"--config={config}", "."]
    result = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if result.returncode != 0:
        raise FormatError(
            f"generated code does not pass `ruff {arguments[0]}`:\n{result.stdout}{result.stderr}"
        )


def _program() -> str:
    """Return the program that belongs to the library `ruff`; ruff itself looks in other environments first."""
    import ruff  # type: ignore[import-untyped]  # it ships no types

    beside = Path(ruff.__file__).parents[1] / "bin" / ("ruff.exe" if sys.platform == "win32" else "ruff")
    return str(beside) if beside.exists() else str(ruff.find_ruff_bin())
