"""What every kind of resource can say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from hamn.facts.facts import Facts, MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Machine, Pair, Resource
from hamn.model.step import Check, Phase, Step
from hamn.platforms.platform import Platform

WAITING = Command(("hamn-local", "waiting"), timeout_s=5)
"""Who waits for a disk. A service that doesn't stop or start often does, and its init system can't tell."""


class Hold(StrEnum):
    """How much of a resource one machine has."""

    HELD = "held"
    PARTLY = "partly"
    """Some of it, or all of it without it working."""
    ABSENT = "absent"
    SHARED = "shared"
    """On both machines at all times, by declaration."""
    STATELESS = "-"
    """Nothing is held: it is only done (generated configuration)."""
    UNKNOWN = "unknown"

    @property
    def nothing(self) -> bool:
        """Certainly nothing that the other machine could collide with."""
        return self in (Hold.ABSENT, Hold.SHARED, Hold.STATELESS)

    @property
    def enough(self) -> bool:
        return self in (Hold.HELD, Hold.SHARED, Hold.STATELESS)


@dataclass(frozen=True, slots=True)
class Site:
    """One machine within one plan."""

    pair: Pair
    machine: Machine
    facts: Facts
    proven_dead: bool = False
    """The other machine is out of action by fencing or by its own answer, so that what protects
    against it may be cleared. A typed word alone is no such proof."""
    other_gives: bool = False
    """What the other machine holds is given back in this same plan."""
    strict: bool = False
    """What ran on the other machine must run here, or the move is taken back."""

    @property
    def name(self) -> str:
        return self.machine.name

    @property
    def seen(self) -> MachineFacts:
        return self.facts[self.name]

    @property
    def platform(self) -> Platform:
        platform = self.seen.platform
        assert platform is not None, f"steps planned for {self.name}, which didn't answer"
        return platform

    @property
    def other(self) -> MachineFacts:
        return self.facts[self.pair.other(self.name).name]

    def id(self, resource: str, action: str) -> str:
        return f"{self.name}/{resource}/{action}"

    def step(
        self,
        resource: str,
        action: str,
        command: Command,
        reason: str,
        *,
        phase: Phase = Phase.HAND_OVER,
        check: Check | None = None,
        needs: frozenset[str] = frozenset(),
        explain: Command | None = None,
        minor: bool = False,
        takes: bool = False,
    ) -> Step:
        return Step(
            id=self.id(resource, action),
            machine=self.name,
            resource=resource,
            phase=phase,
            reason=reason,
            command=command,
            check=check,
            needs=needs,
            explain=explain,
            minor=minor,
            takes=takes,
        )

    def skip(self, resource: str, action: str, reason: str, phase: Phase = Phase.HAND_OVER) -> Step:
        return Step(self.id(resource, action), self.name, resource, phase, reason)


R = TypeVar("R", bound=Resource)


class Kind(ABC, Generic[R]):
    """Steps of one kind. `give` and `take` come in the hand-over; the planner adds the order between resources.

    Within one resource the order is by `needs` alone.
    """

    @abstractmethod
    def hold(self, resource: R, seen: MachineFacts) -> Hold:
        """How much of it that machine has; UNKNOWN where its answers don't tell."""

    def prepare_give(self, resource: R, site: Site) -> Iterator[Step]:
        """On the old active, while it still serves: what makes giving it back short."""
        yield from ()

    def prepare_take(self, resource: R, site: Site) -> Iterator[Step]:
        """On the new active, while the old one still serves: what would otherwise fail later."""
        yield from ()

    def prove(self, resource: R, site: Site) -> Iterator[Step]:
        """On the new active, once the old one was switched off: that nobody has it now."""
        yield from ()

    def give(self, resource: R, site: Site) -> Iterator[Step]:
        yield from ()

    def take(self, resource: R, site: Site) -> Iterator[Step]:
        yield from ()

    def settle(self, resource: R, site: Site) -> Iterator[Step]:
        """On the new active after the hand-over."""
        yield from ()

    def look(self, resource: R, site: Site, active: Site) -> Iterator[Step]:
        """From `site`, best the other machine: what a client would see of it on `active`."""
        yield from ()
