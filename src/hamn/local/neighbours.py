"""What the machines on the same link know of an address: told anew, or asked whether one of them has it."""

from __future__ import annotations

import argparse
import errno
import fcntl
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from hamn.local import frame

SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0x0A
"""Source: linux/sockios.h, linux/ethtool.h."""
_ETHERNET_BROADCAST = b"\xff" * 6


class Link:
    """An interface, spoken to below IP. The kernel writes the link's own header, whatever kind of link it is.

    Raises OSError: no such interface, not up, no carrier, not root. Source: packet(7), SOCK_DGRAM.
    """

    def __init__(self, interface: str, protocol: int) -> None:
        self.name = interface.partition(":")[0]  # eth1:2 is a label of old; the frames go through eth1
        self.protocol = protocol
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
            self.socket.bind((self.name, protocol))
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.name) from None
        _, _, _, self.type, self.mac = self.socket.getsockname()
        self.must_have_link()

    def must_have_link(self) -> None:
        """Whoever hears nothing without one has not been listening. Raises OSError.

        The carrier itself; the interface's flags learn of it up to a second later. Not every driver tells."""
        value = array("I", [ETHTOOL_GLINK, 1])
        request = struct.pack("16sP", self.name.encode(), value.buffer_info()[0])
        with suppress(OSError):
            fcntl.ioctl(self.socket, SIOCETHTOOL, request)
        if not value[1]:
            raise OSError(errno.ENETDOWN, "has no link: is it up, is its cable in?", self.name)

    @property
    def broadcast(self) -> bytes:
        if len(self.mac) == 6:
            return _ETHERNET_BROADCAST
        return bytes.fromhex(Path(f"/sys/class/net/{self.name}/broadcast").read_text().strip().replace(":", ""))

    def send(self, packet: bytes, to: bytes) -> None:
        try:
            self.socket.sendto(packet, (self.name, self.protocol, 0, 0, to))
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.name) from None

    def hear(self, until_s: float) -> tuple[bytes, bytes] | None:
        """(packet, the MAC it came from), None when the time is over."""
        ready, _, _ = select.select([self.socket], [], [], max(0.0, until_s - time.monotonic()))
        if not ready:
            return None
        packet, origin = self.socket.recvfrom(2048)
        return packet, origin[4]


def _own_macs() -> set[bytes]:
    """Of every interface in this network namespace: with two on one link, the kernel answers through either."""
    macs = set()
    for _, name in socket.if_nameindex():
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as link:
            link.bind((name, 0))
            macs.add(link.getsockname()[4])
    return macs


def announce(words: Sequence[str]) -> int:
    """announce INTERFACE ADDRESS: the neighbours learn that the address is here; returns without waiting."""
    parser = argparse.ArgumentParser(prog="hamn-local announce")
    parser.add_argument("interface")
    parser.add_argument("address", type=ip_address)
    parser.add_argument("--count", type=int, default=2)
    parser.add_argument("--every-ms", type=float, default=0)
    a = parser.parse_args(words)
    link = Link(a.interface, _protocol(a.address))
    for number in range(a.count):
        if number:
            time.sleep(a.every_ms / 1000)
        if isinstance(a.address, IPv4Address):
            for packet in frame.announcement4(link.type, link.mac, a.address):
                link.send(packet, link.broadcast)
        else:
            link.send(frame.advertisement6(link.mac, a.address), frame.ALL_NODES_MAC)
    print(f"announced {a.address} at {link.mac.hex(':')} on {link.name}")
    return 0


def probe_address(words: Sequence[str]) -> int:
    """probe-address INTERFACE ADDRESS: "taken MAC" for each that claims it and exit status 1, or "free"."""
    parser = argparse.ArgumentParser(prog="hamn-local probe-address")
    parser.add_argument("interface")
    parser.add_argument("address", type=ip_address)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--wait-ms", type=float, default=200)
    a = parser.parse_args(words)
    link = Link(a.interface, _protocol(a.address))
    own = _own_macs()
    claimants: dict[bytes, None] = {}
    for _ in range(a.count):
        _ask(link, a.address)
        until_s = time.monotonic() + a.wait_ms / 1000
        while heard := link.hear(until_s):
            mac = _claimant(*heard, a.address)
            if mac is not None and mac not in own:
                claimants[mac] = None
        if claimants:
            break
    for mac in claimants:
        print(f"taken {mac.hex(':')}")
    if not claimants:
        link.must_have_link()
        print("free")
    sys.stdout.flush()
    return 1 if claimants else 0


def _protocol(address: IPv4Address | IPv6Address) -> int:
    return frame.ARP if address.version == 4 else frame.IPV6


def _ask(link: Link, address: IPv4Address | IPv6Address) -> None:
    if isinstance(address, IPv4Address):
        link.send(frame.probe4(link.type, link.mac, address), link.broadcast)
    else:
        link.send(frame.solicitation6(address), frame.multicast_mac(frame.solicited_node(address)))


def _claimant(packet: bytes, origin: bytes, address: IPv4Address | IPv6Address) -> bytes | None:
    if isinstance(address, IPv4Address):
        return frame.claimant4(packet, address)
    return origin if frame.claims6(packet, address) else None
