"""The clocks agree, and somebody keeps them so."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity

APART_S = 1.0


@rule("clocks-agree", Severity.ERROR, "the clocks are within 1 s of each other")
def clocks_agree(evidence: Evidence) -> Iterator[Finding]:
    """Leases, certificates and the database's own times go on from one machine to the other. Requirement,
    set-up of the standby, step 11; failure mode 20. The asking itself is allowed for: half a round trip each."""
    missing = [side for side in evidence.sides if side.inventory.clock is None]
    for side in missing:
        yield side.unknown("clock", f"{side.name}'s clock")
    first, second = (side.inventory.clock for side in evidence.sides)
    if first is None or second is None:
        return
    apart_s = abs(first.offset_s - second.offset_s)
    doubt_s = first.doubt_s + second.doubt_s
    said = f"the clocks are {apart_s:.2f} s apart (± {doubt_s:.2f} s)"
    names = " and ".join(side.name for side in evidence.sides)
    hint = f"let {names} follow the same time servers: `chronyc makestep` sets a clock now"
    if apart_s - doubt_s > APART_S:
        yield Finding(Verdict.PROBLEM, said, hint=hint)
    elif apart_s + doubt_s > APART_S:
        yield Finding(Verdict.UNKNOWN, said, hint="the machines answer too slowly to tell; ask again")
    else:
        yield Finding(Verdict.OK, said)


@rule("time-service", Severity.WARNING, "a time service runs on both machines")
def time_service(evidence: Evidence) -> Iterator[Finding]:
    """Clocks that agree by chance part again. A container can't set its clock, which is its host's business.
    Requirement, set-up of the standby, step 11; failure mode 20."""
    for side in evidence.sides:
        running = side.inventory.time_service
        if side.inventory.container:
            yield side.ok(f"{side.name} is a container: its clock is its host's")
        elif running is None:
            yield side.unknown("time.0", "the time service")
        elif running:
            yield side.ok(f"{running} runs on {side.name}")
        else:
            hint = f"on {side.name}: install chrony and give it the same servers as the other machine's"
            yield side.problem(f"no time service runs on {side.name}", hint)


RULES = (clocks_agree, time_service)
