"""Forward and reverse zones: each entry of /etc/hosts that is in a network whose nodes ask us. Source:
makedns(8).

Names with '_' are left out, as are aliases that are another host's name: one such record and named refuses the
zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from hamn.xcat.generators import reverse
from hamn.xcat.generators.addresses import packed
from hamn.xcat.generators.complaints import Complaint, Fault, Judged
from hamn.xcat.generators.entries import Entry
from hamn.xcat.generators.networks import Network, Networks
from hamn.xcat.generators.server import Server

Record = tuple[str, str, str]
"""Owner relative to the zone, type, data."""

_TIMES = "10800 3600 604800 86400"  # refresh, retry, expire, minimum, in seconds


@dataclass(frozen=True)
class Zone:
    """`name` as named.conf has it, `file` below the zone directory. Records are in the order of their entries."""

    name: str
    file: str
    records: list[Record] = field(default_factory=list)

    @property
    def is_reverse(self) -> bool:
        return self.name.lower().rstrip(".").endswith(".arpa")


def zones(entries: Iterable[Entry], networks: Networks, server: Server) -> Judged[Zone]:
    """Reverse zones, then forward ones, each kind sorted by name."""
    book = _Book(networks, server)
    for entry in entries:
        book.add(entry)
    book.add_server()
    book.add_aliases()
    good = [*_sorted(book.reverse), *_sorted(book.forward)]
    return Judged(good, book.complaints)


def _sorted(found: dict[str, Zone]) -> list[Zone]:
    return [found[name] for name in sorted(found)]


def text(zone: Zone, serial: int, server: Server) -> Iterator[str]:
    """`serial`: see `next_serial`. Name server and responsible are the virtual IP's name, whichever machine
    writes."""
    name = f"{server.fqdn}."
    yield f"$TTL 86400\n@ IN SOA {name} root.{name} ( {serial} {_TIMES} )\n  IN NS  {name}\n"
    for owner, kind, data in zone.records:
        yield f"{owner} IN {kind} {data}\n"


def next_serial(before: int | None, today: date) -> int:
    """YYYYMMDD00 of today, or one more than `before` where that isn't newer: never backwards (RFC 1982), not
    even where the other machine wrote the zone an hour ago."""
    fresh = int(f"{today:%Y%m%d}00")
    if before is None or 0 < (fresh - before) % 2**32 < 2**31:
        return fresh
    return (before + 1) % 2**32 or 1


class _Book:
    """Zones being filled."""

    def __init__(self, networks: Networks, server: Server) -> None:
        self.networks, self.server = networks, server
        self.complaints: list[Complaint] = []
        served = networks.served(server)
        self._served = frozenset(network.name for network in served)
        for network in served:
            if not networks.domain_of(network):
                self.complaints.append(Complaint(Fault.NO_DOMAIN, network.name, "networks.domain"))
        domains = {networks.site.domain} if served else set()
        domains.update(
            domain for network in served for domain in (networks.domain_of(network), network.ddnsdomain)
        )
        self.forward = {domain.lower(): Zone(domain, f"db.{domain}") for domain in domains if domain}
        names = [name for network in served for name in reverse.names(network.block)]
        self.reverse = {name[:-1].lower(): Zone(name, reverse.file_name(name)) for name in names}
        self._pointers: dict[str, str] = {}  # address -> the long name that has it
        self._hosts: dict[str, str] = {}  # long name in lower case -> whose it is
        self._with_aliases: list[tuple[Entry, str]] = []

    def add(self, entry: Entry) -> None:
        binary = packed(entry.address)
        network = self.networks.at(binary) if binary else None
        if binary is None or network is None:
            if entry.node:
                self._complain(Fault.NO_NETWORK, entry, "hosts.ip", entry.address)
            return
        if network.name not in self._served:
            return
        fqdn = self._fqdn(entry, network)
        if "_" in fqdn:
            self._complain(Fault.NOT_FOR_DNS, entry, "nodelist.node", entry.host)
            return
        holder = self._pointers.setdefault(entry.address, fqdn)
        if holder is fqdn:
            self._put(self.reverse, reverse.pointer(entry.address, binary), "PTR", f"{fqdn}.")
        elif holder == fqdn:
            return
        elif entry.node:
            self._complain(Fault.SAME_ADDRESS, entry, "hosts.ip", entry.address, holder)
        self._hosts.setdefault(fqdn.lower(), entry.node or entry.host)
        self._put(self.forward, fqdn, "AAAA" if ":" in entry.address else "A", entry.address)
        if len(entry.names) > 2:
            self._with_aliases.append((entry, fqdn))

    def _fqdn(self, entry: Entry, network: Network) -> str:
        domain = self.networks.domain_of(network)
        return f"{entry.fqdn}.{domain}" if domain and "." not in entry.fqdn else entry.fqdn

    def _put(self, zones: dict[str, Zone], name: str, kind: str, data: str) -> bool:
        """Into the zone with the longest name that `name` is in; False if there is none."""
        owner, _, rest = name.partition(".")
        while rest:
            if zone := zones.get(rest) or zones.get(rest.lower()):
                zone.records.append((owner, kind, data))
                return True
            label, _, rest = rest.partition(".")
            owner = f"{owner}.{label}"
        if zone := zones.get(name.lower()):
            zone.records.append(("@", kind, data))
        return zone is not None

    def add_server(self) -> None:
        """The zones' name server must have an address, listed in /etc/hosts or not."""
        fqdn = self.server.fqdn
        if fqdn.lower() not in self._hosts:
            self._hosts[fqdn.lower()] = self.server.name
            for address in self.server.addresses:
                self._put(self.forward, fqdn, "AAAA" if ":" in address else "A", address)

    def add_aliases(self) -> None:
        taken: dict[str, str] = {}
        for entry, fqdn in self._with_aliases:
            who, domain = entry.node or entry.host, fqdn.partition(".")[2]
            for name in entry.names:
                full = name if "." in name else f"{name}.{domain}"
                key = full.lower()
                if key == fqdn.lower():
                    continue
                if "_" in name:
                    self._complain(Fault.NOT_FOR_DNS, entry, "hosts.hostnames", name)
                elif holder := self._hosts.get(key) or taken.get(key):
                    if holder != who:
                        self._complain(Fault.SAME_NAME, entry, "hosts.hostnames", name, holder)
                elif key not in self.forward and self._put(self.forward, full, "CNAME", f"{fqdn}."):
                    taken[key] = who

    def _complain(self, fault: Fault, entry: Entry, place: str, value: str, other: str = "") -> None:
        self.complaints.append(Complaint(fault, entry.node or entry.host, place, value, other))
