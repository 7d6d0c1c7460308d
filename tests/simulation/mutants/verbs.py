"""Bugs in the verbs: a second look left out, a lock not taken, a word said unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest import MonkeyPatch

from hamn.facts.facts import Facts, Operation
from hamn.planning.goal import Goal, NeverTook
from hamn.ports import Holder
from hamn.reports.report import warning
from hamn.running.run import Run
from hamn.verbs import operation
from hamn.verbs.result import Result
from hamn.verbs.world import Connections, World


def not_locked(patch: MonkeyPatch) -> None:
    """Two operators may work at once."""

    async def free(self: Connections, world: World, holder: Holder) -> None:
        return None

    patch.setattr(Connections, "lock", free)


def done_unseen(patch: MonkeyPatch) -> None:
    """Done is said without a look at who is active."""
    finished = operation._Operation._finished

    async def sure(self: Any, run: Run) -> Result:
        said = await finished(self, run)
        return replace(said, outcome="done", open=False)

    patch.setattr(operation._Operation, "_finished", sure)


def never_took(patch: MonkeyPatch) -> None:
    """A back-out believes that a target which fell silent never took anything."""

    def back(self: Any, run: Run, facts: Facts, giver: str) -> Goal:
        target = self.world.pair.other(giver)
        goal = Goal(self.request.verb, giver)
        return goal if facts[target.name].answers else replace(goal, proof=NeverTook())

    patch.setattr(operation._Operation, "_back", back)


def put_back_unseen(patch: MonkeyPatch) -> None:
    """The old active is said to serve again, whatever became of putting it back."""
    say = operation._Operation._result

    async def sure(
        self: Any, run: Run, outcome: str, steps: Any, messages: Any, *more: Any, **words: Any
    ) -> Result:
        giver = self.world.pair.other(self.goal.active).name if self.goal.active else ""
        put_back = warning("backed-out", f"it was taken back: {giver} serves again")
        messages = [put_back if report.code == "back-out-failed" else report for report in messages]
        return await say(self, run, outcome, steps, messages, *more, **words)

    patch.setattr(operation._Operation, "_result", sure)


def left_open(patch: MonkeyPatch) -> None:
    """What another operation has finished stays open for ever."""

    async def nothing(*_: Any) -> None:
        return None

    patch.setattr(operation, "_supersede", nothing)
    patch.setattr(Operation, "is_finished_by", lambda self, later: False)
