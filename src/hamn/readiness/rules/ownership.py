"""One holder, and a record that says so."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.questions import owner_path
from hamn.readiness.evidence import Evidence
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity
from hamn.resources.kind import Hold

EXCLUSIVE = ("virtual_ip", "filesystem", "volume_group", "database")


@rule("one-holder", Severity.ERROR, "no exclusive resource is on both machines")
def one_holder(evidence: Evidence) -> Iterator[Finding]:
    """What must never happen. Failure modes 1 and 8."""
    twice = False
    for resource in evidence.pair.resources:
        if resource.kind not in EXCLUSIVE:
            continue
        holds = [side.holds(resource) for side in evidence.sides]
        if all(hold in (Hold.HELD, Hold.PARTLY) for hold in holds):
            twice = True
            hint = "stop using it; then `hamn deactivate` on the machine that is wrong"
            yield Finding(Verdict.PROBLEM, f"{resource.id} is on both machines", hint=hint)
        for side, hold in zip(evidence.sides, holds, strict=True):
            if hold is Hold.UNKNOWN:
                yield side.unknown("mounts", f"{resource.id} on {side.name}")
    if not twice:
        yield Finding(Verdict.OK, "nothing exclusive is seen on both machines")


@rule("owner-record", Severity.ERROR, "the shared data names its owner, a machine of this pair")
def owner_record(evidence: Evidence) -> Iterator[Finding]:
    """The record on the shared data is what keeps a returning machine from serving. Failure modes 1, 15 and 35."""
    path, names = owner_path(evidence.pair), [machine.name for machine in evidence.pair.machines]
    for side in evidence.sides:
        seen, record = side.seen, side.seen.owner
        if not seen.answers or seen.mounts is None:
            yield side.unknown("mounts", "the owner record")
        elif seen.owner_trouble:
            hint = f"on {side.name}: look at {path}; nothing can be moved until it can be read"
            yield side.problem(f"the owner record can't be read: {seen.owner_trouble}", hint)
        elif record is None:
            filesystem = evidence.pair.owner_filesystem
            if filesystem is not None and filesystem.access == "exclusive" and seen.mounted(filesystem.mount):
                hint = (
                    f"`hamn deactivate` and `hamn activate` on {side.name}: hamn mounts it and writes the record"
                )
                yield side.problem(f"{filesystem.mount} is mounted on {side.name} and has no owner record", hint)
        elif record.pair != evidence.pair.name:
            hint = "wrong disk, or wrong declaration: see that [filesystem] source is this pair's"
            yield side.problem(f"the shared data belongs to the pair {record.pair!r}", hint)
        elif record.machine is not None and record.machine not in names:
            hint = "see that the declaration's machines have the names they had when it was taken"
            yield side.problem(f"its owner is {record.machine!r}, no machine of this pair", hint)
        else:
            yield side.ok(f"{record.machine or 'nobody'} owns it, epoch {record.epoch}, read on {side.name}")


@rule("owner-epoch", Severity.ERROR, "the owner record is the newest that anybody remembers")
def owner_epoch(evidence: Evidence) -> Iterator[Finding]:
    """An older epoch is an old copy: a snapshot, a restored disk, another disk. Failure modes 15 and 35."""
    for side in evidence.sides:
        record = side.seen.owner
        if record is None:
            continue
        remembered = [(s.name, s.seen.remembered.epoch) for s in evidence.sides if s.seen.remembered is not None]
        newer = [(name, epoch) for name, epoch in remembered if epoch > record.epoch]
        if newer:
            name, epoch = newer[0]
            hint = "see that this is the disk it was: nothing may be taken from an old copy"
            yield side.problem(f"the record says epoch {record.epoch}, and {name} remembers {epoch}", hint)
        else:
            yield side.ok(f"epoch {record.epoch} is the newest known")


@rule("no-open-operation", Severity.ERROR, "no operation is under way, or was left unfinished")
def no_open_operation(evidence: Evidence) -> Iterator[Finding]:
    """Half a move is the state in which the next one goes wrong. Failure mode 22."""
    for side in evidence.sides:
        if not side.seen.answers:
            yield side.unknown("operations", "operations")
            continue
        unfinished = [operation for operation in evidence.facts.open_operations if operation.machine == side.name]
        for operation in unfinished:
            begun = f"begun {operation.begun} by {operation.user}"
            if operation.running:
                hint = "wait for its end: `hamn status --watch`"
                yield side.problem(f"{operation.verb} is at work, {begun}", hint)
            else:
                again = f"`hamn {operation.verb}` again goes on with it"
                hint = again if operation.sets_up else "`hamn resume` finishes it or takes it back"
                yield side.problem(f"{operation.verb} ({operation.goal}), {begun}, has no end", hint)
        if not unfinished:
            yield side.ok(f"nothing is unfinished on {side.name}")


@rule("role-held", Severity.WARNING, "one machine is active and holds the whole role")
def role_held(evidence: Evidence) -> Iterator[Finding]:
    """What doesn't run now will not be seen to have stopped. Failure mode 21."""
    for side in evidence.sides if evidence.active is None else ():
        if not side.seen.answers:
            yield side.unknown("units.0", "who is active")
            return
    if evidence.active is None:
        hint = "`hamn activate` on the machine that shall serve"
        yield Finding(Verdict.PROBLEM, "nobody holds the role", hint=hint)
        return
    side = evidence.side(evidence.active)
    lacking = False
    for resource in evidence.pair.resources:
        hold = side.holds(resource)
        if hold is Hold.UNKNOWN:
            lacking = True
            yield side.unknown("units.0", f"{resource.id} on {side.name}")
        elif not hold.enough:
            lacking = True
            hint = f"on {side.name}: `hamn activate` starts what is missing"
            yield side.problem(f"{resource.id} is {hold} on {side.name}, the active machine", hint)
    if not lacking:
        yield side.ok(f"{side.name} is active and holds everything")


RULES = (one_holder, owner_record, owner_epoch, no_open_operation, role_held)
