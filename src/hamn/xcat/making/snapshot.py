"""The tables that files are made of, as a value that travels: to a machine that has no tables now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.generators.cluster import OF_NODES, PLAIN
from hamn.xcat.stores import Reading
from hamn.xcat.stores.store import stop
from hamn.xcat.tables import Row

SCHEMA = "hamn.tables/1"
TABLES = (*PLAIN, *OF_NODES, "nodelist", "nodegroup")


@dataclass(frozen=True)
class Snapshot:
    """Rows as they stood at one moment. With passwords in it: for root's eyes only, and never kept."""

    rows: Mapping[str, Sequence[Row]]

    @classmethod
    def of(cls, store: Reading) -> Snapshot:
        """Raises StoreError."""
        return cls(store.read_all(TABLES))

    @classmethod
    def parse(cls, text: str, where: str) -> Snapshot:
        """Raises StoreError (snapshot) for what is none, or only the beginning of one."""
        try:
            document = json.loads(text)
            if document["schema"] != SCHEMA or not document["tables"]["site"]:
                raise ValueError("its site table is empty")
        except (ValueError, KeyError, TypeError) as wrong:
            raise stop("snapshot", f"these are no tables: {wrong}", where, "is the same hamn there?") from None
        return cls(document["tables"])

    def text(self) -> str:
        return json.dumps({"schema": SCHEMA, "tables": self.rows}, ensure_ascii=True)

    def read(self, table: str) -> list[Row]:
        return [dict(row) for row in self.rows.get(table, ())]

    def read_all(self, tables: Iterable[str]) -> dict[str, list[Row]]:
        return {name: self.read(name) for name in tables}
