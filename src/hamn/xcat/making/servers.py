"""The management node as its nodes see it, worked out from the tables where nobody says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from hamn.xcat.generators.cluster import Cluster
from hamn.xcat.generators.entries import Entry
from hamn.xcat.generators.server import Server


def found(cluster: Cluster, entries: Sequence[Entry], here: Mapping[str, Sequence[str]], host_name: str) -> Server:
    """site.master is the virtual address, on this machine now or not: so the standby writes what the active one
    does. In networks without it, the addresses of this machine that the tables name; where they name none, its
    first one.

    `entries` are those of the hosts file, `here` this machine's addresses by interface.
    """
    site, networks = cluster.site, cluster.networks
    own = {address: interface for interface, many in here.items() for address in many}
    master = _address(site.master, entries)
    said = [*site.nameservers]
    for network in networks.all:
        said += [network.dhcpserver, network.tftpserver, network.gateway, *network.nameservers]
    chosen = dict.fromkeys([master, *(address for address in said if address in own)] if master else ())
    interfaces: dict[str, list[str]] = {}
    if master:
        interfaces[own.get(master) or _facing(cluster, master, own)] = [master]
    for network in networks.all:
        inside = [address for address in own if ip_address(address) in network.block]
        if master and ip_address(master) in network.block:
            continue
        for address in [each for each in inside if each in chosen] or inside[:1]:
            interfaces.setdefault(own[address], []).append(address)
    name = next((entry.host for entry in entries if entry.address == master), "") or host_name
    known = dict.fromkeys((host_name, *own))
    return Server(name, site.domain, {nic: many for nic, many in interfaces.items() if nic}, tuple(known))


def _address(master: str, entries: Sequence[Entry]) -> str:
    try:
        return str(ip_address(master))
    except ValueError:
        return next((entry.address for entry in entries if master and master in entry.names), "")


def _facing(cluster: Cluster, master: str, own: Mapping[str, str]) -> str:
    """The interface of another address in the same network, as on a standby."""
    for network in cluster.networks.all:
        if ip_address(master) in network.block:
            local = (interface for address, interface in own.items() if ip_address(address) in network.block)
            return next(local, network.interface)
    return next(iter(own.values()), "")
