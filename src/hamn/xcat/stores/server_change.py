"""Rows out of a database server and into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from hamn.xcat.stores.engines import Dialect
from hamn.xcat.stores.store import Where, checked, stop, written
from hamn.xcat.tables import TABLES, Row, Table

_VALUES_AT_ONCE = 500


def rows_of(connection: sa.Connection, table: Table, known: sa.Table, there: Collection[str]) -> list[Row]:
    """All rows by key: a server keeps no order of its own. Columns that an older xCAT's table lacks are empty."""
    columns = [column for column in table.columns if column in there]
    found: sa.CursorResult[Any] = connection.execute(sa.select(*(known.c[column] for column in columns)))
    if table.counted:
        rows = [{c: str(value) for c, value in zip(columns, row, strict=True) if value} for row in found]
        return sorted(rows, key=lambda row: int(row[table.counted]))
    rows = [{c: value for c, value in zip(columns, row, strict=True) if value} for row in found]
    return sorted(rows, key=table.key_of)


class ServerChange:
    """A transaction over tables that are locked; `columns` are those that the server has."""

    def __init__(
        self,
        connection: sa.Connection,
        dialect: Dialect,
        columns: Mapping[str, Sequence[str]],
        metadata: sa.MetaData,
    ) -> None:
        self._connection, self._dialect, self._columns, self._tables = (
            connection,
            dialect,
            columns,
            metadata.tables,
        )

    def read(self, table: str) -> list[Row]:
        return rows_of(self._connection, self._held(table), self._tables[table], self._columns[table])

    def insert(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        known, rows = self._held(table), list(rows)
        texts = [column for column in self._written(table, rows) if column not in known.keys]
        # A server's keys can't be NULL: an empty one is "", as the real one has it.
        ready: list[dict[str, Any]] = [
            {key: row.get(key, "") for key in known.keys} | {column: row.get(column) or None for column in texts}
            for row in rows
        ]
        numbered = [row | {known.counted: _number(known, row)} for row in ready if row.get(known.counted)]
        self._add(table, numbered)
        if numbered and (statement := self._dialect.renumber(known)):
            self._connection.execute(sa.text(statement))
        rest = [row for row in ready if not row.get(known.counted)]
        self._add(table, [{c: v for c, v in row.items() if c != known.counted} for row in rest])

    def _add(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._dialect.add(self._connection, self._tables[table], rows)

    def put(self, table: str, rows: Iterable[Mapping[str, str]], by: Collection[str] = ()) -> None:
        keys = tuple(by) or self._held(table).keys
        merged: dict[tuple[str, ...], dict[str, str]] = {}
        for row in rows:
            merged.setdefault(tuple(row.get(key, "") for key in keys), {}).update(row)
        there = {tuple(row.get(key, "") for key in keys) for row in self.read(table)}
        self.insert(table, [row for key, row in merged.items() if key not in there])
        self._update_many(table, keys, [row for key, row in merged.items() if key in there])

    def _update_many(self, table: str, keys: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
        """Rows that are there, those with the same columns in one go."""
        known, columns = self._held(table), self._tables[table].c
        alike: dict[tuple[str, ...], list[dict[str, str | None]]] = {}
        for row in rows:
            values = {column: value for column, value in row.items() if column not in keys}
            if not all(row.get(key) for key in keys) or known.counted in keys:
                self.update(table, {key: row.get(key, "") for key in keys}, values)
            elif names := tuple(self._written(table, [values])):
                new: dict[str, str | None] = {f"new_{column}": values[column] or None for column in names}
                alike.setdefault(names, []).append(new | {f"its_{key}": row[key] for key in keys})
        for names, group in alike.items():
            wanted = [columns[key] == sa.bindparam(f"its_{key}") for key in keys]
            statement = sa.update(self._tables[table]).where(*wanted)
            statement = statement.values({column: sa.bindparam(f"new_{column}") for column in names})
            self._connection.execute(statement, group)

    def update(self, table: str, where: Where, values: Mapping[str, str]) -> int:
        known = self._held(table)
        settings = {column: values[column] or None for column in self._written(table, [values])}
        if not settings:  # nothing but to empty columns that an older table lacks
            counted = sa.select(sa.func.count()).select_from(self._tables[table])
            conditions = self._conditions(known, where)
            return sum(self._connection.execute(counted.where(*wanted)).scalar_one() for wanted in conditions)
        return sum(
            self._connection.execute(sa.update(self._tables[table]).where(*wanted).values(settings)).rowcount
            for wanted in self._conditions(known, where)
        )

    def delete(self, table: str, where: Where) -> int:
        return sum(
            self._connection.execute(sa.delete(self._tables[table]).where(*wanted)).rowcount
            for wanted in self._conditions(self._held(table), where)
        )

    def replace(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        self.delete(table, {})
        self.insert(table, rows)

    def _held(self, name: str) -> Table:
        if name not in self._columns:
            raise stop(
                "no-table", f"table {name} is not part of this change", hint="name it when the change begins"
            )
        return TABLES[name]

    def _written(self, table: str, rows: Collection[Mapping[str, str]]) -> list[str]:
        return written(TABLES[table], rows, self._columns[table], str(self._dialect.at))

    def _conditions(self, table: Table, where: Where) -> Iterator[list[sa.ColumnElement[bool]]]:
        """The conditions that together match `where`; several where a column has many values."""
        checked(table, where)
        columns = self._tables[table.name].c
        parts: list[sa.ColumnElement[bool]] = []
        listed: list[tuple[str, list[str]]] = []
        for name, value in where.items():
            if not isinstance(value, str):
                listed.append((name, list(value)))
            elif name == table.counted:
                parts.append(columns[name] == _number(table, where))
            elif value:
                parts.append(columns[name] == value)
            else:
                parts.append(sa.or_(columns[name].is_(None), columns[name] == ""))
        if len(listed) > 1:
            raise stop("store-value", "only one column may have several values", table.name)
        if not listed:
            yield parts
        for name, several in listed:
            for start in range(0, len(several), _VALUES_AT_ONCE):
                some = several[start : start + _VALUES_AT_ONCE]
                if name == table.counted:
                    yield [*parts, columns[name].in_([_number(table, {name: value}) for value in some])]
                else:
                    yield [*parts, columns[name].in_(some)]


def _number(table: Table, row: Mapping[str, Any]) -> int:
    value = str(row[table.counted])
    if not value.isdecimal():
        raise stop("store-value", f"{table.counted} is a number, not {value!r}", table.name)
    return int(value)
