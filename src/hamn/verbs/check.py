"""Would a failover work now? Every readiness rule on both machines; a few things put right on request."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from hamn.model.command import Command
from hamn.ports import Clock as PortClock
from hamn.ports import Holder, Shell
from hamn.readiness.evidence import Evidence
from hamn.readiness.inventory import Clock, Inventory
from hamn.readiness.rule import Finding, Rule, Verdict, worst
from hamn.readiness.rules import RULES
from hamn.readiness.survey import CLOCK, Survey, hear_clock
from hamn.reports.report import Exit, Severity, Stop, error
from hamn.verbs.operation import operation_id
from hamn.verbs.result import names
from hamn.verbs.world import Connections, World, ask_all, connections


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule and what was found of it."""

    rule: Rule
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(self.findings)

    @property
    def trouble(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.verdict in (Verdict.PROBLEM, Verdict.UNKNOWN))

    @property
    def stands_in_the_way(self) -> bool:
        """Not knowing is no pass."""
        return self.rule.severity is Severity.ERROR and bool(self.trouble)

    def document(self) -> dict[str, Any]:
        return {
            "id": self.rule.id,
            "severity": str(self.rule.severity),
            "title": self.rule.title,
            "outcome": str(self.verdict),
            "seen": [
                {"machine": f.machine, "outcome": str(f.verdict), "what": f.what, "hint": f.hint}
                for f in self.findings
            ],
            "hint": next((f.hint for f in self.trouble if f.hint), ""),
        }


@dataclass(frozen=True, slots=True)
class Fixed:
    """A command that `--fix` ran."""

    machine: str
    command: Command
    ok: bool
    said: str

    def document(self) -> dict[str, Any]:
        return {"machine": self.machine, "command": str(self.command), "ok": self.ok, "said": self.said}


@dataclass(frozen=True, slots=True)
class CheckResult:
    pair: str
    active: str | None
    silent: tuple[str, ...]
    """Machines that don't answer: what isn't known because of that is told once."""
    judged: tuple[Judged, ...]
    fixed: tuple[Fixed, ...] = ()

    @property
    def ready(self) -> bool:
        """Every rule judged here that a failover depends on is known to hold. Warnings don't count."""
        return not any(judged.stands_in_the_way for judged in self.judged)

    @property
    def exit(self) -> Exit:
        return Exit.DONE if self.ready else Exit.FAILED

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.check/1",
            "pair": self.pair,
            "active": self.active,
            "ready": self.ready,
            "exit_status": int(self.exit),
            "rules": [judged.document() for judged in self.judged],
            "fixed": [fixed.document() for fixed in self.fixed],
        }

    def lines(self, width: int) -> list[str]:
        """For a terminal: what was fixed, then what stands in the way, then the rest, then the sum."""
        said = [line for fixed in self.fixed for line in _fixed_lines(fixed, width)]
        for judged in sorted(self.judged, key=lambda judged: not judged.stands_in_the_way):
            said += [line for finding in self._told(judged) for line in _finding_lines(judged, finding, width)]
        return [*said, *self._sum()]

    def _told(self, judged: Judged) -> list[Finding]:
        return [f for f in judged.trouble if f.verdict is Verdict.PROBLEM or f.machine not in self.silent]

    def _sum(self) -> Iterator[str]:
        untold = [judged for judged in self.judged if judged.trouble and not self._told(judged)]
        if untold:
            what = "1 more rule isn't" if len(untold) == 1 else f"{len(untold)} more rules aren't"
            yield f"{what} known while {names(self.silent)} doesn't answer"
        counted = [judged for judged in self.judged if judged.verdict is not Verdict.MOOT]
        held = sum(judged.verdict is Verdict.OK for judged in counted)
        if len(self.judged) < len(RULES):
            yield f"{held} of {len(counted)} hold" if counted else "nothing of this pair's is meant by it"
            return
        ready = "a failover now would work" if self.ready else "a failover now may not work"
        yield f"{held} of {len(counted)} hold: {ready}"


def _fixed_lines(fixed: Fixed, width: int) -> list[str]:
    outcome = "done" if fixed.ok else f"failed: {fixed.said}"
    return _wrapped(
        "fixed    " if fixed.ok else "not fixed", f"{fixed.machine}: {fixed.command}: {outcome}", width
    )


def _finding_lines(judged: Judged, finding: Finding, width: int) -> list[str]:
    label = str(judged.rule.severity) if finding.verdict is Verdict.PROBLEM else "unknown"
    lines = _wrapped(f"{label:9}", f"{judged.rule.id}: {finding.what}", width)
    return lines + (_wrapped(" " * 9, f"-> {finding.hint}", width) if finding.hint else [])


def _wrapped(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        f"{label} {text}",
        max(width, 40),
        subsequent_indent=" " * 10,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )


async def check(world: World, *, only: str | None, fix: bool) -> CheckResult:
    """Only looks, but with `fix`. Raises Stop for a rule that isn't there, and for a pair that somebody else
    is at work on when there is something to fix."""
    rules = _chosen(only)
    async with connections(world) as reached:
        result = judge(await look(world, reached), rules)
        wanted = [(f.machine, command) for judged in result.judged for f in judged.trouble for command in f.fix]
        if not fix or not wanted:
            return result
        await reached.lock(
            world,
            Holder(
                operation_id(world),
                "check --fix",
                world.user,
                world.local or "outside",
                world.pid,
                world.clock.wall(),
            ),
        )
        fixed = [await _carry_out(reached, machine, command) for machine, command in dict.fromkeys(wanted)]
        return replace(judge(await look(world, reached), rules), fixed=tuple(fixed))


def judge(evidence: Evidence, rules: tuple[Rule, ...] = RULES) -> CheckResult:
    """Pure: the same evidence gives the same result."""
    silent = tuple(side.name for side in evidence.sides if not side.seen.answers)
    judged = tuple(Judged(rule, tuple(rule.judge(evidence))) for rule in rules)
    return CheckResult(evidence.pair.name, evidence.active, silent, judged)


async def look(world: World, reached: Connections) -> Evidence:
    """Clocks first, while nothing else keeps the machines busy; then the quick facts, which say what else
    there is to ask; then everything at once."""
    clocks = await _clocks(world.clock, reached)
    facts = await reached.gather()
    surveys = {
        name: Survey(world.pair, name, seen.platform, seen)
        for name, seen in facts.machines.items()
        if seen.platform is not None
    }
    heard = await asyncio.gather(
        *(_inventory(survey, reached.shells[name], clocks.get(name)) for name, survey in surveys.items())
    )
    return Evidence(world.pair, facts, {inventory.machine: inventory for inventory in heard})


async def _clocks(clock: PortClock, reached: Connections) -> dict[str, Clock | None]:
    async def read(shell: Shell) -> Clock | None:
        asked_s = clock.now_s()
        answer = await shell.run(CLOCK)
        return hear_clock(answer, asked_s=asked_s, heard_s=clock.now_s())

    read_all = await asyncio.gather(*(read(shell) for shell in reached.shells.values()))
    return dict(zip(reached.shells, read_all, strict=True))


async def _inventory(survey: Survey, shell: Shell, clock: Clock | None) -> Inventory:
    return survey.hear(await ask_all(shell, survey.commands()), clock)


async def _carry_out(reached: Connections, machine: str, command: Command) -> Fixed:
    answer = await reached.shells[machine].run(command)
    return Fixed(machine, command, answer.ok, "" if answer.ok else answer.complaint)


def _chosen(only: str | None) -> tuple[Rule, ...]:
    if only is None:
        return RULES
    chosen = tuple(rule for rule in RULES if rule.id == only)
    if not chosen:
        ids = [rule.id for rule in RULES]
        near = get_close_matches(only, ids, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "known are: " + ", ".join(ids)
        raise Stop(Exit.USAGE, [error("unknown-rule", f"there is no rule {only!r}", hint=hint)])
    return chosen
