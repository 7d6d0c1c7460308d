"""Some nodes of many: what the tables say of everybody else need not be understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from hamn.xcat.ranges import NodeView
from hamn.xcat.ranges.inheritance import key_column

Row = Mapping[str, str]


def few(view: NodeView, tables: Iterable[str], nodes: Collection[str]) -> NodeView:
    """A view in which these nodes have what they have in `view`, in these tables."""
    groups = {group for node in nodes for group in view.groups_of.get(node, ())}
    found: dict[str, Sequence[Row]] = {}
    for table in {*tables, "nodelist"}:
        wanted = frozenset(nodes) if table == "nodelist" else groups.union(nodes)
        key = key_column(table)
        found[table] = [row for row in view.tables.get(table, ()) if row.get(key) in wanted]
    return NodeView(found)
