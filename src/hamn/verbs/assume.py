"""Facts that were not asked for: one machine active, both healthy. For a plan on paper."""

from __future__ import annotations

from hamn.facts.facts import Facts, MachineFacts
from hamn.facts.questions import service_names
from hamn.model.owner import OwnerRecord
from hamn.model.pair import Pair, VolumeGroup
from hamn.platforms.answers import Address, Mount, System, Unit
from hamn.platforms.detect import platform_for, usual_init


def assumed(pair: Pair, active: str, verb: str) -> Facts:
    """`active` holds everything; for "failover" it doesn't answer, for "activate" nobody holds anything."""
    holder = None if verb == "activate" else active
    machines = {}
    for machine in pair.machines:
        if verb == "failover" and machine.name == active:
            machines[machine.name] = MachineFacts(machine.name, answers=False, why_not="assumed dead")
        else:
            machines[machine.name] = _machine(pair, machine.name, holder)
    return Facts(machines)


def _machine(pair: Pair, name: str, holder: str | None) -> MachineFacts:
    machine, holds = pair.machine(name), name == holder
    family = machine.family or "debian"
    init = machine.init or usual_init(family)
    platform = platform_for(family, init, System(family, "", "", init=init, node=name))
    boot_id = f"BOOT-ID-OF-{name.upper()}"
    filesystem = pair.owner_filesystem
    record = OwnerRecord(pair.name, 1, name, boot_id, mount=filesystem.mount if filesystem else "")
    names = service_names(pair, platform)
    return MachineFacts(
        name=name,
        answers=True,
        platform=platform,
        boot_id=boot_id,
        addresses=tuple(Address(ip.address, ip.interface[name]) for ip in pair.virtual_ips if holds),
        mounts=tuple(
            Mount(target, f.source, f.type)
            for f in pair.filesystems
            for target in f.targets
            if holds or f.access == "parallel"
        ),
        units={n: Unit(n, "active" if holds else "inactive", "disabled") for n in names},
        groups=tuple(
            platform.assumed_group(r.group, holder or "", active=holds)
            for r in pair.resources
            if isinstance(r, VolumeGroup)
        ),
        databases={d.id: holds for d in pair.databases},
        hooks={r.id: holds for r in pair.resources if r.kind == "hook"},
        exporting=holds,
        owner=record if holds else None,
        remembered=record if holds else None,
    )
