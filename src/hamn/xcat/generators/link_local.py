"""Addresses that interfaces give themselves, worked out of their MAC addresses: makehosts -m. Sources: RFC 4291
appendix A, makehosts(8)."""

from __future__ import annotations

from ipaddress import IPv6Address

from hamn.xcat.generators.addresses import is_host_name, mac
from hamn.xcat.generators.complaints import Complaint, Fault, Judged, Rows
from hamn.xcat.generators.entries import Entry, Style
from hamn.xcat.generators.networks import Networks

_UNIVERSAL = 0x02


def is_link_local(address: str) -> bool:
    return address[:5].lower() == "fe80:"


def address(hardware: str) -> str:
    """Of six octets `aa:bb:cc:dd:ee:ff`."""
    octets = bytes.fromhex(hardware.replace(":", ""))
    half = bytes([octets[0] ^ _UNIVERSAL]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + half))


def entries(macs: Rows, networks: Networks, style: Style) -> Judged[Entry]:
    """One for each node with a MAC address, its first one's. No network is theirs: the site's domain is."""
    good: list[Entry] = []
    wrong: list[Complaint] = []
    domain = networks.domain_of(None)
    for node, row in macs.items():
        written = row.get("mac", "").partition("|")[0].partition("!")[0].strip()
        if not written or not is_host_name(node):
            continue
        if hardware := mac(written):
            fqdn = f"{node}.{domain}" if domain else node
            good.append(Entry(address(hardware), node, fqdn, style.names(node, fqdn, (), domain), node))
        else:
            wrong.append(Complaint(Fault.BAD_MAC, node, "mac.mac", written))
    return Judged(good, wrong)
