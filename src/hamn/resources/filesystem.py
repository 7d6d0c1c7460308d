"""A filesystem of the shared data: mounted by one machine, given back whole, never lazily, never twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hamn.facts.facts import MachineFacts
from hamn.model.command import Command
from hamn.model.pair import Filesystem
from hamn.model.step import Check, Phase, Step
from hamn.resources.kind import WAITING, Hold, Kind, Site

MMP_WAIT_S = 60.0
"""ext4 waits twice its check interval before it believes that the other mount is gone: 22 s measured at
an interval of 1 s with a machine that crashed."""


class FilesystemKind(Kind[Filesystem]):
    def hold(self, resource: Filesystem, seen: MachineFacts) -> Hold:
        if seen.mounts is None:
            return Hold.UNKNOWN
        mounted = [seen.mounted(target) for target in resource.targets]
        if resource.access == "parallel":  # a part of it is of no use, and in nobody's way
            return Hold.SHARED if all(mounted) else Hold.ABSENT
        if all(mounted):
            return Hold.HELD
        return Hold.PARTLY if any(mounted) else Hold.ABSENT

    def prepare_give(self, resource: Filesystem, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen).nothing or site.seen.mounted(resource.mount) is False:
            return  # where only a part is left there is nothing to write to, and the part has to go
        if not resource.read_only:
            command = Command(("hamn-local", "takes-writes", resource.mount), timeout_s=10)
            yield site.step(
                resource.id,
                "takes-writes",
                command,
                "a disk that takes no write can't be given back in order",
                phase=Phase.PREPARE,
                check=Check(command, r"^takes writes$"),
                explain=WAITING,
            )
        yield site.step(
            resource.id,
            "flush",
            site.platform.flush(resource.mount),
            "what is written out now need not be written while nobody serves",
            phase=Phase.PREPARE,
            minor=True,
        )

    def prepare_take(self, resource: Filesystem, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) in (Hold.HELD, Hold.SHARED):
            return
        yield site.step(
            resource.id,
            "mount-points",
            Command(("mkdir", "-p", "--", *resource.targets), timeout_s=10),
            f"{site.name} needs somewhere to mount it",
            phase=Phase.PREPARE,
        )
        if not resource.on_network and not self._in_a_group(resource, site):
            command = site.platform.ask_device(resource.source)[0]
            yield site.step(
                resource.id,
                "device",
                command,
                f"{site.name} must see {resource.source} as {resource.type}",
                phase=Phase.PREPARE,
                check=Check(command, rf"(?m)^TYPE={re.escape(resource.type)}$"),
            )
        if resource.access == "parallel":
            yield from self._mount(resource, site, frozenset({site.id(resource.id, "mount-points")}))

    def _in_a_group(self, resource: Filesystem, site: Site) -> bool:
        """A logical volume is there only where its group is active: the group's own preparation looks for it."""
        return any(site.pair.resource(id_).kind == "volume_group" for id_ in resource.needs)

    def give(self, resource: Filesystem, site: Site) -> Iterator[Step]:
        held = self.hold(resource, site.seen)
        if held is Hold.ABSENT or held is Hold.SHARED:
            why = f"not mounted on {site.name}" if held is Hold.ABSENT else "stays mounted on both machines"
            yield site.skip(resource.id, "unmount", why)
            return
        targets = self._mounted(resource, site.seen)
        needs: frozenset[str] = frozenset()
        if resource.killable:
            end = site.step(
                resource.id,
                "end-holders",
                site.platform.end_holders(resource.killable, targets),
                "the declaration lets these be ended when they keep it busy: " + ", ".join(resource.killable),
            )
            yield end
            needs = frozenset({end.id})
        unmount = site.platform.unmount(targets, network=resource.on_network)
        yield site.step(
            resource.id,
            "unmount",
            unmount,
            f"mounted on {site.name}",
            check=self._free(resource, site),
            needs=needs,
            explain=site.platform.holders(targets),
        )

    def _mounted(self, resource: Filesystem, seen: MachineFacts) -> list[str]:
        """What to unmount, innermost first: what is seen, or everything where that isn't known."""
        targets = [t for t in resource.targets if seen.mounted(t) is not False]
        return list(reversed(targets))

    def _free(self, resource: Filesystem, site: Site) -> Check:
        """After an unmount: no namespace of that machine has the device open any more."""
        if resource.on_network:
            return site.platform.is_mounted(resource.mount, wanted=False)
        return Check(site.platform.device_free(resource.source), r"^free")

    def take(self, resource: Filesystem, site: Site) -> Iterator[Step]:
        held = self.hold(resource, site.seen)
        if held.enough:
            why = "mounted on both machines" if held is Hold.SHARED else f"already mounted on {site.name}"
            yield site.skip(resource.id, "mount", why)
            return
        if resource.access == "parallel":
            return  # tried while nobody was disturbed by it
        needs: frozenset[str] = frozenset()
        if site.other_gives and not resource.on_network and self.hold(resource, site.other) is Hold.ABSENT:
            free = self._free_there(resource, site)
            yield free
            needs = frozenset({free.id})
        guarded = not (self._mark_may_be_left(resource, site) and site.proven_dead)
        mark = None if guarded else site.platform.clear_mark(resource.source, resource.type)
        if mark is not None:
            clear = site.step(
                resource.id,
                "clear-mmp",
                mark,
                f"{site.other.name} is proven not to use it: the mark that a crash may have left can go",
                needs=needs,
                takes=True,
            )
            yield clear
            needs |= {clear.id}
        yield from self._mount(resource, site, needs, guarded=guarded)

    def _free_there(self, resource: Filesystem, site: Site) -> Step:
        """It isn't mounted there where it would be: it may be elsewhere, by an older declaration or by hand."""
        other = Site(site.pair, site.pair.other(site.name), site.facts)
        command = other.platform.device_free(resource.source)
        reason = f"{site.name} takes {resource.source} only when nobody on {other.name} has it open"
        return other.step(resource.id, "free", command, reason, check=Check(command, r"^(?:free|none)"))

    def _mount(
        self, resource: Filesystem, site: Site, needs: frozenset[str], *, guarded: bool = True
    ) -> Iterator[Step]:
        """A parallel one takes nothing from anybody: its mount is a preparation, and where the role has to move
        all the same (a failover) a dead server of it doesn't keep the rest."""
        exclusive = resource.access == "exclusive"
        phase = Phase.HAND_OVER if exclusive else Phase.PREPARE
        minor = not exclusive and not site.strict
        outer = site.id(resource.id, "mount")
        if site.seen.mounted(resource.mount):
            yield site.skip(resource.id, "mount", f"already mounted on {site.name}")
        else:
            where = resource.source, resource.mount
            mount = site.platform.mount(*where, resource.type, resource.options, guarded=guarded)
            yield site.step(
                resource.id,
                "mount",
                mount,
                f"not mounted on {site.name}",
                phase=phase,
                check=site.platform.is_mounted(resource.mount, wanted=True),
                needs=needs,
                minor=minor,
                takes=exclusive,
            )
        missing = [directory for directory in resource.directories if not site.seen.mounted(directory)]
        if missing:
            yield site.step(
                resource.id,
                "bind",
                site.platform.bind([(resource.mount + directory, directory) for directory in missing]),
                f"{', '.join(missing)}: on the shared data",
                phase=phase,
                check=site.platform.is_mounted(*missing, wanted=True),
                needs=frozenset({outer}),
                minor=minor,
                takes=exclusive,
            )

    def _mark_may_be_left(self, resource: Filesystem, site: Site) -> bool:
        """Nobody unmounts it in this plan, so the last one may have died with it mounted. Clearing a clean
        one takes milliseconds; waiting for a dirty one takes 22 s."""
        given = site.other_gives and self.hold(resource, site.other) is not Hold.ABSENT
        mountable = not resource.on_network and resource.access == "exclusive"
        return mountable and not given and self.hold(resource, site.seen) is Hold.ABSENT
