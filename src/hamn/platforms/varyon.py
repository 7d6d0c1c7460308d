"""AIX's volume groups: varied on by one machine, which reserves their disks; known to each by its own ODM.

No owner is written on the disks, as LVM's system id is. What keeps the other machine out is the reservation
(reserve_policy single_path, or PR_exclusive) that varyonvg makes and varyoffvg gives back; after a crash it may
stand until it is broken (devrsrv). Source: AIX Commands Reference; docs/aix.md has the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hamn.model.command import Command, in_turn
from hamn.model.step import Check
from hamn.platforms.answers import Group


def ask() -> Command:
    """Each disk: its name here, its PVID, its group as the ODM knows it, "active" where that is varied on."""
    return Command(("lspv",), timeout_s=20)


def groups(text: str) -> tuple[Group, ...]:
    """A group counts by its disks: `active_volumes` of `volumes` are varied on."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for line in text.splitlines():
        match line.split():
            case [disk, _, name, *state] if name not in ("None", "none") and state in ([], ["active"], ["locked"]):
                found.setdefault(name, []).append((disk, state == ["active"]))
    return tuple(
        Group(name, "", sum(active for _, active in disks), len(disks), tuple(disk for disk, _ in disks))
        for name, disks in found.items()
    )


def learn(group: str, disks: Sequence[str]) -> Command:
    """importvg -L reads the group's own description from a disk: volumes that the other machine has made since
    this one last had it varied on, and their stanzas of /etc/filesystems."""
    return Command(("importvg", "-L", group, *disks[:1]), timeout_s=60)


def break_reserve(disks: Sequence[str]) -> Command:
    """Only under proof that the machine that made it is out of action (the caller's business)."""
    each = [("devrsrv", "-f", "-l", disk) for disk in disks]
    return Command(in_turn(each), timeout_s=30 * max(1, len(each)))


def vary_on(group: str) -> Command:
    return Command(("varyonvg", group), timeout_s=120)


def vary_off(group: str) -> Command:
    return Command(("varyoffvg", group), timeout_s=60)


def seen(group: str) -> Check:
    return Check(ask(), rf"^\S+[ \t]+[0-9a-f]+[ \t]+{re.escape(group)}(?:[ \t]|$)")


def active(group: str, *, wanted: bool) -> Check:
    """`lsvg -o`: those that are varied on; never empty, for rootvg is."""
    return Check(Command(("lsvg", "-o"), timeout_s=20), rf"^{re.escape(group)}[ \t]*$", wanted, patience_s=5)
