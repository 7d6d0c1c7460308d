"""The thing declared: two machines, what they share, and what the active one holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv6Interface
from typing import Literal, TypeAlias

from hamn.model.backup import Retention
from hamn.model.sync import Sync

Family = Literal["debian", "redhat", "suse", "aix"]
Init = Literal["systemd", "sysv", "src"]
Engine = Literal["sqlite", "mariadb", "mysql", "postgresql"]
GeneratedPart = Literal["hosts", "dns", "dhcp", "consoles"]


@dataclass(frozen=True, slots=True)
class FenceDevice:
    """A fence agent and its options in the agent's own names; the password stays in its file."""

    agent: str
    options: tuple[tuple[str, str], ...] = ()
    password_file: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """One of the two. `address` is where its sshd answers, never a virtual IP."""

    name: str
    address: str
    user: str = "root"
    port: int = 22
    fence: FenceDevice | None = None
    family: Family | None = None
    """None: found out by asking."""
    init: Init | None = None


@dataclass(frozen=True, slots=True)
class VirtualIp:
    """An address that moves with the role. `interface` by machine name."""

    name: str
    address: IPv4Interface | IPv6Interface
    interface: Mapping[str, str]
    hostname: str | None = None
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "virtual_ip"

    @property
    def id(self) -> str:
        return f"virtual_ip.{self.name}"


@dataclass(frozen=True, slots=True)
class Filesystem:
    """A filesystem of the shared data.

    `access` "exclusive": only the active machine has it mounted (ext4, xfs, jfs2 on a shared device; also an
    NFS or CIFS share that is to move). "parallel": both have it mounted at all times (NFS, CIFS).
    `directories` are absolute paths; each one is bind-mounted from the same path below `mount`, so one
    shared disk can carry /etc/xcat, /install and a database without a filesystem for each.
    """

    name: str
    source: str
    mount: str
    type: str
    options: str = "defaults"
    access: Literal["exclusive", "parallel"] = "exclusive"
    directories: tuple[str, ...] = ()
    killable: tuple[str, ...] = ()
    """Names of processes (comm) that may be ended when they keep this filesystem busy; no others are."""
    redundant: bool = False
    """An operator's word: the array or server behind it is highly available, whatever can be seen from here."""
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "filesystem"

    @property
    def id(self) -> str:
        return f"filesystem.{self.name}"

    @property
    def on_network(self) -> bool:
        return self.type in ("nfs", "nfs4", "cifs", "smb3")

    @property
    def read_only(self) -> bool:
        return "ro" in self.options.split(",")

    @property
    def targets(self) -> tuple[str, ...]:
        """Every mount point, outermost first."""
        return (self.mount, *self.directories)


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """A volume group on shared disks: LVM's, owned by system id, or AIX's, varied on by one machine."""

    name: str
    group: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "volume_group"

    @property
    def id(self) -> str:
        return f"volume_group.{self.name}"


@dataclass(frozen=True, slots=True)
class Database:
    """The management database. `data` is its directory, on shared data; `service` None: the platform's name.

    SQLite has no service: it is held by whoever holds the filesystem, and is only checked.
    """

    name: str
    engine: Engine
    data: str
    service: str | None = None
    port: int | None = None
    start_limit_s: float = 120.0
    stop_limit_s: float = 120.0
    on_network_filesystem: bool = False
    """Overrides, by name, the refusal of a database on a network filesystem."""
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "database"

    @property
    def id(self) -> str:
        return f"database.{self.name}"


@dataclass(frozen=True, slots=True)
class Service:
    """A daemon of the role. `service` is the platform-independent word ("dhcp", "dns", "console",
    "http", "tftp", "xcatd", "nfs", ...) or a unit's own name; the platform says what it is called."""

    name: str
    service: str
    probe: str | None = None
    """What a client would do: "tcp:PORT", "xcat:PORT", "dns:NAME", "http:PORT/PATH", "tftp:FILE"; asked at
    the first virtual IP, from the other machine where it answers."""
    start_limit_s: float = 60.0
    stop_limit_s: float = 60.0
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "service"

    @property
    def id(self) -> str:
        return f"service.{self.name}"


@dataclass(frozen=True, slots=True)
class Exports:
    """The kernel's NFS exports of shared data (/etc/exports)."""

    name: str
    restart_server: bool = True
    """The requirement's "Restart NFS service and re-export": the server learns the new addresses."""
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "exports"

    @property
    def id(self) -> str:
        return f"exports.{self.name}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Files of other daemons, generated from the management database.

    By hamn itself, where `generate` is empty: the parts in `makes`, on both machines, so that the standby's are
    warm. Else by that command, on the new active machine only."""

    name: str
    generate: tuple[str, ...] = ()
    makes: tuple[GeneratedPart, ...] = ("hosts", "dns", "dhcp", "consoles")
    limit_s: float = 1200.0
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "configuration"

    @property
    def id(self) -> str:
        return f"configuration.{self.name}"


@dataclass(frozen=True, slots=True)
class Hook:
    """An operator's own commands. `check` exits 0 where the thing is held, 1 where it isn't."""

    name: str
    start: tuple[str, ...]
    stop: tuple[str, ...]
    check: tuple[str, ...] = ()
    limit_s: float = 60.0
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "hook"

    @property
    def id(self) -> str:
        return f"hook.{self.name}"


@dataclass(frozen=True, slots=True)
class ServiceNodes:
    """Nodes whose own xcatd reads this database: it is stopped before the database goes, and begun anew after.

    `nodes` empty: those that the tables name. `stop` and `start` empty: as this platform stops xcatd, and
    xCAT's own restartxcatd. They run there over ssh, on all nodes at once; `limit_s` is for all of them."""

    name: str
    nodes: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    limit_s: float = 30.0
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "service_nodes"

    @property
    def id(self) -> str:
        return f"service_nodes.{self.name}"


@dataclass(frozen=True, slots=True)
class HardwareConnections:
    """What DFM keeps open to service processors, from the active machine alone.

    `objects` is a noderange. `network_manager`: of a Power 775's network too (tooltype fnm, and its daemon)."""

    name: str
    objects: str = "cec,frame"
    network_manager: bool = True
    limit_s: float = 300.0
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    kind = "hardware_connections"

    @property
    def id(self) -> str:
        return f"hardware_connections.{self.name}"


Resource: TypeAlias = (
    VirtualIp
    | Filesystem
    | VolumeGroup
    | Database
    | Service
    | Exports
    | Configuration
    | Hook
    | ServiceNodes
    | HardwareConnections
)


@dataclass(frozen=True, slots=True)
class Pair:
    """The whole declaration, valid.

    `resources` holds each once; `needs` and `after` name only ids that are there, and form no circle.
    `needs` is complete: what a profile or a rule supplies is filled in by the declaration.
    """

    name: str
    machines: tuple[Machine, Machine]
    resources: tuple[Resource, ...]
    profile: str = "plain"
    sync: Sync = field(default_factory=Sync)
    backup: Retention = field(default_factory=Retention)
    source: str = ""
    """The declaration's path, for messages."""
    state: str = "/var/lib/hamn"
    """Where each machine keeps the journal and what it last knew of the owner."""
    fingerprint: str = field(default="", compare=False)
    """SHA-256 of the declaration's bytes: both machines must have the same."""

    def machine(self, name: str) -> Machine:
        """Raises KeyError for a name that is none of the two."""
        for machine in self.machines:
            if machine.name == name:
                return machine
        raise KeyError(name)

    def other(self, name: str) -> Machine:
        first, second = self.machines
        return second if name == first.name else first

    def resource(self, id_: str) -> Resource:
        for resource in self.resources:
            if resource.id == id_:
                return resource
        raise KeyError(id_)

    @property
    def virtual_ips(self) -> tuple[VirtualIp, ...]:
        return tuple(r for r in self.resources if isinstance(r, VirtualIp))

    @property
    def filesystems(self) -> tuple[Filesystem, ...]:
        return tuple(r for r in self.resources if isinstance(r, Filesystem))

    @property
    def databases(self) -> tuple[Database, ...]:
        return tuple(r for r in self.resources if isinstance(r, Database))

    @property
    def owner_filesystem(self) -> Filesystem | None:
        """Where the owner record lives: the first exclusive filesystem, else the first; None without any."""
        exclusive = [f for f in self.filesystems if f.access == "exclusive"]
        return next(iter(exclusive or self.filesystems), None)
