"""The commands that change something, as generators: each yields how long it takes, or the unit it waits for, and
returns (exit status, stdout, stderr). A machine that loses power between two yields has done the half of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeAlias

from hamn.model.command import Command
from hamn.simulation import aix, groups, records, services
from hamn.simulation.pair import HOOK

if TYPE_CHECKING:
    from hamn.simulation.machine import Boot, Unit

Said: TypeAlias = "tuple[int, str, str]"
Program: TypeAlias = "Generator[float | Unit, None, Said]"

MMP_WAIT_S = 11.0
"""Twice the check interval and one, of an ext4 made with mmp_update_interval=1: measured."""


def begin(boot: Boot, command: Command) -> Program:
    argv = command.argv
    make = _OF[boot.machine.world.scene.dialect].get(argv[0])
    if make is None and argv[0].startswith("fence_"):
        make = _fence
    if make is None:
        return _unknown(boot, command)
    return make(boot, command)


def _unknown(boot: Boot, command: Command) -> Program:
    boot.machine.world.violate(
        "unknown-command", f"{boot.name} was told what no machine of this simulation knows: {command}"
    )
    return 127, "", f"{command.argv[0]}: no such program on this machine"
    yield 0.0


def _mkdir(boot: Boot, command: Command) -> Program:
    yield 0.002
    fault = boot.machine.disk.fault
    return (1, "", f"mkdir: cannot create directory: {fault}") if fault == "Read-only file system" else (0, "", "")


def _sync(boot: Boot, command: Command) -> Program:
    yield 0.01 + 0.1 * boot.machine.world.rng.random()
    return 0, "", ""


# -- mounts


def _mount(boot: Boot, command: Command) -> Program:
    argv = command.argv
    if argv[1] == "--bind":
        yield 0.003
        source, target = argv[2], argv[3]
        if not boot.covers(source):
            return 32, "", f"mount: {target}: special device {source} does not exist."
        boot.mounts.append(target)
        boot.machine.world.changed(boot.machine, f"{target} is bound")
        return 0, "", ""
    return (yield from _mount_device(boot, argv[-2], argv[-1]))


def _mount_device(boot: Boot, source: str, target: str) -> Program:
    world, machine = boot.machine.world, boot.machine
    filesystem = world.filesystem
    yield 0.005
    if filesystem is None or not machine.sees_disk or source != filesystem.source or not world.has_device(boot):
        return 32, "", f"mount: {target}: can't find {source}."
    if target in boot.mounts:
        return 32, "", f"mount: {target}: {source} already mounted or mount point busy."
    if boot not in filesystem.mounts:
        mark = filesystem.mmp
        if mark is not None:
            # Twice: whether the mark changes, then whether ours stays.
            for _ in range(2):
                yield MMP_WAIT_S
                if filesystem.mmp is not mark or filesystem.is_updated():
                    return (
                        32,
                        "",
                        f"mount: {target}: mount(2) system call failed: Device is already active on another node.",
                    )
        yield 0.01
        if filesystem.mmp is not mark:
            return (
                32,
                "",
                f"mount: {target}: mount(2) system call failed: Device is already active on another node.",
            )
        if not machine.sees_disk:
            return 32, "", f"mount: {target}: can't read superblock on {source}."
        filesystem.attach(boot)
    boot.mounts.append(target)
    world.changed(machine, f"{target} is mounted")
    return 0, "", ""


def _umount(boot: Boot, command: Command) -> Program:
    world = boot.machine.world
    status, said = 0, ""
    for target in command.argv[1:]:
        yield 0.003 + 0.02 * world.rng.random()
        if target not in boot.mounts:
            status, said = 32, f"{said}umount: {target}: not mounted.\n"
        elif boot.users(target):
            status, said = 32, f"{said}umount: {target}: target is busy.\n"
        else:
            boot.mounts.remove(target)
            if not boot.mounts:
                assert world.filesystem is not None
                world.filesystem.detach(boot)
            world.changed(boot.machine, f"{target} is unmounted")
    return status, "", said


def _tune2fs(boot: Boot, command: Command) -> Program:
    world = boot.machine.world
    yield 0.013
    filesystem = world.filesystem
    if command.argv[1:4] != ("-f", "-E", "clear_mmp"):
        return 1, "", "simulated: not that way"
    if filesystem is None or not boot.machine.sees_disk or not world.has_device(boot):
        return 1, "", "tune2fs: No such file or directory"
    # It asks nobody, as -f says: the mark of a living mount goes as well.
    filesystem.mmp = None
    world.changed(boot.machine, "MMP is cleared")
    return 0, "", ""


# -- addresses


def _ip(boot: Boot, command: Command) -> Program:
    world, argv = boot.machine.world, command.argv
    yield 0.002
    if argv[:3] == ("ip", "addr", "add"):
        address, interface = argv[3].partition("/")[0], argv[argv.index("dev") + 1]
        if address in boot.addresses:
            return 2, "", "RTNETLINK answers: File exists"
        boot.addresses[address] = interface
        world.changed(boot.machine, f"{address} is added")
        return 0, "", ""
    if argv[:3] == ("ip", "addr", "flush"):
        address = argv[argv.index("to") + 1]
        if boot.addresses.get(address) == argv[argv.index("dev") + 1]:
            del boot.addresses[address]
            world.changed(boot.machine, f"{address} is removed")
        return 0, "", ""
    return (yield from _unknown(boot, command))


def _announce(boot: Boot, words: list[str]) -> Program:
    world = boot.machine.world
    interface, address = words[0], words[1]
    count = int(words[words.index("--count") + 1]) if "--count" in words else 2
    every_ms = float(words[words.index("--every-ms") + 1]) if "--every-ms" in words else 0.0
    yield 0.001
    if not boot.machine.link:
        return _no_link("announce", interface)
    for number in range(count):
        if number and every_ms:
            yield every_ms / 1000
        if address == world.vip:
            world.client.hear(boot)
    return 0, f"announced {address} at {boot.machine.mac} on {interface}\n", ""


def _probe_address(boot: Boot, words: list[str]) -> Program:
    world, address = boot.machine.world, words[1]
    count = int(words[words.index("--count") + 1]) if "--count" in words else 3
    wait_s = float(words[words.index("--wait-ms") + 1]) / 1000 if "--wait-ms" in words else 0.2
    yield 0.002
    if not boot.machine.link:
        return _no_link("probe-address", words[0])
    for _ in range(count):
        here, there = boot.machine, [boot_.machine for boot_ in world.holders(address) if boot_ is not boot]
        macs = [machine.mac for machine in there if machine.talks_with(here)]
        macs += [world.stranger] if world.stranger and address == world.vip and here.is_whole else []
        if macs:
            return 1, "".join(f"taken {mac}\n" for mac in macs), ""
        yield wait_s
    if not boot.machine.link:
        return _no_link("probe-address", words[0])
    return 0, "free\n", ""


def _no_link(word: str, interface: str) -> Said:
    """Whoever hears nothing there has not been listening."""
    return 1, "", f"hamn-local {word}: {interface}: has no link: is it up, is its cable in?"


def _look(boot: Boot, words: list[str]) -> Program:
    """look tcp ADDRESS PORT | dns ADDRESS NAME --within-s S"""
    world = boot.machine.world
    at = words.index("--within-s") if "--within-s" in words else len(words)
    within_s = float(words[at + 1]) if at < len(words) else 0.0
    how, address, *rest = words[:at]
    port = f"tcp {rest[0]}" if how == "tcp" else how
    end_s = world.timeline.now_s + within_s
    while True:
        yield 0.003
        if world.serves(boot, address, port):
            return 0, f"answers {port} {address}\n", ""
        if world.timeline.now_s + 0.5 >= end_s:
            return 1, "silent\n", f"{how} {address}: no answer"
        yield 0.5


# -- files


def _clear_stale_lock(boot: Boot, words: list[str]) -> Program:
    yield 0.005
    busy = boot.units[boot.machine.world.writer].is_up
    return (1, "", f"{words[0]}/postmaster.pid: in use here") if busy else (0, "", "")


def _takes_writes(boot: Boot, words: list[str]) -> Program:
    world = boot.machine.world
    yield 0.003
    if trouble := world.filesystem_trouble(boot):
        return 1, "", f"hamn-local takes-writes: {words[0]}: {trouble}"
    return 0, "takes writes\n", ""


def _end_holders(boot: Boot, words: list[str]) -> Program:
    yield 0.06
    names = [words[n + 1] for n, word in enumerate(words) if word == "--name"]
    if boot.squatter is not None and boot.squatter[0] in names:
        boot.squatter = None
    return 0, "", ""


_LOCAL: dict[str, Callable[[Boot, list[str]], Program]] = {
    "announce": _announce,
    "probe-address": _probe_address,
    "ping-address": _probe_address,
    "look": _look,
    "take-ownership": records.take_ownership,
    "release-ownership": records.release_ownership,
    "close-operation": records.close_operation,
    "end-holders": _end_holders,
    "end-fuser-holders": _end_holders,
    "clear-stale-lock": _clear_stale_lock,
    "takes-writes": _takes_writes,
}


def _local(boot: Boot, command: Command) -> Program:
    word, *words = command.argv[1:]
    if word == "in-turn":
        return _in_turn(boot, words)
    if word == "put":
        return records.put(boot, words, command.stdin)
    make = _LOCAL.get(word)
    return _unknown(boot, command) if make is None else make(boot, words)


def _in_turn(boot: Boot, words: list[str]) -> Program:
    """Each by its own program, up to the first that fails."""
    commands: list[list[str]] = [[]]
    for word in words:
        if word == "then":
            commands.append([])
        else:
            commands[-1].append(word)
    for argv in commands:
        said = yield from _OF[boot.machine.world.scene.dialect][argv[0]](boot, Command(tuple(argv)))
        if said[0] != 0:
            return said
    return 0, "", ""


# -- exports, hooks, databases, fence devices


def _exportfs(boot: Boot, command: Command) -> Program:
    yield 0.02
    boot.exports = command.argv[1] == "-ra"
    boot.nfs_open |= boot.exports and boot.machine.world.nfs_clients and boot.units["nfs-server"].is_up
    boot.machine.world.changed(boot.machine, "exports" if boot.exports else "exports nothing")
    return 0, "", ""


def _hook(boot: Boot, command: Command) -> Program:
    """What an operator wrote himself: it does as it is told, wherever."""
    yield 0.05
    boot.hooked = command.argv[1] == "start"
    boot.machine.world.changed(boot.machine, f"the hook is {'held' if boot.hooked else 'given back'}")
    return 0, "", ""


def _database(boot: Boot, command: Command) -> Program:
    """The checkpoint: nothing that a client could see."""
    yield 0.05
    up = boot.units[boot.machine.world.writer].state == "active"
    return (0, "", "") if up else (1, "", "ERROR 2002 (HY000): Can't connect to local server")


def _fence(boot: Boot, command: Command) -> Program:
    world = boot.machine.world
    options = dict(line.partition("=")[::2] for line in command.stdin.splitlines())
    machine = next((m for m in world.machines.values() if world.fence_ip(m) == options.get("ip")), None)
    yield 0.05
    if machine is None:
        return 1, "", "Failed: Unable to connect/login to fencing device"
    if machine.fence == "silent":
        yield 20.0
        return 1, "", "Failed: Unable to connect/login to fencing device"
    action = options.get("action")
    if action == "status":
        off = machine.fence == "lies" or not (machine.is_on or machine.starting is not None)
        return (2, "Status: OFF\n", "") if off else (0, "Status: ON\n", "")
    if action != "off":
        return 1, "", f"Failed: Unrecognised action '{action}'"
    if machine.fence == "fails":
        yield 2.0
        return 1, "", "Failed: Unable to obtain correct plug status or plug is not available"
    yield 8.0 if machine.fence == "slow" else 1.0 + world.rng.random()
    if machine.fence != "lies":
        machine.power_off()
    return 0, "Success: Powered OFF\n", ""


_PROGRAMS: dict[str, Callable[[Boot, Command], Program]] = {
    "mkdir": _mkdir,
    "sync": _sync,
    "mount": _mount,
    "umount": _umount,
    "tune2fs": _tune2fs,
    "systemctl": services.systemctl,
    "service": services.service,
    "vgchange": groups.change,
    "dmsetup": groups.remove,
    "exportfs": _exportfs,
    HOOK[0]: _hook,
    "ip": _ip,
    "hamn-local": _local,
    "mariadb": _database,
    "mysql": _database,
    "runuser": _database,
    "su": _database,
}
_OF = {"linux": _PROGRAMS, "aix": {**_PROGRAMS, **aix.PROGRAMS}}
