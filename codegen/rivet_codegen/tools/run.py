"""Functions of the generator run where its tools are: in this process, or in one that has the tools and no more."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from rivet_codegen.cache.installation import Say
from rivet_codegen.tools.environment import are_installed_here, installed_tools

__all__ = ["run_with_tools"]

P = ParamSpec("P")
R = TypeVar("R")

_GENERATOR: Final = Path(__file__).parents[1]
_WORKER: Final = Path(__file__).with_name("worker.py")


def run_with_tools(say: Say, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function of this package.

    Args:
        say: Receives lines about the installation of the tools, if they are installed first.
        function: A function at the top level of a module that can be imported without the tools.
        *args: Its arguments. They can be pickled, and so can its result.
        **kwargs: Its arguments by name.

    Raises:
        InstallError: The tools are not there and cannot be installed.
        Exception: Whatever the function raises.
    """
    if are_installed_here():
        return function(*args, **kwargs)
    # No variable of the environment and no site-packages: a library of the user never gets between the tools.
    command = [sys.executable, "-I", "-S", str(_WORKER), str(installed_tools(say)), str(_GENERATOR)]
    call = pickle.dumps((function, args, kwargs))
    done = subprocess.run(command, input=call, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        error = RuntimeError(
            said.rpartition("\n")[2] or f"the generator ended with exit code {done.returncode}"
        )
        error.add_note(said)
        raise error
    result: R | Exception = pickle.loads(done.stdout)
    if isinstance(result, Exception):
        raise result
    return result
