"""Carries out the steps of a plan on Shells, journalled.

Invariant: a step's beginning is durable in the journal before its first byte leaves, and a step runs only
after everything it needs is done. A lost answer is UNKNOWN, never FAILED and never DONE.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from hamn.model.command import Answer
from hamn.model.step import Check, Outcome, Phase, Step
from hamn.ports import Clock, Journal, Shell

LOOK_AGAIN_S = 0.02
"""Between two looks at a check that is given patience; grows to LOOK_AGAIN_MAX_S."""
LOOK_AGAIN_MAX_S = 0.5
HEAD_START_S = 2.0
"""Of what is urgent, in each phase: DNS and DHCP clients wait for longer before they ask again. On two processors
a database that starts beside six daemons is there after twice the time, and so are they."""

Watch: TypeAlias = "Callable[[Step, StepResult | None], None]"


@dataclass(frozen=True, slots=True)
class StepResult:
    """What is known of one step. Times in seconds on the runner's clock, from the operation's start."""

    step: Step
    outcome: Outcome
    said: str = ""
    """For the operator: why it failed, one line."""
    details: tuple[str, ...] = ()
    """More lines: who keeps the filesystem busy."""
    started_s: float = 0.0
    took_s: float = 0.0


@dataclass(slots=True)
class Run:
    """The state of one operation's run: what has ended, and whether anybody asked to stop."""

    journal: Journal
    clock: Clock
    operation: str
    shells: Mapping[str, Shell]
    watch: Watch
    """Called when a step begins (None) and when it ends."""
    began_s: float = 0.0
    results: dict[str, StepResult] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    """Why no further step may begin ("interrupted by SIGINT"); running ones go to their end."""

    async def run(self, steps: Sequence[Step], phase: Phase, *, strict: bool = False) -> bool:
        """Run the steps of one phase. True when all that isn't minor was done.

        `strict`: nothing new begins after a failure; otherwise only what needs the failed step."""
        strict = strict or phase in (Phase.PREPARE, Phase.PROVE)
        await _Graph(self, [step for step in steps if step.phase is phase], strict).run()
        return not self.failures(phase)

    def failures(self, *phases: Phase) -> list[StepResult]:
        bad = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.REFUSED)
        return [
            result
            for result in self.results.values()
            if result.outcome in bad and not result.step.minor and result.step.phase in phases
        ]

    @property
    def degraded(self) -> list[StepResult]:
        """Minor steps that failed, and whatever failed after the role had moved."""
        bad = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.REFUSED)
        return [
            result
            for result in self.results.values()
            if result.outcome in bad and (result.step.minor or result.step.phase is Phase.SETTLE)
        ]

    def note(self, entry: Mapping[str, Any]) -> None:
        self.journal.append(self.operation, {"at": self.clock.wall(), **entry})


class _Graph:
    """One phase's steps, each begun as soon as what it needs is done."""

    def __init__(self, run: Run, steps: Sequence[Step], strict: bool) -> None:
        self.context, self.strict = run, strict
        self.waiting = {step.id: step for step in steps}
        self.tasks: dict[asyncio.Task[StepResult], Step] = {}
        self.news = asyncio.Event()
        """A task has ended, or the head start."""
        self.head_start: asyncio.Task[None] | None = None
        """Since somebody could have begun who lets others pass."""
        self.failed = strict and not all(map(_good, run.results.values()))
        """Nothing new may begin."""

    async def run(self) -> None:
        try:
            while self._begin_ready() or self.tasks or self._is_held():
                await self.news.wait()
                self.news.clear()
                for task in [task for task in self.tasks if task.done()]:
                    self._end(self.tasks.pop(task), task.result())
        finally:
            if self.head_start is not None:
                self.head_start.cancel()
            for task in self.tasks:
                task.cancel()

    def _begin_ready(self) -> bool:
        """Begin what can be; True when something was (a skipped step may free others at once)."""
        began = False
        for step in list(self.waiting.values()):
            if step.is_skipped:
                del self.waiting[step.id]
                self.context.results[step.id] = StepResult(step, Outcome.SKIPPED, step.reason)
                self.context.watch(step, self.context.results[step.id])
            elif self._may_begin(step) and not self._lets_pass(step):
                del self.waiting[step.id]
                self._begin(step)
                began = True
        return began

    def _may_begin(self, step: Step) -> bool:
        results = self.context.results
        if self.context.stopped or self.failed or not step.needs <= results.keys():
            return False
        return all(self._met(step, results[need]) for need in step.needs)

    def _lets_pass(self, step: Step) -> bool:
        under_way = {*self.waiting, *(task.id for task in self.tasks.values())}
        if step.lets_pass.isdisjoint(under_way):
            return False
        if self.head_start is None:
            self.head_start = asyncio.create_task(self.context.clock.sleep(HEAD_START_S))
            self.head_start.add_done_callback(lambda _: self.news.set())
        return not self.head_start.done()

    def _is_held(self) -> bool:
        return any(self._may_begin(step) and self._lets_pass(step) for step in self.waiting.values())

    def _met(self, step: Step, need: StepResult) -> bool:
        """A minor failure holds nothing up, but what settles a thing needs the thing: an address that was never
        taken must not be announced."""
        if step.phase is Phase.SETTLE and need.step.takes:
            return need.outcome in (Outcome.DONE, Outcome.SKIPPED)
        return _good(need)

    def _begin(self, step: Step) -> None:
        assert step.command is not None
        self.context.note(
            {"event": "begin", "step": step.id, "machine": step.machine, "command": str(step.command)}
        )
        self.context.watch(step, None)
        task = asyncio.create_task(_carry_out(self.context, step))
        task.add_done_callback(lambda _: self.news.set())
        self.tasks[task] = step

    def _end(self, step: Step, result: StepResult) -> None:
        self.context.results[step.id] = result
        self.failed = self.failed or (self.strict and not _good(result))
        self.context.note(
            {
                "event": "end",
                "step": step.id,
                "outcome": result.outcome,
                "said": result.said,
                "details": list(result.details),
                "took_s": round(result.took_s, 4),
            }
        )
        self.context.watch(step, result)


def _good(result: StepResult) -> bool:
    return result.outcome in (Outcome.DONE, Outcome.SKIPPED) or result.step.minor


async def _carry_out(run: Run, step: Step) -> StepResult:
    assert step.command is not None
    started_s = run.clock.now_s()
    shell = run.shells[step.machine]
    answer = await shell.run(step.command if step.looks else replace(step.command, changes=True))
    outcome, said = await _judge(run, shell, step, answer)
    details: tuple[str, ...] = ()
    if outcome in (Outcome.FAILED, Outcome.UNKNOWN) and step.explain is not None and not answer.lost:
        explained = await shell.run(step.explain)
        details = tuple(line for line in explained.stdout.splitlines() if line.strip())[:20]
    now_s = run.clock.now_s()
    return StepResult(step, outcome, said, details, started_s - run.began_s, now_s - started_s)


async def _judge(run: Run, shell: Shell, step: Step, answer: Answer) -> tuple[Outcome, str]:
    """The world knows better than the command's exit status; the check asks it."""
    if answer.lost:
        return Outcome.UNKNOWN, answer.complaint
    if answer.alive:  # whatever can be seen now
        return Outcome.UNKNOWN, answer.complaint + ("" if step.looks else ": it may still take effect")
    check = step.check
    if check is None:
        if answer.ok:
            return Outcome.DONE, ""
        return (Outcome.FAILED if answer.known else Outcome.UNKNOWN), answer.complaint
    if check.command == step.command:
        holds = check.holds(answer)
    else:
        # A command that failed gets one look: it may be that nothing was left to do.
        patience_s = check.patience_s if answer.ok else 0.0
        holds, seen = await _look(run, shell, check, patience_s)
        if seen.lost:
            return Outcome.UNKNOWN, seen.complaint
        if answer.ok and not holds:
            why = "done, but what it should bring about can't be seen"
            # A look that ended badly and said nothing has not seen that it isn't so.
            blind = holds is None or not (seen.ok or seen.stdout.strip())
            return (Outcome.UNKNOWN if blind else Outcome.FAILED), f"{why}: {seen.complaint}"
    if holds:
        return Outcome.DONE, ""
    if holds is None and not answer.known:
        return Outcome.UNKNOWN, answer.complaint
    return Outcome.FAILED, answer.complaint


async def _look(run: Run, shell: Shell, check: Check, patience_s: float) -> tuple[bool | None, Answer]:
    """Ask until it holds or patience is at its end."""
    deadline_s = run.clock.now_s() + patience_s
    pause_s = LOOK_AGAIN_S
    while True:
        answer = await shell.run(check.command)
        holds = check.holds(answer)
        if holds or answer.lost or run.clock.now_s() >= deadline_s:
            return holds, answer
        await run.clock.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LOOK_AGAIN_MAX_S)
