"""What the site's extensions make of small pages, and that mistakes are warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.pages import Page
from tests.support.public_api import ROOT

PAGES = {
    "README.md": "# Start\n\nA [page](page.md#both), and a [dead link](nothing.md).\n",
    "index.rst": (
        ".. include:: README.md\n   :parser: rivet_docs.markdown\n\n.. toctree::\n   :hidden:\n\n   page\n   api\n"
    ),
    "api.rst": (
        "API\n===\n\nText.\n\n"
        ".. py:class:: Scope\n   :module: rivet_client\n\n"
        "   .. py:method:: cancel()\n\n      See `cancel`, `Missing` and `Thing`.\n\n"
        "   .. py:method:: wait(timeout: rivet_client._core.encoding.Encoding)\n\n"
        "   .. py:method:: once(value: ssl.SSLContext)\n\n"
        ".. py:class:: Thing\n   :module: rivet_client.one\n\n"
        ".. py:class:: Thing\n   :module: rivet_client.two\n\n"
        ".. py:class:: AsyncScope\n   :module: rivet_client\n\n"
        "   .. py:method:: cancel()\n\n      See `wait()` and `cancel`.\n"
    ),
    "page.md": (
        "# Page of `Scope`\n\nUse `Scope`, `cancel()`, `scope()`, `Thing`, `Scope.cancel` and [up](README.md).\n\n"
        "## Both\n\n```python\nblocking = 1\n```\n\n```python asyncio\nasyncio = 1\n```\n\n"
        "## One\n\n```python asyncio\nalone = 1\n```\n\n```python pytest\n# test_it.py\nclass A: pass\n```\n\n"
        "```toml pytest\n# pyproject.toml\n```\n\nText.\n\n[no anchor](page.md#nothing)\n"
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a small site, and what its build warned of."""
    folder = tmp_path_factory.mktemp("small")
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = ("-c", str(ROOT / "docs" / "site"), "-q", "-n", "--no-color")
    command = (sys.executable, "-m", "sphinx", *config, str(folder), str(folder / "site"))
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return folder / "site", told.stderr


def test_mistakes_are_warnings(built: tuple[Path, str]) -> None:
    warnings = [line.rpartition("WARNING: ")[2] for line in built[1].splitlines()]
    assert sorted(line.partition(" [")[0] for line in warnings) == [
        "'myst' cross-reference target not found: 'nothing.md'",
        "local id not found in doc 'page': 'nothing'",
        "no page shows nothing.md",
        "py:class reference target not found: rivet_client._core.encoding.Encoding",
    ]


def test_blocks(built: tuple[Path, str]) -> None:
    html = Page(built[0] / "page.html").html
    assert html.count('data-sync-id="blocking"') == html.count('data-sync-id="asyncio"') == 1
    assert html.index("blocking</span>") < html.index('data-sync-id="asyncio"') < html.index("asyncio</span>")
    assert html.count('class="highlight-python') == 4
    assert html.count('class="highlight-toml') == 1


def test_names(built: tuple[Path, str]) -> None:
    page, api = Page(built[0] / "page.html"), Page(built[0] / "api.html")
    assert page.links_of("Scope") == {"", "api.html#rivet_client.Scope"}
    assert "<a" not in page.html[page.html.index("<h1>") : page.html.index("Scope", page.html.index("<h1>"))]
    assert (
        page.links_of("cancel()") == page.links_of("Scope.cancel") == {"api.html#rivet_client.Scope.cancel"}
    )
    assert page.links_of("Thing") == page.links_of("scope()") == {""}
    assert api.links_of("cancel") == {"#rivet_client.Scope.cancel", "#rivet_client.AsyncScope.cancel"}
    assert api.links_of("Missing") == {""}
