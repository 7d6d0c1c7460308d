"""nodech and nodeadd: values of columns, for nodes that are there and for new ones, in one transaction.

Sources: nodech(1), nodeadd(8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from hamn.xcat.commands import together
from hamn.xcat.commands.definitions.intention import is_name
from hamn.xcat.commands.nodes import columns
from hamn.xcat.commands.nodes.columns import Column, NotAColumn, Setting
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import Ranging, reader
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.definitions import many_values
from hamn.xcat.ranges import NodeView
from hamn.xcat.ranges.nodes import listed
from hamn.xcat.stores.store import Change
from hamn.xcat.tables import is_disabled, site

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

NOTHING = "|^.*$||"
"""A value that hides what a node's groups would give it."""

_GROUPS = Column("nodelist", "groups")


def nodech(request: Request, world: World) -> Iterator[Answer]:
    given, words = options(request.args, "d", ["delete"])
    if request.noderange is not None:
        words = [request.noderange, *words]
    if len(words) < 2:
        raise Usage(1)
    noderange, *rest = words
    with many_values():
        if given:
            _delete(request, world, noderange, rest)
        else:
            conditions = [found for word in rest if (found := columns.condition(word))]
            changes = columns.settings([word for word in rest if not columns.condition(word)])
            with world.store.change(_tables(changes)) as change:
                view, ranging = _looked(world, change, changes)
                nodes = set(ranging.nodes(noderange, reader(request))).intersection(
                    *map(ranging.where, conditions)
                )
                _Changing(view, change).apply(sorted(nodes), changes)
    yield from ()


def nodeadd(request: Request, world: World) -> Iterator[Answer]:
    _, words = options(request.args, "")
    if len(words) < 2:
        raise Usage(1)
    changes = columns.settings(words[1:])
    if not any(one.column == _GROUPS and listed(one.value) for one in changes):
        yield Answer("error", "nodeadd: give at least one group: groups=<groupnames>", errorcode=1)
        return
    with many_values(), world.store.change(_tables(changes)) as change:
        view, ranging = _looked(world, change, changes)
        there, new = ranging.asked(words[0], reader(request))
        if wrong := [name for name in new if not is_name("node", name)]:
            raise NotANode(wrong)
        _Changing(view, change).apply([*there, *new], changes)
    if capitals := [name for name in new if name != name.lower()]:
        what = f"The node name '{','.join(capitals)}' contains capital letters"
        yield Answer("warning", f"{what} which may not be resolved correctly by the dns server.")


class NotANode(NotAColumn):
    """Names that no node may have."""

    def __init__(self, names: Sequence[str]) -> None:
        Exception.__init__(self, f"no node can have such a name: {', '.join(names)[:500]}")


def _delete(request: Request, world: World, noderange: str, tables: Sequence[str]) -> None:
    for table in tables:
        if re.search("[=.]", table):
            raise NotAColumn(table, ". and = not valid in delete mode.")
        if not columns.is_of_nodes(table):
            raise NotAColumn(table, "ERROR: Unable to open table {} in configuration")
    with world.store.change(tables) as change:
        _, ranging = _looked(world, change, ())
        nodes = ranging.nodes(noderange, reader(request))
        for table in tables:
            change.delete(table, {Column(table, "").key: nodes})


def _tables(changes: Sequence[Setting]) -> list[str]:
    return list(dict.fromkeys(one.column.table for one in changes)) or ["nodelist"]


def _looked(world: World, change: Change, changes: Sequence[Setting]) -> tuple[NodeView, Ranging]:
    mine = {table: change.read(table) for table in _tables(changes)} if changes else {}
    rest = {"nodelist", "nodegroup", "site"} - mine.keys()
    found = OnDemand(world.store, {**world.store.read_all(rest), **mine})
    view = NodeView(found)
    return view, Ranging(view, site.settings(found["site"]).get("excludenodes", ""))


class _Changing:
    def __init__(self, view: NodeView, change: Change) -> None:
        self._view, self._change = view, change
        self._after: dict[Column, dict[str, str]] = {}

    def apply(self, nodes: Sequence[str], changes: Sequence[Setting]) -> None:
        """The settings in their order: one may build on what another leaves."""
        for one in changes:
            after = self._after.setdefault(one.column, {})
            for node in nodes:
                now = (
                    after[node]
                    if node in after
                    else self._view.of(one.column.table, node).get(one.column.name, "")
                )
                after[node] = one.after(now)
        rows: dict[str, dict[str, dict[str, str]]] = {}
        for column, after in self._after.items():
            given, there = self._given(column), self._there(column)
            for node, value in after.items():
                if not value and not given.isdisjoint(self._groups(node)):
                    value = NOTHING
                if value or node in there:
                    rows.setdefault(column.table, {}).setdefault(node, {})[column.name] = value
        for table, found in rows.items():
            key = Column(table, "").key
            keys = {(node,) for node in self._there(Column(table, key))}
            together.put(self._change, table, (key,), [{key: node, **row} for node, row in found.items()], keys)

    def _groups(self, node: str) -> Sequence[str]:
        after = self._after.get(_GROUPS, {})
        return listed(after[node]) if node in after else self._view.groups_of.get(node, ())

    def _given(self, column: Column) -> set[str]:
        """Groups that give their members a value."""
        if column.table == "nodelist":
            return set()
        return {row[column.key] for row in self._rows(column) if column.name in row and not is_disabled(row)}

    def _there(self, column: Column) -> set[str]:
        return {row[column.key] for row in self._rows(column)}

    def _rows(self, column: Column) -> Sequence[Mapping[str, str]]:
        return [row for row in self._view.tables.get(column.table, ()) if column.key in row]
