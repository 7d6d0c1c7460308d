"""python -m hamn.simulation --seeds N [--from SEED] [--jobs 2]: plays schedules; --tell SEED: one, as a story."""

from __future__ import annotations

import argparse
import gc
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass

from hamn.simulation.heard import remembering
from hamn.simulation.schedule import drawn, play
from hamn.simulation.story import lines

PART = 500
"""Seeds for one process at a time."""
EVERY = 10
"""Schedules after which the past ones' memory is given back: while the processor still has it at hand."""


@dataclass(frozen=True, slots=True)
class Played:
    """Some schedules, on one core."""

    schedules: int
    cpu_s: float
    """Of the processor: what else it does meanwhile doesn't count."""
    violations: dict[int, str]
    """By seed: what was violated, and what the schedule was."""


def play_all(first: int, count: int) -> Played:
    found = {}
    began_s = time.process_time()
    # Of an operator who was killed: nothing of his may run any more, so what he was about to begin isn't awaited.
    warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)
    gc.disable()
    for number, seed in enumerate(range(first, first + count)):
        schedule = drawn(seed)
        if wrong := play(schedule):
            found[seed] = f"{wrong[0]}  [{schedule.title}]"
        if number % EVERY == 0:
            gc.collect(0)  # what is old stays: looking through it again and again is a tenth of the time
    gc.enable()
    return Played(count, time.process_time() - began_s, found)


def spread(first: int, count: int, jobs: int) -> Iterator[Played]:
    """All of them in parts, over so many processes; each part as it ends."""
    parts = [(seed, min(PART, first + count - seed)) for seed in range(first, first + count, PART)]
    if jobs == 1:
        with remembering():
            yield from (play_all(*part) for part in parts)
        return
    with ProcessPoolExecutor(jobs, initializer=_remember) as pool:
        for ended in as_completed([pool.submit(play_all, *part) for part in parts]):
            yield ended.result()


def _remember() -> None:
    """As long as this process lives: a context that nobody keeps is left at once."""
    _LIFE.enter_context(remembering())


_LIFE = ExitStack()


class Score:
    """What came of all parts so far."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.schedules = 0
        self.cpu_s = 0.0
        self.violations: dict[int, str] = {}
        self.began_s = time.monotonic()

    def add(self, played: Played) -> None:
        self.schedules += played.schedules
        self.cpu_s += played.cpu_s
        self.violations |= played.violations

    @property
    def took_s(self) -> float:
        return time.monotonic() - self.began_s

    def progress(self) -> str:
        left_s = self.took_s * (self.count - self.schedules) / max(1, self.schedules)
        rate = self.schedules / self.took_s
        said = f"{self.schedules} of {self.count} schedules, {rate:.0f} a second, {left_s:.0f} s left"
        return f"{said}, {len(self.violations)} violations"

    def figures(self) -> list[str]:
        """`schedules_per_s` is that of one core, by its own seconds."""
        return [
            f"schedules {self.schedules}",
            f"schedules_s {self.took_s:.1f}",
            f"schedules_per_s {self.schedules / self.cpu_s:.0f}",
            f"violations {len(self.violations)}",
        ]


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
    parser.add_argument("--jobs", type=int, default=1, help="how many processes; one for each core is best")
    parser.add_argument("--tell", type=int, metavar="SEED", help="play this one and print its story")
    words = parser.parse_args(argv)
    if words.tell is not None:
        return tell(words.tell)
    score = Score(words.seeds)
    live = sys.stderr.isatty()
    for played in spread(words.first, words.seeds, words.jobs):
        score.add(played)
        for seed, wrong in sorted(played.violations.items()):
            print(f"seed {seed}: {wrong}", flush=True)
        if live:
            print(f"\r{score.progress()}\x1b[K", end="", file=sys.stderr, flush=True)
    if live:
        print(file=sys.stderr)
    print("\n".join(score.figures()))
    return 1 if score.violations else 0


if __name__ == "__main__":
    sys.exit(main())
