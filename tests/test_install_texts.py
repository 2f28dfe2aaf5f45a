"""No text tells people to install rivet-client from a package index, where it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WHERE = (
    "*.md",
    "*.py",
    "*.toml",
    ".github",
    "docs",
    "rivet_client",
    "codegen",
    "generated",
    "examples",
    "schema",
    "benchmarks",
)
KINDS = {
    ".cfg",
    ".in",
    ".ini",
    ".ipynb",
    ".j2",
    ".jinja",
    ".json",
    ".md",
    ".py",
    ".rst",
    ".sh",
    ".toml",
    ".ts",
    ".txt",
    ".yaml",
}
NAME = r"rivet[-_]client(?![\w./-])"
FROM_INDEX = re.compile(
    rf"\b(?:pip|pipx|uv|poetry|pdm|conda)\s+(?:\w+\s+)?(?:install|add|run)\b[^\n`;&|]*?[\s'\"]{NAME}"
    rf"|\buvx\s+(?:--from\s+)?['\"]?{NAME}"
    rf"|{NAME}['\"]?\[[a-z,]+\]",  # the notation of requirements
)


def texts() -> list[Path]:
    found = [path for pattern in WHERE for path in ROOT.glob(pattern)]
    files = [file for path in found for file in ([path] if path.is_file() else path.rglob("*"))]
    return [file for file in files if file.suffix in KINDS and "node_modules" not in file.parts]


def test_nobody_is_told_to_install_it_from_an_index() -> None:
    files = texts()
    assert {"README.md", "getting-started.md", "otel.py", "environment.py"} <= {file.name for file in files}
    told = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files
        for match in FROM_INDEX.finditer(file.read_text(encoding="utf-8"))
    ]
    assert not told, "say how to install it from a checkout or a wheel, or name what is missing"


@pytest.mark.parametrize(
    ("text", "is_from_index"),
    [
        ("pip install rivet-client", True),
        ("pip install 'rivet-client[cli]'", True),
        ("python -m pip install -U rivet_client", True),
        ("uv pip install rivet-client==0.1.0", True),
        ("uv add --dev rivet-client", True),
        ("uvx rivet-client doctor", True),
        ("install `rivet-client[cli,codegen]`", True),
        ("pip install .", False),
        ("pip install '.[cli]'; rivet-client dev", False),
        ("pip install dist/rivet_client-0.1.0-py3-none-any.whl", False),
        ("pip install './rivet_client-0.1.0-py3-none-any.whl[cli]'", False),
        ("pip install PATH/rivet-client/", False),
        ("pip install click`, and `rivet-client doctor", False),
    ],
)
def test_what_is_found(text: str, is_from_index: bool) -> None:
    assert bool(FROM_INDEX.search(text)) is is_from_index
