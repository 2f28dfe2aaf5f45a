"""Runs examples/notebook.ipynb.

python examples/local_engine.py python -m tests.examples.notebook    # and saves what it shows
"""

from __future__ import annotations

import asyncio
import tempfile

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

from tests.docs.snippets import ROOT

__all__ = ["NOTEBOOK", "run"]

NOTEBOOK = ROOT / "examples" / "notebook.ipynb"


async def run() -> NotebookNode:
    """Run the cells on the engine of RIVET_ENDPOINT, and return the notebook with what they have shown."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        # Not over ports: somebody else may get one between its choice and the start of the kernel.
        config = Config(KernelManager={"transport": "ipc", "ip": f"{folder}/kernel"})
        client = NotebookClient(
            notebook, config=config, timeout=100, startup_timeout=100, record_timing=False
        )
        await client.async_execute()
    notebook.metadata.pop("language_info", None)  # the version of Python that happened to run it
    return notebook


if __name__ == "__main__":
    nbformat.write(asyncio.run(run()), NOTEBOOK)
