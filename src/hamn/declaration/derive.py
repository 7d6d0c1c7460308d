"""What a resource needs that nobody wrote down.

Two sorts. Physical truths are always added: a database needs the filesystem that holds its data.
Conventions fill the silence of a resource that states no `needs`, and never make a circle: what depends
on a resource, by whatever way, is not needed by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hamn.model.pair import Database, Filesystem, Resource, VolumeGroup

CONVENTIONS: Mapping[str, tuple[str, ...]] = {
    "service": ("virtual_ip", "filesystem", "database"),
    "exports": ("virtual_ip", "filesystem"),
    "configuration": ("filesystem", "database"),
    "service_nodes": ("virtual_ip", "filesystem", "database"),
    "hardware_connections": ("virtual_ip", "filesystem", "database", "service"),
    "hook": ("virtual_ip", "volume_group", "filesystem", "database", "service", "exports", "configuration"),
}
"""The kinds that each kind needs all of. In this order: what is filled first is seen by the next."""


def derive(resources: Sequence[Resource], stated: Collection[str]) -> tuple[Resource, ...]:
    """The same resources with complete `needs`. `stated`: the ids that wrote theirs, even an empty list."""
    needs = {resource.id: _distinct((*resource.needs, *physical(resource, resources))) for resource in resources}
    waits = {resource.id: {*needs[resource.id], *resource.after} for resource in resources}
    for kind, needed_kinds in CONVENTIONS.items():
        for resource in resources:
            if resource.kind != kind or resource.id in stated:
                continue
            candidates = [other.id for wanted in needed_kinds for other in resources if other.kind == wanted]
            dependent = _dependent_on(resource.id, waits)
            filled = [id_ for id_ in candidates if id_ not in dependent]
            needs[resource.id] = _distinct((*needs[resource.id], *filled))
            waits[resource.id].update(filled)
    return tuple(replace(resource, needs=needs[resource.id]) for resource in resources)


def physical(resource: Resource, resources: Iterable[Resource]) -> list[str]:
    """The ids without which this resource can't be, by where its data lies."""
    match resource:
        case Database():
            holder = holding(resource.data, resources)
            return [holder.id] if holder else []
        case Filesystem():
            groups = [r.id for r in groups_of(resource, resources)]
            others = [r for r in resources if isinstance(r, Filesystem) and r.id != resource.id]
            return [*groups, *(other.id for other in others if _is_nested(resource, other))]
    return []


def groups_of(filesystem: Filesystem, resources: Iterable[Resource]) -> list[VolumeGroup]:
    """By the device's name. AIX's name no group: a JFS2's is the only one there is, or its `needs` say which."""
    groups = [r for r in resources if isinstance(r, VolumeGroup)]
    if filesystem.type != "jfs2":
        return [group for group in groups if is_in_group(filesystem.source, group.group)]
    return groups if len(groups) == 1 else [group for group in groups if group.id in filesystem.needs]


def holding(path: str, resources: Iterable[Resource]) -> Filesystem | None:
    """The filesystem a path lies on: the one with the innermost mount point around it."""
    around = [
        (len(target), filesystem)
        for filesystem in resources
        if isinstance(filesystem, Filesystem)
        for target in filesystem.targets
        if is_within(path, target)
    ]
    return max(around, key=lambda found: found[0])[1] if around else None


def is_within(path: str, directory: str) -> bool:
    """At the directory, or below it."""
    return f"{path}/".startswith(f"{directory.rstrip('/')}/")


def is_in_group(source: str, group: str) -> bool:
    """Whether a device is a logical volume of the group: /dev/GROUP/VOLUME or /dev/mapper/GROUP-VOLUME."""
    mapped = group.replace("-", "--")  # lvm(8): the mapper's names double their hyphens
    return bool(re.match(rf"/dev/(?:{re.escape(group)}/|mapper/{re.escape(mapped)}-(?!-))", source))


def _is_nested(inner: Filesystem, outer: Filesystem) -> bool:
    return any(
        is_within(target, around) and target != around for target in inner.targets for around in outer.targets
    )


def _dependent_on(id_: str, waits: Mapping[str, Collection[str]]) -> set[str]:
    """The resource itself and all that waits for it, however many steps away."""
    found = {id_}
    grown = True
    while grown:
        more = {other for other, awaited in waits.items() if other not in found and not found.isdisjoint(awaited)}
        grown = bool(more)
        found |= more
    return found


def _distinct(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
