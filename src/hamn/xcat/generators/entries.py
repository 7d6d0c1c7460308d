"""Who has which address, and by which names: what a line of /etc/hosts says. Sources: hosts(5), nics(5),
makehosts(8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from hamn.xcat.generators.addresses import is_host_name, packed, words
from hamn.xcat.generators.complaints import Complaint, Fault, Judged, Row, Rows
from hamn.xcat.generators.networks import Network, Networks


class Entry(NamedTuple):
    """`host` is the short name, `fqdn` the long one or the same if no domain is known; `node` is empty if the
    line is nobody's in the tables. The names are as they stand in the line, `host` and `fqdn` among them."""

    address: str
    host: str
    fqdn: str
    names: tuple[str, ...]
    node: str = ""

    @property
    def line(self) -> str:
        """As makehosts writes it: after the first two names a blank, even if nothing follows."""
        blank = " " if len(self.names) == 2 else ""
        return f"{self.address} {' '.join(self.names)}{blank}\n"


@dataclass(frozen=True)
class Style:
    """How names are ordered: makehosts -l (also site.FQDNfirst), -o, -a."""

    long_first: bool = False
    aliases_first: bool = False
    aliases_with_domain: bool = False

    def names(self, host: str, fqdn: str, aliases: Sequence[str], domain: str) -> tuple[str, ...]:
        if not aliases:
            if host == fqdn:
                return (host,)
            return (fqdn, host) if self.long_first else (host, fqdn)
        own = (fqdn, host) if self.long_first else (host, fqdn)
        many = list(aliases)
        if self.aliases_with_domain and domain:
            many = [each for name in aliases for each in ((name,) if "." in name else (name, f"{name}.{domain}"))]
        ordered = (*many, *own) if self.aliases_first else (*own, *many)
        return tuple(dict.fromkeys(ordered))


def from_tables(hosts: Rows, nics: Rows, networks: Networks, style: Style) -> Judged[Entry]:
    """A node's own address first, then its other interfaces; nodes in the order of `hosts`, then those only in
    `nics`."""
    good: list[Entry] = []
    wrong: list[Complaint] = []
    for node, row in hosts.items():
        if not is_host_name(node):
            wrong.append(Complaint(Fault.BAD_NAME, node, "nodelist.node", node))
            continue
        if ip := row.get("ip"):
            if entry := _entry(node, node, ip, row.get("hostnames", ""), networks, style, "hosts.ip", wrong):
                good.append(entry)
        else:
            wrong.append(Complaint(Fault.NO_ADDRESS, node, "hosts.ip"))
        if others := row.get("otherinterfaces"):
            for name, address in _other_interfaces(node, others):
                place = "hosts.otherinterfaces"
                if entry := _entry(node, name, address, "", networks, style, place, wrong):
                    good.append(entry)
    for node, row in nics.items():
        if is_host_name(node):
            own = hosts.get(node, {}).get("ip", "")
            for name, address, aliases, network in _nics(node, row, networks):
                if address == own and name == node:
                    continue
                if entry := _entry(node, name, address, aliases, networks, style, "nics.nicips", wrong, network):
                    good.append(entry)
    return Judged(good, wrong)


def _entry(
    node: str,
    name: str,
    address: str,
    aliases: str,
    networks: Networks,
    style: Style,
    place: str,
    wrong: list[Complaint],
    network: Network | None = None,
) -> Entry | None:
    binary = packed(address)
    if binary is None:
        wrong.append(Complaint(Fault.BAD_ADDRESS, node, place, address))
        return None
    if name is not node and not is_host_name(name):
        wrong.append(Complaint(Fault.BAD_NAME, node, place, name))
        return None
    domain = networks.domain_of(network or networks.at(binary))
    host, dot, rest = name.partition(".")
    fqdn = name if dot else f"{name}.{domain}" if domain else name
    more = [alias for alias in words(aliases) if _fits(alias, node, wrong)] if aliases else ()
    return Entry(address, host, fqdn, style.names(host, fqdn, more, rest or domain), node)


def _fits(alias: str, node: str, wrong: list[Complaint]) -> bool:
    if is_host_name(alias):
        return True
    wrong.append(Complaint(Fault.BAD_NAME, node, "hosts.hostnames", alias))
    return False


def _other_interfaces(node: str, text: str) -> Iterator[tuple[str, str]]:
    """`-ib0:10.2.1.1,other:10.3.1.1`: what begins with '-' goes behind the node's name."""
    for word in words(text):
        name, _, address = word.partition(":")
        yield (node + name if name.startswith("-") else name), address


def _nics(node: str, row: Row, networks: Networks) -> Iterator[tuple[str, str, str, Network | None]]:
    """Host name, address, aliases and network of each address of each interface."""
    suffixes, prefixes = _by_nic(row, "nichostnamesuffixes"), _by_nic(row, "nichostnameprefixes")
    aliases, named = _by_nic(row, "nicaliases"), _by_nic(row, "nicnetworks")
    for nic, addresses in _by_nic(row, "nicips").items():
        for at, address in enumerate(addresses):
            prefix, suffix = _nth(prefixes, nic, at), _nth(suffixes, nic, at)
            name = f"{prefix}{node}{suffix}" if prefix or suffix else f"{node}-{nic}"
            yield name, address, _nth(aliases, nic, at), networks.named.get(_nth(named, nic, at))


def _by_nic(row: Row, column: str) -> Mapping[str, list[str]]:
    """`eth0!a|b,eth1!c`."""
    found: dict[str, list[str]] = {}
    for part in row.get(column, "").split(","):
        nic, mark, values = part.strip().partition("!")
        if mark:
            found[nic] = [value.strip() for value in values.split("|")]
    return found


def _nth(values: Mapping[str, list[str]], nic: str, at: int) -> str:
    many = values.get(nic, ())
    return many[at] if at < len(many) else ""


def from_lines(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a hosts file, whoever wrote them; what is no entry is passed over.

    The host is the first name whose long form is there too, whatever the order; else the first name.
    """
    for line in lines:
        fields = line.partition("#")[0].split()
        if len(fields) < 2 or packed(fields[0]) is None:
            continue
        names = tuple(fields[1:])
        if len(names) == 2 and names[1].partition(".")[0] == names[0]:
            yield Entry(fields[0], names[0], names[1], names)
            continue
        long = {name.partition(".")[0]: name for name in reversed(names) if "." in name}
        host = next((name for name in names if name in long), names[0])
        yield Entry(fields[0], host.partition(".")[0], long.get(host, host), names)


def addresses(entries: Iterable[Entry]) -> dict[str, str]:
    """Each name's first IPv4 address, as a resolver reads the file."""
    found: dict[str, str] = {}
    for entry in entries:
        if ":" not in entry.address:
            for name in entry.names:
                found.setdefault(name, entry.address)
    return found
