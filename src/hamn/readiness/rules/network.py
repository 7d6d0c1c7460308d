"""The virtual IP can be held by either machine, and is by one at most."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.model.pair import VirtualIp
from hamn.readiness.evidence import Evidence, Side
from hamn.readiness.rule import Finding, rule
from hamn.reports.report import Severity
from hamn.resources.kind import Hold


def _each(evidence: Evidence) -> Iterator[tuple[VirtualIp, Side]]:
    return ((ip, side) for ip in evidence.pair.virtual_ips for side in evidence.sides)


def _macs(ip: VirtualIp, side: Side) -> set[str]:
    """Of the interfaces that hold the address there."""
    return {a.mac.lower() for a in side.seen.addresses or () if a.address.ip == ip.address.ip and a.mac}


def _own(side: Side) -> set[str]:
    """Of every interface of the machine."""
    return {link.mac for link in (side.inventory.links or {}).values()}


@rule("virtual-ip-interface", Severity.ERROR, "the virtual IP's interface exists and is up on both machines")
def virtual_ip_interface(evidence: Evidence) -> Iterator[Finding]:
    """An interface that was renamed, or whose cable was pulled, is found out when it is needed.
    Failure mode 32."""
    for ip, side in _each(evidence):
        name, links = ip.interface.get(side.name, ""), side.inventory.links
        if links is None:
            yield side.unknown("links", f"interface {name}")
        elif name not in links:
            there = ", ".join(sorted(link for link in links if link != "lo")) or "none"
            hint = f"name the right one in the declaration, [{ip.id}] interface; there are: {there}"
            yield side.problem(f"{side.name} has no interface {name}", hint)
        elif not links[name].up:
            yield side.problem(f"{name} is down on {side.name}", f"`ip link set {name} up`, and see its cable")
        else:
            yield side.ok(f"{name} is up on {side.name}")


@rule("same-subnet", Severity.ERROR, "both machines have an address of their own in the virtual IP's network")
def same_subnet(evidence: Evidence) -> Iterator[Finding]:
    """DHCP and other broadcasts must reach the nodes from either machine. Requirement, "Configuration
    Requirements": "in the same subnet"; failure mode 12."""
    virtual = {ip.address.ip for ip in evidence.pair.virtual_ips}
    for ip, side in _each(evidence):
        name, network = ip.interface.get(side.name, ""), ip.address.network
        if side.seen.addresses is None:
            yield side.unknown("addresses", f"addresses of {side.name}")
            continue
        own = [a.address for a in side.seen.addresses if a.interface == name and a.address.ip not in virtual]
        if any(address.network == network for address in own):
            yield side.ok(f"{name} on {side.name} is in {network}")
        else:
            seen = ", ".join(str(address) for address in own) or "no address of its own"
            hint = f"give {name} on {side.name} an address in {network}, or correct [{ip.id}] address"
            yield side.problem(f"{name} on {side.name} has {seen}, none in {network}", hint)


@rule("virtual-ip-free", Severity.ERROR, "nobody but the owner answers for the virtual IP")
def virtual_ip_free(evidence: Evidence) -> Iterator[Finding]:
    """Two who answer for one address take turns at being believed. Asked by an ARP probe (RFC 5227) or a
    neighbour solicitation (RFC 4862), which a firewall can't hide from. The machines' own interfaces are no
    strangers: each hears the other ask, and whether both hold the address is read from their own tables.
    Failure mode 8."""
    for ip, side in _each(evidence):
        answered = side.inventory.probes.get(ip.id)
        if answered is None:
            yield side.unknown(f"probe.{ip.id}", f"who answers for {ip.address.ip}")
            continue
        other = evidence.other(side)
        strangers = [mac for mac in answered if mac not in _own(side) | _own(other)]
        if strangers and other.inventory.links is None:
            yield other.unknown("links", f"whose {', '.join(strangers)} is, who answers for {ip.address.ip}")
        elif strangers:
            where = ip.interface.get(side.name, "")
            hint = f"find {strangers[0]} in the switch's table and take {ip.address.ip} off that machine"
            yield side.problem(
                f"{ip.address.ip} is answered for by a stranger, {', '.join(strangers)} (seen on {where})", hint
            )
        else:
            yield side.ok(f"no stranger answers for {ip.address.ip}")
    for ip in evidence.pair.virtual_ips:
        holders = [side for side in evidence.sides if side.holds(ip) is Hold.HELD]
        for side in holders:
            if len(holders) > 1 and side.name != evidence.active:
                hint = f"on {side.name}: `hamn deactivate`"
                yield side.problem(f"{ip.address.ip} is on both machines", hint)


@rule("same-wire", Severity.ERROR, "the standby hears the active machine answer for the virtual IP")
def same_wire(evidence: Evidence) -> Iterator[Finding]:
    """Same numbers prove no common network: a wrong VLAN is only seen by asking across it. Where nobody holds
    the address there is nothing to hear. Failure modes 7 and 32."""
    for ip, side in _each(evidence):
        other = evidence.other(side)
        if other.holds(ip) is not Hold.HELD or side.holds(ip) is Hold.HELD:
            continue
        answered, name = side.inventory.probes.get(ip.id), ip.interface.get(side.name, "")
        if answered is None:
            yield side.unknown(f"probe.{ip.id}", f"who answers for {ip.address.ip}")
        elif _macs(ip, other) & set(answered):
            yield side.ok(f"{side.name} hears {other.name} answer for {ip.address.ip} on {name}")
        else:
            hint = f"see that {name} on {side.name} and its peer on {other.name} are on one network (VLAN, cable)"
            yield side.problem(
                f"{other.name} holds {ip.address.ip}, and {side.name} doesn't hear it on {name}", hint
            )


@rule("virtual-ip-not-persistent", Severity.ERROR, "no machine brings the virtual IP up at boot by itself")
def virtual_ip_not_persistent(evidence: Evidence) -> Iterator[Finding]:
    """A crashed machine that comes back with the address takes it from the one that serves. Requirement,
    set-up of the primary, step 2: "designed to avoid ip address conflict"; failure mode 15."""
    if not evidence.pair.virtual_ips:
        return
    for side in evidence.sides:
        lines = side.inventory.persistent
        if lines is None:
            yield side.unknown("persistent", "the network's configuration files")
        elif not lines:
            yield side.ok(f"no configuration file of {side.name} sets a virtual IP")
        for line in lines or ():
            hint = f"on {side.name}: take that line out; hamn sets the address when {side.name} is active"
            yield side.problem(f"{line.place} sets a virtual IP at boot: {line.text}", hint)


RULES = (virtual_ip_interface, same_subnet, virtual_ip_free, same_wire, virtual_ip_not_persistent)
