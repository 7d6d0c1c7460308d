"""A switchover whose target fails ends with somebody who serves, by itself: nobody types anything afterwards."""

from __future__ import annotations

import pytest

from hamn.simulation import audits
from hamn.simulation.play import Typed, Words, type_at
from hamn.simulation.schedule import world_of
from hamn.simulation.story import lines
from hamn.simulation.world import World
from tests.simulation.test_stops import strike_at

ENDS_S = 600.0
OF_THE_TARGET = (
    "power lost",
    "freezes",
    "cut",
    "hears nothing",
    "isn't heard",
    "ssh connections reset",
    "database won't start",
)


def switched(what: str, stop: int | None) -> tuple[World, Typed]:
    """mn1 gives to mn2, typed on mn1; that happens to mn2 at that point, and is mended by nobody."""
    world = world_of("mn1 active", 1)
    strike_at(world, stop, what, "mn2")
    typed = type_at(world, "mn1", Words("switchover", "mn2"))
    assert typed is not None
    assert world.timeline.run(lambda: typed.over, ENDS_S), "no end"
    world.on_point = None
    return world, typed


@pytest.mark.parametrize("what", OF_THE_TARGET)
def test_somebody_serves_whenever_it_happens_to_the_target(what: str) -> None:
    points = switched(what, None)[0].points
    put_back = 0
    for stop in range(1, points):  # the last is the word itself
        world, typed = switched(what, stop)
        told = f"{what} at point {stop}: {typed}\n" + "\n".join(lines(world))
        audits.rows(world)
        assert world.violations == [], told
        serving = [name for name in world.machines if not world.holds_role(name)]
        if not serving:
            # It had served already. A machine that dies then is no matter of the switchover's.
            assert settling(world) and "`hamn failover`" in str(typed), told
        put_back += "mn1 serves again" in str(typed)
    assert put_back > 3, "it hardly ever had to be taken back"


def settling(world: World) -> bool:
    """The target had been given all that only one machine may have."""
    entries = [entry for journal in world.machines["mn1"].disk.journal.values() for entry in journal]
    return any(entry.get("step") == "mn2/virtual_ip.cluster/rival" for entry in entries)
