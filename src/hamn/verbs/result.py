"""What became of an operation, as a value that the command line prints and the page shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hamn.model.step import Plan, Step
from hamn.reports.report import Exit, Report
from hamn.running.run import StepResult


@dataclass(frozen=True, slots=True)
class Result:
    """`outcome`: "done", "degraded", "failed", "refused", "unknown". `active`: who holds the role now."""

    operation: str
    verb: str
    goal: str
    outcome: str
    exit: Exit
    seconds: float
    active: str | None
    headline: str = ""
    """Who is active, in words that are true of what is known."""
    steps: tuple[StepResult, ...] = ()
    messages: tuple[Report, ...] = ()
    open: bool = False
    """Something is begun and not finished: `resume` goes on."""

    def document(self) -> dict[str, Any]:
        return {
            "schema": "hamn.result/1",
            "operation": self.operation,
            "verb": self.verb,
            "goal": self.goal,
            "outcome": self.outcome,
            "exit_status": int(self.exit),
            "seconds": round(self.seconds, 3),
            "active": self.active,
            "open": self.open,
            "steps": [step_document(result) for result in self.steps],
            "messages": [report.document() for report in self.messages],
        }


def step_document(result: StepResult) -> dict[str, Any]:
    step = result.step
    return {
        "id": step.id,
        "machine": step.machine,
        "resource": step.resource,
        "phase": str(step.phase),
        "outcome": str(result.outcome),
        "reason": step.reason,
        "command": str(step.command) if step.command else None,
        "started_s": round(result.started_s, 4),
        "took_s": round(result.took_s, 4),
        "said": result.said,
        "details": list(result.details),
    }


def plan_document(plan: Plan) -> dict[str, Any]:
    return {
        "schema": "hamn.plan/1",
        "verb": plan.verb,
        "goal": plan.goal,
        "refusals": list(plan.refusals),
        "notes": list(plan.notes),
        "steps": [_planned(step) for step in plan.steps],
    }


def _planned(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "machine": step.machine,
        "resource": step.resource,
        "phase": str(step.phase),
        "reason": step.reason,
        "skipped": step.is_skipped,
        "command": list(step.command.argv) if step.command else None,
        "limit_s": step.command.timeout_s if step.command else None,
        "needs": sorted(step.needs),
    }


def names(values: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    words = list(values)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
