"""What is remembered between schedules changes nothing but the time they take."""

from __future__ import annotations

import pytest

from hamn.simulation.heard import remembering
from hamn.simulation.schedule import drawn, play
from hamn.simulation.story import lines

SEEDS = range(1, 121)

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


def told(seed: int) -> list[str]:
    schedule = drawn(seed)
    play(schedule)
    return list(lines(schedule.world))


def test_a_story_is_the_same_with_and_without() -> None:
    plain = [told(seed) for seed in SEEDS]
    with remembering():
        assert [told(seed) for seed in SEEDS] == plain
