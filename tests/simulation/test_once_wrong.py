"""What the simulation once found, as it found it: the draw may change, these stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hamn.simulation.faults import Fault
from hamn.simulation.play import Words
from hamn.simulation.schedule import Schedule, play, world_of

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


def at(point: int, what: str, machine: str) -> Fault:
    return Fault(what, machine, point)


def after(seconds: float, what: str, machine: str) -> Fault:
    return Fault(what, machine, after_s=seconds)


def typed(machine: str, words: Words, *, at: int = 0, after_s: float | None = None) -> Fault:
    """By a second operator."""
    return Fault("second", machine, at, after_s, words)


def schedules() -> Iterator[tuple[str, int, str, str, str, Words, list[Fault]]]:
    """What went wrong, the seed of the world, the site, the beginning, where what is typed, what happens."""
    yield (
        "a disk that couldn't remember the giving back kept the role from everybody",
        *(2012602, "volume group", "mn1 active", "mn2", Words("switchover")),
        [
            typed("mn1", Words("activate"), after_s=0.7503196719778461),
            at(62, "power lost", "mn2"),
            at(45, "journal disk read-only", "mn1"),
            at(1, "fence device fails", "mn1"),
        ],
    )
    yield (
        "a frozen operator, and what another did meanwhile",
        *(2035934, "postgresql", "mn1 active", "mn1", Words("deactivate")),
        [
            typed("mn2", Words("switchover", fence_anyway=True), after_s=0.018710582051432566),
            at(60, "fence device fails", "mn1"),
            at(10, "freezes for a while", "mn2"),
        ],
    )
    yield (
        "a group that was taken while its disks were away, and was still active there",
        *(2111746, "volume group", "nobody active", "mn2", Words("activate")),
        [
            typed("mn1", Words("activate"), at=11),
            at(46, "lost", "mn2"),
            at(24, "shared disk gone", "mn2"),
            at(69, "freezes for a while", "mn1"),
        ],
    )
    yield (
        "announcements that nobody heard",
        *(3038745, "mariadb", "mn1 degraded", "mn2", Words("switchover")),
        [
            typed("mn1", Words("rejoin"), after_s=0.7328085200737422),
            at(55, "says done", "mn1"),
            at(73, "says done", "mn1"),
        ],
    )
    yield (
        "an unmount that failed had done a part, and nothing was said to be moved",
        *(3043197, "mariadb", "mn1 active", "mn1", Words("deactivate")),
        [
            typed("mn1", Words("deactivate"), at=26),
            at(48, "ssh connections reset", "mn1"),
            after(2.0624226822687635, "somebody works in the shared data", "mn1"),
            at(19, "hangs", "mn1"),
        ],
    )
    yield (
        "a lock whose machine went away while it was waited for",
        *(3059925, "mariadb", "nobody active", "mn2", Words("activate")),
        [
            typed("mn1", Words("failover", fence_anyway=True), at=31),
            at(52, "power lost", "mn2"),
            at(40, "lost afterwards", "mn1"),
        ],
    )
    yield (
        "a group active on a machine that sees its disks no more",
        *(3248864, "volume group", "never used", "mn1", Words("activate")),
        [
            typed("mn2", Words("failover"), after_s=0.44413362913463006),
            at(13, "shared disk full", "mn1"),
            at(23, "shared disk gone", "mn1"),
        ],
    )
    yield (
        "a stuck machine was named, and the way round it wasn't",
        *(7008908, "volume group", "mn1 returned", "mn2", Words("failover")),
        [
            typed("mn2", Words("switchover", fence_anyway=True), after_s=0.5559413555194359),
            at(18, "fence device is slow", "mn2"),
            at(36, "operators killed", "mn1"),
            at(33, "late", "mn2"),
        ],
    )
    yield (
        "a failover to a machine that was silent named no way",
        *(7019459, "sqlite", "mn1 degraded", "mn2", Words("switchover")),
        [
            typed("mn1", Words("failover", fence_anyway=True), after_s=0.6079619177096958),
            at(71, "cut", "mn2"),
            at(27, "cut", "mn1"),
            at(64, "lost before", "mn2"),
        ],
    )
    yield (
        "what was stuck took effect while its machine was being switched off, after the last look",
        *(4712, "volume group", "mn1 degraded", "mn1", Words("switchover")),
        [
            at(21, "questions fail", "mn2"),
            at(84, "late", "mn1"),
            at(70, "lost afterwards", "mn1"),
        ],
    )
    yield (
        "stopped before anything had settled, and said to be done",
        *(20122231, "mariadb", "mn1 degraded", "mn1", Words("switchover")),
        [
            at(50, "says done", "mn2"),
            at(63, "operators interrupted", "mn1"),
        ],
    )


@pytest.mark.parametrize("case", list(schedules()), ids=lambda case: str(case[0]))
def test_what_once_went_wrong(case: tuple[str, int, str, str, str, Words, list[Fault]]) -> None:
    why, seed, scene, beginning, where, words, faults = case
    schedule = Schedule(seed, scene, beginning, where, words, faults, world_of(beginning, seed, scene))
    play(schedule)
    assert not schedule.world.violations, why
