"""Attributes back into rows: one write for each table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from hamn.xcat.commands import together
from hamn.xcat.commands.definitions import nics
from hamn.xcat.commands.definitions.catalog import Attributes, Row
from hamn.xcat.commands.together import Key
from hamn.xcat.stores.store import Change
from hamn.xcat.tables import TABLES
from hamn.xcat.tables.objects import TYPES


def tables_written(kinds: Iterable[str], attributes: Collection[str] | None) -> set[str]:
    """Where these attributes can be kept, and what makes the objects be there. None: everything of theirs."""
    found: set[str] = set()
    for kind in kinds:
        type_ = TYPES[kind]
        if attributes is None:
            found |= keys_of(kind).keys()
        else:
            found |= {type_.home, *filter(None, [type_.others])}
            for attribute in attributes:
                found |= {place.table for place in type_.by_attribute.get(nics.column(attribute), ())}
        if kind == "group":
            found.add("nodelist")
    return found


def keys_of(kind: str) -> dict[str, str]:
    """Every table with rows about such an object, and the column that has its name there."""
    found = dict(TYPES[kind].tables)
    if kind in ("node", "group"):
        found |= {name: "node" for name, table in TABLES.items() if table.is_of_nodes and name not in found}
    if kind == "group":
        found.pop("nodelist", None)
    return found


class Writing:
    """`tables` are as they were. Nothing happens before `write`: what goes goes first."""

    def __init__(self, tables: Mapping[str, Sequence[Row]]) -> None:
        self._tables = tables
        self._gone: dict[tuple[str, str], set[str]] = {}
        self._rows: dict[tuple[str, Key], list[Row]] = {}
        self._there: dict[tuple[str, Key], set[Key]] = {}

    def remove(self, kind: str, names: Collection[str]) -> None:
        """Every row of these objects."""
        for table, key in keys_of(kind).items():
            mine = {name for row in self._tables.get(table, ()) if (name := row.get(key, "")) in names}
            if mine:
                self._gone.setdefault((table, key), set()).update(mine)

    def put(self, kind: str, name: str, given: Attributes, known: Attributes, *, is_new: bool) -> None:
        """Raises BadAttribute. An empty value removes; where there is no row it makes none."""
        type_ = TYPES[kind]
        for cells in type_.cells(name, given, known):
            if kind == "site" and not cells.values["value"]:
                self._gone.setdefault(("site", "key"), set()).add(cells.key["key"])
            elif any(cells.values.values()) or self._is_there(cells.table, cells.key):
                self.put_rows(cells.table, tuple(cells.key), [{**cells.key, **cells.values}])
        if is_new and kind != "site":
            key = type_.tables[type_.home]
            self.put_rows(type_.home, (key,), [{key: name}])

    def put_rows(self, table: str, by: Key, rows: Iterable[Row]) -> None:
        self._rows.setdefault((table, by), []).extend(rows)

    def write(self, change: Change) -> None:
        for (table, key), names in self._gone.items():
            change.delete(table, {key: sorted(names)})
        for (table, by), rows in self._rows.items():
            gone = self._gone.get((table, by[0]), ())
            there = {key for key in self._keys(table, by) if key[0] not in gone} if gone else self._keys(table, by)
            together.put(change, table, by, rows, there)

    @property
    def tables(self) -> set[str]:
        return {table for table, _ in self._gone} | {table for (table, _), rows in self._rows.items() if rows}

    def _is_there(self, table: str, key: Mapping[str, str]) -> bool:
        return tuple(key.values()) in self._keys(table, tuple(key))

    def _keys(self, table: str, by: Key) -> set[Key]:
        if (table, by) not in self._there:
            rows = self._tables.get(table, ())
            self._there[table, by] = {tuple([row.get(column, "") for column in by]) for row in rows}
        return self._there[table, by]
