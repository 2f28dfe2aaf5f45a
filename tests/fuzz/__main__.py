"""Run random cases until the time is over, or one case again.

python -m tests.fuzz [TARGET ...] [--seconds 60] [--seed N]
python -m tests.fuzz TARGET --case SEED
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import time

from tests.fuzz import TARGETS, CaseFailed, run_case


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all by default"
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on (%(default)g)")
    parser.add_argument("--seed", type=int, help="where to start; random by default")
    parser.add_argument("--case", metavar="SEED", help="run this one case")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are: {', '.join(TARGETS)}")
    targets = arguments.targets or list(TARGETS)
    if arguments.case is not None:
        if len(targets) != 1:
            parser.error("--case needs one TARGET")
        TARGETS[targets[0]](random.Random(arguments.case))
        print("the case passes")
        return 0
    seed = random.SystemRandom().randrange(10**9) if arguments.seed is None else arguments.seed
    print(f"seed {seed}, {arguments.seconds:g} s of {', '.join(targets)}", flush=True)
    done = []
    for target in targets:
        until = time.monotonic() + arguments.seconds / len(targets)
        for number in itertools.count():
            if time.monotonic() >= until:
                done.append(f"{number} {target}")
                break
            try:
                run_case(target, f"{seed}-{number}")
            except CaseFailed as failed:
                print(failed, file=sys.stderr)
                return 1
    print(f"{', '.join(done)} cases; nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
