"""Facts for a story, told in a few words.

active = "mn1"             who holds everything ("" for nobody)
[mn1]
answers = false            it doesn't
lacks = ["service.dns"]    of what it would hold
holds = ["virtual_ip.x"]   beside what it would hold
owner = {machine, epoch}   the record on the shared data as that machine reads it
remembered = {...}         the record on its own disk
mounted = ["/x"]           beside what it would have
unmounted = ["/x"]         of what it has mounted
blind = "cat: no memory"   its mounts can't be asked for
stuck = "umount /x"        can't be ended
mapped = ["shared-data"]   volumes in the kernel whose group LVM doesn't see
rebooted = true            its boot id is another than the record's
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hamn.declaration.read import read_pair
from hamn.facts.facts import Facts, MachineFacts, Operation
from hamn.model.owner import OwnerRecord
from hamn.model.pair import Database, Filesystem, Pair, Service, VirtualIp
from hamn.platforms.answers import Address, Group, Mount, Unit
from hamn.verbs.assume import assumed


def declared(path: Path) -> Pair:
    """As if it lay in /etc/hamn: git keeps no file modes, and a declaration that names secrets must be 0600."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / path.name
        copy.touch(0o600)
        copy.write_bytes(path.read_bytes())
        return read_pair(copy)


def seen_by(pair: Pair, told: Mapping[str, Any]) -> Facts:
    active = told.get("active", "")
    base = assumed(pair, active or pair.machines[0].name, "switchover" if active else "activate")
    return Facts({name: _machine(pair, seen, told.get(name, {})) for name, seen in base.machines.items()})


def _record(pair: Pair, told: Mapping[str, Any]) -> OwnerRecord:
    machine = told.get("machine") or None
    filesystem = pair.owner_filesystem
    return OwnerRecord(
        told.get("pair", pair.name),
        told["epoch"],
        machine,
        told.get("boot_id", f"BOOT-ID-OF-{machine}".upper()),
        mount=told.get("mount", filesystem.mount if filesystem else ""),
    )


def _machine(pair: Pair, seen: MachineFacts, told: Mapping[str, Any]) -> MachineFacts:
    if not told.get("answers", True):
        return MachineFacts(seen.name, answers=False, why_not="no answer within 3 s", code="timeout")
    for id_ in told.get("lacks", ()):
        seen = _change(pair, seen, id_, held=False)
    for id_ in told.get("holds", ()):
        seen = _change(pair, seen, id_, held=True)
    if "mounted" in told:
        seen = replace(
            seen, mounts=(*(seen.mounts or ()), *(Mount(m, "/dev/sdb", "ext4") for m in told["mounted"]))
        )
    if "unmounted" in told:
        seen = replace(seen, mounts=tuple(m for m in seen.mounts or () if m.target not in told["unmounted"]))
    if "blind" in told:
        seen = replace(seen, mounts=None, owner=None, blind=told["blind"])
    if "owner" in told:
        seen = replace(seen, owner=_record(pair, told["owner"]) if told["owner"] else None)
    if "remembered" in told:
        seen = replace(seen, remembered=_record(pair, told["remembered"]))
    if "mapped" in told:
        names = {name.partition("-")[0]: name for name in told["mapped"]}
        seen = replace(seen, groups=tuple(Group(group, "", 1, 1, mapped=(n,)) for group, n in names.items()))
    if told.get("rebooted"):
        seen = replace(seen, boot_id="ANOTHER-BOOT")
    if "interrupted" in told:
        seen = replace(seen, operations=(_operation(pair, seen.name, told["interrupted"]),))
    return replace(seen, stuck=told.get("stuck", ""))


def _operation(pair: Pair, machine: str, told: Mapping[str, Any]) -> Operation:
    return Operation(
        id=told["id"],
        verb=told["verb"],
        goal=told.get("goal", ""),
        machine=machine,
        user="root",
        begun="2026-01-02T03:04:05Z",
        active=told.get("active"),
        only=told.get("only"),
        epoch=told.get("epoch", 99),
        running=False,
        open=told.get("open", True),
        outcome=told.get("outcome", ""),
        left=told.get("left"),
        declaration=pair.fingerprint,
    )


def _change(pair: Pair, seen: MachineFacts, id_: str, *, held: bool) -> MachineFacts:
    resource = pair.resource(id_)
    assert seen.platform is not None
    if isinstance(resource, VirtualIp):
        rest = tuple(a for a in seen.addresses or () if a.address != resource.address)
        one = Address(resource.address, resource.interface[seen.name], mac="02:00:00:00:00:01")
        return replace(seen, addresses=(*rest, one) if held else rest)
    if isinstance(resource, Filesystem):
        rest_mounts = tuple(m for m in seen.mounts or () if m.target not in resource.targets)
        ones = tuple(Mount(target, resource.source, resource.type) for target in resource.targets)
        return replace(seen, mounts=(*rest_mounts, *ones) if held else rest_mounts)
    if isinstance(resource, Service | Database):
        word = resource.service if isinstance(resource, Service) else resource.service or resource.engine
        name = seen.platform.service(str(word))
        units = {**seen.units, name: Unit(name, "active" if held else "inactive", "disabled")}
        return replace(seen, units=units, databases={**seen.databases, id_: held})
    return replace(seen, hooks={**seen.hooks, id_: held})
