"""Heads of HTTP answers to requests and to handshakes: where a head ends, and how long it may be."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HEAD_END", "MAX_HEAD_BYTES", "MAX_INTERIM_ANSWERS", "NOT_IN_A_HEAD"]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Most bytes of the head of an answer, and of its trailers."""

MAX_INTERIM_ANSWERS: Final = 100
"""Most answers such as "100 Continue" before the one that counts."""

# h11 ends a head in the same place, and refuses a head with the same characters. But it takes quadratic time to find
# such a character, so it never gets a head that has one.
HEAD_END: Final = re.compile(rb"\n\r?\n")
NOT_IN_A_HEAD: Final = re.compile(rb"[\x00\x0b\x0c]|\r(?!\n)")
