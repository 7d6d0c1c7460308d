"""The world: two machines, what they share, a client, and everything that is written down of what happens.

Audits look here, never at what hamn believes.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hamn.model.owner import OWNER_FILE, OwnerRecord
from hamn.model.pair import Database, Exports, Filesystem, Hook, VolumeGroup
from hamn.simulation import groups, odm
from hamn.simulation.conversation import Conversation
from hamn.simulation.machine import Boot, Machine
from hamn.simulation.operator import wall
from hamn.simulation.pair import Scene
from hamn.simulation.storage import SharedFilesystem
from hamn.simulation.timeline import Owner, Timeline

if TYPE_CHECKING:
    from hamn.simulation.operator import Hamn

Point = Callable[[int, str, str, object], str]
"""(number, "asked" | "begun" | "ended" | "written", where, what) -> the fault of that command, or ""."""


EARLIER = "20260101T090000-000000"
"""The operation that gave a machine the role it begins with."""


class Impossible(Exception):
    """No such world can exist: a test that starts from it proves nothing."""


class Client:
    """Somebody on the network who writes rows through the virtual IP, one after the other."""

    EVERY_S = 1.0

    def __init__(self, world: World) -> None:
        self.world = world
        self.neighbour: str | None = None
        """Whom it believes to have the virtual IP."""
        self.missed = 0
        self.next_row = 1
        self.acknowledged: list[int] = []
        self.pending: tuple[int, Boot] | None = None

    def hear(self, boot: Boot) -> None:
        """An announcement arrives, if anything does."""
        if boot.machine.link and boot.machine.is_heard and self.world.vip in boot.addresses:
            self.neighbour = boot.machine.name

    def begin(self) -> None:
        self.world.timeline.later(self.EVERY_S, self.world.nature, self._turn)

    def _turn(self) -> None:
        world = self.world
        world.timeline.later(self.EVERY_S, world.nature, self._turn)
        boot = self._server()
        if self.pending is not None:
            row, where = self.pending
            self.pending = None
            assert world.filesystem is not None
            if (
                boot is where
                and row in world.filesystem.mounts[boot].uncommitted
                and world.filesystem.commit(boot)
            ):
                self.acknowledged.append(row)
                return
        if boot is None:
            self.missed += 1
            if self.missed >= 5:  # the entry is stale: ask who has it
                self.missed = 0
                holders = [b for b in world.holders(world.vip) if b.machine.is_whole]
                self.neighbour = world.rng.choice(holders).machine.name if holders else None
            return
        self.missed = 0
        assert world.filesystem is not None
        world.filesystem.mounts[boot].uncommitted.append(self.next_row)
        self.pending = (self.next_row, boot)
        self.next_row += 1

    def _server(self) -> Boot | None:
        """Where a query would be answered now."""
        world = self.world
        if self.neighbour is None:
            return None
        boot = world.machines[self.neighbour].boot
        if boot is None or boot.frozen or not boot.machine.is_whole or world.vip not in boot.addresses:
            return None
        if (
            boot.units[world.writer].state != "active"
            or not boot.covers(world.data)
            or world.filesystem_trouble(boot)
        ):
            return None
        return boot


class World:
    def __init__(self, scene: Scene, seed: int) -> None:
        pair = scene.pair
        self.scene, self.pair, self.writer = scene, pair, scene.writer
        self.rng = random.Random(seed)  # noqa: S311 - the same again from the same seed
        self.timeline = Timeline()
        self.nature = Owner("nature")
        self.hamns = 0
        self.mover: Hamn | None = None
        """Whose operation was the last to begin."""
        self.machines = {
            m.name: Machine(self, m.name, m.address, f"02:00:00:00:00:0{n + 1}", fingerprint=pair.fingerprint)
            for n, m in enumerate(pair.machines)
        }
        self.declared: Filesystem | None = pair.owner_filesystem
        self.filesystem = SharedFilesystem(self.declared.source, self.declared.type) if self.declared else None
        self.owner_path = f"{self.declared.mount}/{OWNER_FILE}" if self.declared else f"{pair.state}/record.json"
        database = next((r for r in pair.resources if isinstance(r, Database)), None)
        self.has_server = database is not None and database.engine != "sqlite"
        self.data = database.data if database else ""
        named = next((r.group for r in pair.resources if isinstance(r, VolumeGroup)), None)
        kind = odm.ReservedGroup if scene.dialect == "aix" else groups.VolumeGroup
        self.group = kind(named) if named else None
        if scene.dialect == "aix":
            odm.furnish(self)
        exports = [r for r in pair.resources if isinstance(r, Exports)]
        self.exporting = bool(exports)
        self.nfs_clients = any(r.restart_server for r in exports)
        """They have files open, and keep them open: only the server's end makes it let go."""
        self.hooked = any(isinstance(r, Hook) for r in pair.resources)
        self.vips = {str(ip.address.ip): ip for ip in pair.virtual_ips}
        self.vip = next(iter(self.vips))
        self.stranger = ""
        """The MAC of somebody else who has the virtual IP."""
        self._fence_ips = {m.name: dict(m.fence.options).get("ip", "") if m.fence else "" for m in pair.machines}
        self.client = Client(self)
        self.conversations: list[Conversation] = []
        self.graveyard: list[asyncio.Task[Any]] = []
        """Tasks of the dead are kept: nothing of theirs may run, not even at their end."""
        self.story: list[tuple[float, str, str, object, object]] = []
        self.violations: list[str] = []
        self.points = 0
        self.on_point: Point | None = None
        self.audit: Callable[[World], None] | None = None
        self.operators: dict[int, tuple[str, str, str]] = {}
        """By pid: what was typed, on which machine, and when."""
        self.epoch = 0
        self.owner: str | None = None
        self.trace_questions = False
        self.at_once = self.rng.random() < 0.9
        """Questions take no time; else each takes its own, and the world changes between them. Most worlds do
        without that: it is half of the work."""
        self.word_is_false = False
        """An operator swore that a living machine is dead: then two may have the address."""
        self.last_fault_s = -1.0
        self.last_cut_s = -1.0
        """When a port last went down or came up: an announcement may not have been heard."""
        self.unheard = 0
        """Announcements that said done and never were on the wire: with all of them lost nobody can know it."""

    # -- what happens

    def say(self, who: str, what: str, about: object = "", more: object = "") -> None:
        self.story.append((self.timeline.now_s, who, what, about, more))

    def changed(self, machine: Machine, what: str) -> None:
        self.say(machine.name, what)
        if self.audit is not None:
            self.audit(self)

    def fault(self, what: str, who: str = "*") -> None:
        self.last_fault_s = self.timeline.now_s
        self.say(who, f"FAULT: {what}")

    def violate(self, audit: str, why: str) -> None:
        self.violations.append(f"{audit}: {why}")
        self.say("AUDIT", f"{audit}: {why}")

    def point(self, kind: str, where: str, what: object) -> str:
        """Something has come to a point where anything may happen."""
        if self.on_point is None:
            return ""
        if kind != "asked":
            self.points += 1
        return self.on_point(self.points, kind, where, what)

    def wrote(self, hamn: Owner, operation: str, entry: Mapping[str, Any]) -> None:
        self.say(hamn.name, "wrote", entry)

    def recorded(self, boot: Boot, record: OwnerRecord) -> None:
        """A new owner record is durable on the shared data."""
        self.say(boot.name, "owner record", record.machine, record.epoch)
        if record.epoch < self.epoch:
            self.violate("epoch", f"{boot.name} wrote epoch {record.epoch} after {self.epoch}")
        if record.epoch == self.epoch and record.machine is not None and record.machine != self.owner:
            self.violate("epoch", f"{boot.name} took epoch {record.epoch}, which was {self.owner}'s")
        self.epoch, self.owner = record.epoch, record.machine

    def links_changed(self) -> None:
        for conversation in list(self.conversations):
            conversation.look()

    def filesystem_lost(self, boot: Boot) -> None:
        if self.group is not None and boot in self.group.active:
            self.group.active.remove(boot)
        if self.filesystem is not None:
            self.filesystem.lose(boot)

    # -- what is so

    def live(self) -> list[Boot]:
        return [m.boot for m in self.machines.values() if m.boot is not None]

    def holders(self, address: str) -> list[Boot]:
        """Who answers for it on the network, if asked: a frozen machine's kernel does."""
        return [boot for boot in self.live() if address in boot.addresses or boot.machine.address == address]

    def fence_ip(self, machine: Machine) -> str:
        return self._fence_ips[machine.name]

    def filesystem_trouble(self, boot: Boot) -> str:
        if self.filesystem is None or boot not in self.filesystem.mounts:
            return "not mounted"
        return self.filesystem.trouble(boot)

    def serves(self, boot: Boot, address: str, port: str) -> bool:
        """Whether something answers there, asked from `boot`."""
        there = [b for b in self.live() if b.machine.address == address or address in b.addresses]
        if boot in there:
            there = [boot]
        for other in there:
            if other is not boot and not other.machine.talks_with(boot.machine):
                continue
            if port == "tcp 22":
                return True
            if port == "dns" and other.frozen:
                continue
            if any(u.state == "active" and port in u.kind.ports for u in other.units.values()):
                return True
        return False

    def record(self) -> OwnerRecord | None:
        """What is durable on the shared data."""
        if self.filesystem is None or OWNER_FILE not in self.filesystem.files:
            return None
        return OwnerRecord.from_text(self.filesystem.files[OWNER_FILE])

    def holds_role(self, name: str) -> list[str]:
        """What that machine lacks of serving whole; [] when it does serve."""
        boot = self.machines[name].boot
        if boot is None:
            return ["it is off"]
        lacks = []
        if self.declared is not None:
            lacks += [f"{target} is not mounted" for target in self.declared.targets if target not in boot.mounts]
            record = self.record()
            if record is None or record.machine != name or record.boot_id != boot.id:
                lacks.append(f"the owner record says {record.machine if record else 'nothing'}")
        lacks += [f"{u.name} is {u.state}" for u in boot.units.values() if u.state != "active"]
        lacks += ["it exports nothing"] if self.exporting and not boot.exports else []
        lacks += ["its hook isn't held"] if self.hooked and not boot.hooked else []
        lacks += ["its volume group isn't active"] if not self.has_device(boot) else []
        lacks += [f"{address} is absent" for address in self.vips if address not in boot.addresses]
        if self.has_server and self.filesystem_trouble(boot):
            lacks.append(f"the database's disk: {self.filesystem_trouble(boot)}")
        return lacks

    def holds_anything(self, name: str) -> list[str]:
        boot = self.machines[name].boot
        if boot is None:
            return []
        held = [*boot.mounts, *boot.addresses]
        held += ["exports"] if boot.exports else []
        held += ["the hook"] if boot.hooked else []
        held += ["the volume group"] if self.group is not None and boot in self.group.active else []
        return held + [u.name for u in boot.units.values() if u.is_up and u.kind.is_of_the_role]

    def has_device(self, boot: Boot) -> bool:
        """Whether the shared filesystem's device is there: a volume is, where its group is active."""
        return self.group is None or boot in self.group.active

    # -- worlds to begin with

    def power(self) -> None:
        """Both machines are up, as nobody."""
        for machine in self.machines.values():
            machine.booted()

    def give_role(self, name: str) -> None:
        """That machine has served for a while."""
        boot = self.machines[name].boot
        assert boot is not None
        if self.declared is not None and self.filesystem is not None:
            if self.group is not None:
                self.group.active, self.group.system_id = [boot], name
            self.filesystem.attach(boot)
            boot.mounts += self.declared.targets
            record = OwnerRecord(
                self.pair.name,
                self.epoch + 1,
                name,
                boot.id,
                operation=EARLIER,
                mount=self.declared.mount,
                at=wall(0),
            )
            self.filesystem.write(boot, OWNER_FILE, record.text())
            boot.machine.disk.files[f"{self.pair.state}/owner.json"] = record.text()
            self.epoch, self.owner = record.epoch, name
        for address, ip in self.vips.items():
            boot.addresses[address] = ip.interface[name]
        for unit in boot.units.values():
            unit.state = "active"
        boot.exports, boot.hooked = self.exporting, self.hooked
        boot.nfs_open = self.nfs_clients
        self.client.neighbour = name

    def check_possible(self) -> None:
        """Raises Impossible for a world that cannot be."""
        filesystem = self.filesystem
        for machine in self.machines.values():
            boot = machine.boot
            if boot is None:
                continue
            if boot.dead:
                raise Impossible(f"{machine.name} is on with a boot that has ended")
            if bool(boot.mounts) != (filesystem is not None and boot in filesystem.mounts):
                raise Impossible(f"{machine.name}: the mount table and the filesystem disagree")
            for unit in boot.units.values():
                if unit.is_up and unit.kind.directory and not boot.covers(unit.kind.directory):
                    raise Impossible(
                        f"{machine.name}: {unit.name} runs without {unit.kind.directory} being mounted"
                    )
            for hamn in boot.hamns:
                if hamn.dead:
                    raise Impossible(f"{machine.name}: a dead process is in its table")
        if filesystem is None:
            return
        for boot in filesystem.mounts:
            if boot.dead:
                raise Impossible(f"{boot.name} is off and has the shared filesystem mounted")
        if filesystem.mounts and filesystem.mmp is None:
            raise Impossible("the shared filesystem is mounted and marked clean")
        if len(filesystem.mounts) > 1:
            raise Impossible("both machines have the shared filesystem mounted")
        rows = {row for view in filesystem.mounts.values() for row in view.rows} or set(filesystem.rows)
        if lost := [row for row in self.client.acknowledged if row not in rows]:
            raise Impossible(f"rows {lost} were acknowledged and are nowhere")
        record = self.record()
        if record is not None and record.epoch < 1:
            raise Impossible(f"an owner record with epoch {record.epoch}")
        if record is not None and not re.match(r"\d{8}T\d{6}-", record.operation):
            raise Impossible(f"an owner record by an operation {record.operation!r}, which is no operation's name")
