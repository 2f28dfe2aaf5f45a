"""The example programs, run as the demo runs them: on both engines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def output(script: str, endpoint: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / script],
        env={**os.environ, "RIVET_ENDPOINT": endpoint},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def test_blocking_counter(endpoint: str) -> None:
    told = output("blocking_counter.py", endpoint)
    assert re.sub(r"(?<=actor id: ) +\w{30}", " …", told) == (
        "actor id:  …\n"
        "increment(2):    2\n"
        "increment(40):   42\n"
        "getCount:        42\n"
        "admin.reset():   42\n"
        "fail():          user.refused: refused: just showing; metadata {'count': 0, 'reason': 'just showing'}\n"
        "increment(1):    1\n"
        "increment(2):    3\n"
        "increment(3):    6\n"
        "events received: [1, 3, 6]\n"
    )


def test_asyncio_chat(endpoint: str) -> None:
    told = output("asyncio_chat.py", endpoint)
    assert "this room is: {'building': 'HQ, north wing', 'room': 'room-" in told
    assert (
        "  bob hears #1 bob: anybody here?\n"
        "  bob hears #2 ann: me\n"
        "  bob hears #3 announcement: the canteen is open\n"
    ) in told
    assert "refused: user.empty_message: a message needs text; metadata {'sender': 'ann'}\n" in told
    assert "in the history: ['anybody here?', 'me', 'the canteen is open']\n" in told
