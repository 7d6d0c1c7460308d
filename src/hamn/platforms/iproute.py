"""Addresses, by iproute2's `ip`.

Its JSON came with 4.14 (2017): RHEL 6 and 7, SLES 11 and 12 don't have it. The text has been the same on all of
them, so that one way of asking serves everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from hamn.model.command import Command
from hamn.model.step import Check
from hamn.platforms.answers import Address

_LINK = re.compile(r"\d+: (\S+?)(?:@\S+)?: <([^>]*)>")
_MAC = re.compile(r"\s+link/\S+ ([0-9a-f]{2}(?::[0-9a-f]{2})+)")
_INET = re.compile(r"\s+inet6? ([0-9a-f.:]+)(?:/(\d+))?(?: peer \S+?/(\d+))?")


def ask() -> Command:
    return Command(("ip", "addr", "show"), timeout_s=5)


def add(address: IPv4Interface | IPv6Interface, interface: str) -> Command:
    """`interface` may carry a label as ifconfig wrote it, "eth1:2": then ifconfig shows the address, too.

    IPv6: "nodad". Whoever adds an address has probed for it; duplicate address detection (RFC 4862) would
    only keep it unusable for another second or two.
    """
    device, label, _ = interface.partition(":")
    argv = ["ip", "addr", "add", str(address)]
    if address.version == 4:
        argv += ["brd", "+", "dev", device, *(["label", interface] if label else [])]
    else:
        argv += ["dev", device, "nodad"]
    return Command(tuple(argv), timeout_s=5)


def remove(address: IPv4Interface | IPv6Interface, interface: str) -> Command:
    """Whatever prefix length it has: one that was added by hand with another netmask must go as well."""
    device = interface.partition(":")[0]
    return Command(("ip", "addr", "flush", "dev", device, "to", str(address.ip)), timeout_s=5)


def put_first(address: IPv4Interface | IPv6Interface, interface: str) -> tuple[tuple[Command, Check], ...]:
    """Linux takes all later addresses of a network away with the first one, unless it was told to promote them
    (ip-sysctl, promote_secondaries; systemd's own default), and speaks under the first one where the network's
    route says nothing else: such connections end when that goes. IPv6 does neither."""
    if address.version != 4:
        return ()
    device = interface.partition(":")[0]
    key, network = f"net/ipv4/conf/{device}/promote_secondaries", str(address.network)
    route = ("ip", "route", "replace", network, "dev", device, "proto", "kernel", "scope", "link")
    promoted = Check(Command(("cat", f"/proc/sys/{key}"), timeout_s=5), "^1$")
    shown = Command(("ip", "route", "show", network, "dev", device), timeout_s=5)
    return (
        (Command(("sysctl", "-q", "-w", f"{key}=1"), timeout_s=5), promoted),
        (
            Command((*route, "src", str(address.ip)), timeout_s=5),
            Check(shown, rf"\bsrc {re.escape(str(address.ip))}\b"),
        ),
    )


def has(address: IPv4Interface | IPv6Interface, interface: str, *, wanted: bool) -> Check:
    command = Command(("ip", "-o", "addr", "show", "dev", interface.partition(":")[0]), timeout_s=5)
    return Check(command, rf"\sinet6? {re.escape(str(address.ip))}[/ ]", wanted)


def addresses(text: str) -> tuple[Address, ...]:
    """Of every interface; `up` means that the interface is up and has a carrier."""
    return tuple(_addresses(text))


def _addresses(text: str) -> Iterator[Address]:
    interface, mac, up = "", "", False
    for line in text.splitlines():
        if link := _LINK.match(line):
            interface, mac, up = link[1], "", {"UP", "LOWER_UP"} <= set(link[2].split(","))
        elif found := _MAC.match(line):
            mac = found[1]
        elif interface and (inet := _INET.match(line)):
            try:
                address = ip_interface(f"{inet[1]}/{inet[2] or inet[3]}")
            except ValueError:
                continue
            yield Address(address, interface, mac, up)
