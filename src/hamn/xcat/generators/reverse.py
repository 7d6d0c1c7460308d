"""Which reverse zone an address is in. RFC 1035 3.5, 3596 2.5.

A zone ends at a whole octet (IPv6: a whole digit): a /23 has two, a /26 is part of its octet's. Networks within
each other have zones of their own; an address is in the longest.
"""

from __future__ import annotations

from hamn.xcat.generators.networks import Block

_V4_LONGEST, _V6_LONGEST = 3, 31  # a zone of one address would leave no owner for its record


def names(block: Block) -> list[str]:
    """As named.conf has them: `1.10.IN-ADDR.ARPA.`"""
    bits, longest = (8, _V4_LONGEST) if block.version == 4 else (4, _V6_LONGEST)
    length = min(-(-block.prefixlen // bits), longest)
    first = int(block.network_address) >> (block.max_prefixlen - length * bits)
    many = 1 << max(length * bits - block.prefixlen, 0)
    return [_name(number, length, block.version) for number in range(first, first + many)]


def _name(number: int, length: int, version: int) -> str:
    if version == 4:
        return ".".join(str(octet) for octet in number.to_bytes(length, "little")) + ".IN-ADDR.ARPA."
    return ".".join(reversed(f"{number:0{length}x}")) + ".IP6.ARPA."


def file_name(name: str) -> str:
    """`db.10.1` for `1.10.IN-ADDR.ARPA.`"""
    labels = name.removesuffix(".").split(".")[:-2]
    return "db." + ("." if "IN-ADDR" in name else "").join(reversed(labels))


def pointer(address: str, binary: bytes) -> str:
    """The owner of an address's PTR record, absolute but without the last dot: `1.1.1.10.in-addr.arpa`."""
    if len(binary) == 4:
        return ".".join(address.split(".")[::-1]) + ".in-addr.arpa"
    return ".".join(reversed(binary.hex())) + ".ip6.arpa"
