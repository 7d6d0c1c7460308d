"""What is odd about the rows themselves: said when they are read, and by whoever checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hamn.reports.report import Report, warning
from hamn.xcat.policy.decision import in_order, is_allowing, number
from hamn.xcat.ranges import PatternError
from hamn.xcat.ranges.patterns import compiled

_WORDS = {"allow", "accept", "trusted", "deny"}
_NAMING = ("name", "host", "commands", "noderange", "parameters")


def complaints(rows: Sequence[Mapping[str, str]]) -> list[Report]:
    """A row that means more, or less, than who wrote it will have thought."""
    return [report for row in in_order(rows) for report in _about(row)]


def _about(row: Mapping[str, str]) -> list[Report]:
    where, rule = f"policy row {row.get('priority', '')!r}", row.get("rule", "")
    said = []
    if not any(row.get(column) for column in _NAMING) and is_allowing(row):
        hint = "name a user, a host or a command in it, or remove it"
        said.append(
            warning("policy-everybody", "names nobody and nothing: allows everybody everything", where, hint)
        )
    if rule.lower() not in _WORDS:
        meant = "allows" if is_allowing(row) else "denies"
        hint = "write allow, trusted or deny"
        said.append(warning("policy-rule", f"rule {rule!r} is no word of policy's: it {meant}", where, hint))
    if number(priority := row.get("priority", "")) == 0 and priority.strip("0.") != "":
        what = f"priority {priority!r} is no number: counts as 0, before all others"
        said.append(warning("policy-priority", what, where, "give it a number"))
    try:
        compiled(row.get("parameters", ""))
    except PatternError as wrong:
        outcome = "allows nothing" if is_allowing(row) else "denies whatever else it matches"
        said.append(warning("policy-parameters", f"{wrong}: it {outcome}", where, "correct the expression"))
    return said
