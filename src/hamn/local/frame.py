"""ARP (RFC 826, 5227) and IPv6 neighbour discovery (RFC 4861) as bytes, without the link's own header."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

ARP, IPV6 = 0x0806, 0x86DD
REQUEST, REPLY = 1, 2
_SOLICIT, _ADVERTISE = 135, 136
_OVERRIDE = 0x20000000
_ICMPV6 = 58
_ALL_NODES = IPv6Address("ff02::1")
_NOBODY4, _NOBODY6 = IPv4Address(0), IPv6Address(0)


def arp(link_type: int, operation: int, mac: bytes, sender: IPv4Address, target: IPv4Address) -> bytes:
    head = struct.pack("!HHBBH", link_type, 0x0800, len(mac), 4, operation)
    return head + mac + sender.packed + bytes(len(mac)) + target.packed


def announcement4(link_type: int, mac: bytes, address: IPv4Address) -> tuple[bytes, bytes]:
    """Both ways: some equipment learns from the one only, some from the other."""
    return tuple(arp(link_type, operation, mac, address, address) for operation in (REQUEST, REPLY))  # type: ignore[return-value]


def probe4(link_type: int, mac: bytes, address: IPv4Address) -> bytes:
    """RFC 5227, 2.1.1: no sender address, so that nobody's table learns from a question."""
    return arp(link_type, REQUEST, mac, _NOBODY4, address)


def claimant4(packet: bytes, address: IPv4Address) -> bytes | None:
    """The MAC of whoever uses the address, or probes for it at the same time (RFC 5227, 2.1.1)."""
    if len(packet) < 8:
        return None
    _, protocol, length, _, operation = struct.unpack_from("!HHBBH", packet)
    if protocol != 0x0800 or len(packet) < 8 + 2 * length + 8:
        return None
    mac, sender = packet[8 : 8 + length], packet[8 + length : 12 + length]
    target = packet[12 + 2 * length : 16 + 2 * length]
    if sender == address.packed:
        return mac
    probing = operation == REQUEST and sender == _NOBODY4.packed and target == address.packed
    return mac if probing else None


def advertisement6(mac: bytes, address: IPv6Address) -> bytes:
    """Unsolicited, to all nodes, replacing what they know (RFC 4861, 7.2.6)."""
    return _icmp6(_ADVERTISE, _OVERRIDE, address, address, _ALL_NODES, b"\x02\x01" + mac)


def solicitation6(address: IPv6Address) -> bytes:
    """As duplicate address detection asks (RFC 4862, 5.4.2): from nobody, to the address's own group."""
    return _icmp6(_SOLICIT, 0, address, _NOBODY6, solicited_node(address), b"")


def solicited_node(address: IPv6Address) -> IPv6Address:
    return IPv6Address(IPv6Address("ff02::1:ff00:0").packed[:13] + address.packed[13:])


def multicast_mac(group: IPv6Address) -> bytes:
    return b"\x33\x33" + group.packed[12:]


ALL_NODES_MAC = multicast_mac(_ALL_NODES)


def _icmp6(
    kind: int, flags: int, about: IPv6Address, source: IPv6Address, to: IPv6Address, option: bytes
) -> bytes:
    body = struct.pack("!BBHI", kind, 0, 0, flags) + about.packed + option
    pseudo = source.packed + to.packed + struct.pack("!IxxxB", len(body), _ICMPV6)
    body = body[:2] + _checksum(pseudo + body) + body[4:]
    return struct.pack("!IHBB", 6 << 28, len(body), _ICMPV6, 255) + source.packed + to.packed + body


def _checksum(data: bytes) -> bytes:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def claims6(packet: bytes, address: IPv6Address) -> bool:
    """Somebody advertises the address, or looks whether it is free at the same time."""
    if len(packet) < 64 or packet[6] != _ICMPV6 or packet[7] != 255 or packet[48:64] != address.packed:
        return False
    return packet[40] == _ADVERTISE or (packet[40] == _SOLICIT and packet[8:24] == _NOBODY6.packed)
