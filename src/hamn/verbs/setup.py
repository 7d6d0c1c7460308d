"""`setup primary` and `setup standby`: look, plan, do, look again.

Names, keys and guards disturb nobody and come first; then both machines are asked anew and the plan is made again,
for daemons are only stopped, and data only moved, by what is true then. Typed again it goes on where it was; where
all is done it changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hamn.facts.facts import Facts
from hamn.model.command import Answer, Command
from hamn.model.step import Check, Outcome, Phase, Plan, Step
from hamn.planning.goal import Answered, Goal, Word
from hamn.planning.setup import ground as ground_of
from hamn.planning.setup.chapter import primary_refusals, primary_steps, standby_refusals, standby_steps
from hamn.planning.setup.ground import Ground, settled
from hamn.ports import Holder, JournalError
from hamn.reports.report import Exit, Report, Stop, error, warning
from hamn.running.run import Run, Watch
from hamn.verbs.entry import beginning, ending
from hamn.verbs.moves import here
from hamn.verbs.operation import Confirm, Request, operate, operation_id
from hamn.verbs.result import Result
from hamn.verbs.status import status_of
from hamn.verbs.world import Connections, World, ask_all, connections

PHASES = (Phase.PREPARE, Phase.PREPARE, Phase.HAND_OVER, Phase.SETTLE)
"""Twice what can be prepared: some of it is there to be seen only after the rest."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one call is to bring about on `machine`, by facts and ground that are looked at again and again."""

    verb: str
    machine: str
    goal: str
    refusals: Callable[[Facts], Iterable[str]]
    steps: Callable[[Facts, Ground], tuple[Step, ...]]
    done: Check | None = None
    """Asked there first: where it holds there is nothing to do at all."""
    dead: str | None = None
    """The other machine's name, typed: it isn't there, and uses nothing."""
    activates: bool = False
    """The machine takes the role in the end."""


def wish(world: World, chapter: str, on: str | None, dead: str | None) -> Wish:
    """`setup primary` or `setup standby`, of the machine that it is typed on or that is named. Raises Stop."""
    pair, name = world.pair, here(world.pair, world.local, on)
    verb, goal = f"setup {chapter}", f"{name} set up as {chapter}"
    if chapter == "standby":
        return Wish(
            verb,
            name,
            goal,
            lambda facts: standby_refusals(pair, facts, name),
            lambda facts, ground: standby_steps(pair, facts, ground, name),
        )
    word = dead == pair.other(name).name
    return Wish(
        verb,
        name,
        goal,
        lambda facts: primary_refusals(pair, facts, name, other_is_dead=word),
        lambda facts, ground: primary_steps(pair, facts, ground, name),
        dead=dead,
        activates=True,
    )


async def plan(world: World, wanted: Wish) -> Plan:
    async with connections(world) as reached:
        return (await _look(world, reached, wanted))[1]


async def setup(world: World, wanted: Wish, confirm: Confirm, watch: Watch) -> Result:
    """Raises Stop for what is refused before anything was done."""
    async with connections(world) as reached:
        result = await _set_up(world, reached, wanted, confirm, watch)
    if result.exit is not Exit.DONE or not wanted.activates:
        return result
    taken = await _activated(world, wanted, confirm, watch)
    if taken is None:
        return result
    result = after(result, taken)
    if taken.exit is not Exit.DONE:
        mend = warning("not-active", f"{wanted.machine} is set up", hint="`hamn activate` when it is mended")
        return replace(result, messages=(*result.messages, mend))
    async with connections(world) as reached:  # what can be read and written only by whoever holds the role
        return after(result, await _set_up(world, reached, wanted, confirm, watch))


def after(first: Result, last: Result) -> Result:
    """Both as one: all that was done and said, and how it ended."""
    return replace(
        last,
        operation=last.operation or first.operation,
        verb=first.verb,
        goal=first.goal,
        seconds=first.seconds + last.seconds,
        headline=last.headline if last.operation else first.headline,
        steps=(*first.steps, *last.steps),
        messages=(*first.messages, *last.messages),
    )


async def _look(world: World, reached: Connections, wanted: Wish) -> tuple[Facts, Plan]:
    """Facts, the ground, each step's own look, and the plan that follows."""
    facts = await reached.gather()
    refusals = tuple(wanted.refusals(facts))
    if refusals:
        return facts, Plan(wanted.verb, wanted.goal, refusals=refusals)
    if wanted.done is not None and wanted.done.holds(
        await reached.shells[wanted.machine].run(wanted.done.command)
    ):
        return facts, Plan(wanted.verb, wanted.goal)
    answering = {name: shell for name, shell in reached.shells.items() if facts[name].answers}
    said = await asyncio.gather(
        *(ask_all(shell, ground_of.questions(world.pair, facts, name)) for name, shell in answering.items())
    )
    ground = ground_of.hear(dict(zip(answering, said, strict=True)), _text(world.pair.source))
    steps = wanted.steps(facts, ground)
    return facts, Plan(wanted.verb, wanted.goal, settled(steps, await _looks(reached, steps)), strict=True)


async def _looks(reached: Connections, steps: tuple[Step, ...]) -> dict[str, Answer]:
    looking = [(step, step.check) for step in steps if step.check is not None and not step.is_skipped]
    answers = await asyncio.gather(*(reached.shells[s.machine].run(check.command) for s, check in looking))
    return {step.id: answer for (step, _), answer in zip(looking, answers, strict=True)}


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as why:
        raise Stop(Exit.FAILED, [error("declaration", f"can't be read: {why.strerror}", path)]) from None


async def _set_up(world: World, reached: Connections, wanted: Wish, confirm: Confirm, watch: Watch) -> Result:
    operation = operation_id(world)
    holder = Holder(operation, wanted.verb, world.user, world.local or "outside", world.pid, world.clock.wall())
    await reached.lock(world, holder)
    facts, planned = await _look(world, reached, wanted)
    if planned.refusals:
        raise Stop(Exit.REFUSED, [error("refused", why) for why in planned.refusals])
    if not planned.work:
        return _result(wanted, "", "done", planned, None, world, facts)
    if not await confirm(planned):
        raise Stop(Exit.REFUSED, [error("not-confirmed", "nothing was done", hint="say yes, or --yes")])
    run = Run(world.journal, world.clock, operation, reached.shells, watch, world.clock.now_s())
    run.stopped = world.stopped
    try:
        proof = f"word of {world.user}" if wanted.dead else "answered"
        entry = beginning(world, facts, planned, active=None, only=wanted.machine, proof=proof)
        world.journal.begin(operation, entry)
        result = await _carry_out(world, reached, wanted, run, planned)
        run.note(ending(result))
    except JournalError as why:
        hint = f"make room or repair the disk, then `hamn {wanted.verb}` again"
        raise Stop(Exit.FAILED, [error("journal", str(why), hint=hint)]) from None
    if result.exit is Exit.DONE:
        await _close_older(world, reached, wanted, result.operation, facts)
    return result


async def _carry_out(world: World, reached: Connections, wanted: Wish, run: Run, planned: Plan) -> Result:
    facts = None
    for phase in PHASES:
        steps = [step for step in planned.steps if not (step.is_skipped and step.id in run.results)]
        if not await run.run(steps, phase, strict=True):
            return _result(wanted, run.operation, "failed", planned, run, world, facts)
        facts, planned = await _look(world, reached, wanted)
        if planned.refusals:
            return _result(wanted, run.operation, "failed", planned, run, world, facts)
    left = [step.id for step in planned.work]
    outcome = "done" if not left and not run.stopped else "failed"
    return _result(wanted, run.operation, outcome, planned, run, world, facts)


def _result(
    wanted: Wish, operation: str, outcome: str, planned: Plan, run: Run | None, world: World, facts: Facts | None
) -> Result:
    messages: list[Report] = [error("refused", why) for why in planned.refusals]
    failed = run.failures(*Phase) if run else []
    for bad in failed:
        what = f"{bad.step.resource} {bad.step.action}: {bad.said}"
        details = "".join(f"\n    {line}" for line in bad.details)
        hint = f"mend it, then `hamn {wanted.verb}` goes on from here"
        messages.append(error(f"step-{bad.outcome}", what + details, bad.step.machine, hint))
    if outcome == "failed" and run is not None and (down := _stopped(run)):
        hint = "start them by hand there if what failed takes longer to mend"
        messages.append(warning("left-stopped", f"stopped, and not started again: {', '.join(down)}", hint=hint))
    messages += [error("stopped", why, hint=f"`hamn {wanted.verb}` goes on") for why in run.stopped] if run else []
    if outcome == "failed" and not messages:
        left = ", ".join(step.id for step in planned.work)
        messages.append(error("not-holding", f"done, and yet it doesn't hold: {left}"))
    active = status_of(world.pair, facts).active if facts else None
    headline = planned.goal if outcome == "done" else f"{planned.goal}: not yet"
    return Result(
        operation=operation,
        verb=wanted.verb,
        goal=planned.goal,
        outcome=outcome,
        exit=Exit.DONE if outcome == "done" else Exit.FAILED,
        seconds=run.clock.now_s() - run.began_s if run else 0.0,
        active=active,
        headline=headline,
        steps=tuple(run.results.values()) if run else (),
        messages=tuple(messages),
        open=outcome != "done" and run is not None and _changed(run),
    )


def _stopped(run: Run) -> list[str]:
    stops = [r.step for r in run.results.values() if r.step.action == "stop" and r.outcome is Outcome.DONE]
    return [f"{step.resource} on {step.machine}" for step in stops]


def _changed(run: Run) -> bool:
    """Something was brought about, or may have been: a refusal of the very first step leaves nothing half."""
    did = (Outcome.DONE, Outcome.UNKNOWN)
    return any(result.outcome in did and not result.step.looks for result in run.results.values())


async def _close_older(world: World, reached: Connections, wanted: Wish, operation: str, facts: Facts) -> None:
    """What an interrupted set-up of the same machine left half done is whole now."""
    for machine, shell in reached.shells.items():
        for older in facts[machine].operations:
            if older.open and (older.verb, older.only) == (wanted.verb, wanted.machine):
                words = ("hamn-local", "close-operation", world.pair.state, older.id, "--by", operation)
                await shell.run(Command(words, timeout_s=10))


async def _activated(world: World, wanted: Wish, confirm: Confirm, watch: Watch) -> Result | None:
    """The requirement's primary ends with its daemons stopped and the data to be mounted by hand; here it takes
    the role as by `hamn activate`, with the same proof that nobody else has it. None: it has it already."""

    def goal(_facts: Facts) -> Goal:
        proof = Word(world.user) if wanted.dead else Answered()
        return Goal("activate", wanted.machine, proof, gives=False)

    async with connections(world) as reached:
        facts = await reached.gather()
        if status_of(world.pair, facts).active == wanted.machine:
            return None
        return await operate(world, reached, Request("activate", goal, confirm, watch))
