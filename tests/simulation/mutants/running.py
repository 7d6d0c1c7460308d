"""Bugs in how a plan is carried out: an answer believed, an order ignored, a record left out."""

from __future__ import annotations

from typing import Any

from pytest import MonkeyPatch

from hamn.model.command import Answer
from hamn.model.step import Outcome, Step
from hamn.ports import Shell
from hamn.running import run
from hamn.running.run import Run


def lost_is_done(patch: MonkeyPatch) -> None:
    """A lost reply is taken for a good one."""
    judge = run._judge

    async def believing(context: Run, shell: Shell, step: Step, answer: Answer) -> tuple[Outcome, str]:
        return (Outcome.DONE, "") if answer.lost else await judge(context, shell, step, answer)

    patch.setattr(run, "_judge", believing)


def exit_status_is_believed(patch: MonkeyPatch) -> None:
    """Nobody looks whether a command that says it was done has done it."""
    judge = run._judge

    async def believing(context: Run, shell: Shell, step: Step, answer: Answer) -> tuple[Outcome, str]:
        return (Outcome.DONE, "") if answer.ok else await judge(context, shell, step, answer)

    patch.setattr(run, "_judge", believing)


def needs_are_ignored(patch: MonkeyPatch) -> None:
    """Every step of a phase begins at once."""

    def may(self: Any, step: Step) -> bool:
        return not self.context.stopped

    patch.setattr(run._Graph, "_may_begin", may)


def nobody_stops(patch: MonkeyPatch) -> None:
    """An interruption is heard by nobody."""
    may = run._Graph._may_begin

    def deaf(self: Any, step: Step) -> bool:
        stopped, self.context.stopped = self.context.stopped, []
        begins = may(self, step)
        self.context.stopped = stopped
        return begins

    patch.setattr(run._Graph, "_may_begin", deaf)


def failed_is_good(patch: MonkeyPatch) -> None:
    """What needs a failed step begins all the same."""
    patch.setattr(run, "_good", lambda result: True)


def written_afterwards(patch: MonkeyPatch) -> None:
    """A step's beginning isn't in the journal before it begins."""
    note = Run.note

    def forgetful(self: Run, entry: Any) -> None:
        if entry["event"] != "begin":
            note(self, entry)

    patch.setattr(Run, "note", forgetful)
