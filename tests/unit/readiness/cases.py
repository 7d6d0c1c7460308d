"""For every rule: what makes it find a problem, and what leaves it not knowing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Interface

from hamn.facts.facts import Operation
from hamn.local.paths import Behind
from hamn.model.owner import OwnerRecord
from hamn.planning.drift import Entry, Listing
from hamn.platforms.answers import Address, Group, Mount, System, Unit
from hamn.readiness.evidence import Evidence
from hamn.readiness.inventory import Backup, Clock, Generated, Line, Link, Owned, Space, Tried

from .healthy import (
    DEVICE,
    LISTING,
    MACS,
    VIRTUAL,
    declared,
    found,
    mounts_of,
    resource,
    seen,
    silent,
)

Spoil = Callable[[Evidence], Evidence]
ID = "filesystem.shared"
DEBIAN = System("debian", "Debian GNU/Linux", "12", "6.1.0-18-amd64")
STRANGER = "02:00:00:00:00:99"


def device(name: str, **changes: object) -> Spoil:
    return lambda e: found(e, name, devices={ID: replace(DEVICE, **changes)})  # type: ignore[arg-type]


def _everywhere(spoil: Callable[[Evidence, str], Evidence]) -> Spoil:
    return lambda e: spoil(spoil(e, "mn1"), "mn2")


def _without_fence(e: Evidence) -> Evidence:
    first, second = e.pair.machines
    return declared(e, machines=(replace(first, fence=None), second))


def _unit(name: str, unit: Unit) -> Spoil:
    return lambda e: seen(e, name, units={**e.facts[name].units, unit.name: unit})


def _operation(*, running: bool) -> Spoil:
    operation = Operation("1", "switchover", "mn2 active", "mn1", "root", "today", "mn2", None, 99, running)
    return lambda e: seen(e, "mn1", operations=(operation,))


def group_active_on_both(e: Evidence) -> Evidence:
    """So that both machines see the logical volume."""
    return seen(e, "mn2", groups=(Group("vgdata", "mn1", 1, 1),))


def needing_the_group(e: Evidence) -> Evidence:
    return resource(e, ID, needs=("volume_group.data",))


def _no_devices(e: Evidence) -> Evidence:
    return found(found(e, "mn1", devices={}), "mn2", devices={})


def database_on_nfs(e: Evidence) -> Evidence:
    return seen(e, "mn1", mounts=(*mounts_of(e, "mn1"), Mount("/var/lib/mysql", "nas:/db", "nfs4")))


def _read_only(e: Evidence) -> Evidence:
    mounts = tuple(replace(m, options=("ro",)) if m.target == "/shared" else m for m in mounts_of(e, "mn1"))
    return seen(e, "mn1", mounts=mounts)


def _mounted_on_both(e: Evidence) -> Evidence:
    return seen(e, "mn2", mounts=mounts_of(e, "mn1"))


REMEMBERED = OwnerRecord("hpc1", 1, "mn1")

PROBLEMS: dict[str, list[Spoil]] = {
    "shared-data-redundant": [
        lambda e: found(e, "mn1", paths={ID: Behind("disk", 1, 1, "sdb")}),
        lambda e: found(e, "mn2", paths={ID: Behind("multipath", 4, 1, "dm-3")}),
        lambda e: found(e, "mn2", paths={ID: Behind("mirror", 2, 1, "md0")}),
        lambda e: resource(e, "filesystem.log", redundant=False),
    ],
    "machines-answer": [lambda e: silent(e, "mn2")],
    "ssh-both-ways": [lambda e: found(e, "mn2", ssh=Tried(False, "Permission denied (publickey)."))],
    "names-resolve": [
        lambda e: found(e, "mn1", resolved={"mn2": ()}),
        lambda e: found(e, "mn1", resolved={"mn2": ("127.0.1.1",)}),
    ],
    "virtual-ip-name": [
        lambda e: found(e, "mn2", resolved={"mn1": ("192.0.2.11",), "mn": ()}),
        lambda e: found(e, "mn2", resolved={"mn1": ("192.0.2.11",), "mn": ("192.0.2.11",)}),
    ],
    "hosts-before-dns": [
        lambda e: found(e, "mn1", nsswitch="dns files"),
        lambda e: found(e, "mn1", nsswitch="dns"),
        lambda e: found(e, "mn1", nsswitch=""),
    ],
    "resolver-asks-virtual-ip": [lambda e: found(e, "mn2", nameservers=("198.51.100.1",))],
    "same-declaration": [
        lambda e: seen(e, "mn2", fingerprint="0" * 64),
        lambda e: seen(e, "mn2", fingerprint=""),
        lambda e: declared(e, fingerprint="0" * 64),
    ],
    "same-hamn": [lambda e: seen(e, "mn2", version="0.9")],
    "same-os": [lambda e: found(e, "mn2", system=replace(DEBIAN, version="11"))],
    "same-kernel": [lambda e: found(e, "mn2", system=replace(DEBIAN, kernel="6.1.0-17-amd64"))],
    "similar-hardware": [
        lambda e: found(e, "mn2", hardware={"processors": 16, "memory": 32 << 30}),
        lambda e: found(e, "mn1", hardware={"processors": 4, "memory": 64 << 30}),
    ],
    "same-database-version": [lambda e: found(e, "mn2", databases={"database.xcat": "mariadbd  Ver 10.5.1"})],
    "same-xcat": [
        lambda e: found(e, "mn2", packages={"bind9": "9.18", "xCAT": "2.16.4"}),
        lambda e: found(e, "mn2", packages={"bind9": "9.18"}),
    ],
    "same-packages": [
        lambda e: found(e, "mn2", packages={"bind9": "9.16", "xCAT": "2.16.5"}),
        lambda e: found(e, "mn1", packages={"xCAT": "2.16.5"}),
    ],
    "clocks-agree": [lambda e: found(e, "mn2", clock=Clock(1001.5, 0.01))],
    "time-service": [lambda e: found(e, "mn2", time_service="")],
    "virtual-ip-interface": [
        lambda e: found(e, "mn2", links={"lo": Link(True), "ens3": Link(True, MACS["mn2"])}),
        lambda e: found(e, "mn2", links={"eth0": Link(False, MACS["mn2"])}),
    ],
    "same-subnet": [
        lambda e: seen(e, "mn2", addresses=(Address(IPv4Interface("198.51.100.12/24"), "eth0", MACS["mn2"]),)),
        lambda e: seen(e, "mn2", addresses=(Address(IPv4Interface("192.0.2.12/25"), "eth0", MACS["mn2"]),)),
        lambda e: seen(e, "mn2", addresses=(Address(VIRTUAL, "eth0", MACS["mn2"]),)),
    ],
    "virtual-ip-free": [
        lambda e: found(e, "mn1", probes={"virtual_ip.cluster": (STRANGER,)}),
        lambda e: found(e, "mn2", probes={"virtual_ip.cluster": (MACS["mn1"], STRANGER)}),
        lambda e: seen(e, "mn2", addresses=e.facts["mn1"].addresses),
    ],
    "same-wire": [lambda e: found(e, "mn2", probes={"virtual_ip.cluster": ()})],
    "virtual-ip-not-persistent": [
        lambda e: found(e, "mn2", persistent=(Line("/etc/netplan/1.yaml:7", "- 192.0.2.10/24"),))
    ],
    "device-present": [
        lambda e: found(e, "mn2", devices={ID: None}),
        lambda e: found(needing_the_group(e), "mn1", devices={ID: None}),
    ],
    "same-device": [
        device("mn2", wwn="0x6000"),
        device("mn2", serial="LUN8"),
        device("mn2", uuid="decaf"),
        device("mn2", size_bytes=5),
    ],
    "filesystem-type": [device("mn1", type="xfs"), device("mn2", type="")],
    "multiple-mount-protection": [
        _everywhere(lambda e, name: device(name, mmp=False)(e)),
        device("mn2", mmp=False),
    ],
    "volume-group": [
        lambda e: seen(e, "mn2", groups=()),
        lambda e: seen(e, "mn2", groups=(Group("vgdata", "", 0, 1),)),
    ],
    "volume-group-not-at-boot": [lambda e: found(e, "mn2", autoactivation={"vgdata": True})],
    "mounts-not-at-boot": [
        lambda e: found(e, "mn2", boot_mounts=(Line("/etc/fstab:3", "UUID=c0ffee /shared ext4 defaults 0 0"),)),
        lambda e: found(e, "mn2", boot_mounts=(Line("shared.mount", "wanted by multi-user.target"),)),
        lambda e: found(e, "mn2", boot_mounts=(Line("autofs maps", "/install nas:/install"),)),
    ],
    "mount-points": [lambda e: found(e, "mn2", mount_points={"/install": "symbolic link"})],
    "mount-points-made": [lambda e: found(e, "mn2", mount_points={"/install": ""})],
    "nothing-beneath": [
        lambda e: found(
            seen(e, "mn2", remembered=REMEMBERED),
            "mn2",
            beneath={"/shared": "", "/install": "/install/x", "/var/lib/mysql": ""},
        )
    ],
    "database-not-on-network": [
        database_on_nfs,
        lambda e: resource(e, ID, type="nfs", source="nas:/shared"),
    ],
    "shared-data-writable": [
        _read_only,
        lambda e: found(e, "mn1", writes={ID: Tried(False, "no end within its limit")}),
    ],
    "journal-space": [
        lambda e: found(e, "mn2", space=Space("/", 1 << 20)),
        lambda e: seen(e, "mn2", mounts=(*mounts_of(e, "mn2"), Mount("/", "/dev/sda1", "ext4", ("ro",)))),
    ],
    "services-installed": [
        _unit("mn2", Unit("named", "inactive", "absent")),
        _unit("mn2", Unit("named", "inactive", "masked")),
    ],
    "services-not-at-boot": [
        _unit("mn1", Unit("named", "active", "enabled")),
        _unit("mn2", Unit("mariadb", "inactive", "enabled")),
    ],
    "standby-idle": [_unit("mn2", Unit("isc-dhcp-server", "active", "disabled")), _mounted_on_both],
    "generated-files": [
        lambda e: found(e, "mn2", generated=Generated(("/etc/hosts", "/etc/bind/named.conf"))),
        lambda e: found(e, "mn1", generated=Generated(("/etc/hosts",))),
        lambda e: found(e, "mn2", generated=Generated((), ("named-checkconf doesn't take it",))),
    ],
    "service-nodes-answer": [
        lambda e: found(
            e,
            "mn1",
            service_nodes={"service_nodes.cluster": Tried(False, "not done on 1 of 12 service nodes: sn7 (?)")},
        )
    ],
    "certificates": [lambda e: found(e, "mn1", certificates=("certificate of mn: it ends 2026-12-01",))],
    "recent-backup": [
        lambda e: found(e, "mn1", backups=()),
        lambda e: found(e, "mn1", backups=(Backup("20261121T023000Z", 200_000.0, ("xcat",)),)),
        lambda e: found(e, "mn1", backups=(Backup("20261123T023000Z", 60.0, ("another",)),)),
    ],
    "same-accounts": [
        lambda e: found(e, "mn2", accounts={"mysql": (106, 110), "bind": (107, 112), "named": None}),
        lambda e: found(e, "mn2", accounts={"mysql": (105, 111), "bind": (107, 112), "named": None}),
        lambda e: found(e, "mn2", accounts={"mysql": None, "bind": (107, 112), "named": None}),
    ],
    "shared-files-owners": [
        lambda e: found(e, "mn1", owned=(Owned("/install", 998, 998, "998"),)),
        lambda e: found(e, "mn1", owned=(Owned("/var/lib/mysql", 0, 0, "root"),)),
        lambda e: found(e, "mn2", accounts={"mysql": (106, 110)}),
    ],
    "files-synced": [
        lambda e: found(e, "mn2", listing=Listing({})),
        lambda e: found(e, "mn1", listing=Listing({"/etc/hosts": Entry("", 0, 0o644, "root", "root")})),
        lambda e: found(e, "mn1", listing=Listing({})),
        lambda e: found(e, "mn2", listing=replace(LISTING, owed=(("newaliases",),))),
    ],
    "scheduled": [
        lambda e: found(e, "mn2", scheduled={"hamn-sync": False, "hamn-backup": True, "hamn-boot": True})
    ],
    "one-holder": [_mounted_on_both, lambda e: seen(e, "mn2", addresses=e.facts["mn1"].addresses)],
    "owner-record": [
        lambda e: seen(e, "mn1", owner=None, owner_trouble="/shared/.hamn-owner.json: Input/output error"),
        lambda e: seen(e, "mn1", owner=None),
        lambda e: seen(e, "mn1", owner=OwnerRecord("hpc2", 1, "mn1")),
        lambda e: seen(e, "mn1", owner=OwnerRecord("hpc1", 1, "mn7")),
    ],
    "owner-epoch": [lambda e: seen(e, "mn2", remembered=OwnerRecord("hpc1", 4, "mn2"))],
    "no-open-operation": [_operation(running=False), _operation(running=True)],
    "role-held": [
        _unit("mn1", Unit("named", "failed", "disabled")),
        lambda e: seen(seen(e, "mn1", owner=None, remembered=None), "mn2", owner=None),
    ],
    "fence-declared": [_without_fence],
    "fence-answers": [
        lambda e: found(e, "mn1", fence=Tried(False, "fence_ipmilan: not found")),
        lambda e: found(e, "mn1", fence=Tried(True, "off")),
    ],
}

UNKNOWN: dict[str, Spoil] = {
    "shared-data-redundant": lambda e: found(e, "mn2", paths={}, unheard={"paths.filesystem.shared": "no answer"}),
    "ssh-both-ways": lambda e: found(e, "mn2", ssh=None),
    "names-resolve": lambda e: found(e, "mn1", resolved={}),
    "virtual-ip-name": lambda e: found(e, "mn1", resolved={}),
    "hosts-before-dns": lambda e: found(e, "mn1", nsswitch=None),
    "resolver-asks-virtual-ip": lambda e: found(e, "mn1", nameservers=None),
    "same-declaration": lambda e: silent(e, "mn2"),
    "same-hamn": lambda e: seen(e, "mn2", version=""),
    "same-os": lambda e: found(e, "mn2", system=None),
    "same-kernel": lambda e: found(e, "mn2", system=replace(DEBIAN, kernel="")),
    "similar-hardware": lambda e: found(e, "mn2", hardware=None),
    "same-database-version": lambda e: found(e, "mn2", databases={}),
    "same-xcat": lambda e: found(e, "mn1", packages=None),
    "same-packages": lambda e: found(e, "mn1", packages=None),
    "clocks-agree": lambda e: found(e, "mn2", clock=Clock(1000.9, 0.4)),
    "time-service": lambda e: found(e, "mn2", time_service=None),
    "virtual-ip-interface": lambda e: found(e, "mn2", links=None),
    "same-subnet": lambda e: seen(e, "mn2", addresses=None),
    "virtual-ip-free": lambda e: found(e, "mn1", probes={}),
    "same-wire": lambda e: found(e, "mn2", probes={}),
    "virtual-ip-not-persistent": lambda e: found(e, "mn2", persistent=None),
    "device-present": lambda e: found(e, "mn2", devices={}),
    "same-device": lambda e: found(e, "mn2", devices={}),
    "filesystem-type": lambda e: found(e, "mn2", devices={}),
    "multiple-mount-protection": _everywhere(lambda e, name: device(name, mmp=None)(e)),
    "volume-group": lambda e: seen(e, "mn2", groups=None),
    "volume-group-not-at-boot": lambda e: found(e, "mn2", autoactivation=None),
    "mounts-not-at-boot": lambda e: found(e, "mn2", boot_mounts=None),
    "mount-points": lambda e: found(e, "mn2", mount_points=None),
    "mount-points-made": lambda e: found(e, "mn2", mount_points=None),
    "nothing-beneath": lambda e: found(seen(e, "mn2", remembered=REMEMBERED), "mn2", beneath={}),
    "database-not-on-network": lambda e: seen(e, "mn2", mounts=None),
    "shared-data-writable": lambda e: found(e, "mn1", writes={}),
    "journal-space": lambda e: found(e, "mn2", space=None),
    "services-installed": lambda e: seen(e, "mn2", units={}),
    "services-not-at-boot": _unit("mn2", Unit("named", "unknown", "unknown")),
    "standby-idle": lambda e: seen(e, "mn2", mounts=None),
    "generated-files": lambda e: found(e, "mn2", generated=None),
    "service-nodes-answer": lambda e: found(e, "mn1", service_nodes={}),
    "certificates": lambda e: found(e, "mn1", certificates=None),
    "recent-backup": lambda e: found(e, "mn1", backups=None),
    "same-accounts": lambda e: found(e, "mn2", accounts={}),
    "shared-files-owners": lambda e: found(e, "mn1", owned=None),
    "files-synced": lambda e: found(e, "mn2", listing=None),
    "scheduled": lambda e: found(e, "mn1", scheduled={}),
    "one-holder": lambda e: seen(e, "mn2", addresses=None),
    "owner-record": lambda e: seen(e, "mn1", mounts=None),
    "no-open-operation": lambda e: silent(e, "mn2"),
    "role-held": _unit("mn1", Unit("named", "unknown", "unknown")),
    "fence-answers": lambda e: found(e, "mn1", fence=None),
}
