"""A plan as data: steps with a stable name, a reason, a limit and a check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hamn.model.command import Answer, Command


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    REFUSED = "refused"


class Phase(StrEnum):
    """The phases of a move, in order; a phase begins when the one before has ended well."""

    PREPARE = "prepare"
    """Everything that disturbs nobody, while the old active still serves."""
    PROVE = "prove"
    """The other machine is shown to be out of action. After all that can be prepared: what follows a
    proof is as short as it can be."""
    HAND_OVER = "hand over"
    """What must be exclusive: in these seconds nobody serves."""
    SETTLE = "settle"
    """Looks from outside, and all that can come after; a failure here degrades, it moves nothing back."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question that tells whether a step already holds."""

    command: Command
    pattern: str
    """Searched in stdout, line by line (re.MULTILINE)."""
    wanted: bool = True
    """Holds when the pattern is found (True) or absent (False)."""
    patience_s: float = 0.0
    """After the step's command: how long to go on asking before saying that it doesn't hold."""

    def holds(self, answer: Answer) -> bool | None:
        """True, False, or None when the answer doesn't tell."""
        if not answer.known or answer.exit_status in (126, 127):
            return None
        if not self.wanted and answer.exit_status != 0:
            return None  # a question that failed prints nothing: that is no sign of absence
        return (re.search(self.pattern, answer.stdout, re.MULTILINE) is not None) is self.wanted


def all_of(patterns: Iterable[str]) -> str:
    """A pattern that is found where each of these is, in whatever order."""
    first, *more = patterns
    return "".join([r"\A", *(rf"(?=[\s\S]*?{pattern})" for pattern in (first, *more))]) if more else first


@dataclass(frozen=True, slots=True)
class Step:
    """One command for one machine, with an identity.

    `id` is "MACHINE/RESOURCE/ACTION" and means the same thing in every plan, so that an interrupted
    operation can be continued by name.
    A step without a command is one that the plan explains and leaves out (`Step.skipped`).
    """

    id: str
    machine: str
    resource: str
    phase: Phase
    reason: str
    command: Command | None = None
    check: Check | None = None
    """Looked at after the command; where it holds the step is done, whatever the command said.
    A check whose command is the step's own is judged by that command's answer."""
    needs: frozenset[str] = frozenset()
    lets_pass: frozenset[str] = frozenset()
    """Steps that get a head start where they can begin at all. It says what is urgent, never what is safe."""
    explain: Command | None = None
    """Asked when the step failed; what it prints is shown to the operator."""
    minor: bool = False
    """A failure degrades the operation; what needs this step goes on."""
    takes: bool = False
    """Takes something that only one machine may hold: never runs without proof."""

    @property
    def looks(self) -> bool:
        """It only asks: its check is its own answer."""
        return self.check is not None and self.check.command == self.command

    @property
    def is_skipped(self) -> bool:
        return self.command is None

    @property
    def action(self) -> str:
        """The last part of the id; a path in it keeps its slashes ("bind:/etc/xcat")."""
        return self.id.split("/", 2)[2]


@dataclass(frozen=True, slots=True)
class Plan:
    """The ordered steps of one operation; a graph by `needs`. Deciding ends here, doing begins here."""

    verb: str
    goal: str
    """In words: "mn2 active, mn1 standby"."""
    steps: tuple[Step, ...] = ()
    strict: bool = False
    """One failure ends the hand-over, because it will be taken back; otherwise only what needs it waits."""
    refusals: tuple[str, ...] = ()
    """Why nothing of this may be done now. A plan with a refusal is never run."""
    notes: tuple[str, ...] = ()

    @property
    def work(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.is_skipped)

    def in_phase(self, phase: Phase) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.phase is phase)
