"""The tables, read once at one moment, and what everything that is made from them has in common."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from hamn.xcat.generators import cluster as cluster_module
from hamn.xcat.generators import entries as entries_module
from hamn.xcat.generators.cluster import OF_NODES, PLAIN, Cluster
from hamn.xcat.generators.complaints import Row, Rows
from hamn.xcat.generators.entries import Entry
from hamn.xcat.generators.server import Server
from hamn.xcat.making import servers
from hamn.xcat.making.machine import Machine
from hamn.xcat.ranges import Names, NodeView, expand
from hamn.xcat.stores import Reading
from hamn.xcat.tables import site

HOSTS = "/etc/hosts"
_ALWAYS = (*PLAIN, "nodelist", "nodegroup")


class _Tables(Mapping[str, Sequence[Row]]):
    """Read together; another one, which a dynamic group may look at, when it is asked for."""

    def __init__(self, store: Reading, names: Collection[str]) -> None:
        self._store = store
        self._rows = dict(store.read_all(names))

    def __getitem__(self, name: str) -> Sequence[Row]:
        if name not in self._rows:
            self._rows[name] = self._store.read(name)
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class _OfNodes(Mapping[str, Rows]):
    """What tables say of every node, worked out when it is asked for."""

    def __init__(self, view: NodeView, names: Collection[str]) -> None:
        self._view, self._names = view, names
        self._rows: dict[str, Rows] = {}

    def __getitem__(self, name: str) -> Rows:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._rows:
            self._rows[name] = dict(self._view.all(name))
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass
class Definitions:
    """`lines` is the hosts file: names and addresses are looked up there, as every command of xCAT does, and
    nobody else is asked. It may be one that isn't written yet (`with_lines`)."""

    view: NodeView
    cluster: Cluster
    settings: Mapping[str, str]
    machine: Machine
    lines: Sequence[str]

    @cached_property
    def server(self) -> Server:
        own = self.machine
        return own.server or servers.found(self.cluster, self.entries, own.addresses, own.name)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        return list(entries_module.from_lines(self.lines))

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        return entries_module.addresses(self.entries)

    def with_lines(self, lines: Sequence[str]) -> Definitions:
        """The same tables with another hosts file; the server stays who it is."""
        found = Definitions(self.view, self.cluster, self.settings, self.machine, lines)
        found.__dict__["server"] = self.server
        return found

    def nodes(self, noderange: str, read: Callable[[str], str | None] | None = None) -> list[str]:
        """RangeError where that is no range of these nodes. `read`: see `Names`; none where no file may be
        read."""
        excluded = self.settings.get("excludenodes", "")
        names = Names(self.view, excluded=excluded) if read is None else Names(self.view, read, excluded)
        return expand(noderange, names)

    def of(self, table: str, nodes: Collection[str] | None) -> Mapping[str, Row]:
        """The rows of these nodes, of all for None."""
        rows: Mapping[str, Row] = getattr(self.cluster, table)
        return rows if nodes is None else {node: rows[node] for node in nodes if node in rows}


def read(store: Reading, machine: Machine, of_nodes: Collection[str] = OF_NODES) -> Definitions:
    """`of_nodes`: the tables of OF_NODES that are needed; the others are empty. StoreError where the tables
    can't be read."""
    tables = _Tables(store, (*_ALWAYS, *of_nodes))
    view = NodeView(tables)
    plain = {name: tables[name] for name in PLAIN}
    found = cluster_module.read(plain, _OfNodes(view, of_nodes))
    return Definitions(view, found, site.settings(tables["site"]), machine, hosts_lines(machine))


def hosts_lines(machine: Machine) -> list[str]:
    return (machine.read(HOSTS) or "").splitlines(keepends=True)


@contextmanager
def many_values() -> Iterator[None]:
    """For work that makes many values and no cycles: looking for those would take as long as the work."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
