"""A machine: power, boots, units, mounts, addresses; what is in memory dies with a boot, the disk stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hamn.simulation.storage import LocalDisk
from hamn.simulation.timeline import Handle, Owner

if TYPE_CHECKING:
    from hamn.simulation.conversation import Conversation
    from hamn.simulation.operator import Hamn
    from hamn.simulation.world import World

ASLEEP_S = 4.0
"""An agent that finds itself stopped for so long begins nothing of what waits (hamn.agent.conversation)."""


@dataclass(frozen=True, slots=True)
class UnitKind:
    """What a unit needs and takes. Times in seconds, the shortest and the longest."""

    start_s: tuple[float, float] = (0.02, 0.4)
    stop_s: tuple[float, float] = (0.02, 0.3)
    directory: str = ""
    """Where it has files open while anything of it runs; it doesn't start without."""
    needs_database: bool = False
    is_of_the_role: bool = True
    """Else it runs on both machines, always."""
    leaves: bool = False
    """Processes of it outlive its stop, with their files open, until they are killed (KillMode=process)."""
    ports: tuple[str, ...] = ()
    """As `hamn-local look` asks: "tcp 3001", "dns"."""


class Unit:
    """One service, as systemd has it: a job at a time, which goes on whoever asked for it."""

    __slots__ = ("boot", "job", "kind", "left", "listeners", "name", "restart", "state", "stuck", "will_fail")

    def __init__(self, boot: Boot, name: str, kind: UnitKind) -> None:
        self.boot, self.name, self.kind = boot, name, kind
        self.state = "inactive" if kind.is_of_the_role else "active"
        self.left = False
        """Processes of it are there although it was stopped."""
        self.job = 0
        self.restart = False
        self.stuck = False
        """It doesn't stop by itself: systemd kills it after its own 90 s."""
        self.will_fail = False
        self.listeners: list[Callable[[], object]] = []

    @property
    def is_up(self) -> bool:
        """Processes of it may be there."""
        return self.state in ("active", "activating", "deactivating")

    def start(self) -> None:
        if self.state in ("active", "activating"):
            return
        if self.state == "deactivating":
            self.restart = True
            return
        self._to("activating", self.kind.start_s, self._started)

    def stop(self) -> None:
        self.restart = False
        if self.state in ("active", "activating"):
            self._to("deactivating", (90.0, 90.0) if self.stuck else self.kind.stop_s, self._stopped)

    def _to(self, state: str, between_s: tuple[float, float], then: Callable[[int], None]) -> None:
        self.job += 1
        world = self.boot.machine.world
        low, high = between_s
        world.timeline.later(low + (high - low) * world.rng.random(), self.boot, then, self.job)
        self._become(state)

    def _started(self, job: int) -> None:
        if job == self.job:
            self._become("active" if self.boot.can_run(self) and not self.will_fail else "failed")

    def _stopped(self, job: int) -> None:
        if job == self.job:
            self.left = self.kind.leaves
            if not self.kind.is_of_the_role:
                self.boot.nfs_open = self.boot.exports = False
            self._become("inactive")
            if self.restart:
                self.restart = False
                self.start()

    def crash(self) -> None:
        self.job += 1
        self._become("failed")

    def _become(self, state: str) -> None:
        self.state = state
        self.boot.machine.world.changed(self.boot.machine, f"{self.name} is {state}")
        if state in ("active", "inactive", "failed"):
            listeners, self.listeners = self.listeners, []
            for listener in listeners:
                self.boot.machine.world.timeline.soon(self.boot, listener)


class Boot(Owner):
    """A machine from power on to power off: everything that is only in its memory."""

    __slots__ = (
        "addresses",
        "conversations",
        "exports",
        "frozen_at_s",
        "hamns",
        "hooked",
        "id",
        "lock",
        "machine",
        "mounts",
        "nfs_open",
        "since_s",
        "squatter",
        "told",
        "units",
    )

    def __init__(self, machine: Machine, id_: str) -> None:
        super().__init__(machine.name)
        self.machine, self.id = machine, id_
        self.since_s = machine.world.timeline.now_s
        self.units = {name: Unit(self, name, kind) for name, kind in machine.world.scene.units.items()}
        self.mounts: list[str] = []
        """Targets of the shared filesystem, in the order of mounting."""
        self.addresses: dict[str, str] = {}
        """Beside the machine's own: by address the interface."""
        self.lock: Conversation | None = None
        self.conversations: list[Conversation] = []
        self.hamns: list[Hamn] = []
        self.exports = self.hooked = False
        self.nfs_open = False
        """Clients have files open, which the NFS server keeps as long as it runs, exported or not."""
        self.squatter: tuple[str, str] | None = None
        """(comm, directory): a process that nobody declared has files open there."""
        self.told: tuple[object, tuple[str, ...]] = None, ()
        """What it last said of its journal, and of which."""
        self.frozen_at_s = 0.0

    def covers(self, directory: str) -> str:
        """The mounted target that a directory is in, "" where it is on the machine's own disk."""
        best = ""
        for target in self.mounts:
            if (directory == target or directory.startswith(target + "/")) and len(target) > len(best):
                best = target
        return best

    def can_run(self, unit: Unit) -> bool:
        if unit.kind.directory and (
            not self.covers(unit.kind.directory)
            or (unit.name == self.machine.world.writer and self.machine.world.filesystem_trouble(self))
        ):
            return False
        if unit.kind.needs_database:
            return self.units[self.machine.world.writer].state == "active"
        return True

    def users(self, target: str) -> list[str]:
        """Who has files open in what is mounted at the target."""
        found = [
            u.name
            for u in self.units.values()
            if (u.is_up or u.left) and u.kind.directory and self.covers(u.kind.directory) == target
        ]
        if (self.exports or self.nfs_open) and target == self.mounts[0]:
            found.append("nfsd")
        if self.squatter is not None and self.covers(self.squatter[1]) == target:
            found.append(self.squatter[0])
        return found


@dataclass(slots=True)
class Machine:
    world: World
    name: str
    address: str
    mac: str
    disk: LocalDisk = field(default_factory=LocalDisk)
    boot: Boot | None = None
    boots: int = 0
    link: bool = True
    """Its port at the switch."""
    hears: bool = True
    """What is sent to it arrives; its port is up all the same."""
    is_heard: bool = True
    """What it sends arrives."""
    sees_disk: bool = True
    lets_in: bool = True
    """Its sshd takes the other machine's key."""
    fence: str = "works"
    """Its fence device: works, fails, lies, slow, silent."""
    clock_off_s: float = 0.0
    mute: int = 0
    mute_word: str = ""
    """Of this program alone, or about this alone: the first or the last word of a question."""
    fingerprint: str = ""
    starting: Handle | None = None

    @property
    def is_on(self) -> bool:
        return self.boot is not None

    # -- power

    def power_on(self, after_s: float) -> None:
        if self.boot is None and self.starting is None:
            self.starting = self.world.timeline.timer(after_s, self.world.nature, self.booted)

    def booted(self) -> None:
        """Nothing of the role starts at boot."""
        self.starting = None
        self.boots += 1
        self.boot = Boot(self, self.world.scene.boot_id(self.name, self.boots))
        self.world.changed(self, "is up, as nobody")

    def power_off(self) -> None:
        """At once: every process, address and cache is gone; what was durable stays."""
        if self.starting is not None:
            self.starting.cancel()
            self.starting = None
        boot = self.boot
        if boot is None:
            return
        boot.dead = True
        self.boot = None
        for hamn in boot.hamns:
            hamn.kill()
        self.world.filesystem_lost(boot)
        self.world.changed(self, "is off")
        self.world.links_changed()

    def freeze(self) -> None:
        """Every process stops; the kernel still answers ARP and renews the MMP mark."""
        if self.boot is not None and not self.boot.frozen:
            self.boot.frozen = self.world.timeline.news = True
            self.boot.frozen_at_s = self.world.timeline.now_s
            for hamn in self.boot.hamns:
                hamn.frozen = True
            self.world.changed(self, "is frozen")
            self.world.links_changed()

    def thaw(self) -> None:
        boot = self.boot
        if boot is None or not boot.frozen:
            return
        if self.world.timeline.now_s - boot.frozen_at_s > ASLEEP_S:
            for conversation in list(boot.conversations):
                conversation.part()
        self.world.timeline.thaw(boot)
        for hamn in boot.hamns:
            self.world.timeline.thaw(hamn)
        self.world.changed(self, "wakes")
        self.world.links_changed()

    def set_link(self, up: bool, hears: bool = True, is_heard: bool = True) -> None:
        if (self.link, self.hears, self.is_heard) != (up, hears, is_heard):
            self.link, self.hears, self.is_heard = up, hears, is_heard
            self.world.last_cut_s = self.world.timeline.now_s
            ways = {
                (True, True): "again",
                (False, True): "and hears nothing",
                (True, False): "and nobody hears it",
            }
            self.world.changed(self, f"is connected {ways[hears, is_heard]}" if up else "is cut from the network")
            self.world.links_changed()

    @property
    def is_whole(self) -> bool:
        """The network works for it, both ways."""
        return self.link and self.hears and self.is_heard

    def reaches(self, other: Machine) -> bool:
        """What it sends arrives there."""
        return self is other or (self.link and self.is_heard and other.link and other.hears)

    def talks_with(self, other: Machine) -> bool:
        return self.reaches(other) and other.reaches(self)
