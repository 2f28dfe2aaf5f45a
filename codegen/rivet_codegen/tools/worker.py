"""The other end of `run_with_tools`: a script, which is given the folder of the tools and the folder of the generator.

It runs without site-packages. Of the folder around the generator, it can import the generator only.
"""

from __future__ import annotations

import pickle
import sys
from importlib.util import module_from_spec, spec_from_file_location


def _import_generator(folder: str) -> None:
    spec = spec_from_file_location(
        "rivet_codegen", f"{folder}/__init__.py", submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["rivet_codegen"] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Read a call from standard input and write what it returns or raises to standard output."""
    tools, generator = sys.argv[1:]
    sys.path.append(tools)
    _import_generator(generator)
    function, args, kwargs = pickle.load(sys.stdin.buffer)
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        if not type(error).__module__.startswith("rivet_codegen."):
            raise  # a defect; the other end may not have its class
        result = error
    sys.stdout.buffer.write(pickle.dumps(result))


if __name__ == "__main__":
    main()
