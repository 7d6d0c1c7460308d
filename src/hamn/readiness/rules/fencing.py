"""A machine that can't be asked can be switched off."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity


@rule("fence-declared", Severity.WARNING, "each machine has a fence device")
def fence_declared(evidence: Evidence) -> Iterator[Finding]:
    """Silence is no proof of death: without a fence device a failover needs an operator's word, and somebody
    awake to give it. Failure mode 16."""
    for side in evidence.sides:
        if side.machine.fence is None:
            hint = 'declare its BMC: [[machine]] fence = { agent = "fence_ipmilan", ip = …, password_file = … }'
            yield side.problem(f"{side.name} has no fence device: a failover needs an operator's word", hint)
        else:
            yield side.ok(f"{side.name} has {side.machine.fence.agent}")


@rule("fence-answers", Severity.ERROR, "each machine can ask the other's fence device, and it tells the truth")
def fence_answers(evidence: Evidence) -> Iterator[Finding]:
    """Asked from the machine that would use it, with the password file that it has. A device that says "off" of
    a machine that answers is another machine's. Failure mode 16."""
    for side in evidence.sides:
        other = evidence.other(side)
        device, tried = other.machine.fence, side.inventory.fence
        if device is None:
            continue
        if tried is None:
            yield side.unknown("fence", f"{other.name}'s fence device")
        elif not tried.works:
            named = f" and {device.password_file}" if device.password_file else ""
            hint = (
                f"on {side.name}: see that {device.agent} is installed, its options{named} are right, "
                f"and the BMC can be reached"
            )
            yield side.problem(f"{other.name}'s fence device doesn't answer {side.name}: {tried.said}", hint)
        elif tried.said == "off" and other.seen.answers:
            hint = f"the device is another machine's: correct the fence options of {other.name}"
            yield side.problem(f"the fence device says that {other.name} is off, and {other.name} answers", hint)
        else:
            yield side.ok(f"{other.name}'s fence device says {tried.said}, asked from {side.name}")


RULES = (fence_declared, fence_answers)
