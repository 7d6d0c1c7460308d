"""What the journal says of an operation's beginning and of its end: the same of a move and of a set-up."""

from __future__ import annotations

from hamn.facts.facts import Facts, document
from hamn.model.step import Outcome, Plan
from hamn.verbs.result import Result, step_document
from hamn.verbs.world import World


def beginning(
    world: World,
    facts: Facts,
    plan: Plan,
    *,
    active: str | None,
    only: str | None,
    proof: str,
    resumes: str = "",
) -> dict[str, object]:
    """`active`, `only`: what it is to bring about, as `Goal` has them."""
    return {
        "event": "operation",
        "at": world.clock.wall(),
        "verb": plan.verb,
        "goal": plan.goal,
        "active": active,
        "only": only,
        "proof": proof,
        "epoch": facts.known_epoch,
        "user": world.user,
        "from": world.seat,
        "machine": world.local,
        "pid": world.pid,
        "declaration": world.pair.fingerprint,
        "resumes": resumes,
        "facts": document(facts),
        "steps": [step.id for step in plan.steps],
    }


def ending(result: Result) -> dict[str, object]:
    return {
        "event": "ended",
        "outcome": result.outcome,
        "open": result.open,
        "seconds": round(result.seconds, 3),
        "active": result.active,
        "messages": [str(report) for report in result.messages],
        "skipped": [step_document(r) for r in result.steps if r.outcome is Outcome.SKIPPED],
    }
