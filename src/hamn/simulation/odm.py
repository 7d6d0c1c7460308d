"""A volume group as AIX has it: what is on its disks, who reserves them, and what each machine's own files know.

`varyonvg` reserves the disks; a machine that loses its power leaves the reservation standing, and the mark of its
mounts (JFS2's mount guard). Source: docs/aix.md.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from hamn.model.command import Command
from hamn.simulation.groups import VolumeGroup

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot
    from hamn.simulation.world import World

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float, None, Said]"

STANZAS = "/etc/filesystems"
PVID = "00f604c945edde6f"
_NO_COPIES = (
    "0516-013 {}: The volume group cannot be varied on because there are no good copies of the descriptor area."
)


class ReservedGroup(VolumeGroup):
    """`system_id`: the machine whose reservation stands on the disks, "" for nobody's."""

    def give_back(self) -> None:
        super().give_back()
        self.system_id = ""

    def keeps_out(self, boot: Boot) -> bool:
        return self.system_id not in ("", boot.name) or not boot.machine.sees_disk


def furnish(world: World) -> None:
    """mn1 has made the filesystem since mn2 last had the group: mn2 has yet to learn of it."""
    first = next(iter(world.machines.values()))
    first.disk.files[STANZAS] = _stanza(world)


def _stanza(world: World) -> str:
    assert world.declared is not None
    source, target = world.declared.source, world.declared.mount
    return f"{target}:\n\tdev\t\t= {source}\n\tvfs\t\t= jfs2\n\tlog\t\t= /dev/loglv00\n\tmount\t\t= false\n"


def knows(boot: Boot) -> bool:
    return STANZAS in boot.machine.disk.files


def disk(boot: Boot) -> str:
    """Of the same disk each machine has its own name."""
    return "hdisk2" if boot.name == "mn1" else "hdisk1"


# -- questions


def lspv(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """By the ODM, whatever has become of the disk."""
    group = boot.machine.world.group
    text = "hdisk0          00f604c7c3c22499                    rootvg          active      \n"
    if group is not None:
        state = "active" if boot in group.active else ""
        text += f"{disk(boot):<15} {PVID:<35} {group.name:<15} {state:<12}\n"
    return 0, text, ""


def lsvg(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """-o: those that are varied on, whatever becomes of their disks."""
    group = boot.machine.world.group
    own = f"{group.name}\n" if group is not None and boot in group.active else ""
    return 0, f"{own}rootvg\n", ""


def lsfs(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """-c: the stanzas of these mount points."""
    declared = boot.machine.world.declared
    if declared is None or argv[1:] != ("-c", declared.mount) or not knows(boot):
        return 1, "", f"lsfs: 0506-915 No record matching {argv[-1]} was found in {STANZAS}."
    head = "#MountPoint:Device:Vfs:Nodename:Type:Size:Options:AutoMount:Acct\n"
    return 0, f"{head}{declared.mount}:{declared.source}:jfs2:::2097152:rw:no:no\n", ""


# -- commands


def varyonvg(boot: Boot, command: Command) -> Program:
    world, group = boot.machine.world, _group(boot)
    yield 0.3 + 0.5 * world.rng.random()
    if boot in group.active:
        return 0, "", ""
    if group.keeps_out(boot):
        return 1, "", _NO_COPIES.format("varyonvg")
    group.active.append(boot)
    group.system_id = boot.name
    world.changed(boot.machine, f"{group.name} is varied on")
    return 0, "", ""


def varyoffvg(boot: Boot, command: Command) -> Program:
    world, group = boot.machine.world, _group(boot)
    yield 0.2 + 0.2 * world.rng.random()
    if boot not in group.active:
        return 1, "", f"0516-010 varyoffvg: Volume group must be varied on; use varyonvg command. ({group.name})"
    if boot.mounts:
        return (
            1,
            "",
            "0516-012 lvaryoffvg: Logical volume must be closed.",
        )
    group.active.remove(boot)
    if boot.machine.sees_disk and group.system_id == boot.name:
        group.system_id = ""
    world.changed(boot.machine, f"{group.name} is varied off")
    return 0, "", ""


def importvg(boot: Boot, command: Command) -> Program:
    """importvg -L GROUP DISK"""
    world, group = boot.machine.world, _group(boot)
    yield 0.5 + 0.5 * world.rng.random()
    if command.argv[1:] != ("-L", group.name, disk(boot)) or boot in group.active or group.keeps_out(boot):
        return 1, "", f"0516-776 importvg: Cannot import {disk(boot)} as {group.name}."
    if boot.machine.disk.fault:
        return 1, "", f"0516-622 importvg: Warning, cannot write lv control block data: {boot.machine.disk.fault}"
    boot.machine.disk.files[STANZAS] = _stanza(world)
    return 0, f"{group.name}\n", ""


def devrsrv(boot: Boot, command: Command) -> Program:
    """devrsrv -f -l DISK: it asks nobody."""
    group = _group(boot)
    yield 0.2
    if command.argv[1:] != ("-f", "-l", disk(boot)) or not boot.machine.sees_disk:
        return 1, "", "devrsrv: Device is not available"
    group.system_id = ""
    boot.machine.world.changed(boot.machine, f"the reservation of {group.name} is broken")
    return 0, "", ""


def _group(boot: Boot) -> ReservedGroup:
    group = boot.machine.world.group
    assert isinstance(group, ReservedGroup)
    return group
