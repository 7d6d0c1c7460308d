"""What may be said about nodes: columns of their tables, conditions, and new values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hamn.xcat.ranges.inheritance import NODE_COLUMNS, key_column
from hamn.xcat.ranges.names import CONDITION
from hamn.xcat.tables import TABLES

SHORT = {"groups": "nodelist.groups", "tags": "nodelist.groups", "mgt": "nodehm.mgt"}
_CHANGE = re.compile(r"([A-Za-z_][\w.]*)(=@|,=|\^=|=)(.*)", re.ASCII | re.DOTALL)


class NotAColumn(Exception):
    """A word that names no column of nodes, or means nothing; the text is the whole message."""

    def __init__(self, word: str, text: str = "{} not a valid table.column description") -> None:
        super().__init__(text.format(word))


@dataclass(frozen=True)
class Column:
    table: str
    name: str

    @property
    def key(self) -> str:
        """The column with the node's name."""
        return key_column(self.table)

    @property
    def full(self) -> str:
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Setting:
    """`how` is `=` (this value), `,=` (before what is there) or `^=` (away from what is there)."""

    column: Column
    how: str
    value: str

    def after(self, now: str) -> str:
        if self.how == "=":
            return self.value
        items = [item for item in now.split(",") if item]
        mine = [item for item in self.value.split(",") if item]
        if self.how == ",=":
            return ",".join([*(item for item in mine if item not in items), *items])
        return ",".join(item for item in items if item not in mine)


def is_of_nodes(table: str) -> bool:
    return table in TABLES and (TABLES[table].is_of_nodes or table in NODE_COLUMNS)


def column(word: str) -> Column:
    """`table.column`, or a short name. Raises NotAColumn."""
    table, dot, name = SHORT.get(word, word).partition(".")
    if not (dot and is_of_nodes(table) and name in TABLES[table].column_set):
        raise NotAColumn(word)
    return Column(table, name)


def condition(word: str) -> re.Match[str] | None:
    """Of nodes to choose. Raises NotAColumn."""
    found = CONDITION.fullmatch(word)
    if found is None:
        return None
    name, operator, value = found.groups()
    return CONDITION.fullmatch(f"{column(name).full}{operator}{value}")


def settings(words: Sequence[str]) -> list[Setting]:
    """Raises NotAColumn, of a word that is no setting too."""
    found = []
    for word in words:
        match = _CHANGE.fullmatch(word)
        if match is None and "=" not in word:
            raise NotAColumn(word, "Malformed argument {} ignored.")
        if match is None:
            raise NotAColumn(word)
        name, how, value = match.groups()
        place = column(name)
        if place.name == place.key:
            raise NotAColumn(word)
        found.append(Setting(place, "=" if how == "=@" else how, value))
    return found
