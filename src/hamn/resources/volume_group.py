"""A volume group: active on one machine, LVM's owned by system id, AIX's reserved by whoever has it varied on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hamn.facts.facts import MachineFacts
from hamn.model.pair import VolumeGroup
from hamn.model.step import Phase, Step
from hamn.platforms.answers import Group
from hamn.resources.kind import Hold, Kind, Site


class VolumeGroupKind(Kind[VolumeGroup]):
    def _seen(self, resource: VolumeGroup, seen: MachineFacts) -> Group | None:
        return next((g for g in seen.groups or () if g.name == resource.group), None)

    def hold(self, resource: VolumeGroup, seen: MachineFacts) -> Hold:
        if seen.groups is None:
            return Hold.UNKNOWN
        group = self._seen(resource, seen)
        if group is None or group.active_volumes == 0:
            return Hold.ABSENT
        return Hold.HELD if group.active_volumes == group.volumes else Hold.PARTLY

    def prepare_take(self, resource: VolumeGroup, site: Site) -> Iterator[Step]:
        """Its volumes' devices come with its activation: before that nothing else can be looked at."""
        if self.hold(resource, site.seen) is Hold.HELD:
            return
        seen = site.platform.group_seen(resource.group)
        yield site.step(
            resource.id,
            "disks",
            seen.command,
            f"{site.name} must see the disks of {resource.group}",
            phase=Phase.PREPARE,
            check=seen,
        )

    def give(self, resource: VolumeGroup, site: Site) -> Iterator[Step]:
        group = self._seen(resource, site.seen)
        if group is None or self.hold(resource, site.seen) is Hold.ABSENT:
            yield site.skip(resource.id, "deactivate", f"not active on {site.name}")
            return
        yield site.step(
            resource.id,
            "deactivate",
            site.platform.deactivate_group(group),
            f"active on {site.name}",
            check=site.platform.group_inactive(group),
        )

    def take(self, resource: VolumeGroup, site: Site) -> Iterator[Step]:
        if self.hold(resource, site.seen) is Hold.HELD:
            yield site.skip(resource.id, "activate", f"already active on {site.name}")
            return
        theirs = self._seen(resource, site.other) or Group(resource.group)
        group = self._seen(resource, site.seen) or replace(theirs, disks=())  # a disk's name is each machine's own
        former, own = group.system_id, [f for f in site.pair.filesystems if resource.id in f.needs]
        needs: frozenset[str] = frozenset()
        given = site.other_gives and self.hold(resource, site.other) is not Hold.ABSENT
        free = site.platform.free_group(group) if site.proven_dead and not given else None
        if free is not None:
            reason = f"{site.other.name} is proven not to use it: what a crash may have left to guard it can go"
            yield site.step(resource.id, "free", free, reason, takes=True)
            needs = frozenset({site.id(resource.id, "free")})
        # vgchange refuses a foreign group, so taking over its system id is a step of its own, under proof.
        whose = f"its system id must be {site.name}'s" + (f", is {former}'s" if former else "")
        take = site.step(
            resource.id,
            "take",
            site.platform.take_group(group, former_system_id=former),
            f"{site.other.name} may have changed it since {site.name} had it" if group.disks else whose,
            check=site.platform.group_taken(resource.group, own),
            needs=needs,
            takes=True,
        )
        yield take
        yield site.step(
            resource.id,
            "activate",
            site.platform.activate_group(resource.group),
            f"not active on {site.name}",
            check=site.platform.group_active(resource.group),
            needs=frozenset({take.id}),
            takes=True,
        )
