"""A rule: one thing that must hold for a failover to work, and what was found of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from inspect import getdoc
from typing import TYPE_CHECKING

from hamn.model.command import Command
from hamn.reports.report import Severity

if TYPE_CHECKING:
    from hamn.readiness.evidence import Evidence


class Verdict(StrEnum):
    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """Never a pass: a machine that doesn't answer, a command that is missing."""
    MOOT = "moot"
    """The pair has nothing that the rule speaks of."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen on one machine; `machine` "" for the two compared."""

    verdict: Verdict
    what: str
    machine: str = ""
    hint: str = ""
    fix: tuple[Command, ...] = ()
    """What `check --fix` may run on that machine: harmless, and done again it changes nothing."""


Judge = Callable[["Evidence"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`id` is stable: scripts and `check --only` rely on it.

    `judge` is pure and never raises, whatever is missing from the evidence. It finds nothing where the pair
    has nothing that the rule speaks of.
    """

    id: str
    severity: Severity
    """ERROR: a failover would fail, or lose something. WARNING: it would work, and somebody will regret it."""
    title: str
    judge: Judge

    @property
    def why(self) -> str:
        return getdoc(self.judge) or ""


def rule(id_: str, severity: Severity, title: str) -> Callable[[Judge], Rule]:
    """Makes a judge a rule; its docstring says why, and where that comes from."""
    return lambda judge: Rule(id_, severity, title, judge)


def worst(findings: tuple[Finding, ...]) -> Verdict:
    """A problem is worse than not knowing: it is known to need work."""
    for verdict in (Verdict.PROBLEM, Verdict.UNKNOWN, Verdict.OK):
        if any(finding.verdict is verdict for finding in findings):
            return verdict
    return Verdict.MOOT
