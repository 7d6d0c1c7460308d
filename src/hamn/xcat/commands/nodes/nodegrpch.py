"""nodegrpch: values that groups give, and that none of their nodes has of its own. Source: nodegrpch(1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from hamn.xcat.commands.nodes import columns
from hamn.xcat.commands.nodes.columns import Column, NotAColumn, Setting
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.ranges import NodeView
from hamn.xcat.ranges.noderange import invalid_names
from hamn.xcat.ranges.nodes import listed
from hamn.xcat.stores.store import Change

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World


def nodegrpch(request: Request, world: World) -> Iterator[Answer]:
    _, words = options(request.args, "")
    if request.noderange is not None:
        words = [request.noderange, *words]
    if len(words) < 2:
        raise Usage(1)
    groups = listed(words[0])
    changes = columns.settings(words[1:])
    for one in changes:
        if one.column.full == "nodelist.groups":
            raise NotAColumn(one.column.full, "Group membership is not changeable via nodegrpch")
        if one.column.table == "nodelist":
            raise NotAColumn(one.column.full)
        if one.how != "=":
            raise NotAColumn(one.column.full, ",= and ^= are not supported by nodegrpch")
    tables = dict.fromkeys(one.column.table for one in changes)
    seen = world.store.read_all(["nodelist", "nodegroup"])
    members = NodeView(seen).groups()
    dynamic = {row.get("groupname") for row in seen["nodegroup"] if row.get("grouptype") == "dynamic"}
    if wrong := sorted(dynamic.intersection(groups), key=str):
        yield Answer("error", f"a dynamic group gives its nodes nothing: {wrong[0]}", errorcode=1)
        return
    known = {*members, *(row.get("groupname") for row in seen["nodegroup"])}
    if unknown := [group for group in groups if group not in known]:
        raise invalid_names(unknown)
    nodes = {node for group in groups for node in members.get(group, ())}
    with world.store.change(tables) as change:
        for table in tables:
            _change(change, table, [one for one in changes if one.column.table == table], groups, nodes)


def _change(
    change: Change, table: str, changes: Sequence[Setting], groups: Collection[str], nodes: Collection[str]
) -> None:
    key = Column(table, "").key
    names = dict.fromkeys(one.column.name for one in changes)
    rows = change.read(table)
    there = {row[key]: row for row in rows if key in row}
    after = []
    for group in groups:
        row = {key: group, **{name: there.get(group, {}).get(name, "") for name in names}}
        for one in changes:
            row[one.column.name] = one.after(row[one.column.name])
        after.append(row)
    change.put(table, after, by=(key,))
    own = [name for name, row in there.items() if name in nodes and not names.keys().isdisjoint(row)]
    if own:
        change.update(table, {key: own}, dict.fromkeys(names, ""))
