"""What the tables held when they were last read: a file that nobody has written since needs no reading.

For SQLite's files only, where one look at a file tells; a server's tables are asked for each time. A file is
believed to be as it was if its size, time and number are, and if that time was past when it was read: two writes
within one tick of the clock leave the same time. Everybody who asks has the same rows: a copy of all of them
would take longer than a short command.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hamn.xcat.stores import Change, Store
from hamn.xcat.stores.pending import Pending

PAST_NS = 100_000_000
"""Far longer than a tick of any clock that files are stamped by."""
LONGEST = 20_000
"""Rows of a table that are kept: ten such tables are about 50 MB."""

Look = tuple[int, int, int]
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Kept:
    look: Look
    rows: Rows


class Memory:
    """A Store in front of another."""

    def __init__(self, store: Store, directory: Path) -> None:
        """`directory` is where that one has its files."""
        self._store, self._directory = store, directory
        self._kept: dict[str, _Kept] = {}
        self._turn = threading.Lock()

    @property
    def engine(self) -> str:
        return self._store.engine

    @property
    def where(self) -> str:
        return self._store.where

    def read(self, table: str) -> Rows:
        return self.read_all([table])[table]

    def read_all(self, tables: Iterable[str]) -> Mapping[str, Rows]:
        """As they stood at one moment: between the first look at all of them and the second, which is the same."""
        names = list(dict.fromkeys(tables))
        before, now_ns = self._looks(names), time.time_ns()
        with self._turn:
            kept = {name: self._kept[name] for name in names if name in self._kept}
        known = {name: one.rows for name, one in kept.items() if one.look == before.get(name)}
        if known:
            unknown = [name for name in names if name not in known]
            found = self._store.read_all(unknown) if unknown else {}
            if self._looks(names) == before:
                self._keep(found, before, now_ns)
                return {name: found[name] if name in found else known[name] for name in names}
        found = self._store.read_all(names)
        if self._looks(names) == before:
            self._keep(found, before, now_ns)
        return found

    def change(self, tables: Iterable[str]) -> AbstractContextManager[Change]:
        return self._store.change(tables)

    def create(self) -> None:
        self._store.create()

    def close(self) -> None:
        with self._turn:
            self._kept.clear()
        self._store.close()

    def _keep(self, found: Mapping[str, Rows], looks: Mapping[str, Look], now_ns: int) -> None:
        with self._turn:
            for name, rows in found.items():
                if name in looks and len(rows) <= LONGEST and looks[name][1] < now_ns - PAST_NS:
                    self._kept[name] = _Kept(looks[name], rows)
                else:
                    self._kept.pop(name, None)

    def _looks(self, names: Iterable[str]) -> dict[str, Look]:
        """Nothing where a change was cut in the middle, or `site` is away: the store itself has to see to that."""
        if Pending.is_in(self._directory):
            return {}
        looks = {}
        for name in ("site", *names):
            file = self._directory / f"{name}.sqlite"
            try:
                seen = file.stat()
            except OSError:
                if name == "site":
                    return {}
                continue
            if file.with_name(f"{file.name}-wal").exists():  # somebody's mode: the file stays as it is for long
                return {}
            looks[name] = seen.st_size, seen.st_mtime_ns, seen.st_ino
        return looks
