"""Every instruction is a stopping point: hamn is killed after each journal write and around each command; then one
command more, typed on either machine, and one machine serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from hamn.simulation import audits
from hamn.simulation.faults import DEEDS
from hamn.simulation.play import Typed, Words, type_at
from hamn.simulation.schedule import world_of
from hamn.simulation.story import lines
from hamn.simulation.world import World

ENDS_S = 400.0

pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # of killed operators


@dataclass(frozen=True)
class Move:
    beginning: str
    where: str
    words: Words
    may_serve: tuple[str, ...]
    """Who may be active when all is over; "" for nobody."""
    scene: str = "mariadb"

    def __str__(self) -> str:
        return f"{self.scene}, {self.beginning}: {self.words} at {self.where}"


MOVES = [
    Move("mn1 active", "mn1", Words("switchover", "mn2"), ("mn2", "mn1")),
    Move("mn1 active", "mn2", Words("switchover", "mn2"), ("mn2", "mn1")),
    Move("mn1 degraded", "mn1", Words("switchover", "mn2"), ("mn2", "mn1")),
    Move("mn1 crashed", "mn2", Words("failover"), ("mn2",)),
    Move("mn1 crashed", "mn2", Words("failover", confirm_dead="mn1"), ("mn2",)),
    Move("mn1 frozen", "mn2", Words("failover"), ("mn2",)),
    Move("mn1 cut", "mn2", Words("failover"), ("mn2",)),
    Move("mn1 returned", "mn2", Words("failover", "mn2"), ("mn2",)),
    Move("mn1 active", "mn2", Words("failover", "mn2", fence_anyway=True), ("mn2",)),
    Move("nobody active", "mn1", Words("activate"), ("mn1",)),
    Move("nobody active", "mn1", Words("activate", "mn2"), ("mn2",)),
    Move("never used", "mn2", Words("activate"), ("mn2",)),
    Move("mn1 degraded", "mn1", Words("activate"), ("mn1",)),
    Move("mn1 active", "mn1", Words("deactivate"), ("",)),
    Move("mn1 active", "mn2", Words("deactivate", "mn1"), ("",)),
    Move("mn1 active", "mn2", Words("rejoin"), ("mn1",)),
    Move("mn1 returned", "mn1", Words("activate"), ("mn1",)),
    Move("mn1 returned", "mn1", Words("rejoin"), ("",)),
    Move("mn1 active", "mn1", Words("switchover", "mn2"), ("mn2", "mn1"), "aix"),
    Move("mn1 crashed", "mn2", Words("failover"), ("mn2",), "aix"),
]


def strike_at(world: World, point: int | None, what: str, machine: str) -> None:
    """That happens to the machine at that point; None: it never does."""

    def on_point(number: int, kind: str, where: str, about: object) -> str:
        if number == point and kind != "asked":
            world.on_point = None
            world.fault(what, machine)
            DEEDS[what](world, world.machines[machine])
        return ""

    world.on_point = on_point


def begun(move: Move, stop: int | None, what: str) -> tuple[World, Typed]:
    """The move, stopped at that point; None: not at all."""
    world = world_of(move.beginning, 1, move.scene)
    strike_at(world, stop, what, move.where)
    typed = type_at(world, move.where, move.words)
    assert typed is not None
    assert world.timeline.run(lambda: typed.over, ENDS_S)
    world.on_point = None
    return world, typed


def points(move: Move) -> int:
    world, typed = begun(move, None, "")
    assert typed.exit in (0, 4), f"{typed}"
    return world.points


def settled(move: Move, stop: int) -> tuple[World, Typed]:
    """What was begun goes to its end; the agents see that the caller is gone."""
    world, first = begun(move, stop, "operators killed")
    world.timeline.run(lambda: False, world.timeline.now_s + 30)
    return world, first


def awake(world: World) -> list[str]:
    """Where something can be typed that anybody hears."""
    on = [machine for machine in world.machines.values() if machine.boot is not None and not machine.boot.frozen]
    return [machine.name for machine in on if machine.link]


def typed_then(world: World, where: str, words: Words) -> Typed:
    typed = type_at(world, where, words)
    assert typed is not None
    assert world.timeline.run(lambda: typed.over, world.timeline.now_s + ENDS_S), "no end"
    return typed


def told(world: World, stop: int, why: str) -> str:
    return f"stopped at point {stop}: {why}\n" + "\n".join(lines(world))


@pytest.mark.parametrize("again", ["same", "resume"])
@pytest.mark.parametrize("move", MOVES, ids=str)
def test_killed_anywhere_one_command_finishes_it(move: Move, again: str) -> None:
    for stop in range(1, points(move) + 1):
        for typist in [move.where] if move.words.fence_anyway else awake(settled(move, stop)[0]):
            world, first = settled(move, stop)
            if not first.hamn.dead:
                continue  # it had ended
            words = Words("resume", confirm_dead=move.words.confirm_dead)
            if again == "same":
                there = move.where if typist != move.where else None
                words = replace(move.words, name=move.words.name or there)
            typed = typed_then(world, typist, words)
            if typed.code == "nothing-open" or "nothing to resume" in str(typed.stop):
                # It was killed before its journal began, or after it ended.
                assert not any(is_open(es) for es in journals(world)), told(world, stop, "something is open")
            else:
                serving = [name for name in world.machines if not world.holds_role(name)] or [""]
                assert typed.exit in (0, 4), told(world, stop, f"{words} at {typist}: {typed}")
                assert serving[0] in move.may_serve, told(world, stop, f"{serving} serves")
            audits.rows(world)
            assert world.violations == [], told(world, stop, f"{world.violations}")


@pytest.mark.parametrize("move", [MOVES[0], MOVES[3]], ids=str)
def test_resume_may_be_killed_as_well(move: Move) -> None:
    """Twice stopped, each time elsewhere, and on either machine: the second resume finishes it."""
    killed = 0
    for stop in range(1, points(move) + 1, 9):
        for typist in awake(settled(move, stop)[0]):
            for again in range(2, 60, 7):
                world, _ = settled(move, stop)
                strike_at(world, world.points + again, "operators killed", typist)
                first = typed_then(world, typist, Words("resume"))
                if not first.hamn.dead:
                    break  # it had ended
                killed += 1
                world.timeline.run(lambda: False, world.timeline.now_s + 30)
                second = typed_then(world, world.rng.choice(awake(world)), Words("resume"))
                said = told(world, stop, f"resume killed {again} points on, then {second}")
                assert second.exit in (0, 4), said
                serving = [name for name in world.machines if not world.holds_role(name)]
                assert serving and serving[0] in move.may_serve, said
                audits.rows(world)
                assert world.violations == [], said
    assert killed > 20


def interrupted(move: Move, stop: int) -> tuple[World, Typed, list[str]]:
    """Ctrl-C at that point; the steps that were begun afterwards all the same."""
    world = world_of(move.beginning, 1, move.scene)
    later: list[str] = []

    def on_point(number: int, kind: str, where: str, about: Any) -> str:
        if number == stop and kind != "asked":
            DEEDS["operators interrupted"](world, world.machines[move.where])
        elif number > stop and kind == "written" and about["event"] == "begin":
            later.append(str(about["step"]))
        return ""

    world.on_point = on_point
    typed = typed_then(world, move.where, move.words)
    world.on_point = None
    return world, typed, later


@pytest.mark.parametrize("move", [MOVES[0], MOVES[3], MOVES[8]], ids=str)
def test_interrupted_anywhere_it_begins_nothing_more_and_goes_on_with_resume(move: Move) -> None:
    for stop in range(1, points(move)):  # the last is the word itself
        world, first, later = interrupted(move, stop)
        said = told(world, stop, f"{first}; begun afterwards: {later}")
        assert not later, said
        assert "interrupted by SIGINT" in str(first) or first.exit == 0, said  # 0: nothing was left to be begun
        if any(is_open(entries) for entries in journals(world)):
            typed_then(world, move.where, Words("resume"))
            serving = [name for name in world.machines if not world.holds_role(name)]
            assert serving and serving[0] in move.may_serve, told(world, stop, f"{serving} serves")
        audits.rows(world)
        assert world.violations == [], told(world, stop, f"{world.violations}")


def journals(world: World) -> Iterator[list[Mapping[str, Any]]]:
    for machine in world.machines.values():
        yield from machine.disk.journal.values()


def is_open(entries: Sequence[Mapping[str, Any]]) -> bool:
    return not any(entry["event"] in ("ended", "closed") for entry in entries)
