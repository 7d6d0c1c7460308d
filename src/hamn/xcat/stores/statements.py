"""SQLite's statements about a table's shape."""

from __future__ import annotations

import sqlite3

from hamn.xcat.tables import Table
from hamn.xcat.tables.table import COUNTED_TYPE


def create(table: Table, schema: str = "main") -> str:
    """As xCAT 2.19 makes it: keys VARCHAR(128), all else TEXT, empty values allowed everywhere."""
    lines = [f"  [{column}] {_declared(table, column)}" for column in table.columns]
    if not table.counted:
        lines.append(f"  PRIMARY KEY ({', '.join(f'[{key}]' for key in table.keys)})")
    return f"CREATE TABLE {schema}.[{table.name}] (\n" + ",\n".join(lines) + "\n)"


def is_there(connection: sqlite3.Connection, name: str, schema: str = "main") -> bool:
    found = connection.execute(f"SELECT 1 FROM {schema}.sqlite_schema WHERE type = 'table' AND name = ?", (name,))  # noqa: S608
    return found.fetchone() is not None


def columns(connection: sqlite3.Connection, schema: str, name: str) -> list[str]:
    return [row[1].lower() for row in connection.execute(f"PRAGMA {schema}.table_info([{name}])")]


def _declared(table: Table, column: str) -> str:
    kind = table.type_of(column)
    return "INTEGER PRIMARY KEY AUTOINCREMENT" if kind == COUNTED_TYPE else kind
