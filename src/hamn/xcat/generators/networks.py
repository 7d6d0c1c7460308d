"""The rows of networks, read once: which network an address is in, and what its nodes are told. Source:
networks(5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network

from hamn.xcat.generators.addresses import is_host_name, is_word, packed, words
from hamn.xcat.generators.complaints import Complaint, Fault, Row
from hamn.xcat.generators.server import Server
from hamn.xcat.generators.site import Site

Block = IPv4Network | IPv6Network

_DIGITS = re.compile(r"[0-9]{1,5}\Z", re.ASCII).match


@dataclass(frozen=True)
class Network:
    """Servers are as the row has them: addresses, names, or `<xcatmaster>`; empty where the row says nothing."""

    name: str
    block: Block
    interface: str = ""
    gateway: str = ""
    dhcpserver: str = ""
    tftpserver: str = ""
    nameservers: tuple[str, ...] = ()
    ntpservers: tuple[str, ...] = ()
    logservers: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    domain: str = ""
    ddnsdomain: str = ""
    mtu: str = ""

    def in_range(self, number: int) -> bool:
        """Whether that address, as a number, may be given to anyone who asks."""
        return any(first <= number <= last for first, last in self._bounds)

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        return [(_number(first), _number(last)) for first, last in self.ranges]


class Networks:
    """The usable rows, in the order of the table."""

    def __init__(self, networks: Iterable[Network], site: Site) -> None:
        self.all: Sequence[Network] = tuple(networks)
        self.named: Mapping[str, Network] = {network.name: network for network in self.all}
        self.site = site
        # (length of the address in bytes, bits to shift away, what is left -> network): longest prefix first
        tables: dict[tuple[int, int], dict[int, Network]] = {}
        for network in self.all:
            block = network.block
            shift = block.max_prefixlen - block.prefixlen
            tables.setdefault((block.max_prefixlen // 8, shift), {})[int(block.network_address) >> shift] = network
        self._tables = sorted((shift, size, table) for (size, shift), table in tables.items())

    def at(self, address: bytes) -> Network | None:
        """The smallest network with that address."""
        number, size = int.from_bytes(address, "big"), len(address)
        for shift, length, table in self._tables:
            if length == size and (found := table.get(number >> shift)) is not None:
                return found
        return None

    def domain_of(self, network: Network | None) -> str:
        return (network.domain if network else "") or self.site.domain

    def served(self, server: Server) -> list[Network]:
        """Those whose nodes ask this server for names."""
        return [
            network
            for network in self.all
            if any(
                self.site.is_of(server, name)
                for name in network.nameservers or self.site.nameservers or ("<xcatmaster>",)
            )
        ]


def read(rows: Iterable[Row], site: Site) -> tuple[Networks, list[Complaint]]:
    """`rows`: of the table networks, without the disabled ones."""
    found: dict[Block, Network] = {}
    wrong: list[Complaint] = []
    for row in rows:
        block = _block(row)
        name = row.get("netname") or f"{row.get('net', '')}-{row.get('mask', '')}".replace(".", "_")
        if block is None:
            wrong.append(
                Complaint(Fault.BAD_NETWORK, name, "networks.net", f"{row.get('net', '')}/{row.get('mask', '')}")
            )
        elif block in found:
            wrong.append(Complaint(Fault.SAME_NETWORK, name, "networks.net", str(block), found[block].name))
        else:
            found[block] = _network(name, block, row, wrong)
    return Networks(found.values(), site), wrong


def _block(row: Row) -> Block | None:
    """Host bits may be set: the real one takes 10.1.0.1/255.255.0.0 for the network that it is in."""
    net, mask = row.get("net", "").partition("/")[0], row.get("mask", "").lstrip("/")
    try:
        if ":" in mask:
            mask = str(int(ip_network(mask).network_address).bit_count())
        block = ip_network(f"{net}/{mask}", strict=False)
    except ValueError:
        return None
    return block if block.prefixlen else None


def _network(name: str, block: Block, row: Row, wrong: list[Complaint]) -> Network:
    def bad(column: str, value: str) -> None:
        wrong.append(Complaint(Fault.BAD_VALUE, name, f"networks.{column}", value))

    def one(column: str, *, servers: bool = False, digits: bool = False) -> str:
        value = row.get(column, "").strip()
        fits = _DIGITS(value) if digits else is_server(value) if servers else is_host_name(value)
        if value and not fits:
            bad(column, value)
            return ""
        return value

    def many(column: str) -> tuple[str, ...]:
        found = words(row.get(column, ""))
        for word in found:
            if not is_server(word):
                bad(column, word)
        return tuple(word for word in found if is_server(word))

    interface = row.get("mgtifname", "").removeprefix("!remote!").partition(":")[0]
    if interface and not is_word(interface):
        bad("mgtifname", interface)
        interface = ""
    return Network(
        name=name,
        block=block,
        interface=interface,
        gateway=one("gateway", servers=True),
        dhcpserver=one("dhcpserver", servers=True),
        tftpserver=one("tftpserver", servers=True),
        nameservers=many("nameservers"),
        ntpservers=many("ntpservers"),
        logservers=many("logservers"),
        ranges=tuple(_ranges(name, block, row, wrong)),
        domain=one("domain"),
        ddnsdomain=one("ddnsdomain"),
        mtu=one("mtu", digits=True),
    )


def is_server(value: str) -> bool:
    return value == "<xcatmaster>" or packed(value) is not None or is_host_name(value)


def _ranges(name: str, block: Block, row: Row, wrong: list[Complaint]) -> Iterator[tuple[str, str]]:
    """All of them: the real one uses the first only. One that reaches into another is left out."""
    taken: list[tuple[int, int]] = []
    for word in words(re.sub(r"\s*-\s*", "-", row.get("dynamicrange", ""))):
        first, _, last = word.partition("-")
        low, high = packed(first), packed(last)
        if low and high and len(low) == len(high) == block.max_prefixlen // 8:
            bounds = int.from_bytes(low, "big"), int.from_bytes(high, "big")
            inside = int(block.network_address) <= bounds[0] <= bounds[1] <= int(block.broadcast_address)
            if inside and not any(bounds[0] <= end and begin <= bounds[1] for begin, end in taken):
                taken.append(bounds)
                yield first, last
                continue
        wrong.append(Complaint(Fault.BAD_RANGE, name, "networks.dynamicrange", word, str(block)))


def _number(address: str) -> int:
    return int.from_bytes(packed(address) or b"", "big")
