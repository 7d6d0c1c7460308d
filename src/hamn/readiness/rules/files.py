"""The files that the active machine has and the standby should: what they are, and what brings them over."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.planning.drift import Drift, File, State, drift, patterns
from hamn.planning.tasks import tasks
from hamn.platforms.schedule import schedule_of
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity

TOLD = 5


@rule("files-synced", Severity.WARNING, "the standby has the active machine's files")
def files_synced(evidence: Evidence) -> Iterator[Finding]:
    """Keys that reach the nodes, names that daemons read, mounts, accounts: "keep the standby management node as
    an identical clone". Requirement, "File Synchronization" and "Cluster Maintenance Considerations", step 2;
    failure mode 30."""
    if evidence.active is None or not _wanted(evidence):
        return
    active = evidence.side(evidence.active)
    standby = evidence.other(active)
    unheard = [side for side in (active, standby) if side.inventory.listing is None]
    for side in unheard:
        yield side.unknown("listing", f"{side.name}'s files")
    if active.inventory.listing is None or standby.inventory.listing is None:
        return
    found = drift(evidence.pair, active.name, active.inventory.listing, standby.inventory.listing)
    yield from _told(found, standby)


def _wanted(evidence: Evidence) -> bool:
    platforms = [side.seen.platform for side in evidence.sides if side.seen.platform is not None]
    return any(patterns(evidence.pair, platform.family) for platform in platforms)


def _told(found: Drift, standby: Side) -> Iterator[Finding]:
    if found.settled:
        yield standby.ok(f"{standby.name} has {found.owner}'s files")
    if behind := found.of(State.BEHIND):
        yield standby.problem(f"{_some(behind)} on {standby.name}, not as on {found.owner}", "`hamn sync`")
    for file in found.of(State.REFUSED):
        yield standby.problem(f"{file.path}: {file.why}", f"{file.hint}; then `hamn sync`")
    for argv in found.owed:
        what = f"`{' '.join(argv)}` failed on {standby.name} after a file had come"
        yield standby.problem(what, "see there why it fails, mend that; `hamn sync` runs it again")


def _some(files: tuple[File, ...]) -> str:
    shown = ", ".join(file.path for file in files[:TOLD])
    return shown + (f" and {len(files) - TOLD} more" if len(files) > TOLD else "")


@rule("scheduled", Severity.WARNING, "what both machines do by themselves is set going")
def scheduled(evidence: Evidence) -> Iterator[Finding]:
    """The same on both: after a move the other one goes on with it. Requirement, "File Synchronization", its
    crontab entries; failure modes 21 and 30."""
    for side in evidence.sides:
        platform = side.seen.platform
        for task in tasks(evidence.pair, platform) if platform is not None else ():
            schedule = schedule_of(task, platform.init) if platform is not None else None
            if schedule is None or schedule.check is None:
                continue
            going = side.inventory.scheduled.get(task.name)
            chapter = "primary" if side.name == evidence.active else "standby"
            if going is None:
                yield side.unknown(f"scheduled.{task.name}", f"whether {side.name} runs {task.name}")
            elif going:
                yield side.ok(f"{side.name} runs {task.name} by itself")
            else:
                hint = f"`hamn setup {chapter} --on {side.name}`"
                yield side.problem(f"{task.name} isn't set going on {side.name}", hint)


RULES = (files_synced, scheduled)
