# Generated, do not edit. Source: schema/client_protocol/*.bare; command: python -m rivet_codegen

"""The versions of the protocol that there are. Every version between the two is there, too."""

from __future__ import annotations

__all__ = ["NEWEST", "OLDEST"]

OLDEST, NEWEST = 1, 4
