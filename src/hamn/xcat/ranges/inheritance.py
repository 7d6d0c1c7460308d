"""What the groups of a node give it in one table: read once for each list of groups, used for all who have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hamn.xcat.ranges.arithmetic import ExpressionError
from hamn.xcat.ranges.expressions import Expression, expression
from hamn.xcat.tables.table import is_disabled

Row = Mapping[str, str]
TEXTS = ("comments",)  # what an operator writes there is never worked out
NODE_COLUMNS = {
    "kvm_masterdata": "name",
    "mpa": "mpa",
    "ppcdirect": "hcp",
    "ppchcp": "hcp",
    "switches": "switch",
    "vmmaster": "name",
}
"""Where the column that holds a node's or a group's name isn't called `node`."""


class Computed(NamedTuple):
    """A value to work out for each node, and whose row it stands in."""

    column: str
    value: Expression
    owner: str


class Layer(NamedTuple):
    """A row, or several merged: a column is in `plain` or in `computed`, never in both."""

    plain: Row
    computed: tuple[Computed, ...] = ()


EMPTY = Layer({})


def key_column(table: str) -> str:
    return NODE_COLUMNS.get(table, "node")


class Inheritance:
    """The rows of one table by the node or group that they are for; disabled rows count as absent.

    `plain` has the names with one row and nothing to compute, which is nearly all, as they were read; `layers` has
    the others."""

    def __init__(self, table: str, rows: Iterable[Row]) -> None:
        self.key = key_column(table)
        # A node may be called as some other node's group; that doesn't make its nodelist row the group's.
        self.inherits = table != "nodelist"
        self.plain: dict[str, Row] = {}
        self.layers: dict[str, list[Layer]] = {}
        self.given: dict[tuple[str, ...], Layer] = {}
        """By list of groups, as far as it was asked for: see `from_groups`."""
        key, plain = self.key, self.plain
        for row in rows:
            name = row.get(key)
            if not name:
                continue
            if name not in plain and name not in self.layers and "disable" not in row:  # most of a cluster's rows
                values = "".join(row.values())
                if "|" not in values and "/" not in values:  # nothing to compute
                    plain[name] = row
                    continue
            if "disable" in row and is_disabled(row):
                continue
            layer = _layer(row, name)
            if name in self.layers:
                self.layers[name].append(layer)
            elif name in self.plain:
                self.layers[name] = [Layer(self.plain.pop(name)), layer]
            elif layer.computed:
                self.layers[name] = [layer]
            else:
                self.plain[name] = layer.plain

    def own(self, name: str) -> list[Layer]:
        plain = self.plain.get(name)
        return self.layers.get(name, []) if plain is None else [Layer(plain)]

    def from_groups(self, groups: tuple[str, ...]) -> Layer:
        """Column by column: the first group that has a value gives it, even if that value comes to nothing."""
        layer = self.given.get(groups)
        if layer is None:
            layer = EMPTY
            for group in groups if self.inherits else ():
                for below in self.own(group):
                    layer = over(layer, below)
            self.given[groups] = layer
        return layer


def over(above: Layer, below: Layer) -> Layer:
    """Both, with the upper one's columns before the lower one's."""
    if below is EMPTY:
        return above
    hidden = {computed.column for computed in above.computed}
    plain = {column: value for column, value in below.plain.items() if column not in hidden}
    plain.update(above.plain)
    seen = [
        computed
        for computed in below.computed
        if computed.column not in hidden and computed.column not in above.plain
    ]
    return Layer(plain, (*above.computed, *seen))


def _layer(row: Row, owner: str) -> Layer:
    """`disable` is about the row, not the node; the rest is for the node."""
    if "disable" in row:
        row = {column: value for column, value in row.items() if column != "disable"}
    plain, computed = {}, []
    for column, value in row.items():
        found = None if column in TEXTS else _expression(value)
        if found is None:
            plain[column] = value
        else:
            computed.append(Computed(column, found, owner))
    return Layer(plain, tuple(computed))


def _expression(value: str) -> Expression | None:
    """An unreadable one complains when it is used: it hides the groups below as a readable one does."""
    try:
        return expression(value)
    except ExpressionError as wrong:
        return _complaint(str(wrong))


def _complaint(text: str) -> Expression:
    def complain(_: str) -> str:
        raise ExpressionError(text)

    return complain
