"""The AIX dialect: its commands and questions, over the same machines, mounts, units and disk as the others'."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from hamn.model.command import Command
from hamn.simulation import odm
from hamn.simulation.storage import SharedFilesystem

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot, Unit

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float | Unit, None, Said]"

_GROUP = "group:"
_ADDRESSES = ("ifconfig", "-a", "then", "netstat", "-in")

# -- the System Resource Controller


def _lssrc(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    asked = {"-a": "", "-g": _GROUP}.get(argv[1])
    names = list(boot.units) if argv[1] == "-a" else [f"{asked or ''}{argv[2]}"]
    if any(name not in boot.units for name in names):
        return 1, "", f"0513-085 The {argv[2]} Subsystem is not on file."
    rows = "".join(map(_row, (boot.units[name] for name in names)))
    return 0, f"Subsystem         Group            PID          Status \n{rows}", ""


def _row(unit: Unit) -> str:
    """A daemon that has just been started is active to SRC, whatever becomes of it."""
    state = {"active": "active", "activating": "active", "deactivating": "stopping"}.get(unit.state, "inoperative")
    name, group = unit.name, "hamn"
    if name.startswith(_GROUP):
        name, group = "nfsd", name.removeprefix(_GROUP)
    pid = "9306222" if unit.is_up else ""
    return f" {name:<16} {group:<16} {pid:<12} {state}\n"


def _startsrc(boot: Boot, command: Command) -> Program:
    yield 0.01
    unit, said = _unit(boot, command), command.argv[2]
    if unit is None:
        return 1, "", f"0513-085 The {said} Subsystem is not on file."
    if unit.is_up:
        return 1, "", f"0513-029 The {said} Subsystem is already active.\nMultiple instances are not supported."
    unit.start()
    return 0, f"0513-059 The {said} Subsystem has been started. Subsystem PID is 9306222.\n", ""


def _stopsrc(boot: Boot, command: Command) -> Program:
    """It asks, and comes back at once."""
    yield 0.01
    unit, said = _unit(boot, command), command.argv[2]
    if unit is None or not unit.is_up:
        return 1, "", f"0513-004 The Subsystem or Group, {said}, is currently inoperative."
    unit.stop()
    return 0, f"0513-044 The {said} Subsystem was requested to stop.\n", ""


def _unit(boot: Boot, command: Command) -> Unit | None:
    prefix = _GROUP if command.argv[1] == "-g" else ""
    return boot.units.get(prefix + command.argv[2])


def _lsitab(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    return 0, "init:2:initdefault:\nrcnfs:23456789:wait:/etc/rc.nfs\nxcatd:2:off:/opt/xcat/sbin/restartxcatd\n", ""


# -- addresses


def _ifconfig_asked(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    return (0, _interface(boot), "") if len(argv) == 2 else None


def _interface(boot: Boot) -> str:
    """The interface is up and its driver runs, with a cable or without."""
    text = "en0: flags=1e084863,480<UP,BROADCAST,NOTRAILERS,RUNNING,SIMPLEX,MULTICAST,GROUPRT,64BIT>\n"
    for address in (*boot.addresses, boot.machine.address):
        text += f"\tinet {address} netmask 0xffffff00 broadcast 10.77.0.255\n"
    return text


def _addresses(boot: Boot) -> str:
    mac = ".".join(f"{int(part, 16):x}" for part in boot.machine.mac.split(":"))
    head = "Name  Mtu   Network     Address            Ipkts Ierrs    Opkts Oerrs  Coll\n"
    return f"{_interface(boot)}{head}en0   1500  link#2      {mac}  9810797     0   350193     0     0\n"


def _ifconfig(boot: Boot, command: Command) -> Program:
    world, argv = boot.machine.world, command.argv
    yield 0.01
    if argv[2] == "delete":
        if boot.addresses.pop(argv[3], None) is None:
            return 1, "", "ifconfig: 0821-054 ioctl (SIOCDIFADDR). The requested address is not valid."
        world.changed(boot.machine, f"{argv[3]} is deleted")
        return 0, "", ""
    boot.addresses[argv[2]] = argv[1]
    world.changed(boot.machine, f"{argv[2]} is the first alias")
    if argv[2] == world.vip:
        world.client.hear(boot)  # gratuitous ARP
    return 0, "", ""


# -- mounts


def _mount_asked(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    if argv != ("mount",):
        return None
    declared = boot.machine.world.declared
    text = (
        "  node       mounted        mounted over    vfs       date        options      \n"
        "-------- ---------------  ---------------  ------ ------------ --------------- \n"
        "         /dev/hd4         /                jfs2   Jan 01 08:50 rw,log=/dev/hd8 \n"
    )
    for target in boot.mounts:
        assert declared is not None
        own = target == declared.mount
        what = (
            (declared.source, "jfs2", "rw,log=/dev/loglv00") if own else (declared.mount + target, "namefs", "rw")
        )
        text += f"         {what[0]:<16} {target:<16} {what[1]:<6} Jan 01 09:00 {what[2]}\n"
    return 0, text, ""


def _mount(boot: Boot, command: Command) -> Program:
    argv, world = command.argv, boot.machine.world
    yield 0.01
    target = argv[-1]
    if argv[1:3] == ("-v", "namefs"):
        if not boot.covers(argv[3]):
            return (
                1,
                "",
                f"mount: 0506-324 Cannot mount {argv[3]} on {target}: No such directory.",
            )
        boot.mounts.append(target)
        world.changed(boot.machine, f"{target} is bound")
        return 0, "", ""
    filesystem = world.filesystem
    if filesystem is None or not odm.knows(boot):
        return 1, "", f"mount: 0506-334 {target} is not a known file system."
    if target in boot.mounts or boot in filesystem.mounts:
        return (
            1,
            "",
            f"mount: 0506-324 Cannot mount {filesystem.source} on {target}: The requested resource is busy.",
        )
    if not world.has_device(boot) or not boot.machine.sees_disk:
        return (
            1,
            "",
            f"mount: 0506-324 Cannot mount {filesystem.source} on {target}: There is an input or output error.",
        )
    yield 0.05 + 0.2 * world.rng.random()
    if _is_guarded(filesystem) and "noguard" not in argv:
        said = f"mount: {filesystem.source} on {target}: Cannot mount guarded filesystem."
        return 1, "", f"{said}\nThe filesystem is potentially mounted on another node."
    if not world.has_device(boot):
        return (
            1,
            "",
            f"mount: 0506-324 Cannot mount {filesystem.source} on {target}: There is an input or output error.",
        )
    filesystem.attach(boot)
    boot.mounts.append(target)
    world.changed(boot.machine, f"{target} is mounted")
    return 0, "", ""


def _is_guarded(filesystem: SharedFilesystem) -> bool:
    """The mark stands until an unmount in order, or a mount without regard to it: no time takes it away."""
    return filesystem.mmp is not None


def _umount(boot: Boot, command: Command) -> Program:
    """One target, as AIX's takes."""
    target, world = command.argv[1], boot.machine.world
    yield 0.01 + 0.02 * world.rng.random()
    if target not in boot.mounts:
        return 1, "", f"umount: 0506-347 Cannot find anything to unmount. ({target})"
    above = [other for other in boot.mounts if other != target] if target == boot.mounts[0] else []
    if boot.users(target) or above:
        return 1, "", f"umount: 0506-349 Cannot unmount {target}: The requested resource is busy."
    boot.mounts.remove(target)
    if not boot.mounts:
        assert world.filesystem is not None
        world.filesystem.detach(boot)
    world.changed(boot.machine, f"{target} is unmounted")
    return 0, "", ""


def _exportfs(boot: Boot, command: Command) -> Program:
    world = boot.machine.world
    yield 0.02
    boot.exports = command.argv[1] == "-a"
    boot.nfs_open |= boot.exports and world.nfs_clients and boot.units[f"{_GROUP}nfs"].is_up
    world.changed(boot.machine, "exports" if boot.exports else "exports nothing")
    return 0, "", ""


# -- who it is, and hamn-local


def _uname(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    return 0, f"AIX {boot.name} 1 7 00F604C94C00\n", ""


def _head(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    """It has none of these files."""
    return (
        1,
        "",
        "".join(f"head: {path}: A file or directory in the path name does not exist.\n" for path in argv[3:]),
    )


def _who(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    return 0, f"   .        system boot {boot.id.replace('-', ' ')}     \n", ""


def _cat(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    return (0, '#start /usr/sbin/named "$src_running"\n', "") if argv[1] == "/etc/rc.tcpip" else None


def local_asked(boot: Boot, argv: tuple[str, ...]) -> Said | None:
    world = boot.machine.world
    match argv[1:]:
        case ("in-turn", *words) if tuple(words) == _ADDRESSES:
            return 0, _addresses(boot), ""
        case ("fingerprint", path):
            return 0, f"{boot.machine.fingerprint}  {path}\n", ""
        case ("volume-free", _):
            filesystem = world.filesystem
            if filesystem is None or not world.has_device(boot):
                return 1, "none\n", "0516-010 lslv: Volume group must be varied on; use varyonvg command."
            return (1, "busy\n", "") if boot in filesystem.mounts else (0, "free\n", "")
        case ("fuser-holders", *targets):
            return 0, "".join(f"123 root {name} {t}\n" for t in targets for name in boot.users(t)), ""
    return None


ASK: Mapping[str, Callable[[Boot, tuple[str, ...]], Said | None]] = {
    "head": _head,
    "uname": _uname,
    "who": _who,
    "cat": _cat,
    "mount": _mount_asked,
    "ifconfig": _ifconfig_asked,
    "lssrc": _lssrc,
    "lsitab": _lsitab,
    "lspv": odm.lspv,
    "lsvg": odm.lsvg,
    "lsfs": odm.lsfs,
    "hamn-local": local_asked,
}
"""What is asked otherwise, or not at all elsewhere; None: as on every machine."""

PROGRAMS: Mapping[str, Callable[[Boot, Command], Program]] = {
    "startsrc": _startsrc,
    "stopsrc": _stopsrc,
    "ifconfig": _ifconfig,
    "mount": _mount,
    "umount": _umount,
    "exportfs": _exportfs,
    "varyonvg": odm.varyonvg,
    "varyoffvg": odm.varyoffvg,
    "importvg": odm.importvg,
    "devrsrv": odm.devrsrv,
}
