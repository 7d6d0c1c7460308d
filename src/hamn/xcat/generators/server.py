"""The management node as its nodes see it: what stays the same whichever machine has the role."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address

from hamn.xcat.generators.complaints import Complaint, Fault, Row

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z").match


@dataclass(frozen=True)
class Server:
    """`name` is the virtual IP's host name, short; `interfaces` has the virtual addresses by interface, that
    facing most of the nodes first. `known_as`: more names and addresses of the machine that writes: they select
    its part of `site.dhcpinterfaces`, and nothing of them is written but to the trusted hosts of conserver."""

    name: str
    domain: str
    interfaces: Mapping[str, Sequence[str]]
    known_as: Sequence[str] = ()

    @cached_property
    def fqdn(self) -> str:
        return f"{self.name}.{self.domain}" if self.domain else self.name

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        return tuple(address for many in self.interfaces.values() for address in many)

    @cached_property
    def called(self) -> frozenset[str]:
        """Every name and address by which rows may mean this server."""
        return frozenset((self.name, self.fqdn, "<xcatmaster>", *self.addresses, *self.known_as))

    def facing(self, block: IPv4Network | IPv6Network) -> str:
        """`<xcatmaster>` for the nodes of that network: its own address there; for a network behind a router, the
        first one; empty if there is none of that family."""
        same = [address for address in self.addresses if ip_address(address).version == block.version]
        return next((address for address in same if ip_address(address) in block), same[0] if same else "")

    def interface_to(self, block: IPv4Network | IPv6Network) -> str:
        """The interface with an address in that network; empty if there is none."""
        for interface, addresses in self.interfaces.items():
            if any(ip_address(address) in block for address in addresses):
                return interface
        return ""


@dataclass(frozen=True)
class Key:
    """Who knows it may change names in DNS and, with ISC's DHCP server, hosts. Row `omapi`, `xcat_key` of
    passwd."""

    secret: str = field(repr=False)
    algorithm: str = "hmac-md5"
    name: str = "xcat_key"


def key(passwd: Iterable[Row], algorithm: str) -> tuple[Key | None, list[Complaint]]:
    """`passwd`: rows of that table, without the disabled ones. None if it has no key: nobody may change names
    then."""
    for row in passwd:
        if row.get("key") == "omapi" and row.get("username") == Key.name:
            if _BASE64(row.get("password", "")):
                return Key(row["password"], algorithm), []
            return None, [Complaint(Fault.BAD_VALUE, "omapi", "passwd.password")]
    return None, []
