"""The shared data outlives a cable, a controller, a disk: as far as that can be seen from the machines."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.local.paths import Behind
from hamn.model.pair import Filesystem
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity


@rule("shared-data-redundant", Severity.WARNING, "the shared data is no single point of failure")
def shared_data_redundant(evidence: Evidence) -> Iterator[Finding]:
    """Two machines on one cable fail together. Requirement, "Shared Data": the shared data itself must be highly
    available."""
    for filesystem in evidence.pair.filesystems:
        if filesystem.on_network:
            yield _server(filesystem)
            continue
        for side in evidence.sides:
            if (behind := side.inventory.paths.get(filesystem.id)) is not None:
                yield _judged(side, filesystem, behind)
            elif (question := f"paths.{filesystem.id}") in side.inventory.unheard:
                yield side.unknown(question, f"what stands behind {filesystem.source} on {side.name}")


def _server(filesystem: Filesystem) -> Finding:
    """By the declaration alone: the same on both machines."""
    server = filesystem.source.lstrip("/").partition(":")[0].partition("/")[0]
    if filesystem.redundant:
        return Finding(Verdict.OK, f"{filesystem.source}: {server} is declared to be redundant")
    what = f"{filesystem.source}: {server} is one server, as far as can be seen"
    return Finding(Verdict.PROBLEM, what, hint=_hint(filesystem))


def _judged(side: Side, filesystem: Filesystem, behind: Behind) -> Finding:
    source, name = filesystem.source, behind.name
    if behind.kind == "elsewhere":
        return side.ok(f"{source} is {name} on {side.name}: what stands behind it can't be seen from there")
    if behind.kind == "disk":
        if filesystem.redundant:
            return side.ok(f"{source} is {name} on {side.name}, declared to be redundant")
        return side.problem(f"{source} is one way to one disk on {side.name} ({name})", _hint(filesystem))
    parts = {"multipath": "paths", "mirror": "disks", "replica": "copies"}[behind.kind]
    said = f"{source} has {behind.running} of {behind.ways} {parts} on {side.name} ({name})"
    if behind.running < max(2, behind.ways):
        look = {"multipath": "multipath -ll", "mirror": "cat /proc/mdstat; lvs -a", "replica": "drbdadm status"}
        return side.problem(said, f"on {side.name}: `{look[behind.kind]}`; what is missing has to come back")
    return side.ok(said)


def _hint(filesystem: Filesystem) -> str:
    ways = "a second path (multipath), a mirror (md, LVM) or DRBD"
    known = f"redundant = true in [{filesystem.kind}.{filesystem.name}]"
    return f"{ways}; where the array or the server itself is highly available: {known}"


RULES = (shared_data_redundant,)
