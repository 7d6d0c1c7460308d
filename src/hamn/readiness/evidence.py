"""Everything the rules look at: the declaration, the quick facts and the inventories of both machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hamn.facts.facts import Facts, MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Machine, Pair, Resource
from hamn.readiness.inventory import Inventory
from hamn.readiness.rule import Finding, Verdict
from hamn.resources.kind import Hold
from hamn.resources.kinds import hold


@dataclass(frozen=True, slots=True)
class Side:
    """One machine's part of the evidence, and what a rule can say about it."""

    machine: Machine
    seen: MachineFacts
    inventory: Inventory

    @property
    def name(self) -> str:
        return self.machine.name

    def ok(self, what: str) -> Finding:
        return Finding(Verdict.OK, what, self.name)

    def problem(self, what: str, hint: str, fix: tuple[Command, ...] = ()) -> Finding:
        return Finding(Verdict.PROBLEM, what, self.name, hint, fix)

    def unknown(self, question: str, what: str) -> Finding:
        """`what` names the thing that isn't known; why comes from the question's answer."""
        if not self.seen.answers:
            return Finding(Verdict.UNKNOWN, f"{what}: {self.name} doesn't answer", self.name, self.seen.hint)
        why = self.inventory.unheard.get(question, "no answer that could be read")
        hint = f"run that on {self.name}, mend what it complains of, and check again"
        return Finding(Verdict.UNKNOWN, f"{what}: {why}", self.name, hint)

    def holds(self, resource: Resource) -> Hold:
        return hold(resource, self.seen)


@dataclass(frozen=True, slots=True)
class Evidence:
    pair: Pair
    facts: Facts
    inventories: Mapping[str, Inventory]

    def side(self, name: str) -> Side:
        inventory = self.inventories.get(name) or Inventory(name)
        return Side(self.pair.machine(name), self.facts[name], inventory)

    @property
    def sides(self) -> tuple[Side, Side]:
        first, second = self.pair.machines
        return self.side(first.name), self.side(second.name)

    def other(self, side: Side) -> Side:
        return self.side(self.pair.other(side.name).name)

    @property
    def active(self) -> str | None:
        """Whom the highest record names; None when it was given back, or there never was one."""
        last = self.facts.last_known
        return last.machine if last and last.machine in self.facts.machines else None

    @property
    def standbys(self) -> Iterator[Side]:
        """Whoever isn't the active machine: both, when nobody is."""
        return (side for side in self.sides if side.name != self.active)
