"""What a node's attributes are: its own row, then its groups' rows in order, column by column, values worked out.

Source: xcatdb(5), "Groups and regular expressions in tables"; group(7) for the order of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hamn.reports.report import Report, error
from hamn.xcat.ranges.arithmetic import ExpressionError
from hamn.xcat.ranges.inheritance import EMPTY, Computed, Inheritance, Layer, Row, key_column, over
from hamn.xcat.tables.table import is_disabled

Tables = Mapping[str, Sequence[Row]]


def listed(names: str) -> tuple[str, ...]:
    """A comma list as xCAT's columns have it."""
    return tuple([name for part in names.split(",") if (name := part.strip())])


class NodeView:
    """The nodes of a set of tables. Tables are taken as they are when first asked for; a change needs a new view.

    A value that can't be worked out is absent, so that one bad row doesn't stop a whole cluster's configuration;
    `reports` says what is wrong with that row, once. An expression that gives nothing hides what groups further
    down would give. Every mapping has the node's name in the table's key column; none may be written to."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        rows = [row for row in tables.get("nodelist", ()) if "node" in row and not is_disabled(row)]
        lists = {text: listed(text) for text in {row.get("groups", "") for row in rows}}
        self.groups_of = {row["node"]: lists[row.get("groups", "")] for row in rows}
        self.hidden = frozenset(row["node"] for row in rows if row.get("hidden", "").lower() in ("1", "yes"))
        self._inheritances: dict[str, Inheritance] = {}
        self._reports: dict[tuple[str, str, str], Report] = {}

    @property
    def reports(self) -> list[Report]:
        return list(self._reports.values())

    def groups(self) -> dict[str, list[str]]:
        """The members of every static group, in the order of nodelist."""
        members: dict[str, list[str]] = {}
        for node, groups in self.groups_of.items():
            for group in dict.fromkeys(groups):
                members.setdefault(group, []).append(node)
        return members

    def of(self, table: str, node: str) -> Row:
        """The non-empty columns of this node; nothing for a node or a table that isn't there."""
        rows = self.rows(table, node)
        return rows[0] if rows else {}

    def rows(self, table: str, node: str) -> list[Row]:
        """As `of`, for tables in which a node may have several rows of its own (switch, deps, prodkey)."""
        if node not in self.groups_of:
            return []
        inheritance = self._inheritance(table)
        found = [self._merged(table, node, own) for own in inheritance.own(node) or [EMPTY]]
        return [row for row in found if len(row) > 1]

    def all(self, table: str) -> Iterator[tuple[str, Row]]:
        """Every node that has a value in this table, in the order of nodelist; its first row if it has several."""
        inheritance = self._inheritance(table)
        plain, given = inheritance.plain, inheritance.given
        for node, groups in self.groups_of.items():
            row = plain.get(node)
            inherited = given.get(groups) or inheritance.from_groups(groups)
            if row is None or inherited.computed:
                row = self._merged(table, node, (inheritance.own(node) or [EMPTY])[0])
            elif inherited.plain:
                row = {**inherited.plain, inheritance.key: node, **row}
            if len(row) > 1:
                yield node, row

    def column(self, table: str, column: str) -> dict[str, str]:
        """The value of each node that has one in this column."""
        return {node: row[column] for node, row in self.all(table) if column in row}

    def _inheritance(self, table: str) -> Inheritance:
        found = self._inheritances.get(table)
        if found is None:
            found = self._inheritances[table] = Inheritance(table, self.tables.get(table, ()))
        return found

    def _merged(self, table: str, node: str, own: Layer) -> Row:
        inheritance = self._inheritances[table]
        inherited = inheritance.from_groups(self.groups_of[node])
        if inherited is EMPTY and not own.computed:
            return own.plain
        layer = inherited if own is EMPTY else over(own, inherited)
        row = {**layer.plain, inheritance.key: node}
        for computed in layer.computed:
            if value := self._value(table, node, computed):
                row[computed.column] = value
        return row

    def _value(self, table: str, node: str, computed: Computed) -> str:
        try:
            return computed.value(node)
        except ExpressionError as wrong:
            place = (table, computed.owner, computed.column)
            if place not in self._reports:
                self._reports[place] = error(
                    "row-expression",
                    f"node {node} gets no value: {wrong}",
                    where=f"table {table}, row {computed.owner}, column {computed.column}",
                    hint=f"correct it: chtab {key_column(table)}={computed.owner} {table}.{computed.column}=...",
                )
            return ""
