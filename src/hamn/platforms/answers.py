"""What a platform hears: the answers of one machine as values."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface, with the interface's link state and MAC."""

    address: IPv4Interface | IPv6Interface
    interface: str
    mac: str = ""
    up: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the mount table. `source` as the kernel says it; `device` is "major:minor"."""

    target: str
    source: str
    type: str
    options: tuple[str, ...] = ()
    device: str = ""
    root: str = "/"
    """The path inside the filesystem that is mounted here: not "/" for a bind mount."""

    @property
    def read_only(self) -> bool:
        return "ro" in self.options


@dataclass(frozen=True, slots=True)
class Unit:
    """A service as the init system sees it."""

    name: str
    active: str
    """"active", "inactive", "failed", "activating", "deactivating", "unknown"."""
    enabled: str
    """"enabled", "disabled", "masked", "static", "absent" (no such service), "unknown"."""
    pid: int = 0
    leaves: bool = False
    """Processes of it may outlive its stop."""

    @property
    def running(self) -> bool:
        return self.active in ("active", "activating", "reloading", "deactivating")

    @property
    def starts_at_boot(self) -> bool:
        return self.enabled in ("enabled", "enabled-runtime", "alias", "generated-enabled")


@dataclass(frozen=True, slots=True)
class Device:
    """What a block device says of itself; empty strings where it doesn't."""

    path: str
    uuid: str = ""
    label: str = ""
    type: str = ""
    serial: str = ""
    wwn: str = ""
    size_bytes: int = 0
    mmp: bool | None = None
    """ext4's multiple-mount protection, JFS2's mount guard; None for what has no such thing, or when it wasn't
    readable."""


@dataclass(frozen=True, slots=True)
class Group:
    """A volume group: LVM's, or AIX's, where what is counted are its disks."""

    name: str
    system_id: str = ""
    active_volumes: int = 0
    volumes: int = 0
    disks: tuple[str, ...] = ()
    """By their names on that machine, where it is known by them (AIX)."""
    mapped: tuple[str, ...] = ()
    """Device mapper's names of its volumes, whose disks LVM sees no more and the kernel still has active."""


@dataclass(frozen=True, slots=True)
class System:
    """Which operating system this is."""

    family: str
    name: str
    version: str
    kernel: str = ""
    init: str = "systemd"
    node: str = ""
    """`uname -n`."""


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface. `up`: it is set up and has a carrier."""

    up: bool
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a configuration file."""

    place: str
    """FILE:NUMBER, or FILE."""
    text: str
