"""A pair of which everything is well, and ways to spoil one thing of it."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

from hamn.facts.facts import Facts, MachineFacts
from hamn.local.paths import Behind
from hamn.model.pair import (
    Configuration,
    Database,
    FenceDevice,
    Filesystem,
    Machine,
    Pair,
    Service,
    ServiceNodes,
    VirtualIp,
    VolumeGroup,
)
from hamn.model.sync import Sync
from hamn.planning.drift import Entry, Listing
from hamn.platforms.answers import Address, Device, Group, Mount, System
from hamn.readiness.evidence import Evidence
from hamn.readiness.inventory import Backup, Clock, Generated, Inventory, Link, Owned, Space, Tried
from hamn.readiness.rule import Finding, Rule, Verdict, worst
from hamn.readiness.rules import RULES
from hamn.verbs.assume import assumed

MACS = {"mn1": "02:00:00:00:00:01", "mn2": "02:00:00:00:00:02"}
OWN = {"mn1": IPv4Interface("192.0.2.11/24"), "mn2": IPv4Interface("192.0.2.12/24")}
VIRTUAL = IPv4Interface("192.0.2.10/24")
DEVICE = Device("/dev/sdb1", uuid="c0ffee", type="ext4", serial="LUN7", wwn="0x5000", size_bytes=1 << 30, mmp=True)
LISTING = Listing({"/etc/hosts": Entry("5a", 120, 0o644, "root", "root")})
BMC = FenceDevice("fence_ipmilan", (("ip", "192.0.2.21"),), "/etc/hamn/bmc.pw")

PAIR = Pair(
    name="hpc1",
    profile="xcat",
    machines=(Machine("mn1", "192.0.2.11", fence=BMC), Machine("mn2", "192.0.2.12", fence=BMC)),
    resources=(
        VirtualIp("cluster", VIRTUAL, {"mn1": "eth0", "mn2": "eth0"}, hostname="mn"),
        VolumeGroup("data", "vgdata"),
        Filesystem("shared", "UUID=c0ffee", "/shared", "ext4", directories=("/install", "/var/lib/mysql")),
        Filesystem("log", "nas:/log", "/log", "nfs", access="parallel", redundant=True),
        Database("xcat", "mariadb", "/var/lib/mysql", needs=("filesystem.shared",)),
        Service("dns", "dns", needs=("virtual_ip.cluster",)),
        Service("dhcp", "dhcp", needs=("virtual_ip.cluster",)),
        Configuration("cluster", after=("service.dns", "service.dhcp")),
        ServiceNodes("cluster", needs=("database.xcat",)),
    ),
    sync=Sync(files=("/etc/hosts",)),
    source="/etc/hamn/pair.toml",
    fingerprint="f" * 64,
)


def healthy(pair: Pair = PAIR) -> Evidence:
    """mn1 is active."""
    base = assumed(pair, "mn1", "switchover")
    facts = Facts({name: _seen(seen) for name, seen in base.machines.items()})
    return Evidence(pair, facts, {name: _inventory(name) for name in facts.machines})


def _seen(seen: MachineFacts) -> MachineFacts:
    name = seen.name
    addresses = (Address(OWN[name], "eth0", MACS[name]), *(seen.addresses or ()))
    addresses = tuple(replace(address, mac=MACS[name]) for address in addresses)
    groups = (Group("vgdata", "mn1", int(name == "mn1"), 1),)
    return replace(seen, addresses=addresses, groups=groups, version="1.0", fingerprint="f" * 64)


def _inventory(name: str) -> Inventory:
    other = {"mn1": "mn2", "mn2": "mn1"}[name]
    active = name == "mn1"
    return Inventory(
        machine=name,
        clock=Clock(1000.0 if active else 1000.02, 0.01),
        system=System("debian", "Debian GNU/Linux", "12", "6.1.0-18-amd64"),
        hardware={"processors": 16, "memory": 64 << 30},
        packages={"bind9": "9.18", "xCAT": "2.16.5"},
        databases={"database.xcat": "mariadbd  Ver 10.11.6"},
        resolved={other: (str(OWN[other].ip),), "mn": ("192.0.2.10",)},
        links={"lo": Link(True, "00:00:00:00:00:00"), "eth0": Link(True, MACS[name])},
        probes={"virtual_ip.cluster": () if active else (MACS["mn1"],)},
        persistent=(),
        nsswitch="files dns",
        nameservers=("192.0.2.10",),
        devices={"filesystem.shared": DEVICE},
        paths={"filesystem.shared": Behind("multipath", 4, 4, "dm-3")},
        autoactivation={"vgdata": False},
        boot_mounts=(),
        mount_points={} if active else dict.fromkeys(("/shared", "/install", "/var/lib/mysql"), "directory"),
        beneath={} if active else dict.fromkeys(("/shared", "/install", "/var/lib/mysql"), ""),
        writes=dict.fromkeys(("filesystem.shared", "filesystem.log"), Tried(True, "takes writes")),
        owned=(Owned("/var/lib/mysql", 105, 110, "mysql"), Owned("/shared", 0, 0, "root")),
        accounts={"mysql": (105, 110), "bind": (107, 112), "named": None},
        time_service="chrony",
        ssh=Tried(True),
        fence=Tried(True, "on"),
        space=Space("/", 1 << 32),
        backups=(Backup("20261123T023000Z", 8 * 3600.0, ("xcat",)),) if active else (),
        generated=Generated(),
        listing=LISTING,
        service_nodes={"service_nodes.cluster": Tried(True, "done on 12 service nodes")} if active else {},
        scheduled={"hamn-sync": True, "hamn-backup": True, "hamn-boot": True},
        certificates=() if active else None,
    )


def seen(evidence: Evidence, name: str, **changes: Any) -> Evidence:
    machines = {**evidence.facts.machines, name: replace(evidence.facts[name], **changes)}
    return replace(evidence, facts=Facts(machines))


def found(evidence: Evidence, name: str, **changes: Any) -> Evidence:
    inventory = replace(evidence.inventories[name], **changes)
    return replace(evidence, inventories={**evidence.inventories, name: inventory})


def declared(evidence: Evidence, **changes: Any) -> Evidence:
    return replace(evidence, pair=replace(evidence.pair, **changes))


def resource(evidence: Evidence, id_: str, **changes: Any) -> Evidence:
    resources = tuple(replace(r, **changes) if r.id == id_ else r for r in evidence.pair.resources)
    return declared(evidence, resources=resources)


def silent(evidence: Evidence, name: str) -> Evidence:
    gone = MachineFacts(name, answers=False, why_not="no answer within 3 s", code="timeout", hint="switch it on")
    machines = {**evidence.facts.machines, name: gone}
    rest = {n: i for n, i in evidence.inventories.items() if n != name}
    return replace(evidence, facts=Facts(machines), inventories=rest)


def mounts_of(evidence: Evidence, name: str) -> tuple[Mount, ...]:
    return evidence.facts[name].mounts or ()


def rule(id_: str) -> Rule:
    return next(rule for rule in RULES if rule.id == id_)


def findings(evidence: Evidence, id_: str) -> tuple[Finding, ...]:
    return tuple(rule(id_).judge(evidence))


def verdict(evidence: Evidence, id_: str) -> Verdict:
    return worst(findings(evidence, id_))
