"""The sites that are simulated: small, and together with one of everything whose order matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_interface
from typing import Literal, TypeAlias

from hamn.model.pair import (
    Database,
    Exports,
    FenceDevice,
    Filesystem,
    Hook,
    Machine,
    Pair,
    Resource,
    Service,
    VirtualIp,
    VolumeGroup,
)
from hamn.simulation.machine import UnitKind

Family: TypeAlias = Literal["debian", "redhat", "suse", "aix"]
Init: TypeAlias = Literal["systemd", "sysv", "src"]
ADDRESS, DISK, DATABASE = "virtual_ip.cluster", "filesystem.shared", "database.xcat"
UUID = "UUID=0b5b1f2e-0000-4000-8000-000000000001"
HOOK = ("site-hook",)


@dataclass(frozen=True, slots=True)
class Scene:
    """A declaration, and what its machines are made of."""

    pair: Pair
    units: Mapping[str, UnitKind]
    """By its own name there."""
    writer: str
    """The unit that keeps the rows of a client."""
    release: str
    """What its system says of itself, as `head` shows it."""
    dialect: Literal["linux", "aix"] = "linux"

    def boot_id(self, machine: str, boots: int) -> str:
        """As its platform hears it: on AIX, when that was."""
        return f"Jan-{boots:02}-08:5{machine[-1]}" if self.dialect == "aix" else f"boot-{machine}-{boots}"


def _units(database: str, **more: UnitKind) -> dict[str, UnitKind]:
    server = UnitKind(start_s=(0.2, 2.0), stop_s=(0.05, 0.8), directory="/var/lib/mysql", ports=("tcp 3306",))
    return {
        **({database: server} if database else {}),
        "named": UnitKind(ports=("dns",)),
        "xcatd": UnitKind(directory="/etc/xcat", needs_database=bool(database), ports=("tcp 3001",)),
        **more,
    }


NFS = UnitKind(is_of_the_role=False)


def _machine(number: int, fenced: bool, family: Family | None, init: Init | None) -> Machine:
    options = (("ip", f"10.77.0.2{number}"), ("username", "hamn"))
    return Machine(
        name=f"mn{number}",
        address=f"10.77.0.1{number}",
        fence=FenceDevice("fence_ipmilan", options, f"/etc/hamn/mn{number}.pw") if fenced else None,
        family=family,
        init=init,
    )


def _address(name: str, address: str, interface: str = "eth0") -> VirtualIp:
    return VirtualIp(name, ip_interface(address), {"mn1": interface, "mn2": interface})


def _filesystem(source: str = UUID, killable: tuple[str, ...] = (), needs: tuple[str, ...] = ()) -> Filesystem:
    directories = ("/etc/xcat", "/var/lib/mysql")
    return Filesystem("shared", source, "/shared", "ext4", directories=directories, killable=killable, needs=needs)


def _jfs2() -> tuple[Resource, ...]:
    """What every AIX site has: an address, a volume group, a filesystem in it."""
    filesystem = replace(_filesystem("/dev/sharedlv", needs=(_GROUP,)), type="jfs2")
    return _address("cluster", "10.77.0.10/24", "en0"), VolumeGroup("shared", "shared"), filesystem


def _services(*needs: str) -> tuple[Resource, ...]:
    return (
        Service("dns", "dns", "dns:node0001.cluster.test", needs=(ADDRESS,)),
        Service("daemon", "xcatd", "tcp:3001", needs=(ADDRESS, DISK, *needs)),
    )


def _pair(
    *resources: Resource, fenced: bool = True, family: Family | None = "debian", init: Init | None = "systemd"
) -> Pair:
    """As the declaration of a small site comes to be, with every `needs` filled in."""
    return Pair(
        name="pair",
        machines=(_machine(1, fenced, family, init), _machine(2, fenced, family, init)),
        resources=resources,
        source="/etc/hamn/pair.toml",
        fingerprint="f1" * 32,
    )


def simulated_pair(*, fenced: bool = True, killable: tuple[str, ...] = ()) -> Pair:
    """The plain one."""
    database = Database("xcat", "mariadb", "/var/lib/mysql", port=3306, needs=(DISK,))
    return _pair(
        _address("cluster", "10.77.0.10/24"),
        _filesystem(killable=killable),
        database,
        *_services(DATABASE),
        fenced=fenced,
    )


_DEBIAN = """==> /etc/os-release <==
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
ID=debian

==> /proc/1/stat <==
1 (systemd) S 0 1 1 0 -1

==> /proc/sys/kernel/osrelease <==
6.1.0-28-amd64

==> /proc/sys/kernel/hostname <==
{name}
"""
_GROUP = "volume_group.shared"
_HOOKED = Hook(
    "site", (*HOOK, "start"), (*HOOK, "stop"), (*HOOK, "check"), needs=(ADDRESS, DISK, "service.daemon")
)

SCENES: dict[str, Scene] = {
    "mariadb": Scene(simulated_pair(), _units("mariadb"), "mariadb", _DEBIAN),
    "volume group": Scene(
        _pair(
            _address("cluster", "10.77.0.10/24"),
            VolumeGroup("shared", "shared"),
            _filesystem("/dev/shared/data", needs=(_GROUP,)),
            Database("xcat", "mariadb", "/var/lib/mysql", port=3306, needs=(DISK,)),
            *_services(DATABASE),
            Exports("nfs", needs=(ADDRESS, DISK)),
            family=None,
            init=None,
        ),
        _units("mariadb", **{"nfs-server": NFS}),
        "mariadb",
        _DEBIAN,
    ),
    "postgresql": Scene(
        _pair(
            _address("cluster", "10.77.0.10/24"),
            _address("six", "fd00:77::10/64"),
            _filesystem(),
            Database("xcat", "postgresql", "/var/lib/mysql", port=5432, needs=(DISK,)),
            *_services(DATABASE),
            Exports("nfs", restart_server=False, needs=(ADDRESS, DISK)),
            family="redhat",
        ),
        {
            **_units(""),
            "postgresql": UnitKind(
                start_s=(0.2, 2.0), stop_s=(0.05, 0.8), directory="/var/lib/mysql", ports=("tcp 5432",)
            ),
            "xcatd": UnitKind(directory="/etc/xcat", needs_database=True, ports=("tcp 3001",), leaves=True),
            "nfs-server": NFS,
        },
        "postgresql",
        "",
    ),
    "sysv": Scene(
        _pair(
            _address("cluster", "10.77.0.10/24"),
            _filesystem(),
            Database("xcat", "mysql", "/var/lib/mysql", port=3306, needs=(DISK,)),
            *_services(DATABASE),
            family="redhat",
            init="sysv",
        ),
        _units("mysqld"),
        "mysqld",
        "",
    ),
    "sqlite": Scene(
        _pair(
            _address("cluster", "10.77.0.10/24"),
            _filesystem(),
            Database("xcat", "sqlite", "/etc/xcat", needs=(DISK,)),
            *_services(),
            _HOOKED,
        ),
        _units(""),
        "xcatd",
        "",
    ),
    "aix": Scene(
        _pair(
            *_jfs2(),
            Database("xcat", "mysql", "/var/lib/mysql", port=3306, needs=(DISK,)),
            *_services(DATABASE),
            Exports("nfs", needs=(ADDRESS, DISK)),
            family=None,
            init=None,
        ),
        _units("mysql", **{"group:nfs": replace(NFS, start_s=(0.0, 0.0))}),
        "mysql",
        "",
        "aix",
    ),
    "aix, sqlite": Scene(
        _pair(
            *_jfs2(),
            Database("xcat", "sqlite", "/etc/xcat", needs=(DISK,)),
            *_services(),
            _HOOKED,
            family="aix",
            init="src",
        ),
        _units(""),
        "xcatd",
        "",
        "aix",
    ),
}
