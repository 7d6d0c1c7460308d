"""`disks scan`, `disks prepare`: which disk is shared, and a filesystem on it. Requirement, appendix A, Linux."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from hamn.model.command import Command
from hamn.model.pair import Filesystem, Pair
from hamn.model.step import Check
from hamn.planning.disks import (
    LIST,
    Disk,
    Match,
    hear_disks,
    matched,
    prepare_refusals,
    prepare_steps,
    token,
    uuid_of,
)
from hamn.reports.report import Exit, Stop, error
from hamn.verbs.setup import Wish
from hamn.verbs.world import World, connections

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Scan:
    machines: tuple[str, str]
    matches: tuple[Match, ...]

    def document(self) -> dict[str, Any]:
        first, second = self.machines
        return {
            "schema": "hamn.disks/1",
            "exit_status": 0,
            "disks": [
                {first: _told(match.first), second: _told(match.second), "same_by": match.by}
                for match in self.matches
            ],
        }

    def rows(self) -> list[list[str]]:
        rows = [[*self.machines, "size", "the same by", "holds"]]
        for match in self.matches:
            disk = match.first or match.second
            assert disk is not None
            size = f"{disk.size / GIB:.1f} GiB"
            paths = [d.path if d else "-" for d in (match.first, match.second)]
            rows.append([*paths, size, match.by or "?", _holds(disk)])
        return rows


def _told(disk: Disk | None) -> dict[str, Any] | None:
    return asdict(disk) if disk else None


def _holds(disk: Disk) -> str:
    if disk.mounted:
        return "mounted at " + ", ".join(disk.mounted)
    return disk.holds or (f"{disk.parts} partitions" if disk.parts else "nothing")


async def scan(world: World) -> Scan:
    """Raises Stop where a machine can't be asked: half a scan pairs nothing."""
    first, second = (machine.name for machine in world.pair.machines)
    async with connections(world) as reached:
        for why in reached.unreachable.values():
            raise Stop(Exit.FAILED, [error(why.code, why.why, why.machine, why.hint)])
        answers = await asyncio.gather(*(reached.shells[name].run(LIST) for name in (first, second)))
    found = []
    for name, answer in zip((first, second), answers, strict=True):
        disks = hear_disks(answer)
        if disks is None:
            raise Stop(Exit.FAILED, [error("disks", f"can't be listed: {answer.complaint}", name)])
        found.append(disks)
    return Scan((first, second), matched(*found))


def prepare(world: World, resource: str, device: str, other: str | None) -> Wish:
    """A filesystem that is declared, made on a disk: `device` as the first machine calls it, `other` the second.
    Raises Stop."""
    pair = world.pair
    filesystem = _filesystem(pair, resource)
    first, second = (machine.name for machine in pair.machines)
    devices = {first: device, second: other or device}
    words = ("make-filesystem", device, filesystem.type, uuid_of(filesystem), token(pair, filesystem), "--look")
    return Wish(
        "disks prepare",
        first,
        f"{filesystem.id} made on {device}",
        lambda facts: prepare_refusals(pair, facts, filesystem),
        lambda facts, _ground: prepare_steps(pair, facts, filesystem, devices),
        done=Check(Command(("hamn-local", *words), timeout_s=30), r"^holds$"),
    )


def _filesystem(pair: Pair, name: str) -> Filesystem:
    wanted = name if name.startswith("filesystem.") else f"filesystem.{name}"
    for filesystem in pair.filesystems:
        if filesystem.id == wanted and not filesystem.on_network and filesystem.access == "exclusive":
            return filesystem
    known = [f.id for f in pair.filesystems if not f.on_network and f.access == "exclusive"]
    hint = f"it is {' or '.join(known)}" if known else f"none is declared in {pair.source}"
    raise Stop(Exit.USAGE, [error("no-such-filesystem", f"no filesystem {name!r} on a shared disk", hint=hint)])
