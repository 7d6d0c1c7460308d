"""Tables that are read when something asks for them: a range may look at any table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hamn.xcat.stores import Store
from hamn.xcat.tables import TABLES

Row = Mapping[str, str]


class OnDemand(Mapping[str, Sequence[Row]]):
    """All tables of a store, each read once; those in `read` are there already. Raises StoreError."""

    def __init__(self, store: Store, read: Mapping[str, Sequence[Row]]) -> None:
        self._store, self._read = store, dict(read)

    def besides(self, tables: Mapping[str, Sequence[Row]]) -> OnDemand:
        """The same with other rows in these tables."""
        return OnDemand(self._store, {**self._read, **tables})

    def __getitem__(self, name: str) -> Sequence[Row]:
        if name not in self._read:
            if name not in TABLES:
                raise KeyError(name)
            self._read[name] = self._store.read(name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)
