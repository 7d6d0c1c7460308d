"""The deeper facts of one machine: what only a readiness check asks. None, or a missing key: not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hamn.local.paths import Behind
from hamn.planning.drift import Listing
from hamn.platforms.answers import Device, Line, Link, System


@dataclass(frozen=True, slots=True)
class Clock:
    """A machine's wall clock against the monotonic clock of whoever asked.

    `offset_s` alone means nothing; the difference of two machines' offsets is how far apart they are,
    give or take both `doubt_s` (half a round trip each).
    """

    offset_s: float
    doubt_s: float


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that was tried and either worked or didn't; `said` is the last word on it."""

    works: bool
    said: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns a file of the shared data; `user` is the number again where that machine has no name for it."""

    path: str
    uid: int
    gid: int
    user: str


@dataclass(frozen=True, slots=True)
class Generated:
    """A machine's generated files against the tables: paths that differ, and what couldn't be made or compared."""

    differing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    """Of the filesystem that holds the journal."""

    mount: str
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Backup:
    """One that the machine keeps; `age_s` by its own clock."""

    name: str
    age_s: float
    databases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one machine answered. `unheard` says why, by question, for whatever is not known."""

    machine: str
    unheard: Mapping[str, str] = field(default_factory=dict)
    clock: Clock | None = None
    system: System | None = None
    packages: Mapping[str, str] | None = None
    """Version by name, of those that are installed."""
    hardware: Mapping[str, int] | None = None
    """Processors; bytes of memory."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """Version by resource id."""
    resolved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses by name; empty: there is no such name."""
    links: Mapping[str, Link] | None = None
    """Every interface by its name."""
    probes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By virtual IP's id: the MACs that answered for it, this machine's own never among them."""
    persistent: tuple[Line, ...] | None = None
    """Lines of the network's own configuration that would bring a virtual IP up at boot."""
    nsswitch: str | None = None
    """The sources of "hosts:"."""
    nameservers: tuple[str, ...] | None = None
    devices: Mapping[str, Device | None] = field(default_factory=dict)
    """By filesystem id; None: there is no such device."""
    paths: Mapping[str, Behind] = field(default_factory=dict)
    """By filesystem id: the weakest of what stands behind its device."""
    boot_mounts: tuple[Line, ...] | None = None
    """What would mount a path of the shared data at boot, or on access: fstab, systemd, autofs."""
    autoactivation: Mapping[str, bool] | None = None
    """By volume group: LVM activates it by itself at boot."""
    unreserved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By volume group that bears no owner (AIX's): its disks that nothing keeps from the other machine."""
    mount_points: Mapping[str, str] | None = None
    """By path, of those where nothing is mounted now: "directory", "symbolic link", ..., "" for nothing there."""
    beneath: Mapping[str, str] = field(default_factory=dict)
    """By path where nothing is mounted: a file written into the bare directory since this machine last
    remembered an owner; "" for none."""
    writes: Mapping[str, Tried] = field(default_factory=dict)
    """By id of each filesystem that is mounted there to be written to."""
    owned: tuple[Owned, ...] | None = None
    """Top of the shared data as far as it is mounted here."""
    accounts: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    """uid and gid by name; None: there is no such account."""
    time_service: str | None = None
    """The running one; "" for none."""
    container: str = ""
    """What kind of container the machine is; "" for none, and where that isn't known."""
    ssh: Tried | None = None
    """To the other machine, by its declared address."""
    fence: Tried | None = None
    """The other machine's fence device, asked for its status from here."""
    space: Space | None = None
    backups: tuple[Backup, ...] | None = None
    generated: Generated | None = None
    listing: Listing | None = None
    """Of the files that both machines shall have."""
    scheduled: Mapping[str, bool] = field(default_factory=dict)
    """By task: its timer, or what it has instead, is set going."""
    service_nodes: Mapping[str, Tried] = field(default_factory=dict)
    """By resource: whether all of them let this machine in. Asked where the role is."""
    certificates: tuple[str, ...] | None = None
    """What is wrong with the management node's certificates, or soon will be; where they are mounted."""
