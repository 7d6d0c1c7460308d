"""python -m hamn.simulation --seeds N [--from SEED] [--jobs 2]: plays schedules; --tell SEED: one, as a story."""

from __future__ import annotations

import argparse
import gc
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor

from hamn.simulation.heard import remembering
from hamn.simulation.schedule import drawn, play
from hamn.simulation.story import lines

PART = 250
"""Seeds for one process at a time."""


def violations(first: int, count: int) -> dict[int, tuple[str, list[str]]]:
    """By seed: what the schedule was, and what was violated."""
    found = {}
    # Of an operator who was killed: nothing of his may run any more, so what he was about to begin isn't awaited.
    warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)
    gc.disable()
    gc.freeze()
    with remembering():
        for number, seed in enumerate(range(first, first + count)):
            schedule = drawn(seed)
            if wrong := play(schedule):
                found[seed] = (schedule.title, list(wrong))
            if number % 100 == 99:
                gc.collect()
    gc.unfreeze()
    gc.enable()
    return found


def spread(first: int, count: int, jobs: int) -> dict[int, tuple[str, list[str]]]:
    """The same, over so many processes."""
    if jobs == 1:
        return violations(first, count)
    parts = [(seed, min(PART, first + count - seed)) for seed in range(first, first + count, PART)]
    with ProcessPoolExecutor(jobs) as pool:
        found = [pool.submit(violations, *part) for part in parts]
        return {seed: wrong for one in found for seed, wrong in one.result().items()}


def tell(seed: int) -> int:
    schedule = drawn(seed)
    wrong = play(schedule)
    print(f"seed {seed}: {schedule.title}\n")
    for line in lines(schedule.world):
        print(line)
    print("\n" + ("\n".join(f"VIOLATED {why}" for why in wrong) or "nothing was violated"))
    return 1 if wrong else 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hamn.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3000, metavar="N")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="SEED")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tell", type=int, metavar="SEED", help="play this one and print its story")
    words = parser.parse_args(argv)
    if words.tell is not None:
        return tell(words.tell)
    began_s = time.monotonic()
    found = spread(words.first, words.seeds, words.jobs)
    took_s = time.monotonic() - began_s
    for seed, (title, wrong) in sorted(found.items()):
        print(f"seed {seed}: {wrong[0]}  [{title}]")
    print(f"schedules {words.seeds}")
    print(f"schedules_s {took_s:.1f}")
    print(f"schedules_per_s {words.seeds / took_s:.0f}")
    print(f"violations {len(found)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
