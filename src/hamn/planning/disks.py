"""Which disk of one machine is which of the other, and the plan of a shared filesystem on one. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hamn.facts.facts import Facts
from hamn.model.command import Answer, Command
from hamn.model.pair import Filesystem, Pair
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.data import STAGING
from hamn.resources.kind import Site

LIST = Command(("hamn-local", "disks"), timeout_s=30)
DISK = "disk"


@dataclass(frozen=True, slots=True)
class Disk:
    path: str
    size: int
    serial: str = ""
    wwn: str = ""
    holds: str = ""
    """What blkid sees on it; "" for nothing."""
    mounted: tuple[str, ...] = ()
    parts: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.holds and not self.mounted and not self.parts


@dataclass(frozen=True, slots=True)
class Match:
    """One disk as both machines see it. `by`: "WWN", "serial number"; "" where nothing tells, and one is None."""

    first: Disk | None
    second: Disk | None
    by: str = ""


def hear_disks(answer: Answer) -> tuple[Disk, ...] | None:
    """None: not known."""
    try:
        rows: list[Mapping[str, Any]] = json.loads(answer.stdout) if answer.ok else []
        found = tuple(Disk(**{**row, "mounted": tuple(row["mounted"])}) for row in rows)
    except (ValueError, TypeError, KeyError):
        return None
    return found if answer.ok else None


def matched(first: Sequence[Disk], second: Sequence[Disk]) -> tuple[Match, ...]:
    """By WWN, then by serial number, where it occurs once on each machine and the sizes agree: controllers repeat
    numbers, and give none. What is left has to be tried with the touch test."""
    left, right = list(first), list(second)
    found: list[Match] = []
    for by, key in (("WWN", "wwn"), ("serial number", "serial")):
        for disk in list(left):
            value = getattr(disk, key)
            mine = [d for d in left if getattr(d, key) == value]
            theirs = [d for d in right if getattr(d, key) == value]
            if value and len(mine) == len(theirs) == 1 and theirs[0].size == disk.size:
                found.append(Match(disk, theirs[0], by))
                left.remove(disk)
                right.remove(theirs[0])
    return (*found, *(Match(disk, None) for disk in left), *(Match(None, disk) for disk in right))


def token(pair: Pair, filesystem: Filesystem) -> str:
    """What the touch test writes: the same whenever it is asked, so that a broken off one goes on."""
    return f"{pair.name} {filesystem.id} {filesystem.source}"


def uuid_of(filesystem: Filesystem) -> str:
    """ "" where the declaration names it otherwise."""
    tag, _, value = filesystem.source.partition("=")
    return value if tag == "UUID" else ""


def prepare_refusals(pair: Pair, facts: Facts, filesystem: Filesystem) -> Iterator[str]:
    for seen in facts.machines.values():
        if not seen.answers:
            yield f"{seen.name} doesn't answer: {seen.why_not}; a shared disk is tried on both"
        elif seen.mounted(filesystem.mount):
            yield f"{filesystem.id} is in use: mounted at {filesystem.mount} on {seen.name}"
    if not uuid_of(filesystem):
        yield f'{filesystem.id}: write source = "UUID=..." into {pair.source}, with what `uuidgen` prints, first'


def prepare_steps(
    pair: Pair, facts: Facts, filesystem: Filesystem, devices: Mapping[str, str]
) -> tuple[Step, ...]:
    """Requirement, appendix A, Linux, steps 1 and 3 to 5: the same disk on both, a filesystem, mounted and written
    on the one, mounted and read on the other. `devices`: the disk's path by machine."""
    first, second = (Site(pair, machine, facts) for machine in pair.machines)
    mark, uuid = token(pair, filesystem), uuid_of(filesystem)
    device, there = devices[first.name], devices[second.name]
    make = ("hamn-local", "make-filesystem", device, filesystem.type, uuid, mark)
    made = Check(Command((*make, "--look"), timeout_s=30), r"^holds$")
    touch = ("hamn-local", "touch-disk")
    touched = first.step(
        DISK,
        "touch",
        Command((*touch, device, mark), timeout_s=30),
        f"an empty disk: {device} gets one block that {second.name} must see",
        phase=Phase.PREPARE,
    )
    look = Command((*touch, there, mark, "--look"), timeout_s=30)
    reason = f"{there} must be the same disk: no cache, no serial number, the very block"
    same = second.step(
        DISK,
        "same",
        look,
        reason,
        phase=Phase.PREPARE,
        check=Check(look, r"^holds$"),
        needs=frozenset({touched.id}),
    )
    steps = [touched, same]
    why = f"{filesystem.type} with the UUID that is declared" + (
        ", and multiple-mount protection" if filesystem.type == "ext4" else ""
    )
    limit_s = 3600.0
    new = first.step(
        DISK,
        "make",
        Command(make, timeout_s=limit_s),
        why,
        phase=Phase.HAND_OVER,
        check=made,
        needs=frozenset({same.id}),
    )
    steps.append(new)
    before = new.id
    for site in (first, second):
        for step in _tried(site, filesystem, devices[site.name], writes=site is first):
            chained = replace(step, needs=frozenset({before}))
            steps.append(chained)
            before = chained.id
    return tuple(steps)


def _tried(site: Site, filesystem: Filesystem, device: str, *, writes: bool) -> Iterator[Step]:
    """Mounted aside, written or read, unmounted."""
    place = f"{STAGING}/{filesystem.name}"
    platform, proof = site.platform, f"{STAGING}/{filesystem.name}/.hamn-tried"
    do = Phase.HAND_OVER
    options = filesystem.options
    yield site.step(DISK, "place", Command(("mkdir", "-p", "--", place), timeout_s=10), "to mount it at", phase=do)
    mounted = platform.is_mounted(place, wanted=True)
    mount = platform.mount(device, place, filesystem.type, options)
    yield site.step(DISK, "mount", mount, f"{site.name} must be able to", phase=do, check=mounted, takes=True)
    if writes:
        write = Command(("hamn-local", "put", proof, "600"), timeout_s=30, stdin="written by the one machine\n")
        yield site.step(DISK, "write", write, "and to write to it", phase=do)
    else:
        read = Command(("cat", proof), timeout_s=30)
        check = Check(read, r"^written by the one machine$")
        yield site.step(DISK, "read", read, "what the other wrote must be there", phase=do, check=check)
        yield site.step(DISK, "remove", Command(("rm", "--", proof), timeout_s=30), "it was a trial", phase=do)
    away = platform.is_mounted(place, wanted=False)
    yield site.step(DISK, "unmount", platform.unmount((place,), network=False), "tried", phase=do, check=away)
