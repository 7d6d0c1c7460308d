"""What both DHCP servers are told: which networks, which machines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hamn.xcat.generators import bindings, subnets
from hamn.xcat.generators.bindings import Binding
from hamn.xcat.generators.complaints import Complaint
from hamn.xcat.generators.subnets import Subnet
from hamn.xcat.making.definitions import Definitions


@dataclass(frozen=True)
class Wanted:
    """`networks`: what makedhcp -n makes. `nodes`: whose addresses are entered, all for None. `gone`: whose
    entries are taken out. `statements`: more of dhcpd.conf for each of `nodes`."""

    networks: bool = False
    nodes: Collection[str] | None = ()
    gone: Collection[str] = ()
    statements: str = ""


@dataclass(frozen=True)
class Served:
    subnets: Sequence[Subnet]
    bindings: Sequence[Binding]
    complaints: Sequence[Complaint]


def served(definitions: Definitions, nodes: Collection[str] | None, *, networks: bool) -> Served:
    """Only those complaints that are about what was asked for."""
    cluster, server, addresses = definitions.cluster, definitions.server, definitions.addresses
    of_networks = subnets.subnets(cluster.networks, server, addresses)
    macs = definitions.of("mac", nodes)
    if nodes is not None:
        macs = {**{node: {} for node in nodes}, **macs}  # a node without a row has no MAC address either
    bound = bindings.bindings(macs, cluster.noderes, addresses, cluster.networks, server)
    complaints = [*(of_networks.complaints if networks else ()), *bound.complaints]
    return Served(of_networks.good, bound.good, complaints)


def is_kea(definitions: Definitions) -> bool:
    """site.dhcpbackend: isc, kea, or auto: what xCAT takes for the distribution."""
    said = definitions.settings.get("dhcpbackend", "auto").strip().lower()
    return said == "kea" or (said != "isc" and definitions.machine.layout.prefers_kea)
