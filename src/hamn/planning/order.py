"""The order between resources, derived from what needs what."""

from __future__ import annotations

from graphlib import TopologicalSorter

from hamn.model.pair import Pair, Resource

CHAPTER = [
    "virtual_ip",
    "volume_group",
    "filesystem",
    "database",
    "exports",
    "service_nodes",
    "service",
    "hardware_connections",
    "hook",
    "configuration",
]


def dependencies(pair: Pair) -> dict[str, frozenset[str]]:
    """By resource id: the ids it must find held, all of them (transitive)."""
    direct = {r.id: frozenset(r.needs) | frozenset(r.after) for r in pair.resources}
    closed: dict[str, frozenset[str]] = {}
    for id_ in TopologicalSorter(direct).static_order():
        below = direct.get(id_, frozenset())
        closed[id_] = below.union(*(closed[other] for other in below))
    return closed


def in_order(pair: Pair) -> tuple[Resource, ...]:
    """What others need first; where that is free as the requirement's chapter "Failover" tells it on the way up
    (its way down is the reverse), then by the declaration's order."""
    direct = {r.id: set(r.needs) | set(r.after) for r in pair.resources}
    rank = {r.id: (CHAPTER.index(r.kind), number) for number, r in enumerate(pair.resources)}
    sorter = TopologicalSorter(direct)
    sorter.prepare()
    ordered: list[Resource] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted({*ready, *sorter.get_ready()}, key=rank.__getitem__)
        first = ready.pop(0)
        ordered.append(pair.resource(first))
        sorter.done(first)
    return tuple(ordered)
