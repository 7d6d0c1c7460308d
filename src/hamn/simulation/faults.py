"""What goes wrong, drawn by a seed: at a moment, or at a point (a journal write, a command's beginning or end)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hamn.simulation.machine import Machine
from hamn.simulation.play import Typed, Words, type_at

if TYPE_CHECKING:
    from hamn.simulation.world import World

OF_A_COMMAND = (
    "fails",
    "fails afterwards",
    "says done",
    "hangs",
    "hangs afterwards",
    "late",
    "slow",
    "lost before",
    "lost",
    "lost afterwards",
)
"""What `conversation.Running` knows to do to one command."""

Deed = Callable[["World", Machine], None]


def _kill_hamn(world: World, machine: Machine) -> None:
    """SIGKILL to whatever operator is at work, wherever."""
    for boot in world.live():
        for hamn in list(boot.hamns):
            hamn.kill()


def _interrupt(world: World, machine: Machine) -> None:
    """Ctrl-C, or the terminal is gone."""
    for boot in world.live():
        for hamn in boot.hamns:
            hamn.ports.stopped.append("interrupted by SIGINT")


def _off(world: World, machine: Machine) -> None:
    machine.power_off()


def _reboot(world: World, machine: Machine) -> None:
    machine.power_off()
    machine.power_on(5.0 + 20 * world.rng.random())


def _freeze(world: World, machine: Machine) -> None:
    machine.freeze()
    world.timeline.later(40 * world.rng.random() ** 2, world.nature, machine.thaw)


def _freeze_for_good(world: World, machine: Machine) -> None:
    machine.freeze()


def _cut(world: World, machine: Machine) -> None:
    machine.set_link(False)
    world.timeline.later(1 + 40 * world.rng.random() ** 2, world.nature, machine.set_link, True)


def _cut_for_good(world: World, machine: Machine) -> None:
    machine.set_link(False)


def _deafen(world: World, machine: Machine) -> None:
    """Frames go one way only: a filter, a broken fibre, a switch that learned it elsewhere."""
    machine.set_link(machine.link, hears=False)
    world.timeline.later(1 + 40 * world.rng.random() ** 2, world.nature, machine.set_link, True)


def _silence(world: World, machine: Machine) -> None:
    machine.set_link(machine.link, is_heard=False)
    world.timeline.later(1 + 40 * world.rng.random() ** 2, world.nature, machine.set_link, True)


def _deafen_for_good(world: World, machine: Machine) -> None:
    machine.set_link(machine.link, hears=False)


def _silence_for_good(world: World, machine: Machine) -> None:
    machine.set_link(machine.link, is_heard=False)


def _lock_out(world: World, machine: Machine) -> None:
    machine.lets_in = False


def _reset(world: World, machine: Machine) -> None:
    """Every ssh connection to it is reset."""
    for conversation in list(world.conversations):
        if conversation.boot is machine.boot and not conversation.is_local:
            conversation.break_now()


def _disk_gone(world: World, machine: Machine) -> None:
    machine.sees_disk = False


def _disk_full(world: World, machine: Machine) -> None:
    if world.filesystem is not None:
        world.filesystem.fault = "No space left on device"


def _disk_read_only(world: World, machine: Machine) -> None:
    if world.filesystem is not None:
        world.filesystem.fault = "Read-only file system"


def _journal_full(world: World, machine: Machine) -> None:
    machine.disk.fault = "No space left on device"


def _journal_read_only(world: World, machine: Machine) -> None:
    machine.disk.fault = "Read-only file system"


def _database_dies(world: World, machine: Machine) -> None:
    if machine.boot is not None and machine.boot.units[world.writer].is_up:
        machine.boot.units[world.writer].crash()


def _database_does_not_start(world: World, machine: Machine) -> None:
    if machine.boot is not None:
        machine.boot.units[world.writer].will_fail = True


def _database_does_not_stop(world: World, machine: Machine) -> None:
    if machine.boot is not None:
        machine.boot.units[world.writer].stuck = True


def _daemon_does_not_start(world: World, machine: Machine) -> None:
    if machine.boot is not None:
        machine.boot.units["xcatd"].will_fail = True


def _squat(world: World, machine: Machine) -> None:
    if machine.boot is not None and machine.boot.mounts:
        machine.boot.squatter = ("sleep", machine.boot.mounts[-1])


def _stranger(world: World, machine: Machine) -> None:
    world.stranger = "02:00:00:00:00:99"


def _mute(world: World, machine: Machine) -> None:
    """Its next questions get no sensible answer: no processes left, a full pipe, a table that can't be read."""
    machine.mute = 1 + world.rng.randrange(30)
    mounts = "/proc/self/mountinfo"
    word = world.rng.choice(("", "ip", "ip", mounts, mounts, "cat", "systemctl", "hamn-local"))
    theirs = {"ip": "-in", mounts: "mount", "systemctl": "lssrc"} if world.scene.dialect == "aix" else {}
    machine.mute_word = theirs.get(word, word)


def _fence(manner: str) -> Deed:
    def breaks(world: World, machine: Machine) -> None:
        machine.fence = manner

    return breaks


def _clock(world: World, machine: Machine) -> None:
    machine.clock_off_s += world.rng.choice((-3600.0, -5.0, 5.0, 3600.0))


DEEDS: dict[str, Deed] = {
    "operators killed": _kill_hamn,
    "operators interrupted": _interrupt,
    "power lost": _off,
    "reboots": _reboot,
    "freezes for a while": _freeze,
    "freezes": _freeze_for_good,
    "cut for a while": _cut,
    "cut": _cut_for_good,
    "hears nothing for a while": _deafen,
    "hears nothing": _deafen_for_good,
    "isn't heard for a while": _silence,
    "isn't heard": _silence_for_good,
    "its sshd refuses the other's key": _lock_out,
    "ssh connections reset": _reset,
    "shared disk gone": _disk_gone,
    "shared disk full": _disk_full,
    "shared disk read-only": _disk_read_only,
    "journal disk full": _journal_full,
    "journal disk read-only": _journal_read_only,
    "database dies": _database_dies,
    "database won't start": _database_does_not_start,
    "database won't stop": _database_does_not_stop,
    "daemon won't start": _daemon_does_not_start,
    "somebody works in the shared data": _squat,
    "a stranger has the address": _stranger,
    "fence device fails": _fence("fails"),
    "fence device lies": _fence("lies"),
    "fence device is slow": _fence("slow"),
    "fence device is silent": _fence("silent"),
    "clock jumps": _clock,
    "questions fail": _mute,
}
_SOME = tuple(DEEDS)
_ONE_WAY = ("hears nothing", "hears nothing for a while", "isn't heard", "isn't heard for a while")
_MANNERS = [what for what in DEEDS if what.startswith("fence device")]


@dataclass(frozen=True, slots=True)
class Fault:
    """`at`: a point's number; or, when `after_s` isn't None, a moment."""

    what: str
    machine: str
    at: int = 0
    after_s: float | None = None
    second: Words | None = None
    """Another operator types this, there."""

    def __str__(self) -> str:
        when = f"at point {self.at}" if self.after_s is None else f"after {self.after_s:.3f} s"
        return f"{self.second or self.what} on {self.machine} {when}"


def strike(world: World, fault: Fault, typed: list[Typed]) -> None:
    """It happens now, unless nobody could know of it: a device that lies about a machine that no one else can
    reach is believed by everybody, the operator's eyes included."""
    machine = world.machines[fault.machine]
    if fault.second is not None:
        second = type_at(world, fault.machine, fault.second)
        if second is not None:
            typed.append(second)
        return
    if undetectable(world, machine, fault.what):
        return
    world.fault(fault.what, fault.machine)
    DEEDS[fault.what](world, machine)


def undetectable(world: World, machine: Machine, what: str) -> bool:
    """A machine that lives, is cut off and whose device says that it is off: it is silent, as the dead are, and to
    who is deaf everybody is."""
    others = [other for other in world.machines.values() if other is not machine]
    if what == "fence device lies":
        return not machine.is_whole or any(other.link and not other.is_whole for other in others)
    if what in ("cut", "cut for a while"):
        return machine.fence == "lies"
    return what in _ONE_WAY and any(each.fence == "lies" for each in world.machines.values())


RIVALS: dict[str, tuple[str, ...]] = {
    "switchover": ("switchover", "switchover", "failover", "resume", "activate", "deactivate", "rejoin"),
    "failover": ("failover", "activate", "switchover", "resume"),
    "activate": ("activate", "switchover", "failover", "deactivate"),
    "deactivate": ("activate", "activate", "switchover", "deactivate"),
    "rejoin": ("switchover", "deactivate", "rejoin"),
}
"""What a second operator does to the first one's verb."""


def rival(rng: random.Random, where: str, words: Words) -> Fault:
    """A second operator, mostly on the other machine: while the first one connects, or later on his way."""
    machine = where if rng.random() < 0.3 else "mn2" if where == "mn1" else "mn1"
    second = Words(rng.choice(RIVALS[words.verb]), fence_anyway=rng.random() < 0.3)
    if rng.random() < 0.4:
        return Fault("second", machine, after_s=0.8 * rng.random(), second=second)
    return Fault("second", machine, rng.randrange(1, 45), second=second)


def draw(rng: random.Random, points: int, names: tuple[str, str], words: Words) -> list[Fault]:
    """One to three, and what matters most to that verb: a fence device's manners to who uses it, a target that
    falls silent while it takes, answers to who has a machine give everything back."""
    found = []
    if words.verb == "failover" and rng.random() < 0.3:
        found.append(Fault(rng.choice(_MANNERS), "mn1", after_s=0.0))
    if words.verb == "switchover" and rng.random() < 0.08:
        silence = rng.choice(("cut", "freezes", "ssh connections reset"))
        found.append(Fault(silence, "mn2", rng.randrange(points // 2, points * 4 // 5)))
    if words.verb == "deactivate" and rng.random() < 0.3:
        found.append(Fault("questions fail", "mn1", after_s=0.0))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        machine = rng.choice(names)
        kind = rng.random()
        if kind > 0.90:
            # Whoever has just come looks at once; at a move's second look some journal has been written.
            early_s = 0.2 * rng.random() if rng.random() < 0.5 else None
            found.append(Fault("questions fail", machine, rng.randrange(1, 25), early_s))
            continue
        if kind < 0.40:
            what = rng.choice(OF_A_COMMAND)
        elif kind < 0.55:
            what = "operators killed"
        else:
            what = rng.choice(_SOME)
        if what in DEEDS and rng.random() < 0.2:
            found.append(Fault(what, machine, after_s=3 * rng.random()))
        else:
            found.append(Fault(what, machine, rng.randrange(1, points)))
    return found
