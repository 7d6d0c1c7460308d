"""Whether what is declared makes sense together: each check yields every complaint it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from ipaddress import ip_address
from itertools import combinations
from typing import Any

from hamn.declaration.complaint import Complaint, Key, nearest, shown
from hamn.declaration.derive import groups_of, holding, is_within, physical
from hamn.declaration.shape import KINDS, Declared
from hamn.model.backup import Retention
from hamn.model.pair import Database, Filesystem, Machine, Resource, Service, VirtualIp

OURS_ALONE = (
    *("/", "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin"),
    *("/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/root/.ssh", "/etc/hamn"),
)
"""Directories that each machine needs for itself: a mount over one of them takes the machine down with it."""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "nfs": ("host:/path",),
    "nfs4": ("host:/path",),
    "cifs": ("//host/share",),
    "smb3": ("//host/share",),
}
DEVICE = ("/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=")


def check_meaning(declared: Declared, document: Mapping[str, Any]) -> Iterator[Complaint]:
    """`document` is what was declared and what the profile supplied, as TOML gave it."""
    resources = declared.resources
    yield from check_machines(declared.machines)
    yield from check_links(document)
    yield from check_circles(resources)
    yield from check_addresses(declared.machines, resources)
    filesystems = [resource for resource in resources if isinstance(resource, Filesystem)]
    for filesystem in filesystems:
        yield from check_filesystem(filesystem)
        yield from check_volume(filesystem, resources, document)
    yield from check_mounts(filesystems, declared.pair.get("state"))
    for resource in resources:
        if isinstance(resource, Database):
            yield from check_database(resource, filesystems, document)
    yield from check_probes(resources, document)
    yield from check_synced(declared.sync.files, filesystems)
    yield from check_backup(declared.backup, filesystems)


def check_machines(machines: Mapping[int, Machine]) -> Iterator[Complaint]:
    for (_, first), (index, second) in combinations(sorted(machines.items()), 2):
        if first.name == second.name:
            yield _complaint("same-name", f'both machines are "{first.name}"', "machine", index, "name")
        if first.address.lower() == second.address.lower() and first.port == second.port:
            says = f"both machines have the address {first.address}"
            yield _complaint("same-address", says, "machine", index, "address")
        if first.fence is not None and first.fence == second.fence:
            says = f"{first.name} and {second.name} have the same fence device and the same options"
            hint = "name what is different: fencing the one would take down the other"
            yield _complaint("same-fence", says, "machine", index, "fence", hint=hint)


def check_links(document: Mapping[str, Any]) -> Iterator[Complaint]:
    """Looks at the tables as written, so that a link of a broken resource is judged, and one to it is not."""
    tables = [
        (kind, name, table)
        for kind in KINDS
        if isinstance(document.get(kind), dict)
        for name, table in document[kind].items()
        if isinstance(table, dict)
    ]
    known = {f"{kind}.{name}" for kind, name, table in tables if table.get("enabled") is not False}
    taken_out = {f"{kind}.{name}" for kind, name, _ in tables} - known
    for kind, name, table in tables:
        if f"{kind}.{name}" in taken_out:
            continue
        for link in ("needs", "after"):
            ids = table.get(link)
            for index, id_ in enumerate(ids if isinstance(ids, list) else ()):
                if not isinstance(id_, str) or id_ in known:
                    continue
                hint = "it is there, with enabled = false" if id_ in taken_out else nearest(id_, sorted(known))
                yield _complaint(
                    "unknown-resource", f"no resource {shown(id_)} is declared", kind, name, link, index, hint=hint
                )


def check_circles(resources: Sequence[Resource]) -> Iterator[Complaint]:
    """Each circle of needs and after, once; those that rest on where data lies included."""
    known = {resource.id for resource in resources}
    waits = {
        r.id: [id_ for id_ in dict.fromkeys((*r.needs, *r.after, *physical(r, resources))) if id_ in known]
        for r in resources
    }
    while circle := _circle(waits):
        written = next((id_ for id_ in circle if _links(id_, resources)), circle[0])
        start = circle.index(written)
        ring = [*circle[start:], *circle[:start]]
        says = " waits for ".join([*ring, ring[0]]) if len(ring) > 1 else f"{written} waits for itself"
        kind, _, name = written.partition(".")
        link = _links(written, resources)
        yield _complaint("circle", says, kind, name, *link, hint="take one of these out of needs or after")
        waits[ring[0]].remove(ring[1 % len(ring)])


def check_addresses(machines: Mapping[int, Machine], resources: Iterable[Resource]) -> Iterator[Complaint]:
    own = {_plain(machine.address): machine.name for machine in machines.values()}
    seen: dict[object, str] = {}
    for resource in resources:
        if not isinstance(resource, VirtualIp):
            continue
        address = resource.address.ip
        key: Key = ("virtual_ip", resource.name, "address")
        if str(address) in own:
            says = f"{address} is the address of {own[str(address)]}"
            hint = "a virtual IP is a third address, that no machine has for itself"
            yield Complaint("address-of-machine", says, hint, key)
        if address in seen:
            yield Complaint("same-address", f"{address} is the address of {seen[address]} too", key=key)
        seen.setdefault(address, resource.id)


def check_filesystem(filesystem: Filesystem) -> Iterator[Complaint]:
    key = ("filesystem", filesystem.name)
    if not _fits(filesystem):
        allowed = " or ".join(SOURCES.get(filesystem.type, (*DEVICE[1:], "/dev/...")))
        says = f"found {shown(filesystem.source)}; allowed for {filesystem.type}: {allowed}"
        yield _complaint("bad-source", says, *key, "source")
    if filesystem.access == "parallel" and not filesystem.on_network:
        says = f"found parallel with {filesystem.type}; allowed with nfs, nfs4, cifs, smb3"
        hint = "mounted on two machines at once a disk filesystem is destroyed: leave access out"
        yield _complaint("parallel-on-disk", says, *key, "access", hint=hint)
    for index, directory in enumerate(filesystem.directories):
        where = (*key, "directories", index)
        if is_within(directory, filesystem.mount) or is_within(filesystem.mount, directory):
            says = f"{directory} and the mount point {filesystem.mount} lie in one another"
            yield _complaint(
                "nested-mount", says, *where, hint=f"mount {filesystem.name} elsewhere, as in /shared"
            )
        for other in filesystem.directories[:index]:
            if is_within(directory, other) or is_within(other, directory):
                yield _complaint("nested-mount", f"{directory} and {other} lie in one another", *where)


def check_volume(
    filesystem: Filesystem, resources: Sequence[Resource], document: Mapping[str, Any]
) -> Iterator[Complaint]:
    """A JFS2 lies on a volume of a volume group, which one machine has varied on: no group, no device."""
    if filesystem.type != "jfs2":
        return
    key = ("filesystem", filesystem.name)
    if not document.get("volume_group"):
        hint = "declare [volume_group.NAME]"
        yield _complaint("no-volume-group", "a jfs2 lies in a volume group, and none is declared", *key, hint=hint)
    elif len(document["volume_group"]) > 1 and not groups_of(filesystem, resources):
        says = "its volume group isn't told by its device"
        yield _complaint("no-volume-group", says, *key, hint='write needs = ["volume_group.NAME"]')


def check_mounts(filesystems: Sequence[Filesystem], state: str | None) -> Iterator[Complaint]:
    """Every mount point is used once, and none hides what a machine needs for itself."""
    seen: dict[str, str] = {}
    sources: dict[str, str] = {}
    for filesystem in filesystems:
        key = ("filesystem", filesystem.name)
        for index, target in enumerate(filesystem.targets, start=-1):
            where: Key = (*key, "mount") if index < 0 else (*key, "directories", index)
            if target in OURS_ALONE:
                yield Complaint("hides-system", f"{target} is each machine's own", "share what is below it", where)
            if is_within(state or "/var/lib/hamn", target):
                says = f"{state or '/var/lib/hamn'}, each machine's own journal, lies in {target}"
                yield Complaint("hides-system", says, "keep the state directory off the shared data", where)
            if seen.get(target, filesystem.id) != filesystem.id:
                yield Complaint("same-mount", f"{target} is a mount point of {seen[target]} too", key=where)
            seen.setdefault(target, filesystem.id)
        if filesystem.source in sources:
            says = f"{filesystem.source} is the source of {sources[filesystem.source]} too"
            hint = "list the directories of one filesystem in its directories"
            yield _complaint("same-source", says, *key, "source", hint=hint)
        sources.setdefault(filesystem.source, filesystem.id)


def check_database(
    database: Database, filesystems: Sequence[Filesystem], document: Mapping[str, Any]
) -> Iterator[Complaint]:
    key = ("database", database.name, "data")
    holder = holding(database.data, filesystems)
    if holder is None:
        if len(filesystems) < len(document.get("filesystem", {})):
            return  # it may lie on one that could not be read; that has a complaint of its own
        hint = f'add "{database.data}" to the directories of {filesystems[0].id}' if filesystems else ""
        says = f"{database.data} is on no declared filesystem"
        yield Complaint("data-not-shared", says, hint or "declare the filesystem it is on", key)
    elif holder.on_network and not database.on_network_filesystem:
        says = (
            f"{database.data} is on {holder.id}, a network filesystem ({holder.type}), where databases lose data"
        )
        hint = "put it on a shared disk, or write on_network_filesystem = true to take the risk"
        yield Complaint("data-on-network", says, hint, key)


def check_probes(resources: Sequence[Resource], document: Mapping[str, Any]) -> Iterator[Complaint]:
    if document.get("virtual_ip"):  # one that could not be read has a complaint of its own
        return
    probed = [resource for resource in resources if isinstance(resource, Service) and resource.probe]
    if probed:
        names = ", ".join(service.id for service in probed)
        hint = "declare [virtual_ip.NAME] with address and interface"
        yield Complaint("no-virtual-ip", f"no virtual IP at which to ask {names}", hint, ("virtual_ip",))


def check_synced(files: Sequence[str], filesystems: Iterable[Filesystem]) -> Iterator[Complaint]:
    filesystems = tuple(filesystems)
    for index, file in enumerate(files):
        if file in OURS_ALONE:
            says = f"{file} is each machine's own: its name, its addresses, its keys are in it"
            yield _complaint("sync-of-system", says, "sync", "files", index, hint="name the files that are meant")
        holder = holding(file, filesystems)
        if holder is not None:
            says = f"{file} is on {holder.id}: both machines see the same file already"
            yield _complaint("sync-of-shared", says, "sync", "files", index, hint="take it out of files")


def check_backup(backup: Retention, filesystems: Iterable[Filesystem]) -> Iterator[Complaint]:
    holder = holding(backup.directory, tuple(filesystems))
    if holder is not None:
        says = f"{backup.directory} is on {holder.id}: what takes the database takes its backups"
        yield _complaint(
            "backup-on-shared", says, "backup", "directory", hint="name a directory of each machine's own"
        )


def _complaint(code: str, says: str, *key: str | int, hint: str = "") -> Complaint:
    return Complaint(code, says, hint, key)


def _circle(waits: Mapping[str, Collection[str]]) -> list[str]:
    """One circle, each id needing the next and the last the first; empty when there is none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as found:
        ring: list[str] = found.args[1]
        return ring[:0:-1]  # the sorter lists what comes before first
    return []


def _links(id_: str, resources: Iterable[Resource]) -> tuple[str, ...]:
    """The key that states what this resource waits for; empty when it states nothing."""
    resource = next(resource for resource in resources if resource.id == id_)
    return ("needs",) if resource.needs else ("after",) if resource.after else ()


def _plain(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return address


def _fits(filesystem: Filesystem) -> bool:
    source = filesystem.source
    match filesystem.type:
        case "nfs" | "nfs4":
            host, _, path = source.rpartition(":/")
            return bool(host) and not host.startswith("/") and not path.startswith("/")
        case "cifs" | "smb3":
            host, _, share = source.removeprefix("//").partition("/")
            return source.startswith("//") and bool(host) and bool(share)
    return any(source.startswith(start) and source != start for start in DEVICE)
