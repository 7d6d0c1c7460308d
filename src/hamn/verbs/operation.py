"""One move of the role, from the lock to the report: the frame that every moving verb shares.

gather -> plan -> prepare -> gather again -> plan again -> prove -> hand over -> settle -> gather -> say.
The second look is there because preparing takes time and commands made from old facts are a class of
bugs of their own; it costs milliseconds while the old active still serves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from hamn.facts.facts import Facts
from hamn.model.command import Command
from hamn.model.step import Outcome, Phase, Plan
from hamn.planning.goal import Fencing, Goal, NeverTook, Word
from hamn.planning.move import plan_move
from hamn.ports import Holder, JournalError
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.resources.kinds import hold
from hamn.running.run import Run, StepResult, Watch
from hamn.verbs.entry import beginning, ending
from hamn.verbs.result import Result
from hamn.verbs.status import Status, complete, status_of
from hamn.verbs.world import Connections, World

Confirm = Callable[[Plan], Awaitable[bool]]
"""Shows the plan to the operator and asks; False ends the verb with nothing done."""


FRESH_S = 1.0
"""Facts that an operator has looked at for longer are asked anew."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one call wants: the goal by the facts, and how to talk to whoever asked."""

    verb: str
    goal: Callable[[Facts], Goal]
    """Raises Stop when the facts don't allow it. Asked again after every look."""
    confirm: Confirm
    watch: Watch
    resumes: str = ""
    """The operation that this one finishes."""
    warnings: tuple[Report, ...] = ()
    """Said at its end, if it comes to one."""


def operation_id(world: World) -> str:
    """Sorts by time; unique over both machines."""
    stamp = world.clock.wall().replace("-", "").replace(":", "").partition(".")[0]
    return f"{stamp}-{world.token()}"


async def operate(world: World, reached: Connections, request: Request) -> Result:
    """Carry one request out. Raises Stop for what is refused before anything was done."""
    operation = operation_id(world)
    holder = Holder(operation, request.verb, world.user, world.local or "outside", world.pid, world.clock.wall())
    await reached.lock(world, holder)
    facts = await reached.gather()
    reached.must_be_stuck(facts)
    goal = request.goal(facts)
    plan = plan_move(world.pair, facts, goal, operation)
    _refuse(plan)
    if plan.work:
        asked_s = world.clock.now_s()
        if not await request.confirm(plan):
            raise Stop(Exit.REFUSED, [error("not-confirmed", "nothing was done", hint="say yes, or --yes")])
        if world.clock.now_s() - asked_s > FRESH_S:
            facts = await _as_shown(world, reached, request, plan, operation)
    result = await _Operation(world, reached, request, holder, goal, facts, plan).carry_out()
    if result.outcome in ("done", "degraded"):
        await _supersede(world, reached, facts, goal, result)
    return result


async def _as_shown(world: World, reached: Connections, request: Request, shown: Plan, operation: str) -> Facts:
    """Whoever read the plan for minutes has agreed to that plan and to no other. Raises Stop."""
    facts = await reached.gather()
    now = plan_move(world.pair, facts, request.goal(facts), operation)
    _refuse(now)
    if [(step.id, step.is_skipped) for step in now.steps] != [(step.id, step.is_skipped) for step in shown.steps]:
        why = "something changed while you read: the plan would be another one now, and nothing was done"
        raise Stop(Exit.REFUSED, [error("changed-meanwhile", why, hint="type it again and read the new plan")])
    return facts


async def _supersede(world: World, reached: Connections, facts: Facts, goal: Goal, result: Result) -> None:
    """Whatever older operation has no end, has one now, in its own journal: the role is whole again. Where nobody
    is active, only what wanted the very same thing given back is over."""
    for machine, shell in reached.shells.items():
        for older in facts[machine].operations:
            same = (older.active, older.only) == (goal.active, goal.only)
            if not older.open or (result.active is None and not same):
                continue
            words = ("hamn-local", "close-operation", world.pair.state, older.id, "--by", result.operation)
            await shell.run(Command(words, timeout_s=10))


def _refuse(plan: Plan) -> None:
    if plan.refusals:
        raise Stop(Exit.REFUSED, [error("refused", why) for why in plan.refusals])


@dataclass(slots=True)
class _Operation:
    world: World
    reached: Connections
    request: Request
    holder: Holder
    goal: Goal
    facts: Facts
    plan: Plan

    @property
    def operation(self) -> str:
        return self.holder.operation

    async def carry_out(self) -> Result:
        world = self.world
        began_s = world.clock.now_s()
        run = Run(world.journal, world.clock, self.operation, self.reached.shells, self.request.watch, began_s)
        run.stopped = world.stopped
        hint = "nothing was begun: make room or repair the disk, or type it on the other machine"
        try:
            self._begin()
            hint = "`hamn resume` on the other machine, or here when the disk has room again"
            result = await self._phases(run)
            run.note(ending(result))
        except JournalError as why:
            raise Stop(Exit.FAILED, [error("journal", str(why), hint=hint)]) from None
        return result

    def _begin(self) -> None:
        entry = beginning(
            self.world,
            self.facts,
            self.plan,
            active=self.goal.active,
            only=self.goal.only,
            proof=proof_word(self.goal),
            resumes=self.request.resumes,
        )
        self.world.journal.begin(self.operation, entry)

    async def _phases(self, run: Run) -> Result:
        if not await run.run(self.plan.steps, Phase.PREPARE):
            return await self._failed(run, "nothing was moved: preparing failed", hint=self._way_round(run))
        if self.plan.in_phase(Phase.PREPARE):
            self.facts = await self.reached.gather()
            try:
                self.reached.must_be_stuck(self.facts)
                self.goal = replace(self.request.goal(self.facts), proof=self.goal.proof)
            except Stop as stop:
                return await self._failed(run, *map(str, stop.reports), outcome="refused")
            self.plan = plan_move(self.world.pair, self.facts, self.goal, self.operation)
            if self.plan.refusals:
                return await self._failed(run, *self.plan.refusals, outcome="refused")
        if not await run.run(self.plan.steps, Phase.PROVE):
            return await self._unproven(run)
        if any(seen.stuck for seen in self.facts.machines.values()):
            # What nothing could end may have taken effect until its machine was off.
            self.facts = await self.reached.gather()
            self.plan = plan_move(self.world.pair, self.facts, self.goal, self.operation)
            if self.plan.refusals:
                return await self._failed(run, *self.plan.refusals, outcome="refused")
        if run.stopped:
            return await self._failed(run, f"nothing was moved: {run.stopped[0]}")
        handed = await run.run(self.plan.steps, Phase.HAND_OVER, strict=self.plan.strict)
        if not handed and not self.plan.strict:
            # Whoever has half of the role shall have all of it that can be had; what failed is said.
            await run.run(self.plan.steps, Phase.SETTLE)
        if not handed or self._unfinished(run):
            return await self._back_out(run)
        await run.run(self.plan.steps, Phase.SETTLE)
        return await self._finished(run)

    async def _unproven(self, run: Run) -> Result:
        dead = self.world.pair.other(str(self.goal.active)).name
        if all(result.step.resource != f"fence.{dead}" for result in run.failures(Phase.PROVE)):
            why = f"nothing was moved: {dead} is off, but not everything is free to be taken"
            return await self._failed(run, why, hint="mend what is named, then try again")
        hint = f"can its fence device be reached from here? if {dead} is certainly off: --confirm-dead {dead}"
        return await self._failed(
            run, "nothing was moved: the other machine isn't proven out of action", hint=hint
        )

    def _way_round(self, run: Run) -> str:
        """A machine that has lost its disk can't give anything back in order."""
        lost = any(result.step.action == "takes-writes" for result in run.failures(Phase.PREPARE))
        take = f"`hamn failover --to {self.goal.active} --fence-anyway`"
        return f"mend that disk, or {take} switches its machine off and takes the role" if lost else ""

    def _unfinished(self, run: Run) -> bool:
        """Steps of the hand-over that never began: somebody asked to stop."""
        return any(step.id not in run.results for step in self.plan.in_phase(Phase.HAND_OVER))

    async def _back_out(self, run: Run) -> Result:
        """A switchover whose target fails puts the old active back; anything else stays for `resume`."""
        failed = run.failures(Phase.HAND_OVER)
        giver = None if self.goal.active is None else self.world.pair.other(self.goal.active).name
        if run.stopped:
            why = f"stopped in the middle: {run.stopped[0]}"
            return await self._failed(run, why, hint="`hamn resume` goes on", half=True)
        if not self.plan.strict or giver is None or giver not in self.reached.shells:
            if not _moved(run):
                return await self._failed(run, "nothing was moved", hint="mend what is named, then try again")
            hint = "mend what is named, then `hamn resume`"
            return await self._failed(run, "not everything could be done", hint=hint, half=True)
        facts = await self._look_again(run)
        goal = self._back(run, facts, giver)
        plan = plan_move(self.world.pair, facts, goal, self.operation)
        if plan.refusals:
            hint = "mend what is named, then `hamn resume`"
            return await self._failed(run, *plan.refusals, hint=hint, half=True)
        run.note({"event": "back-out", "goal": goal.text, "steps": [step.id for step in plan.steps]})
        back = Run(run.journal, run.clock, run.operation, run.shells, run.watch, run.began_s, stopped=run.stopped)
        put_back = await back.run(plan.steps, Phase.PROVE) and await back.run(plan.steps, Phase.HAND_OVER)
        await back.run(plan.steps, Phase.SETTLE)
        status = await self._look()
        steps = [*run.results.values(), *back.results.values()]
        messages = _reports([*failed, *back.failures(Phase.PROVE, Phase.HAND_OVER), *back.degraded])
        messages += _switched_off(back)
        if put_back and status.active == giver:
            lacking = _lacking(status)
            but = ", but not with everything" if lacking else ""
            messages += [*lacking, warning("backed-out", f"it was taken back: {giver} serves again{but}")]
            return await self._result(run, "failed", steps, messages, status)
        what = f"and {giver} could not be put back as it was"
        messages.append(error("back-out-failed", what, hint="mend what is named, then `hamn resume`"))
        return await self._result(run, "failed", steps, messages, status, half=True)

    async def _look_again(self, run: Run) -> Facts:
        """A lost connection is not a dead machine: nobody is switched off before it was asked anew."""
        facts = await self.reached.gather()
        lost = [name for name, seen in facts.machines.items() if seen.code == "lost"]
        back = [name for name in lost if await self.reached.reopen(self.world, name, self.holder)]
        return await self.reached.gather() if back else facts

    def _back(self, run: Run, facts: Facts, giver: str) -> Goal:
        """Why the failed target may be believed to hold nothing, or to be made to."""
        target = self.world.pair.other(giver)
        goal = Goal(self.request.verb, giver)
        stuck = facts[target.name].stuck
        if facts[target.name].answers and not stuck:
            return goal
        took = [r for r in run.results.values() if r.step.machine == target.name and r.step.takes]
        held = [r for r in self.world.pair.resources if not hold(r, self.facts[target.name]).nothing]
        if not took and not held and not stuck:
            return replace(goal, proof=NeverTook())
        return replace(goal, proof=Fencing()) if target.fence is not None else goal

    async def _finished(self, run: Run) -> Result:
        status = await self._look()
        late = [result for result in run.degraded if result.outcome is not Outcome.DONE]
        messages = [*self.request.warnings, *_reports(late)]
        good = self.goal.active is None or status.active == self.goal.active
        if not good:
            messages += [r for r in status.trouble if r.code not in ("running", "no-answer")]
            return await self._result(run, "failed", list(run.results.values()), messages, status, half=True)
        if self.goal.active is not None and all(r.outcome is Outcome.SKIPPED for r in run.results.values()):
            messages += self._unheard()
        messages += _lacking(status)
        left = [step.id for step in self.plan.in_phase(Phase.SETTLE) if step.id not in run.results]
        if run.stopped and left:
            what = f"{run.stopped[0]}: the role has moved, but not done any more: {', '.join(left)}"
            messages.append(warning("unsettled", what, hint="`hamn resume` does the rest"))
        outcome = "degraded" if messages else "done"
        half = bool(run.stopped and left)
        return await self._result(run, outcome, list(run.results.values()), messages, status, half)

    def _unheard(self) -> list[Report]:
        """Nothing had to be done, but nobody could say so from outside."""
        assert self.goal.active is not None
        other = self.facts[self.world.pair.other(self.goal.active).name]
        if other.answers:
            return []
        what = f"{self.goal.active} holds everything already; {other.name} doesn't answer, and nothing was proven"
        return [warning("unproven", what, hint="if clients don't reach it look at its own network: `hamn check`")]

    async def _failed(self, run: Run, *why: str, outcome: str = "", hint: str = "", half: bool = False) -> Result:
        failed = run.failures(*Phase)
        lost = any(result.outcome is Outcome.UNKNOWN and not result.step.looks for result in failed)
        messages = [*_reports(failed), *(error("stopped", text, hint=hint) for text in why)]
        outcome = outcome or ("unknown" if lost else "failed")
        return await self._result(run, outcome, list(run.results.values()), messages, half=half)

    async def _look(self) -> Status:
        return status_of(self.world.pair, await self.reached.gather())

    async def _result(
        self,
        run: Run,
        outcome: str,
        steps: list[StepResult],
        messages: list[Report],
        status: Status | None = None,
        half: bool = False,
    ) -> Result:
        """`half`: something is begun that `resume` must finish."""
        status = status or await self._look()
        exits = {"done": Exit.DONE, "degraded": Exit.DEGRADED, "refused": Exit.REFUSED}
        return Result(
            operation=self.operation,
            verb=self.request.verb,
            goal=self.goal.text,
            outcome=outcome,
            exit=exits.get(outcome, Exit.FAILED),
            seconds=run.clock.now_s() - run.began_s,
            active=status.active,
            headline=status.headline,
            steps=tuple(steps),
            messages=tuple(messages),
            open=half,
        )


def _lacking(status: Status) -> list[Report]:
    """What the machine that is active lacks at the last look, whatever its steps said when they ended."""
    return [
        replace(report, hint=complete(status.pair, status.facts, report.where))
        for report in status.trouble
        if report.code == "not-held"
    ]


def _switched_off(run: Run) -> list[Report]:
    """Whoever was switched off on the way is named, with why and what to do."""
    return [
        warning(
            "switched-off",
            f"{name} was switched off by its fence device, because it may hold something and doesn't answer",
            hint=f"power it on when it is mended, then `hamn rejoin {name}`",
        )
        for result in run.results.values()
        if result.step.phase is Phase.PROVE and result.step.action == "off" and result.outcome is Outcome.DONE
        for name in [result.step.resource.removeprefix("fence.")]
    ]


def _moved(run: Run) -> bool:
    """Something was changed, or may have been: what failed (an unmount of three) may have done part. A step whose
    check is its own command only looks."""
    return any(
        result.outcome in (Outcome.DONE, Outcome.UNKNOWN, Outcome.FAILED)
        for result in run.results.values()
        if result.step.phase is Phase.HAND_OVER and not result.step.looks
    )


def _reports(results: list[StepResult]) -> list[Report]:
    """One for each step that failed; one for each connection that took several with it."""
    lost: dict[tuple[str, str], list[StepResult]] = {}
    said: list[Report] = []
    for result in results:
        if result.outcome is Outcome.UNKNOWN:
            lost.setdefault((result.step.machine, result.said), []).append(result)
        else:
            said.append(_report(result))
    for (machine, why), together in lost.items():
        if len(together) == 1:
            said.append(_report(together[0]))
        else:
            under_way = ", ".join(result.step.id.split("/", 1)[1] for result in together)
            said.append(error("step-unknown", f"{why}; not known what became of {under_way}", where=machine))
    return said


def _report(result: StepResult) -> Report:
    what = f"{result.step.resource}: {result.step.command}: {result.said}"
    details = "".join(f"\n    {line}" for line in result.details)
    return error("step-" + str(result.outcome), what + details, where=result.step.machine)


def proof_word(goal: Goal) -> str:
    if isinstance(goal.proof, Word):
        return f"word of {goal.proof.by}"
    return {"Answered": "answered", "Fencing": "fencing", "NeverTook": "never took"}[type(goal.proof).__name__]
