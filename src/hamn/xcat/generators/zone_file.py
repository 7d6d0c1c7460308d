"""A zone's file as it is on disk: ours, or rewritten by named in its own form after updates. RFC 1035 section 5.

For deciding whether a zone must be written and reloaded at all. Only what named and the generators write is
understood: nothing quoted over several lines, no $INCLUDE, no $GENERATE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hamn.xcat.generators.server import Server
from hamn.xcat.generators.zones import Record, Zone

_SOA = re.compile(r"\sSOA\s+\S+\s+\S+\s*\(?\s*(\d+)")
_HEAD = 4096  # characters in which the SOA record stands, before all others
_NAMES = frozenset(("NS", "PTR", "CNAME"))
OF_LEASES = frozenset(("TXT", "DHCID"))


def serial(text: str) -> int | None:
    """None if that is no zone's file."""
    found = _SOA.search(_plain(text[:_HEAD]))
    return int(found[1]) if found else None


def same(zone: Zone, text: str, server: Server) -> bool:
    """Whether the file says all that `zone` does and nothing else, whatever its serial and its order.

    Names of leases, which DHCP servers add and mark with a TXT or DHCID record, aren't counted: they come and go
    while the zone is served.
    """
    origin = origin_of(zone)
    mname = f"{server.fqdn}.".lower()
    expected: set[Record] = {(origin, "SOA", mname), (origin, "NS", mname)}
    for owner, kind, data in zone.records:
        expected.add((_absolute(owner, origin), kind, data.lower()))
    found = records(text, origin)
    of_leases = leased(found)
    return expected == {record for record in found if record in expected or record[0] not in of_leases}


def origin_of(zone: Zone) -> str:
    return f"{zone.name.rstrip('.').lower()}."


def records(text: str, origin: str) -> set[Record]:
    """For comparing: everything in lower case."""
    return {(owner, kind, data.lower()) for owner, kind, data in stated(text, origin)}


def leased(found: Iterable[Record]) -> set[str]:
    """The owners that a DHCP server marked as its own."""
    return {owner for owner, kind, _ in found if kind in OF_LEASES}


def stated(text: str, origin: str) -> Iterator[Record]:
    """Owners and names absolute and in lower case, other data as it is. Of the SOA only the first name server."""
    owner = origin
    for line in _plain(text).splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "$ORIGIN":
            origin = _absolute(words[1], ".")
        if words[0][0] == "$":
            continue
        if not line[0].isspace():
            owner = _absolute(words.pop(0), origin)
        while words and (words[0] == "IN" or words[0].isdigit()):  # a class, a time to live
            del words[0]
        if len(words) < 2:
            continue
        kind, data = words[0].upper(), " ".join(words[1:])
        if kind == "SOA":
            data = _absolute(words[1], origin)
        elif kind in _NAMES:
            data = _absolute(data, origin)
        yield owner, kind, data


def _plain(text: str) -> str:
    """Without comments, and with each record in one line."""
    if ";" in text:
        text = re.sub(r";[^\n]*", "", text)
    return re.sub(r"\(([^)]*)\)", lambda found: " ".join(found[1].split()), text)


def _absolute(name: str, origin: str) -> str:
    if name == "@":
        return origin
    name = name.lower()
    if name[-1] == ".":
        return name
    return f"{name}.{origin}" if origin != "." else f"{name}."
