"""Which machine gets which address by DHCP: one binding for each MAC address. Sources: mac(5), makedhcp(8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hamn.xcat.generators.addresses import is_host_name, mac, packed
from hamn.xcat.generators.complaints import Complaint, Fault, Judged, Row, Rows
from hamn.xcat.generators.networks import Network, Networks
from hamn.xcat.generators.server import Server

NO_ADDRESS = "*NOIP*"


class Binding(NamedTuple):
    """`name` is the node's, or the alias that its row gives to that MAC address; unique, as is `mac`.
    `next_server` is empty if the network's will do; `netboot` as noderes has it."""

    name: str
    node: str
    mac: str
    address: str
    next_server: str
    netboot: str
    network: Network


def bindings(
    macs: Rows, noderes: Rows, addresses: Mapping[str, str], networks: Networks, server: Server
) -> Judged[Binding]:
    """In the order of `macs`. `addresses`: name to IPv4 address (`entries.addresses`).

    What two nodes have is the first one's; a node may have several MAC addresses for one address (bonded
    interfaces), each with a name of its own. A MAC address named *NOIP* gets none.
    """
    book = _Book(addresses, networks, server)
    for node, row in macs.items():
        book.add(node, row, noderes.get(node, {}))
    return Judged(book.good, book.wrong)


class _Book:
    """Bindings being collected, and whose each address and name is."""

    def __init__(self, addresses: Mapping[str, str], networks: Networks, server: Server) -> None:
        self.addresses, self.networks, self.server = addresses, networks, server
        self.good: list[Binding] = []
        self.wrong: list[Complaint] = []
        self._nodes: dict[str, str] = {}  # address -> node
        self._macs: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._next: dict[tuple[str, str], str | None] = {}

    def add(self, node: str, row: Row, noderes: Row) -> None:
        if not is_host_name(node):
            self._complain(Fault.BAD_NAME, node, "nodelist.node", node)
        elif "mac" not in row:
            self._complain(Fault.NO_MAC, node, "mac.mac")
        else:
            for written, name in _parts(row["mac"], node):
                if hardware := mac(written):
                    self._bind(node, name, hardware, noderes)
                else:
                    self._complain(Fault.BAD_MAC, node, "mac.mac", written)

    def _bind(self, node: str, name: str, hardware: str, noderes: Row) -> None:
        if name == NO_ADDRESS:
            return
        address = self.addresses.get(name)
        binary = packed(address) if address else None
        if address is None or binary is None or len(binary) != 4:
            if name == node:
                self._complain(Fault.NO_ADDRESS, node, "hosts.ip")
            else:
                self._complain(Fault.NOT_RESOLVED, node, "mac.mac", name)
            return
        network = self.networks.at(binary)
        if network is None:
            self._complain(Fault.NO_NETWORK, node, "hosts.ip", address)
            return
        if (holder := self._macs.get(hardware)) is not None:
            self._complain(Fault.SAME_MAC, node, "mac.mac", hardware, holder)
        elif (holder := self._nodes.get(address, node)) != node:
            self._complain(Fault.SAME_ADDRESS, node, "hosts.ip", address, holder)
        elif (holder := self._names.get(name)) is not None:
            self._complain(Fault.SAME_NAME, node, "mac.mac", name, holder)
        else:
            self._macs[hardware], self._nodes[address], self._names[name] = node, node, hardware
            if network.ranges and network.in_range(int.from_bytes(binary, "big")):
                self._complain(Fault.IN_RANGE, node, "hosts.ip", address, network.name)
            next_server = self._next_server(node, noderes.get("tftpserver", ""), network)
            self.good.append(
                Binding(name, node, hardware, address, next_server, noderes.get("netboot", ""), network)
            )

    def _next_server(self, node: str, said: str, network: Network) -> str:
        if not said:
            return ""
        key = (said, network.name)
        if key not in self._next:
            self._next[key] = address_of(said, network, self.server, self.addresses)
        found = self._next[key]
        if found is None:
            self._complain(Fault.NOT_RESOLVED, node, "noderes.tftpserver", said)
        return found or ""

    def _complain(self, fault: Fault, node: str, place: str, value: str = "", other: str = "") -> None:
        self.wrong.append(Complaint(fault, node, place, value, other))


def address_of(said: str, network: Network, server: Server, addresses: Mapping[str, str]) -> str | None:
    """The IPv4 address that a row means by `said`; None if that isn't known here. Nobody is asked for it: a name
    server may be what is being set up."""
    if said == "<xcatmaster>" or said in (server.name, server.fqdn):
        return server.facing(network.block) or None
    binary = packed(said)
    if binary is not None:
        return said if len(binary) == 4 else None
    return addresses.get(said)


def _parts(text: str, node: str) -> Iterator[tuple[str, str]]:
    """`MAC|MAC!NAME|...`; without a name it is the node's."""
    if "|" not in text and "!" not in text:
        yield text.strip(), node
        return
    for part in text.split("|"):
        written, _, name = part.partition("!")
        yield written.strip(), name.strip() or node
