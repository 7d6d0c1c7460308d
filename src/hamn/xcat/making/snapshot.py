"""The tables that files are made of, as a value that travels: to a machine that has no tables now."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hamn.xcat.generators.cluster import OF_NODES, PLAIN
from hamn.xcat.stores import Reading
from hamn.xcat.stores.store import stop

SCHEMA = "hamn.tables/1"
TABLES = (*PLAIN, *OF_NODES, "nodelist", "nodegroup")


@dataclass(frozen=True)
class Snapshot:
    """Rows as they stood at one moment. With passwords in it: for root's eyes only, and never kept."""

    rows: Mapping[str, Sequence[Mapping[str, str]]]

    @classmethod
    def of(cls, store: Reading) -> Snapshot:
        """Raises StoreError."""
        return cls(store.read_all(TABLES))

    @classmethod
    def parse(cls, text: str, where: str) -> Snapshot:
        """Raises StoreError (snapshot) for what is none, or only the end of one."""
        schema, _, packed = text.strip().partition(" ")
        try:
            if schema != SCHEMA:
                raise ValueError(f"they don't begin with {SCHEMA}")
            rows = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
            if not rows["site"]:
                raise ValueError("table site is empty")
        except (ValueError, KeyError, TypeError, zlib.error) as wrong:
            raise stop("snapshot", f"these are no tables: {wrong}", where, "is the same hamn there?") from None
        return cls(rows)

    def text(self) -> str:
        """One line; for 10,000 nodes some 200 kB."""
        return f"{SCHEMA} {base64.b64encode(zlib.compress(json.dumps(self.rows).encode(), 1)).decode()}"

    def read(self, table: str) -> Sequence[Mapping[str, str]]:
        return self.rows.get(table, ())

    def read_all(self, tables: Iterable[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        return {name: self.read(name) for name in tables}
