"""The commands that change nothing: argv in, what the machine would print out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

from hamn.local.operations import summary
from hamn.model.owner import OWNER_FILE

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot, Unit

Said: TypeAlias = "tuple[int, str, str]"

_RELEASE = """==> /etc/os-release <==
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian

==> /proc/1/stat <==
1 (systemd) S 0 1 1 0 -1

==> /proc/sys/kernel/osrelease <==
6.1.0-28-amd64

==> /proc/sys/kernel/hostname <==
{name}
"""


def answer_of(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """None for a command that isn't a question."""
    ask = _ASK.get(argv[0])
    said = ask(boot, argv) if ask is not None else None
    if said is not None and boot.machine.mute and boot.machine.mute_program in ("", argv[0]):
        boot.machine.mute -= 1
        return 1, "", f"{argv[0]}: simulated: Cannot allocate memory"
    return said


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
    return 1, _RELEASE.format(name=boot.machine.name), "head: cannot open '/etc/redhat-release' for reading"


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
            f"3: {interface}    inet {address}/24 scope global secondary {interface}\n"
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
        text += f"    inet {address}/24 brd 10.77.0.255 scope global secondary {interface}\n"
    return 0, text, ""


def _systemctl(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[1] != "show":
        return None
    properties = argv[3]
    return 0, "\n".join([_unit_block(boot, name, properties) for name in argv[4:]]), ""


def _unit_block(boot: Boot, name: str, properties: str) -> str:
    unit: Unit | None = boot.units.get(name.removesuffix(".service"))
    if properties == "ActiveState":
        return f"ActiveState={unit.state if unit else 'inactive'}\n"
    if unit is None:
        return f"MainPID=0\nNames={name}\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n"
    pid = 1622 if unit.is_up else 0
    loaded = f"WantedBy=\nLoadState=loaded\nActiveState={unit.state}\nUnitFileState=disabled\n"
    return f"MainPID={pid}\nNames={name}\n{loaded}"


def _blkid(boot: Boot, argv: tuple[str, ...]) -> Said:
    world = boot.machine.world
    filesystem = world.filesystem
    if filesystem is None or not boot.machine.sees_disk or argv[-1] != filesystem.source:
        return 2, "", ""
    uuid = filesystem.source.partition("=")[2]
    return 0, f"DEVNAME=/dev/sdb1\nUUID={uuid}\nBLOCK_SIZE=1024\nTYPE={filesystem.type}\n", ""


def _database(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[-1] != "SELECT 1":
        return None
    if boot.units[
        boot.machine.world.database_unit
    ].state == "active" and not boot.machine.world.filesystem_trouble(boot):
        return 0, "1\n", ""
    return 1, "", "ERROR 2002 (HY000): Can't connect to local server through socket '/run/mysqld/mysqld.sock' (2)"


def _sha256sum(boot: Boot, argv: tuple[str, ...]) -> Said:
    return 0, f"{boot.machine.fingerprint}  {argv[1]}\n", ""


def _local(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv[1] == "operations":
        locked = asdict(boot.lock.holder) if boot.lock is not None else {}
        found = []
        for name in sorted(boot.machine.disk.journal):
            first, *rest = boot.machine.disk.journal[name]
            entries = [dict(first), *(dict(e) for e in rest if e["event"] in ("ended", "closed"))]
            found.append(summary(name, entries, locked))
        if locked.get("stuck") and locked["operation"] not in boot.machine.disk.journal:
            found.append({**summary(locked["operation"], [], locked), "open": False})
        return 0, json.dumps(found), ""
    if argv[1] == "device-free":
        filesystem = boot.machine.world.filesystem
        if filesystem is None or not boot.machine.sees_disk:
            return 1, "", f"hamn-local device-free: {argv[2]}: no block device of this machine has it"
        return (1, "busy\n", "") if boot in filesystem.mounts else (0, "free\n", "")
    if argv[1] == "takes-writes":
        trouble = "is not mounted" if argv[2] not in boot.mounts else boot.machine.world.filesystem_trouble(boot)
        return (1, "", f"hamn-local takes-writes: {argv[2]}: {trouble}") if trouble else (0, "takes writes\n", "")
    if argv[1] == "waiting":
        return 0, "", ""
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
    "systemctl": _systemctl,
    "blkid": _blkid,
    "mariadb": _database,
    "sha256sum": _sha256sum,
    "hamn-local": _local,
    "test": _test,
    "true": _true,
}
