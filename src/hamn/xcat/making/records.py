"""Which records of a zone are the wanted nodes', and which of those that are there stay beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from hamn.xcat.generators import entries as entries_module
from hamn.xcat.generators import zone_file
from hamn.xcat.generators.entries import Entry, Style
from hamn.xcat.generators.link_local import is_link_local
from hamn.xcat.generators.zone_file import origin_of
from hamn.xcat.generators.zones import Zone
from hamn.xcat.making.definitions import Definitions

_POINTING = frozenset(("PTR", "CNAME"))


def from_entries(
    definitions: Definitions, nodes: Collection[str] | None, gone: Collection[str]
) -> Iterator[Entry]:
    """The lines of the hosts file that make records. A node's line is known as its node's, so that what is wrong
    with it is said of that node."""
    defined = definitions.view.groups_of
    # the server's own lines are always there: the zones' name server is in every one of them
    wanted = None if nodes is None else hosts_of(definitions, nodes) | {definitions.server.name}
    out = hosts_of(definitions, gone) if gone else frozenset()
    for entry in definitions.entries:
        if is_link_local(entry.address):
            continue  # means nothing beyond its own wire
        if entry.host not in out and (wanted is None or entry.host in wanted):
            yield Entry(*entry[:4], entry.host) if entry.host in defined else entry


def hosts_of(definitions: Definitions, nodes: Collection[str]) -> frozenset[str]:
    """The nodes' names, and those of their other interfaces."""
    rows, nics = definitions.of("hosts", nodes), definitions.of("nics", nodes)
    judged = entries_module.from_tables(rows, nics, definitions.cluster.networks, Style())
    return frozenset(nodes).union(entry.host for entry in judged.good)


class Change:
    """What a run of makedns touches: every record of, or to, one of the `touched` names is its own."""

    def __init__(
        self, definitions: Definitions, zones: Sequence[Zone], gone: Collection[str], *, afresh: bool
    ) -> None:
        self.afresh, self.gone = afresh, gone
        self._definitions, self._zones = definitions, zones

    @cached_property
    def touched(self) -> frozenset[str]:
        """Absolute, in lower case."""
        found: set[str] = set()
        names = hosts_of(self._definitions, self.gone) if self.gone else ()
        for zone in self._zones:
            origin = origin_of(zone)
            found.update(f"{owner.lower()}.{origin}" for owner, _, _ in zone.records if owner != "@")
            found.update(f"{name.lower()}.{origin}" for name in names)
        return frozenset(found)


def merged(zone: Zone, present: str, change: Change) -> Zone:
    """The zone's records, then those of `present` that stay: names of leases, and unless everything is made afresh
    all that isn't touched."""
    if not present or (change.afresh and not any(kind in present for kind in zone_file.OF_LEASES)):
        return zone
    origin = origin_of(zone)
    found = list(dict.fromkeys(zone_file.stated(present, origin)))
    leased = zone_file.leased(found)
    touched = change.touched
    stay = [
        (owner, kind, data)
        for owner, kind, data in found
        if not (owner == origin and kind in ("SOA", "NS"))
        and owner not in touched
        and (owner in leased if change.afresh else not (kind in _POINTING and data in touched))
    ]
    return Zone(zone.name, zone.file, [*zone.records, *stay])
