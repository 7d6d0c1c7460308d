"""Addresses on AIX: ifconfig tells netmasks and whether an interface is up, netstat the MACs.

Source: AIX Commands Reference, "ifconfig" and "netstat". An address set so is gone with the next boot, as it
should be; AIX itself announces it (gratuitous ARP) when it is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from hamn.model.command import Command
from hamn.model.step import Check
from hamn.platforms.answers import Address

_LINK = re.compile(r"(\S+): flags=[^<]*<([^>]*)>")
_INET = re.compile(r"\s+inet (\d+(?:\.\d+){3}) netmask (?:0x)?([0-9a-f]{1,8})\b")
_INET6 = re.compile(r"\s+inet6 ([0-9a-f:.]+)(?:%\d+)?/(\d+)")
# en0  1500  link#2  0.9.6b.2e.1.f2 ...: the hardware address, each byte without its leading zero
_MAC = re.compile(r"(\S+?)\*?\s+\d+\s+link#\d+\s+([0-9a-f]{1,2}(?:\.[0-9a-f]{1,2}){5})\b")


def ask() -> Command:
    return Command(("hamn-local", "in-turn", "ifconfig", "-a", "then", "netstat", "-in"), timeout_s=5)


def add(address: IPv4Interface | IPv6Interface, interface: str) -> Command:
    """`firstalias`: ahead of the machine's own, so that what it sends bears it (the requirement's words)."""
    if address.version == 6:
        return Command(("ifconfig", interface, "inet6", str(address), "alias"), timeout_s=5)
    words = (str(address.ip), "netmask", str(address.netmask), "firstalias")
    return Command(("ifconfig", interface, *words), timeout_s=5)


def remove(address: IPv4Interface | IPv6Interface, interface: str) -> Command:
    if address.version == 6:
        return Command(("ifconfig", interface, "inet6", "delete", str(address.ip)), timeout_s=5)
    return Command(("ifconfig", interface, "delete", str(address.ip)), timeout_s=5)


def has(address: IPv4Interface | IPv6Interface, interface: str, *, wanted: bool) -> Check:
    command = Command(("ifconfig", interface), timeout_s=5)
    return Check(command, rf"\sinet6? {re.escape(str(address.ip))}[/% ]", wanted)


def addresses(text: str) -> tuple[Address, ...]:
    """Of every interface; `up` means that it is up and its driver runs."""
    return tuple(_addresses(text))


def links(text: str) -> dict[str, tuple[bool, str]]:
    """Every interface: whether it is up, its MAC."""
    macs = {found[1]: _mac(found[2]) for line in text.splitlines() if (found := _MAC.match(line))}
    headed = (_LINK.match(line) for line in text.splitlines())
    return {
        link[1]: ({"UP", "RUNNING"} <= set(link[2].split(",")), macs.get(link[1], "")) for link in headed if link
    }


def _addresses(text: str) -> Iterator[Address]:
    known, interface = links(text), ""
    for line in text.splitlines():
        if link := _LINK.match(line):
            interface = link[1]
        elif interface and (inet := _INET.match(line)):
            if (address := _interface(inet[1], _length(inet[2]))) is not None:
                yield Address(address, interface, known[interface][1], known[interface][0])
        elif interface and (inet := _INET6.match(line)) and (address := _interface(inet[1], inet[2])) is not None:
            yield Address(address, interface, known[interface][1], known[interface][0])


def _interface(address: str, length: str) -> IPv4Interface | IPv6Interface | None:
    try:
        return ip_interface(f"{address}/{length}")
    except ValueError:
        return None


def _length(netmask: str) -> str:
    """0xffffffc0 to 26."""
    return str(int(netmask, 16).bit_count())


def _mac(dotted: str) -> str:
    return ":".join(part.rjust(2, "0") for part in dotted.split("."))
