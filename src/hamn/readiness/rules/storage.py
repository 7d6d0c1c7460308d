"""The shared data is the same on both machines, in one place at a time, and nobody mounts it behind our back."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import remembered_path
from hamn.model.command import Command
from hamn.model.pair import Database, Filesystem, Pair, VolumeGroup
from hamn.platforms.answers import Device, Group
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, Verdict, rule
from hamn.reports.report import Severity
from hamn.resources.kind import Hold

JOURNAL_BYTES = 64 << 20


def _group_of(pair: Pair, filesystem: Filesystem) -> VolumeGroup | None:
    groups = {r.id: r for r in pair.resources if isinstance(r, VolumeGroup)}
    return next((groups[id_] for id_ in filesystem.needs if id_ in groups), None)


def _visible(evidence: Evidence, side: Side, filesystem: Filesystem) -> bool:
    """A logical volume is only there where its group is active."""
    group = _group_of(evidence.pair, filesystem)
    return group is None or side.holds(group) is Hold.HELD


def _devices(evidence: Evidence) -> Iterator[tuple[Filesystem, Side, Device | None, bool]]:
    """Every shared device as each machine sees it; the last says whether that is known."""
    for filesystem in evidence.pair.filesystems:
        for side in evidence.sides:
            if not filesystem.on_network and _visible(evidence, side, filesystem):
                known = filesystem.id in side.inventory.devices
                yield filesystem, side, side.inventory.devices.get(filesystem.id), known


def _unknown(side: Side, filesystem: Filesystem) -> Finding:
    return side.unknown(f"device.{filesystem.id}.0", f"{filesystem.source} on {side.name}")


@rule("device-present", Severity.ERROR, "both machines see the shared device")
def device_present(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, appendix A, step 1; failure mode 37."""
    for filesystem, side, device, known in _devices(evidence):
        if not known:
            yield _unknown(side, filesystem)
        elif device is None:
            hint = f"on {side.name}: `blkid` and `lsblk` show what is there; see zoning, multipath, cables"
            yield side.problem(f"{side.name} doesn't see {filesystem.source}, or no filesystem on it", hint)
        else:
            yield side.ok(f"{filesystem.source} is {device.path} on {side.name}")


@rule("same-device", Severity.ERROR, "it is the same device on both machines")
def same_device(evidence: Evidence) -> Iterator[Finding]:
    """By WWN and serial where the device has them, by the filesystem's UUID and the size always: a copy of a
    disk has the same UUID and is another disk. Requirement, appendix A, step 1; failure mode 35."""
    for filesystem in evidence.pair.filesystems:
        if filesystem.on_network or not all(_visible(evidence, side, filesystem) for side in evidence.sides):
            continue
        devices = [side.inventory.devices.get(filesystem.id) for side in evidence.sides]
        for side, device in zip(evidence.sides, devices, strict=True):
            if device is None:
                yield _unknown(side, filesystem)
        first, second = devices
        if first is not None and second is not None:
            yield _compared(evidence, filesystem, first, second)


def _compared(evidence: Evidence, filesystem: Filesystem, first: Device, second: Device) -> Finding:
    one, two = (side.name for side in evidence.sides)
    told: list[str] = []
    for what, a, b in (
        ("WWN", first.wwn, second.wwn),
        ("serial number", first.serial, second.serial),
        ("UUID", first.uuid, second.uuid),
        ("size", str(first.size_bytes or ""), str(second.size_bytes or "")),
    ):
        if a and b and a != b:
            said = f"{filesystem.source} has {what} {a} on {one} and {b} on {two}: two different devices"
            return Finding(Verdict.PROBLEM, said, hint="attach the same disk to both, or name it by UUID=")
        if a and b:
            told.append(what)
    if not {"WWN", "serial number", "UUID"} & set(told):
        said = f"{filesystem.source} tells nothing of itself that could be compared"
        return Finding(Verdict.UNKNOWN, said, hint="name it by UUID=, and see `blkid` on both machines")
    return Finding(Verdict.OK, f"{filesystem.source} has the same {', '.join(told)} on both")


@rule("filesystem-type", Severity.ERROR, "the filesystem is of the declared type")
def filesystem_type(evidence: Evidence) -> Iterator[Finding]:
    """Another type under the same label or path is another disk, or somebody formatted it. Failure mode 35."""
    for filesystem, side, device, known in _devices(evidence):
        if not known or device is None:
            yield _unknown(side, filesystem)
        elif device.type != filesystem.type:
            hint = f"see whether that is the right disk; if it is, correct [{filesystem.id}] type"
            said = f"{filesystem.source} is {device.type or 'no filesystem'} on {side.name}"
            yield side.problem(f"{said}, declared as {filesystem.type}", hint)
        else:
            yield side.ok(f"{filesystem.source} is {device.type} on {side.name}")


GUARDS = {
    "ext4": ("multiple-mount protection", "tune2fs -O mmp"),
    "jfs2": ("mount guard", "chfs -a mountguard=yes"),
}


@rule("multiple-mount-protection", Severity.ERROR, "the shared ext4 filesystem refuses a second mount")
def multiple_mount_protection(evidence: Evidence) -> Iterator[Finding]:
    """The last thing between a mistake and a destroyed filesystem: ext4(5), "mmp". Only the machine that sees
    the device is asked, and either's word will do: it is one device. Failure mode 1."""
    for filesystem in evidence.pair.filesystems:
        if filesystem.type not in GUARDS or filesystem.access != "exclusive":
            continue
        guard, typed = GUARDS[filesystem.type]
        sides = [side for side in evidence.sides if _visible(evidence, side, filesystem)]
        found = [side.inventory.devices.get(filesystem.id) for side in sides]
        said = {device.mmp for device in found if device is not None} - {None}
        if said == {True}:
            yield Finding(Verdict.OK, f"{filesystem.source} has {guard}")
        elif said:
            what = filesystem.source if filesystem.type == "ext4" else filesystem.mount
            hint = f"`hamn deactivate`; `{typed} {what}` on one machine; `hamn activate`"
            yield Finding(Verdict.PROBLEM, f"{filesystem.source} has no {guard}", hint=hint)
        else:
            for side in sides or evidence.sides:
                yield side.unknown(f"device.{filesystem.id}.2", f"the features of {filesystem.source}")


@rule("volume-group-not-at-boot", Severity.WARNING, "no machine activates the volume group by itself")
def volume_group_not_at_boot(evidence: Evidence) -> Iterator[Finding]:
    """LVM does so where the group bears that machine's system id, so an active machine that crashed comes back
    holding it: vgchange(8), "--setautoactivation". Failure mode 15."""
    for resource, side, _ in _groups(evidence):
        known = side.inventory.autoactivation
        if known is None:
            yield side.unknown("autoactivation", f"whether {resource.group} is activated by itself")
        elif known.get(resource.group):
            assert side.seen.platform is not None  # it was asked in its own words
            hint = f"where {resource.group} is active: `{side.seen.platform.habits.leave_group(resource.group)}`"
            yield side.problem(f"{side.name} activates {resource.group} by itself when its disks appear", hint)
        else:
            yield side.ok(f"{resource.group} waits for hamn on {side.name}")


@rule("mounts-not-at-boot", Severity.ERROR, "nothing mounts the shared data at boot, or on access")
def mounts_not_at_boot(evidence: Evidence) -> Iterator[Finding]:
    """A machine that comes back must come back with nothing. Requirement, appendix A, Linux, step 3: "ensure that
    the entries do not have the system automatically mount the disk"; failure modes 15 and 33."""
    if not any(filesystem.access == "exclusive" for filesystem in evidence.pair.filesystems):
        return
    for side in evidence.sides:
        lines = side.inventory.boot_mounts
        if lines is None:
            yield side.unknown("fstab", f"what {side.name} mounts at boot")
        elif not lines:
            yield side.ok(f"{side.name} mounts none of it by itself")
        for line in lines or ():
            if line.place.startswith("/etc/filesystems "):
                hint = f"on {side.name}: `chfs -A no {line.place.partition(' ')[2]}`"
            elif line.place.startswith("/etc/fstab"):
                hint = f"on {side.name}: add `noauto` to the options of {line.place}, or take the line out"
            elif line.place.endswith((".mount", ".automount")):
                hint = f"on {side.name}: `systemctl disable {line.place}`, or take its file away"
            else:
                hint = f"on {side.name}: take the path out of the {line.place}"
            yield side.problem(f"{line.place} would mount shared data by itself: {line.text}", hint)


@rule("mount-points", Severity.ERROR, "the mount points are directories")
def mount_points(evidence: Evidence) -> Iterator[Finding]:
    """A file can't be mounted upon, and what a symbolic link leads to is not what is unmounted later.
    Failure mode 34."""
    for side in evidence.sides if evidence.pair.filesystems else ():
        types = side.inventory.mount_points
        if types is None:
            yield side.unknown("mount-points", "the mount points")
            continue
        wrong = {path: type_ for path, type_ in types.items() if type_ not in ("directory", "")}
        for path, type_ in wrong.items():
            hint = f"on {side.name}: move {path} away and `mkdir {path}`"
            yield side.problem(f"{path} is a {type_} on {side.name}", hint)
        if not wrong:
            yield side.ok(f"no mount point of {side.name} is anything but a directory")


@rule("mount-points-made", Severity.WARNING, "the mount points exist on both machines")
def mount_points_made(evidence: Evidence) -> Iterator[Finding]:
    """A move makes those that are missing; to see them made beforehand is to see that they can be."""
    for side in evidence.sides if evidence.pair.filesystems else ():
        types = side.inventory.mount_points
        if types is None:
            yield side.unknown("mount-points", "the mount points")
            continue
        missing = [path for path, type_ in types.items() if not type_]
        for path in missing:
            fix = Command(("mkdir", "-p", "--", path), timeout_s=10)
            yield side.problem(f"{side.name} has no {path}", f"on {side.name}: `mkdir -p {path}`", (fix,))
        if not missing:
            yield side.ok(f"every mount point is there on {side.name}")


@rule("nothing-beneath", Severity.WARNING, "nobody writes into the bare directories where nothing is mounted")
def nothing_beneath(evidence: Evidence) -> Iterator[Finding]:
    """What was written there is hidden by the next mount, and so lost to whoever wrote it. What came with the
    packages is let be: only what is newer than this machine's memory of the owner counts, so a machine without
    that memory has nothing to be judged by. Failure modes 34 and 44."""
    for filesystem in evidence.pair.filesystems:
        for side in evidence.sides:
            for path in filesystem.targets:
                if side.seen.mounted(path) is False and side.seen.remembered is not None:
                    yield _beneath(evidence, side, path)


def _beneath(evidence: Evidence, side: Side, path: str) -> Finding:
    written = side.inventory.beneath.get(path)
    if written is None:
        if (side.inventory.mount_points or {}).get(path) == "":
            return side.ok(f"{path} isn't there on {side.name}")
        return side.unknown(f"beneath.{path}", f"what lies in {path}")
    if not written:
        return side.ok(f"nothing new lies in the bare {path} on {side.name}")
    since = remembered_path(evidence.pair)
    hint = f"on {side.name}: `find {path} -xdev -newer {since}` lists it; find out who writes it, move it away"
    return side.problem(f"{written} was written on {side.name} while nothing was mounted there", hint)


def _groups(evidence: Evidence) -> Iterator[tuple[VolumeGroup, Side, Group | None]]:
    for resource in evidence.pair.resources:
        if isinstance(resource, VolumeGroup):
            for side in evidence.sides:
                found = (g for g in side.seen.groups or () if g.name == resource.group)
                yield resource, side, next(found, None)


@rule("volume-group", Severity.ERROR, "both machines see the volume group, and it bears a system id")
def volume_group(evidence: Evidence) -> Iterator[Finding]:
    """Without a system id either machine may activate it, at boot and by mistake: lvmsystemid(7). Requirement,
    appendix A; failure mode 1."""
    for resource, side, group in _groups(evidence):
        if side.seen.groups is None:
            yield side.unknown("groups", f"volume group {resource.group}")
        elif group is None:
            hint = f"on {side.name}: `pvscan --cache`, and see that its disks are there (`lsblk`)"
            yield side.problem(f"{side.name} doesn't see the volume group {resource.group}", hint)
        elif group.disks:
            yield _reserved(side, group)
        elif not group.system_id:
            hint = (
                f'set system_id_source = "uname" in /etc/lvm/lvm.conf on both, then on the active machine '
                f"`vgchange --systemid $(uname -n) {group.name}`"
            )
            yield side.problem(f"volume group {group.name} bears no system id", hint)
        else:
            yield side.ok(f"{group.name} is {group.system_id}'s, seen from {side.name}")


def _reserved(side: Side, group: Group) -> Finding:
    """AIX writes no owner on the disks: who has the group varied on reserves them."""
    bare = side.inventory.unreserved.get(group.name)
    if bare is None:
        return side.unknown(f"reserve.{group.name}", f"how the disks of {group.name} are reserved")
    if bare:
        typed = "; ".join(f"`chdev -l {disk} -a reserve_policy=single_path`" for disk in bare)
        said = f"nothing keeps the other machine from {', '.join(bare)} of {group.name}"
        return side.problem(f"{said} while {side.name} has it", f"on {side.name}, varied off: {typed}")
    return side.ok(f"varied on, {side.name} reserves the disks of {group.name}")


def _holder(pair: Pair, database: Database) -> Filesystem | None:
    """The filesystem whose innermost mount point the data is below."""
    below = [
        (len(target), filesystem)
        for filesystem in pair.filesystems
        for target in filesystem.targets
        if (database.data + "/").startswith(target.rstrip("/") + "/")
    ]
    return max(below, key=lambda pair_: pair_[0])[1] if below else None


@rule("database-not-on-network", Severity.ERROR, "no database runs on a network filesystem")
def database_not_on_network(evidence: Evidence) -> Iterator[Finding]:
    """Requirement, "What is Shared Data?": "Running database through network file system has a lot of potential
    problems and is not practical". Also looked for in the mount table: the declaration may be out of date.
    Failure mode 24."""
    for database in evidence.pair.databases:
        declared = _holder(evidence.pair, database)
        if database.on_network_filesystem:
            yield Finding(Verdict.OK, f"{database.id} may be on a network filesystem: the declaration says so")
            continue
        hint = "use the database's own replication or a shared disk; `on_network_filesystem = true` overrides"
        if declared is not None and declared.on_network:
            yield Finding(Verdict.PROBLEM, f"{database.data} is on {declared.type} ({declared.source})", hint=hint)
            continue
        told = False
        for side in evidence.sides:
            if side.seen.mounts is None:
                told = True
                yield side.unknown("mounts", f"what {database.data} is on")
                continue
            covering = [
                m
                for m in reversed(side.seen.mounts)
                if (database.data + "/").startswith(m.target.rstrip("/") + "/")
            ]
            inner = max(covering, key=lambda m: len(m.target), default=None)  # of two in one place, the later
            if inner is not None and inner.type in ("nfs", "nfs4", "cifs", "smb3"):
                told = True
                yield side.problem(f"{database.data} is on {inner.type} ({inner.source}) on {side.name}", hint)
        if not told:
            yield Finding(Verdict.OK, f"{database.data} is on no network filesystem")


@rule("shared-data-writable", Severity.ERROR, "the shared data takes a write where it is mounted")
def shared_data_writable(evidence: Evidence) -> Iterator[Finding]:
    """ext4 goes read-only by itself when the disk fails it, a path can hang, and everything seems to run on:
    nothing can be given back in order then. Failure modes 36 and 37."""
    for filesystem in evidence.pair.filesystems:
        for side in evidence.sides:
            if side.seen.mounts is None:
                yield side.unknown("mounts", filesystem.mount)
            for mount in side.seen.mounts or ():
                if mount.target != filesystem.mount or filesystem.read_only:
                    continue
                if mount.read_only:
                    hint = f"on {side.name}: `dmesg` says why; check the disk before anything is moved"
                    yield side.problem(f"{mount.target} is mounted read-only on {side.name}", hint)
                    continue
                tried = side.inventory.writes.get(filesystem.id)
                if tried is None:
                    yield side.unknown(f"writes.{filesystem.id}", f"whether {mount.target} takes a write")
                elif tried.works:
                    yield side.ok(f"{mount.target} takes a write on {side.name}")
                else:
                    other = evidence.pair.other(side.name).name
                    hint = f"mend its storage, or leave it: `hamn failover --to {other} --fence-anyway`"
                    yield side.problem(f"{mount.target} takes no write on {side.name}: {tried.said}", hint)


@rule("journal-space", Severity.ERROR, "the journal has room to be written on both machines")
def journal_space(evidence: Evidence) -> Iterator[Finding]:
    """Nothing is done that can't be written down first: without room there is no move. Failure mode 22."""
    for side in evidence.sides:
        space, state = side.inventory.space, evidence.pair.state
        if space is None:
            yield side.unknown("space", f"room for {state}")
            continue
        mount = next((m for m in reversed(side.seen.mounts or ()) if m.target == space.mount), None)
        if mount is not None and mount.read_only:
            hint = f"on {side.name}: `dmesg` says why {space.mount} is read-only"
            yield side.problem(f"{state} is on {space.mount}, which is read-only on {side.name}", hint)
        elif space.free_bytes < JOURNAL_BYTES:
            free = f"{space.free_bytes >> 20} MiB"
            hint = f"on {side.name}: make room on {space.mount}, {JOURNAL_BYTES >> 20} MiB at least"
            yield side.problem(f"{space.mount} has {free} left on {side.name}", hint)
        else:
            yield side.ok(f"{space.mount} has {space.free_bytes >> 20} MiB left on {side.name}")


RULES = (
    device_present,
    same_device,
    filesystem_type,
    multiple_mount_protection,
    volume_group,
    volume_group_not_at_boot,
    mounts_not_at_boot,
    mount_points,
    mount_points_made,
    nothing_beneath,
    database_not_on_network,
    shared_data_writable,
    journal_space,
)
