"""Rows out of SQLite files and into them."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from hamn.xcat.stores import statements
from hamn.xcat.stores.sqlite_trouble import explained
from hamn.xcat.stores.store import Where, checked, stop, written
from hamn.xcat.tables import Row, Table

_VALUES_AT_ONCE = 500  # far below any build's limit of variables in one statement


def rows_of(connection: sqlite3.Connection, table: Table, schema: str = "main") -> list[Row]:
    """All rows, in the order in which they came. Columns that an older xCAT's file hasn't got are empty."""
    try:
        return _read(connection, table, schema)
    except sqlite3.OperationalError as trouble:
        if "UTF-8" not in str(trouble):
            raise
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    return _read(connection, table, schema)


def _read(connection: sqlite3.Connection, table: Table, schema: str) -> list[Row]:
    if not statements.is_there(connection, table.name, schema):
        return []
    cursor = connection.execute(f"SELECT * FROM {schema}.[{table.name}] ORDER BY rowid")  # noqa: S608
    there = [name.lower() for name, *_ in cursor.description]
    if there != list(table.columns):
        chosen = ", ".join(f"[{column}]" for column in table.columns if column in there)
        cursor = connection.execute(f"SELECT {chosen} FROM {schema}.[{table.name}] ORDER BY rowid")  # noqa: S608
        there = [name.lower() for name, *_ in cursor.description]
    columns = tuple(there)
    if table.counted:
        return [{c: str(value) for c, value in zip(columns, row, strict=True) if value} for row in cursor]
    return [{c: value for c, value in zip(columns, row, strict=True) if value} for row in cursor]


class SqliteChange:
    """A transaction over the files that were added to it."""

    def __init__(self, path: Callable[[Table], Path]) -> None:
        self._path = path
        self._tables: dict[str, tuple[sqlite3.Connection, str, Table]] = {}
        self._columns: dict[str, list[str]] = {}
        self.connections: list[sqlite3.Connection] = []
        self.committed = 0

    def add(self, connection: sqlite3.Connection, schema: str, table: Table) -> None:
        self._tables[table.name] = (connection, schema, table)

    def begin(self, connection: sqlite3.Connection, how: str) -> None:
        self.connections.append(connection)
        mine = [(schema, table) for held, schema, table in self._tables.values() if held is connection]
        with explained(self._path(mine[0][1])):
            connection.execute(how)
        for schema, table in mine:
            with explained(self._path(table)):
                if not statements.is_there(connection, table.name, schema):
                    connection.execute(statements.create(table, schema))
                self._columns[table.name] = statements.columns(connection, schema, table.name)

    def commit(self) -> None:
        for connection in self.connections:
            held = next(table for other, _, table in self._tables.values() if other is connection)
            with explained(self._path(held)):
                connection.execute("COMMIT")
            self.committed += 1

    def undo(self) -> None:
        for connection in self.connections:
            with contextlib.suppress(sqlite3.Error):  # what can't be undone now is undone by whoever opens it next
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def contents(self) -> dict[str, list[Row]]:
        return {name: self.read(name) for name in self._tables}

    def read(self, table: str) -> list[Row]:
        connection, schema, known = self._held(table)
        with explained(self._path(known)):
            return rows_of(connection, known, schema)

    def insert(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        connection, schema, known = self._held(table)
        rows = list(rows)
        columns = written(known, rows, self._columns[table], str(self._path(known))) or [known.keys[0]]
        names, marks = ", ".join(f"[{c}]" for c in columns), ", ".join(["CAST(? AS TEXT)"] * len(columns))
        sql = f"INSERT INTO {schema}.[{known.name}] ({names}) VALUES ({marks})"  # noqa: S608
        with explained(self._path(known)):
            connection.executemany(sql, (_bound_row(row, columns) for row in rows))

    def put(self, table: str, rows: Iterable[Mapping[str, str]], by: Collection[str] = ()) -> None:
        keys = tuple(by) or self._held(table)[2].keys
        for row in rows:
            where = {key: row.get(key, "") for key in keys}
            values = {column: value for column, value in row.items() if column not in where}
            if not self.update(table, where, values):
                self.insert(table, [row])

    def update(self, table: str, where: Where, values: Mapping[str, str]) -> int:
        connection, schema, known = self._held(table)
        columns = written(known, [values], self._columns[table], str(self._path(known)))
        settings = {column: values[column] or None for column in columns}
        if not settings:  # nothing but to empty columns that an older file lacks
            return self._count(table, where)
        names = ", ".join(f"[{column}] = CAST(? AS TEXT)" for column in settings)
        sql = f"UPDATE {schema}.[{known.name}] SET {names}"  # noqa: S608
        return sum(
            self._run(known, connection, sql + condition, [*settings.values(), *wanted])
            for condition, wanted in self._conditions(known, where)
        )

    def delete(self, table: str, where: Where) -> int:
        connection, schema, known = self._held(table)
        sql = f"DELETE FROM {schema}.[{known.name}]"  # noqa: S608
        return sum(
            self._run(known, connection, sql + condition, wanted)
            for condition, wanted in self._conditions(known, where)
        )

    def replace(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        self.delete(table, {})
        self.insert(table, rows)

    def _count(self, table: str, where: Where) -> int:
        connection, schema, known = self._held(table)
        sql = f"SELECT count(*) FROM {schema}.[{known.name}]"  # noqa: S608
        counts = [
            connection.execute(sql + condition, [_bound(value) for value in wanted]).fetchone()[0]
            for condition, wanted in self._conditions(known, where)
        ]
        return int(sum(counts))

    def _held(self, name: str) -> tuple[sqlite3.Connection, str, Table]:
        if name not in self._tables:
            raise stop(
                "no-table", f"table {name} is not part of this change", hint="name it when the change begins"
            )
        return self._tables[name]

    def _conditions(self, table: Table, where: Where) -> Iterator[tuple[str, list[str]]]:
        """The WHERE parts that together match `where`, each with its values; several where a column has many."""
        checked(table, where)
        listed = [(column, list(value)) for column, value in where.items() if not isinstance(value, str)]
        singles = [(column, value) for column, value in where.items() if isinstance(value, str)]
        if len(listed) > 1:
            raise stop("store-value", "only one column may have several values", table.name)
        parts, wanted = [], []
        for column, value in singles:
            parts.append(f"[{column}] = CAST(? AS TEXT)" if value else f"([{column}] IS NULL OR [{column}] = '')")
            wanted += [value] if value else []
        if not listed:
            yield (f" WHERE {' AND '.join(parts)}" if parts else ""), wanted
            return
        [(column, values)] = listed
        for start in range(0, len(values), _VALUES_AT_ONCE):
            some = values[start : start + _VALUES_AT_ONCE]
            marks = ", ".join(["CAST(? AS TEXT)"] * len(some))
            yield f" WHERE {' AND '.join([*parts, f'[{column}] IN ({marks})'])}", [*wanted, *some]

    def _run(self, table: Table, connection: sqlite3.Connection, sql: str, values: Iterable[str | None]) -> int:
        with explained(self._path(table)):
            return connection.execute(sql, [_bound(value) for value in values]).rowcount


def _bound_row(row: Mapping[str, str], columns: Sequence[str]) -> list[str | bytes | None]:
    values: list[str | bytes | None] = list(map(row.get, columns))
    plain = "".join(row.values()).isascii()  # nearly always, and far quicker than a look at each
    return values if plain else [_bound(value) for value in values]


def _bound(value: str | bytes | None) -> str | bytes | None:
    """Text as SQLite takes it; what was no UTF-8 when it was read goes back as the bytes it was."""
    if not isinstance(value, str) or value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogateescape")
    return value
