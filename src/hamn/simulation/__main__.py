"""python -m hamn.simulation --seeds N [--from SEED] [--jobs 2]: plays schedules; --tell SEED: one, as a story."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from hamn.simulation.heard import remember
from hamn.simulation.schedule import drawn, play
from hamn.simulation.story import lines


def violations(first: int, count: int) -> dict[int, tuple[str, list[str]]]:
    """By seed: what the schedule was, and what was violated."""
    found = {}
    remember()
    gc.disable()
    for number, seed in enumerate(range(first, first + count)):
        schedule = drawn(seed)
        if wrong := play(schedule):
            found[seed] = (schedule.title, list(wrong))
        if number % 50 == 49:
            gc.collect()
    gc.enable()
    return found


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
    found: dict[int, tuple[str, list[str]]] = {}
    part = max(1, min(500, -(-words.seeds // words.jobs)))
    parts = [
        (first, min(part, words.first + words.seeds - first))
        for first in range(words.first, words.first + words.seeds, part)
    ]
    if words.jobs == 1:
        for first, count in parts:
            found.update(violations(first, count))
    else:
        with ProcessPoolExecutor(words.jobs) as pool:
            for some in pool.map(violations, *zip(*parts, strict=True)):
                found.update(some)
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
