"""Bugs in what is planned: a guard dropped, an order forgotten, a word believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pytest import MonkeyPatch

from hamn.facts.facts import Facts, MachineFacts
from hamn.facts.questions import Questions
from hamn.local import ownership
from hamn.model.pair import Pair
from hamn.model.step import Phase, Plan, Step
from hamn.planning import move
from hamn.planning.goal import Goal
from hamn.resources.kind import Site
from hamn.verbs import operation


def _replanned(patch: MonkeyPatch, change: Any) -> None:
    """Every plan is changed before it is carried out."""
    plan_move = move.plan_move

    def changed(pair: Pair, facts: Facts, goal: Goal, name: str) -> Plan:
        plan = plan_move(pair, facts, goal, name)
        return plan if plan.refusals else change(plan, goal, facts)

    patch.setattr(operation, "plan_move", changed)


def _without(patch: MonkeyPatch, *actions: str) -> None:
    """Steps of these actions are left out."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        gone = {step.id for step in plan.steps if step.action in actions}
        kept = [replace(s, needs=s.needs - gone) for s in plan.steps if s.id not in gone]
        return replace(plan, steps=tuple(kept))

    _replanned(patch, change)


def silence_is_proof(patch: MonkeyPatch) -> None:
    """A machine that doesn't answer is taken to hold nothing."""
    refusals_of = move.refusals_of

    def fewer(pair: Pair, facts: Facts, goal: Goal) -> Iterator[str]:
        return (why for why in refusals_of(pair, facts, goal) if "silence is no proof" not in why)

    patch.setattr(move, "refusals_of", fewer)


def holder_is_not_refused(patch: MonkeyPatch) -> None:
    """activate takes what the other machine holds, and tells it nothing."""
    refusals_of = move.refusals_of

    def fewer(pair: Pair, facts: Facts, goal: Goal) -> Iterator[str]:
        return (why for why in refusals_of(pair, facts, goal) if " holds " not in why)

    patch.setattr(move, "refusals_of", fewer)
    patch.setattr(move._Move, "_give", lambda self: iter(()))


def taken_before_given(patch: MonkeyPatch) -> None:
    """Taking doesn't wait for the other machine's giving back."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        mine = {step.id: step.machine for step in plan.steps}
        kept = [replace(s, needs=frozenset(n for n in s.needs if mine[n] == s.machine)) for s in plan.steps]
        return replace(plan, steps=tuple(kept))

    _replanned(patch, change)


def unmounted_under_its_users(patch: MonkeyPatch) -> None:
    """The filesystem goes without waiting for what has files open in it."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        def needs(step: Step) -> frozenset[str]:
            return frozenset() if step.action == "unmount" else step.needs

        return replace(plan, steps=tuple(replace(s, needs=needs(s)) for s in plan.steps))

    _replanned(patch, change)


def started_before_mounted(patch: MonkeyPatch) -> None:
    """The database starts without its filesystem."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        def needs(step: Step) -> frozenset[str]:
            return frozenset() if step.resource.startswith("database.") else step.needs

        return replace(plan, steps=tuple(replace(s, needs=needs(s)) for s in plan.steps))

    _replanned(patch, change)


def fence_device_is_believed(patch: MonkeyPatch) -> None:
    """Nobody looks whether the machine that was switched off is silent."""
    _without(patch, "silent")


def proof_may_fail(patch: MonkeyPatch) -> None:
    """The hand-over begins whatever became of the proof."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        return replace(plan, steps=tuple(replace(s, minor=s.minor or s.phase is Phase.PROVE) for s in plan.steps))

    _replanned(patch, change)


def fences_itself(patch: MonkeyPatch) -> None:
    """The wrong machine's fence device is used."""

    def change(plan: Plan, goal: Goal, facts: Facts) -> Plan:
        def other(step: Step) -> Step:
            if step.phase is not Phase.PROVE or step.command is None or not step.command.stdin:
                return step
            swapped = step.command.stdin.replace("10.77.0.21", "?").replace("10.77.0.22", "10.77.0.21")
            return replace(step, command=replace(step.command, stdin=swapped.replace("?", "10.77.0.22")))

        return replace(plan, steps=tuple(map(other, plan.steps)))

    _replanned(patch, change)


def word_clears_the_mark(patch: MonkeyPatch) -> None:
    """An operator's word is taken for proof enough to clear the multiple-mount protection."""
    post_init = Site.__init__

    def init(self: Site, *args: Any, **words: Any) -> None:
        post_init(self, *args, **{**words, "proven_dead": True})

    patch.setattr(Site, "__init__", init)


def not_announced(patch: MonkeyPatch) -> None:
    """The neighbours aren't told where the address is now."""
    _without(patch, "announce", "announce-again")


def not_released(patch: MonkeyPatch) -> None:
    """The old holder doesn't give the record back."""
    _without(patch, "release")


def not_taken(patch: MonkeyPatch) -> None:
    """The new holder doesn't write its name."""
    _without(patch, "take")


def address_stays(patch: MonkeyPatch) -> None:
    """The old holder keeps the address."""
    _without(patch, "remove")


def unknown_is_nothing(patch: MonkeyPatch) -> None:
    """A question that failed is heard as an empty answer."""
    hear = Questions.hear

    def empty(self: Questions, answers: Any, system: Any, version: str) -> MachineFacts:
        seen = hear(self, answers, system, version)
        return replace(seen, addresses=seen.addresses or (), mounts=seen.mounts or ())

    patch.setattr(Questions, "hear", empty)


def epoch_stands(patch: MonkeyPatch) -> None:
    """Taking the data doesn't raise the epoch."""
    taken = ownership.taken

    def same(now: Any, claim: Any) -> Any:
        record = taken(now, claim)
        return record if now is None else replace(record, epoch=now.epoch)

    patch.setattr("hamn.simulation.records.taken", same)


def boot_is_forgotten(patch: MonkeyPatch) -> None:
    """A record of an earlier boot of the same machine is taken for the present one."""
    take = move._Move._take_ownership

    def forgetful(self: Any, released: list[str], proof: frozenset[str]) -> Step | None:
        owner = self.target.seen.owner
        last = self.facts.last_known
        if self.target.name in (getattr(owner, "machine", None), getattr(last, "machine", None)):
            return None
        return take(self, released, proof)

    patch.setattr(move._Move, "_take_ownership", forgetful)
