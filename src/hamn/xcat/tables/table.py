"""What a table is: its name, its columns in order, and which of them tell one row from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

Row = dict[str, str]
"""The columns that are not empty, in the table's order. Absent, NULL and "" are the same thing: xCAT's own
dumps cannot tell them apart."""

KEY_TYPE, TEXT_TYPE, COUNTED_TYPE = "VARCHAR(128)", "TEXT", "INTEGER AUTO_INCREMENT"


@dataclass(frozen=True)
class Table:
    """`columns` are in the order of a dump. `types` names only the columns that are neither a key nor TEXT."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    types: Mapping[str, str] = field(compare=False)

    @cached_property
    def column_set(self) -> frozenset[str]:
        return frozenset(self.columns)

    @cached_property
    def counted(self) -> str:
        """The column that the database numbers by itself; empty where there is none."""
        return next((column for column, kind in self.types.items() if kind == COUNTED_TYPE), "")

    @property
    def is_of_nodes(self) -> bool:
        """Whether a row says something about one node, or about one group of nodes, named in `node`."""
        return self.keys[0] == "node"

    def type_of(self, column: str) -> str:
        return self.types.get(column) or (KEY_TYPE if column in self.keys else TEXT_TYPE)

    def row(self, values: Mapping[str, str]) -> Row:
        """`values` as a row. KeyError names the columns that the table has not."""
        if not self.column_set.issuperset(values):
            raise KeyError(", ".join(sorted(set(values) - self.column_set)))
        return {column: value for column in self.columns if (value := values.get(column))}

    def key_of(self, row: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(row.get(key, "") for key in self.keys)


def is_disabled(row: Mapping[str, str]) -> bool:
    """Whether readers must pass the row over. It stays in dumps, and keeps its key taken."""
    return row.get("disable", "").lower() in ("1", "yes")


def _read_schema() -> Mapping[str, Table]:
    tables = {}
    for line in Path(__file__).with_name("schema.tsv").read_text(encoding="ascii").splitlines()[1:]:
        name, keys, columns, *special = line.split("\t")
        types = dict(words.split(" ", 1) for words in special)
        tables[name] = Table(name, tuple(columns.split()), tuple(keys.split()), MappingProxyType(types))
    return MappingProxyType(tables)


TABLES: Mapping[str, Table] = _read_schema()
"""All tables of xCAT 2.19 by name, sorted."""
