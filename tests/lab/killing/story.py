"""A move, what happened before it, and what breaks in the middle of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hamn.lab.lab import Lab
from tests.lab.killing.boundary import Boundary, Side

Sides = Mapping[Side, str]
Event = Callable[[Lab, Sides], None]


def nothing(lab: Lab, sides: Sides) -> None:
    return


def cut_power_of_giver(lab: Lab, sides: Sides) -> None:
    lab.crash(sides["giver"])


def cut_power_of_target(lab: Lab, sides: Sides) -> None:
    lab.crash(sides["target"])


def freeze_giver(lab: Lab, sides: Sides) -> None:
    lab.freeze(sides["giver"])


def wake_giver(lab: Lab, sides: Sides) -> None:
    """Also when it has been fenced meanwhile: then somebody presses its button."""
    giver = sides["giver"]
    if lab.power(giver, "on") == "on":
        lab.thaw(giver)


def cut_giver(lab: Lab, sides: Sides) -> None:
    lab.cut(sides["giver"])


def cut_target(lab: Lab, sides: Sides) -> None:
    lab.cut(sides["target"])


def heal_both(lab: Lab, sides: Sides) -> None:
    for name in sides.values():
        if lab.power(name, "status") == "on":
            lab.heal(name)


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    verb: str
    before: Event = nothing
    at: Event | None = None
    """At the boundary, while the controller stands still; None: the controller is killed there."""
    after: Event = nothing
    """Before the operator looks."""
    options: tuple[str, ...] = ()
    """To the verb; "GIVER" stands for that machine's name."""

    def __str__(self) -> str:
        return self.name

    def words(self, sides: Sides) -> list[str]:
        return [self.verb, *(sides["giver"] if word == "GIVER" else word for word in self.options)]


@dataclass(frozen=True, slots=True)
class Point:
    """The move is typed on `controller`, the one command afterwards on `operator`, or where there is a machine."""

    story: Story
    boundary: Boundary
    controller: Side
    operator: Side

    def __str__(self) -> str:
        where = f"typed on the {self.controller}, help on the {self.operator}"
        return f"{self.story.name} at `{self.boundary}` ({where})"


CONTROLLER_OF_SWITCHOVER = Story("controller of a switchover killed", "switchover")
CONTROLLER_OF_FAILOVER = Story("controller of a failover killed", "failover", before=cut_power_of_giver)
POWER_OF_GIVER = Story("the active's power cut in a switchover", "switchover", at=cut_power_of_giver)
POWER_OF_TARGET = Story("the standby's power cut in a switchover", "switchover", at=cut_power_of_target)
WOKEN = Story("frozen active woken in a failover", "failover", before=freeze_giver, at=wake_giver)
SWORN = Story(
    "frozen active, sworn to be dead, woken in a failover",
    "failover",
    before=freeze_giver,
    at=wake_giver,
    options=("--confirm-dead", "GIVER"),
)
PARTITIONS = (
    Story("the active cut off in a switchover, and healed", "switchover", at=cut_giver, after=heal_both),
    Story("the active cut off in a switchover", "switchover", at=cut_giver),
    Story("the standby cut off in a switchover, and healed", "switchover", at=cut_target, after=heal_both),
    Story("the standby cut off in a switchover", "switchover", at=cut_target),
)
HEALED = Story("the active cut off, healed in a failover", "failover", before=cut_giver, at=heal_both)
LONELY = Story(
    "the standby cut off in a failover, and healed",
    "failover",
    before=cut_power_of_giver,
    at=cut_target,
    after=heal_both,
)
