"""nodels: nodes, and what their tables say of each, values worked out. Source: nodels(1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hamn.xcat.commands.few import few
from hamn.xcat.commands.nodes import columns
from hamn.xcat.commands.nodes.columns import Column, is_of_nodes
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import Ranging, reader
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.definitions import many_values
from hamn.xcat.ranges import NodeView
from hamn.xcat.tables import TABLES, site

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World

_FEW = 8  # one in so many nodes: the others' rows aren't looked at

_Shown = tuple[str, Column]
"""As it was asked for, and what it is."""


def nodels(request: Request, world: World) -> Iterator[Answer]:
    given, words = options(request.args, "bHS", ["blame", "with-fieldname"])
    if request.noderange is not None:
        words = [request.noderange, *words]
    elif words and words[0].startswith("-"):
        raise Usage(1)
    with many_values():
        said = list(_said(request, world, words, frozenset(given)))
    yield from said


def _said(request: Request, world: World, words: Sequence[str], given: frozenset[str]) -> Iterator[Answer]:
    conditions, shown, tables = _asked(words[1:])
    read = {"nodelist", "nodegroup", "site", *(column.table for _, column in shown)}
    found = OnDemand(world.store, world.store.read_all(read))
    view = NodeView(found)
    excluded = site.settings(found["site"]).get("excludenodes", "")
    ranging = Ranging(view, excluded, shows_hidden="S" in given)
    nodes = ranging.nodes(words[0], reader(request)) if words and words[0] else ranging.all()
    for condition in conditions:
        chosen = ranging.where(condition)
        nodes = [node for node in nodes if node in chosen]
    if not shown:
        if nodes:
            yield Answer("data", "\n".join(nodes))
        return
    is_named = len(shown) > 1 or bool(given & {"H", "with-fieldname"})
    blame = _Blame(view) if given & {"b", "blame"} else None
    read -= {"nodegroup", "site"}
    seen = few(view, read, nodes) if len(nodes) * _FEW < len(view.groups_of) else view
    for node in nodes:
        rows = {table: seen.rows(table, node) for table in read}
        for word, column in shown:
            name = f"{column.full if given & {'H', 'with-fieldname'} else word}: " if is_named else ""
            values = [row[column.name] for row in rows[column.table] if column.name in row]
            if not values and column.table in tables:
                continue
            whose = blame.of(node, column) if blame and values else ""
            for value in values or [""]:
                yield Answer("node", f"{name}{value}{whose}", node)
    for report in seen.reports:
        yield Answer("error", str(report), errorcode=1)


def _asked(words: Sequence[str]) -> tuple[list[re.Match[str]], list[_Shown], set[str]]:
    """Conditions, columns, and the tables of which every column with a value was asked for."""
    conditions: list[re.Match[str]] = []
    shown: list[_Shown] = []
    tables: set[str] = set()
    for word in words:
        if found := columns.condition(word):
            conditions.append(found)
        elif is_of_nodes(word):
            tables.add(word)
            shown += [(f"{word}.{name}", Column(word, name)) for name in TABLES[word].columns]
        else:
            shown.append((word, columns.column(word)))
    return conditions, shown, tables


class _Blame:
    """Whose row a value comes from, where it isn't the node's own."""

    def __init__(self, view: NodeView) -> None:
        self._view = view
        self._owners: dict[Column, set[str]] = {}

    def of(self, node: str, column: Column) -> str:
        if column not in self._owners:
            rows = self._view.tables.get(column.table, ())
            self._owners[column] = {row[column.key] for row in rows if column.key in row and column.name in row}
        owners = self._owners[column]
        if node in owners:
            return ""
        group = next((group for group in self._view.groups_of[node] if group in owners), "")
        return f" (inherited from group {group})" if group else ""
