"""The version of this package: here and in pyproject.toml. Imports: none."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
