"""The commands that change nothing: argv in, what the machine would print out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from hamn.local.operations import summary
from hamn.model.owner import OWNER_FILE
from hamn.ports import Holder
from hamn.simulation import aix, groups, services
from hamn.simulation.pair import HOOK, UUID

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot
    from hamn.simulation.storage import LocalDisk

Said: TypeAlias = "tuple[int, str, str]"


def answer_of(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """None for a command that isn't a question."""
    said = None
    for asks in _OF[boot.machine.world.scene.dialect]:
        ask = asks.get(argv[0])
        said = ask(boot, argv) if said is None and ask is not None else said
    if said is not None and boot.machine.mute and boot.machine.mute_word in ("", argv[0], argv[-1]):
        boot.machine.mute -= 1
        return 1, "", f"{argv[0]}: simulated: Cannot allocate memory"
    return said


def state_of(boot: Boot) -> tuple[object, ...]:
    """All that the answers to `hamn.facts.questions` depend on, but the journal."""
    machine = boot.machine
    world = machine.world
    filesystem, group = world.filesystem, world.group
    view = filesystem.mounts.get(boot) if filesystem is not None else None
    return (
        id(world.scene),
        boot.id,
        machine.link,
        machine.sees_disk,
        machine.fingerprint,
        *boot.mounts,
        *boot.addresses.items(),
        *[(unit.state, unit.left) for unit in boot.units.values()],
        boot.exports,
        boot.hooked,
        *machine.disk.files.items(),
        view and (view.files.get(OWNER_FILE), filesystem and filesystem.fault),
        group and (group.system_id, boot in group.active),
    )


def read_file(boot: Boot, path: str) -> Said:
    world = boot.machine.world
    if path == "/proc/sys/kernel/random/boot_id":
        return 0, boot.id + "\n", ""
    if path == "/proc/self/mountinfo":
        return 0, _mountinfo(boot), ""
    filesystem = world.filesystem
    if filesystem is not None and path == world.owner_path:
        if world.declared is None or world.declared.mount not in boot.mounts:
            return 1, "", f"cat: {path}: No such file or directory"
        text = filesystem.mounts[boot].files.get(OWNER_FILE)
    else:
        text = boot.machine.disk.files.get(path)
    if text is None:
        return 1, "", f"cat: {path}: No such file or directory"
    return 0, text, ""


def _cat(boot: Boot, argv: tuple[str, ...]) -> Said:
    return read_file(boot, argv[1])


def _head(boot: Boot, argv: tuple[str, ...]) -> Said:
    return (
        1,
        boot.machine.world.scene.release.format(name=boot.machine.name),
        "head: cannot open '/etc/redhat-release' for reading",
    )


def _mountinfo(boot: Boot) -> str:
    world = boot.machine.world
    lines = ["25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"]
    declared = world.declared
    for number, target in enumerate(boot.mounts):
        assert declared is not None
        root = "/" if target == declared.mount else target
        lines.append(
            f"{36 + number} 25 8:17 {root} {target} rw,relatime shared:20 - {declared.type} /dev/sdb1 rw\n"
        )
    return "".join(lines)


def _ip(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[:4] == ("ip", "-o", "addr", "show"):
        lines = [f"3: {argv[5]}    inet {boot.machine.address}/24 scope global {argv[5]}\n"]
        lines += [
            f"3: {interface}    {_inet(address)} scope global secondary {interface}\n"
            for address, interface in boot.addresses.items()
            if interface == argv[5]
        ]
        return 0, "".join(lines), ""
    if argv != ("ip", "addr", "show"):
        return None
    state = "UP,LOWER_UP" if boot.machine.link else "UP"
    text = (
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        "    inet 127.0.0.1/8 scope host lo\n"
        f"3: eth0@if4: <BROADCAST,MULTICAST,{state}> mtu 1500\n"
        f"    link/ether {boot.machine.mac} brd ff:ff:ff:ff:ff:ff\n"
        f"    inet {boot.machine.address}/24 brd 10.77.0.255 scope global eth0\n"
    )
    for address, interface in boot.addresses.items():
        text += f"    {_inet(address)} scope global secondary {interface}\n"
    return 0, text, ""


def _inet(address: str) -> str:
    return f"inet6 {address}/64" if ":" in address else f"inet {address}/24"


def _blkid(boot: Boot, argv: tuple[str, ...]) -> Said:
    world = boot.machine.world
    filesystem = world.filesystem
    if filesystem is None or not boot.machine.sees_disk or argv[-1] != filesystem.source:
        return 2, "", ""
    if not world.has_device(boot):
        return 2, "", ""
    uuid = UUID.partition("=")[2]
    return 0, f"DEVNAME=/dev/sdb1\nUUID={uuid}\nBLOCK_SIZE=1024\nTYPE={filesystem.type}\n", ""


def _database(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[-1] != "SELECT 1":
        return None
    world = boot.machine.world
    if boot.units[world.writer].state == "active" and not world.filesystem_trouble(boot):
        return 0, "1\n", ""
    return 1, "", "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)"


def _exportfs(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """Without options: what is exported now."""
    if len(argv) > 1:
        return None
    return 0, "/shared       \t10.77.0.0/24\n" if boot.exports else "", ""


def _sha256sum(boot: Boot, argv: tuple[str, ...]) -> Said:
    return 0, f"{boot.machine.fingerprint}  {argv[1]}\n", ""


def operations_of(boot: Boot) -> tuple[str, ...]:
    """JSON of each. As long as nothing has begun or ended, and the lock is as it was, the same is said again."""
    disk = boot.machine.disk
    holder = boot.lock.holder if boot.lock is not None else None
    key = holder, *disk.turns.values()
    if boot.told[0] != key:
        found = [_told(disk, name, holder) for name in sorted(disk.journal)]
        if holder is not None and holder.stuck and holder.operation not in disk.journal:
            locked = _fields(holder)
            found.append(json.dumps({**summary(holder.operation, [locked], locked), "open": False}))
        boot.told = key, tuple(found)
    return boot.told[1]


def _told(disk: LocalDisk, name: str, holder: Holder | None) -> str:
    mine = holder if holder is not None and holder.operation == name else None
    key = disk.turns[name], mine
    known = disk.told.get(name)
    if known is None or known[0] != key:
        first, *rest = disk.journal[name]
        entries = [dict(first), *(dict(e) for e in rest if e["event"] in ("ended", "closed"))]
        known = disk.told[name] = key, json.dumps(summary(name, entries, _fields(mine) if mine else {}))
    return known[1]


def _fields(holder: Holder) -> dict[str, Any]:
    return {name: getattr(holder, name) for name in Holder.__slots__}


def _local(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[1] == "operations":
        return 0, f"[{', '.join(operations_of(boot))}]", ""
    if argv[1] == "device-free":
        filesystem = boot.machine.world.filesystem
        if filesystem is None or not boot.machine.sees_disk or not boot.machine.world.has_device(boot):
            return 1, "none\n", f"hamn-local device-free: {argv[2]}: no block device of this machine has it"
        return (1, "busy\n", "") if boot in filesystem.mounts else (0, "free\n", "")
    if argv[1] == "read":
        return _cat(boot, ("cat", argv[2]))
    if argv[1] == "takes-writes":
        trouble = "is not mounted" if argv[2] not in boot.mounts else boot.machine.world.filesystem_trouble(boot)
        return (1, "", f"hamn-local takes-writes: {argv[2]}: {trouble}") if trouble else (0, "takes writes\n", "")
    if argv[1] == "exit-status":
        said = (0 if boot.hooked else 1, "", "") if argv[2:] == (*HOOK, "check") else answer_of(boot, argv[2:])
        return None if said is None else (0, f"{said[0]}\n", said[2])
    if argv[1] == "waiting":
        return 0, "", ""
    if argv[1] == "holders":
        return 0, "".join(f"123 root {name} {target}\n" for target in argv[2:] for name in boot.users(target)), ""
    return None


def _test(boot: Boot, argv: tuple[str, ...]) -> Said:
    """Whether an operator's process is there: `test -e /proc/PID`."""
    return (0 if argv[2] in [f"/proc/{hamn.pid}" for hamn in boot.hamns] else 1), "", ""


def _true(boot: Boot, argv: tuple[str, ...]) -> Said:
    return 0, "", ""


_ASK: dict[str, Callable[[Boot, tuple[str, ...]], Said | None]] = {
    "cat": _cat,
    "head": _head,
    "ip": _ip,
    "systemctl": services.shown,
    "service": services.status,
    "chkconfig": services.registered,
    "vgs": groups.ask,
    "lvs": groups.ask,
    "dmsetup": groups.mapped,
    "exportfs": _exportfs,
    "blkid": _blkid,
    "mariadb": _database,
    "mysql": _database,
    "runuser": _database,
    "su": _database,
    "sha256sum": _sha256sum,
    "hamn-local": _local,
    "test": _test,
    "true": _true,
}
_OF: Mapping[str, tuple[Mapping[str, Callable[[Boot, tuple[str, ...]], Said | None]], ...]] = {
    "linux": (_ASK,),
    "aix": (aix.ASK, _ASK),
}
"""The first that has an answer."""
