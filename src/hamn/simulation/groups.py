"""A volume group on the shared disk: its system id is on the disk, where it is active is in a machine's memory.

Source: lvmsystemid(7). A group that carries another machine's id is shown, never activated.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import TYPE_CHECKING, TypeAlias

from hamn.model.command import Command

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot

Said: TypeAlias = "tuple[int, str, str]"

VOLUME = "data"


class VolumeGroup:
    def __init__(self, name: str) -> None:
        self.name = name
        self.system_id = ""
        self.active: list[Boot] = []
        """Where its one volume is active."""

    def give_back(self) -> None:
        """In order, by whoever had it active."""
        self.active = []

    @property
    def device(self) -> str:
        return f"/dev/{self.name}/{VOLUME}"


def ask(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """vgs and lvs, as the platform asks them."""
    group = boot.machine.world.group
    if group is None or not boot.machine.sees_disk:
        return (0, '{"report": [{"vg": []}]}', "") if "json" in argv else (5, "", "  Volume group not found")
    active = "active" if boot in group.active else ""
    if argv[0] == "lvs":
        return 0, f"  {group.name} {active}\n", ""
    if "json" not in argv:
        return 0, f"  {group.system_id}\n", ""
    row = {"vg_name": group.name, "vg_systemid": group.system_id, "lv_name": VOLUME, "lv_active": active}
    return 0, json.dumps({"report": [{"vg": [row]}]}), ""


def mapped(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """dmsetup ls: what the kernel has active, whether its disk is there or not."""
    group = boot.machine.world.group
    if argv != ("dmsetup", "ls"):
        return None
    if group is None or boot not in group.active:
        return 0, "No devices found\n", ""
    return 0, f"{group.name}-{VOLUME}\t(253:0)\n", ""


def remove(boot: Boot, command: Command) -> Generator[float, None, Said]:
    """dmsetup remove."""
    group = boot.machine.world.group
    yield 0.01
    if group is None or boot not in group.active or command.argv[2:] != (f"{group.name}-{VOLUME}",):
        return 1, "", f"Device {command.argv[2]} not found"
    if boot.mounts:
        return 1, "", f"device-mapper: remove ioctl on {command.argv[2]}  failed: Device or resource busy"
    group.active.remove(boot)
    boot.machine.world.changed(boot.machine, f"{group.name} is inactive")
    return 0, "", ""


def change(boot: Boot, command: Command) -> Generator[float, None, Said]:
    """vgchange --systemid, -ay, -an."""
    world, argv = boot.machine.world, command.argv
    group = world.group
    yield 0.05 + 0.1 * world.rng.random()
    if group is None or not boot.machine.sees_disk or argv[-1] != group.name:
        return 5, "", f'  Volume group "{argv[-1]}" not found'
    leave = f'local/extra_system_ids=["{group.system_id}"]'
    if group.system_id not in ("", boot.name) and leave not in argv:
        return (
            5,
            "",
            f"  Cannot access VG {group.name} with system ID {group.system_id} with local system ID {boot.name}.",
        )
    if "--systemid" in argv:
        if boot in group.active:
            return (
                5,
                "",
                f"  Logical Volumes in VG {group.name} must be deactivated before system ID can be changed.",
            )
        wanted = argv[argv.index("--systemid") + 1]
        if wanted == group.system_id:
            return 5, "", "  Volume Group system ID is already so"
        group.system_id = wanted
        world.changed(boot.machine, f"{group.name} is of {wanted}")
        return 0, "", ""
    if "-ay" in argv and boot not in group.active:
        group.active.append(boot)
    if "-an" in argv and boot in group.active:
        if boot.mounts:
            return 5, "", f"  Logical volume {group.name}/{VOLUME} contains a filesystem in use."
        group.active.remove(boot)
    world.changed(boot.machine, f"{group.name} is {'active' if boot in group.active else 'inactive'}")
    return 0, "", ""
