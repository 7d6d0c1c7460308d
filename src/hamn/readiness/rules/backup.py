"""A copy of the database that doesn't go with the shared data."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity

RECENT_S = 30 * 3600.0
"""A nightly one, and the time that a slow night may take."""


@rule("recent-backup", Severity.WARNING, "a backup of every database is no older than a night and a morning")
def recent_backup(evidence: Evidence) -> Iterator[Finding]:
    """Two machines and one copy of the data: what spoils that is a restore, not a failover. Whichever machine was
    active made it. Requirement, set-up of the primary, steps 8 and 9."""
    wanted = {database.name for database in evidence.pair.databases}
    if not wanted:
        return
    known = [side for side in evidence.sides if side.inventory.backups is not None]
    whole = [
        (kept.age_s, side.name)
        for side in known
        for kept in side.inventory.backups or ()
        if wanted <= set(kept.databases)
    ]
    age_s, where = min(whole, default=(None, ""))
    if age_s is not None and age_s <= RECENT_S:
        yield Finding(Verdict.OK, f"the newest backup is {age_s / 3600:.0f} h old", where)
        return
    missing = [side for side in evidence.sides if side not in known]
    for side in missing:
        yield side.unknown("backups", f"{side.name}'s backups")
    if missing:
        return
    directory = evidence.pair.backup.directory
    what = f"the newest whole backup, on {where}, is {age_s / 3600:.0f} h old" if age_s is not None else ""
    hint = f"`hamn backup` on {evidence.active or 'the active machine'}; does its timer run there every night?"
    yield Finding(
        Verdict.PROBLEM, what or f"no backup of every database in {directory} on either machine", hint=hint
    )


RULES = (recent_backup,)
