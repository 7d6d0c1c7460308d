"""The networks that a DHCP server serves, and what it tells the machines there: the same for ISC's server and
Kea."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hamn.xcat.generators import reverse
from hamn.xcat.generators.bindings import address_of
from hamn.xcat.generators.boot import Urls
from hamn.xcat.generators.complaints import Complaint, Fault, Judged
from hamn.xcat.generators.networks import Network, Networks
from hamn.xcat.generators.server import Server


@dataclass(frozen=True)
class Subnet:
    """All names are addresses here. `identifier` is the address that clients come back to: the virtual IP, not
    that of the machine that happened to answer; empty if the server has none of that network's family."""

    network: Network
    interface: str
    boots: bool
    identifier: str
    next_server: str
    routers: tuple[str, ...]
    nameservers: tuple[str, ...]
    logservers: tuple[str, ...]
    ntpservers: tuple[str, ...]
    domain: str
    search: tuple[str, ...]
    update_domain: str
    urls: Urls

    @property
    def reverse_zones(self) -> list[str]:
        return reverse.names(self.network.block)


def subnets(networks: Networks, server: Server, addresses: Mapping[str, str]) -> Judged[Subnet]:
    """IPv4 networks on the interfaces that `site.dhcpinterfaces` names, in the order of the table.

    The interface of a network is the one where the server has a virtual address in it, else the row's mgtifname.
    """
    listening = dict(networks.site.listening(server))
    search = tuple(dict.fromkeys(d for d in (networks.site.domain, *(n.domain for n in networks.all)) if d))
    wrong: list[Complaint] = []
    good = []
    for network in networks.all:
        if network.block.version != 4:
            continue
        interface = server.interface_to(network.block) or network.interface
        if not interface:
            wrong.append(Complaint(Fault.NO_INTERFACE, network.name, "networks.mgtifname"))
        if interface in listening:
            told = _Told(network, server, addresses, wrong)
            good.append(_subnet(network, interface, listening[interface], search, networks, told))
    return Judged(good, wrong)


def _subnet(
    network: Network, interface: str, boots: bool, search: tuple[str, ...], networks: Networks, told: _Told
) -> Subnet:
    site, here = networks.site, told.server.facing(network.block)
    own = (here,) if here else ()
    domain = networks.domain_of(network)
    next_server = next(told.known("tftpserver", network.tftpserver), "") or next(
        told.known("dhcpserver", network.dhcpserver), here
    )
    said = network.nameservers or site.nameservers
    return Subnet(
        network=network,
        interface=interface,
        boots=boots,
        identifier=here,
        next_server=next_server,
        routers=tuple(told.known("gateway", network.gateway)),
        nameservers=tuple(told.known("nameservers", *said)) or own,
        logservers=tuple(told.known("logservers", *network.logservers)) or own,
        ntpservers=tuple(told.known("ntpservers", *network.ntpservers)) or own,
        domain=domain,
        search=tuple(dict.fromkeys((domain, *search))) if domain else search,
        update_domain=network.ddnsdomain or domain,
        urls=Urls(site, next_server),
    )


@dataclass(frozen=True)
class _Told:
    """A network's row, its servers looked up; those without an address are left out and said."""

    network: Network
    server: Server
    addresses: Mapping[str, str]
    wrong: list[Complaint]

    def known(self, column: str, *values: str) -> Iterator[str]:
        for value in filter(None, values):
            if address := address_of(value, self.network, self.server, self.addresses):
                yield address
            else:
                place = f"networks.{column}"
                self.wrong.append(Complaint(Fault.NOT_RESOLVED, self.network.name, place, value))
