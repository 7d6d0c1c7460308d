"""What must be the same on both machines."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict


def alike(
    evidence: Evidence, question: str, what: str, values: tuple[str | None, str | None], hint: str
) -> Iterator[Finding]:
    """`values` in the order of `evidence.sides`; None where it isn't known, "" where there is none."""
    missing = [side for side, value in zip(evidence.sides, values, strict=True) if value is None]
    for side in missing:
        yield side.unknown(question, what)
    if missing:
        return
    first, second = values
    if first == second:
        yield Finding(Verdict.OK, f"{what}: {first or 'none'} on both")
        return
    seen = ", ".join(
        f"{value or 'none'} on {side.name}" for side, value in zip(evidence.sides, values, strict=True)
    )
    yield Finding(Verdict.PROBLEM, f"{what}: {seen}", hint=hint)
