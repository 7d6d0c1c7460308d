"""Thousands of drawn worlds, operators and faults: nothing that must never happen happens."""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Callable

import pytest

from hamn.simulation.__main__ import Score, spread
from hamn.simulation.heard import remembering
from hamn.simulation.schedule import drawn, play
from hamn.simulation.story import lines

SEEDS = 3000

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


def test_nothing_is_violated_in_any_schedule(record_property: Callable[[str, object], None]) -> None:
    score = Score(SEEDS)
    for played in spread(1, SEEDS, os.cpu_count() or 1):
        score.add(played)
    for figure in score.figures():
        record_property("figure", figure)
    told = [f"seed {seed}: {wrong}" for seed, wrong in sorted(score.violations.items())]
    assert not told, "`python -m hamn.simulation --tell SEED` tells the story of\n" + "\n".join(told)


def test_a_seed_is_the_same_story_again() -> None:
    for seed in range(1, 40):
        first, second = drawn(seed), drawn(seed)
        play(first)
        gc.collect()
        play(second)
        assert list(lines(first.world)) == list(lines(second.world))


def test_two_operators_are_at_work_in_a_fifth_of_the_schedules() -> None:
    both = 0
    with remembering():
        for seed in range(1, 401):
            schedule = drawn(seed)
            play(schedule, and_recover=False)
            first, *others = schedule.typed
            ended_s = first.ended_s if first.ended_s is not None else math.inf
            both += any(other.began_s < ended_s for other in others)
    assert both >= 80
