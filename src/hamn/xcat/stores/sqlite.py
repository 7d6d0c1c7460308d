"""The default layout: a file of its own for each table, `/etc/xcat/<table>.sqlite`, shared with a running xcatd.

Nothing is held open between calls: a filesystem can be unmounted the moment a call has returned. The files' own
rules are kept (rollback journal, full synchronisation, mode 0600): the real one and this one may write at once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from hamn.xcat.stores import statements
from hamn.xcat.stores.pending import Pending
from hamn.xcat.stores.sqlite_change import SqliteChange, rows_of
from hamn.xcat.stores.sqlite_trouble import explained
from hamn.xcat.stores.store import Change, StoreError, stop, table
from hamn.xcat.tables import TABLES, Row, Table

PATIENCE_S = 10.0
"""How long another writer may take before it is named: xcatd locks for milliseconds, a restore for seconds."""

_FILES_AT_ONCE = 11  # one and the ten that SQLite attaches to it: what one crash-proof commit can span


class SqliteStore:
    engine = "SQLite"

    def __init__(self, directory: Path, patience_s: float = PATIENCE_S) -> None:
        self._directory, self._patience_s = directory, patience_s

    @property
    def where(self) -> str:
        return str(self._directory)

    def read(self, table: str) -> list[Row]:
        return self.read_all([table])[table]

    def read_all(self, tables: Iterable[str]) -> dict[str, list[Row]]:
        wanted = [table(name) for name in dict.fromkeys(tables)]
        while True:
            self._be_ready(allow_empty_site=any(one.name == "site" for one in wanted))
            with contextlib.ExitStack() as stack:
                opened: dict[str, sqlite3.Connection] = {}
                for one in sorted(wanted, key=lambda one: one.name):  # everybody locks in this order
                    if self._path(one).exists():
                        opened[one.name] = connection = stack.enter_context(self._open(one))
                        with explained(self._path(one)):
                            connection.execute("BEGIN")
                            connection.execute("SELECT 1 FROM sqlite_schema").fetchone()  # it stands still now
                if Pending.is_in(self._directory):
                    continue
                found: dict[str, list[Row]] = {}
                for one in wanted:
                    with explained(self._path(one)):
                        found[one.name] = rows_of(opened[one.name], one) if one.name in opened else []
                return found

    @contextlib.contextmanager
    def change(self, tables: Iterable[str]) -> Iterator[Change]:
        named = sorted({table(name) for name in tables}, key=lambda one: one.name)
        while True:
            self._be_ready(allow_empty_site=any(one.name == "site" for one in named))
            with self._locked(named) as change:
                if Pending.is_in(self._directory):  # cut while this one waited for its locks
                    continue
                yield change
                if len(change.connections) == 1:
                    change.commit()
                else:
                    self._commit_by_pieces(change)
                return

    def create(self) -> None:
        if not self._directory.is_dir():
            hint = "make it, or mount what belongs there, first"
            raise stop("store-missing", "no such directory", self.where, hint)
        missing = [one for one in TABLES.values() if _size(self._path(one)) == 0]
        # `site` last: what has a site table is complete.
        for one in sorted(missing, key=lambda one: one.name == "site"):
            self._make_file(one)
            with self._open(one) as connection, explained(self._path(one)):
                connection.execute(statements.create(one))
        for one in TABLES.values():
            if one not in missing:
                self._add_columns(one)

    def close(self) -> None:
        pass  # nothing is kept open

    # -- what every use begins with --

    def _be_ready(self, *, allow_empty_site: bool) -> None:
        """Refuses a directory that nobody set up. The real one makes empty tables there, goes on with them, and
        what is regenerated from them is empty too."""
        site = self._path(TABLES["site"])
        hint = f"mount what belongs on {self.where}, or set the tables up (`hamn xcat init`, then a restore)"
        if _size(site) == 0:
            what = "no table site here" if self._directory.is_dir() else "no such directory"
            raise stop("store-missing", what, self.where, hint)
        if found := Pending.left_in(self._directory, self._patience_s):
            self._complete(found)
        with self._open(TABLES["site"]) as connection, explained(site):
            if not statements.is_there(connection, "site"):
                raise stop("store-missing", "no table site in this file", str(site), hint)
            if not allow_empty_site and connection.execute("SELECT 1 FROM site LIMIT 1").fetchall() == []:
                raise stop("store-empty", "table site is empty", str(site), hint)

    def _commit_by_pieces(self, change: SqliteChange) -> None:
        with Pending.announced(self._directory, change.contents()) as announced:
            try:
                change.commit()
            except StoreError as trouble:
                if change.committed == 0:
                    announced.done()
                    raise
                hint = "the next command that uses the tables completes the change: run one when the cause is gone"
                raise stop("store-interrupted", f"written by half: {trouble}", self.where, hint) from None
            announced.done()

    def _complete(self, found: Pending) -> None:
        """A change of many tables was cut between two of its commits: all of it is written again."""
        with found, self._locked(sorted(map(table, found.tables), key=lambda one: one.name)) as change:
            for name, rows in found.tables.items():
                change.replace(name, rows)
            change.commit()
            found.done()

    # -- files and locks --

    def _path(self, table: Table) -> Path:
        return self._directory / f"{table.name}.sqlite"

    @contextlib.contextmanager
    def _open(self, table: Table) -> Iterator[sqlite3.Connection]:
        path = self._path(table)
        with explained(path):
            connection = sqlite3.connect(
                _uri(path), uri=True, timeout=self._patience_s, isolation_level=None, check_same_thread=False
            )
        with contextlib.closing(connection):
            yield connection

    @contextlib.contextmanager
    def _locked(self, tables: list[Table]) -> Iterator[SqliteChange]:
        """A transaction on all of them, in as few connections as SQLite allows; undone unless it was committed.

        Several connections keep readers out from the start: after the first commit none of the others may have to
        wait for one.
        """
        begin = "BEGIN IMMEDIATE" if len(tables) <= _FILES_AT_ONCE else "BEGIN EXCLUSIVE"
        with contextlib.ExitStack() as stack:
            change = SqliteChange(self._path)
            for start in range(0, len(tables), _FILES_AT_ONCE):
                first, *others = tables[start : start + _FILES_AT_ONCE]
                for one in (first, *others):
                    self._make_file(one)
                connection = stack.enter_context(self._open(first))
                change.add(connection, "main", first)
                try:
                    with explained(self._path(first)):
                        # With FULL a power cut can undo the last commit: the removal of its journal isn't flushed.
                        connection.execute("PRAGMA synchronous = EXTRA")
                    for number, one in enumerate(others):
                        with explained(self._path(one)):
                            connection.execute(f"ATTACH ? AS t{number}", (_uri(self._path(one)),))
                        change.add(connection, f"t{number}", one)
                    change.begin(connection, begin)
                except StoreError:
                    change.undo()
                    self._name_who_refuses([first, *others], begin)
                    raise
            try:
                yield change
            finally:
                change.undo()  # to close is not enough: it waits for every cursor that a traceback still holds

    def _name_who_refuses(self, tables: list[Table], begin: str) -> None:
        """SQLite says what is wrong with one of several files, not with which: each is asked alone."""
        for one in tables:
            with self._open(one) as connection, explained(self._path(one)):
                connection.execute("PRAGMA busy_timeout = 0")  # it was waited for long enough
                connection.execute(begin)
                connection.execute("ROLLBACK")

    def _make_file(self, table: Table) -> None:
        path = self._path(table)
        with explained(path), contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def _add_columns(self, table: Table) -> None:
        with self._open(table) as connection, explained(self._path(table)):
            if not statements.is_there(connection, table.name):
                connection.execute(statements.create(table))
            there = statements.columns(connection, "main", table.name)
            for column in table.columns:
                if column not in there:
                    connection.execute(f"ALTER TABLE [{table.name}] ADD COLUMN [{column}] {table.type_of(column)}")


def _uri(path: Path) -> str:
    """mode=rw: SQLite itself must never make a file."""
    return f"file:{quote(str(path.absolute()))}?mode=rw"


def _size(path: Path) -> int:
    """0 where there is no file, too."""
    with explained(path), contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return path.stat().st_size
    return 0
