"""The tables on a database server: MySQL or MariaDB, PostgreSQL, DB2.

DB2 is written to IBM's documents and the real one's names; there was no server to try it on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from hamn.xcat.stores import engines
from hamn.xcat.stores.cfgloc import Location
from hamn.xcat.stores.server_change import ServerChange, rows_of
from hamn.xcat.stores.store import Change, StoreError, stop, table
from hamn.xcat.tables import TABLES, Row

Columns = Mapping[str, tuple[str, ...]]


class ServerStore:
    """Connections are kept between calls and tried before use: a server that was restarted is used again."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._dialect = engines.dialect(location)
        self._metadata = self._dialect.metadata()
        self._lock = threading.Lock()
        self._made: sa.Engine | None = None
        self._columns: Columns = {}  # as the server has them, kept once `site` was seen to have rows

    @property
    def engine(self) -> str:
        return self._location.engine

    @property
    def where(self) -> str:
        return str(self._location)

    def read(self, table: str) -> list[Row]:
        return self.read_all([table])[table]

    def read_all(self, tables: Iterable[str]) -> dict[str, list[Row]]:
        wanted = [table(name) for name in dict.fromkeys(tables)]
        known = self._metadata.tables
        with self._connected("REPEATABLE READ") as connection:
            columns = self._be_ready(connection, allow_empty_site=any(one.name == "site" for one in wanted))
            return {
                one.name: rows_of(connection, one, known[one.name], there)
                if (there := columns.get(one.name))
                else []
                for one in wanted
            }

    @contextlib.contextmanager
    def change(self, tables: Iterable[str]) -> Iterator[Change]:
        named = sorted({table(name).name for name in tables})
        with self._connected(self._dialect.isolation) as connection:
            columns = self._be_ready(connection, allow_empty_site="site" in named)
            connection.rollback()  # what was looked at until now must not be what the change will see
            if lacking := [name for name in named if name not in columns]:
                hint = "start the installed xcatd once, or run `hamn xcat init`: both make what is missing"
                raise stop("store-column", f"the database has no table {', '.join(lacking)}", self.where, hint)
            with self._dialect.locked(connection, named):
                held = {name: columns[name] for name in named}
                yield ServerChange(connection, self._dialect, held, self._metadata)
                connection.commit()

    def create(self) -> None:
        with self._connected(self._dialect.isolation) as connection:
            there = self._look(connection)
            self._metadata.create_all(
                connection, [self._metadata.tables[name] for name in TABLES if name not in there]
            )
            for name, columns in there.items():
                for column in TABLES[name].columns:
                    if column not in columns:
                        added = CreateColumn(self._metadata.tables[name].c[column]).compile(
                            dialect=connection.dialect
                        )
                        connection.execute(sa.text(f"ALTER TABLE {self._dialect.quoted(name)} ADD COLUMN {added}"))
            connection.commit()
            self._columns = {}

    def close(self) -> None:
        with self._lock:
            made, self._made = self._made, None
            self._columns = {}
        if made is not None:
            made.dispose()

    def _be_ready(self, connection: sa.Connection, *, allow_empty_site: bool) -> Columns:
        """The tables' columns as they are. Refuses a database that nobody set up."""
        if self._columns:
            return self._columns
        columns = self._look(connection)
        hint = "does cfgloc name the right database? If so, set the tables up (`hamn xcat init`, then a restore)"
        if "site" not in columns:
            raise stop("store-missing", "no table site in this database", self.where, hint)
        if connection.execute(sa.select(self._metadata.tables["site"].c["key"]).limit(1)).first() is not None:
            self._columns = columns
        elif not allow_empty_site:
            raise stop("store-empty", "table site is empty", self.where, hint)
        return columns

    def _look(self, connection: sa.Connection) -> Columns:
        found = sa.inspect(connection).get_multi_columns()
        columns = {key[1].lower(): tuple(str(one["name"]).lower() for one in found[key]) for key in found}
        return {name: columns[name] for name in TABLES if name in columns}

    @contextlib.contextmanager
    def _connected(self, isolation: engines.Isolation) -> Iterator[sa.Connection]:
        """A transaction, undone unless the block commits it."""
        try:
            with self._engine().connect() as connection:
                yield connection.execution_options(isolation_level=isolation)
        except sa.exc.SQLAlchemyError as trouble:
            raise self._explained(trouble) from None
        except UnicodeEncodeError as trouble:
            value = str(trouble.object)[:40].encode("utf-8", "surrogateescape")
            raise stop(
                "store-value", f"a value that is no UTF-8: {value!r}", self.where, "write it anew"
            ) from None

    def _engine(self) -> sa.Engine:
        with self._lock:
            if self._made is None:
                self._made = self._dialect.engine()
            return self._made

    def _explained(self, trouble: sa.exc.SQLAlchemyError) -> StoreError:
        said = " ".join(str(getattr(trouble, "orig", None) or trouble).split())
        code, hint = self._dialect.meaning(trouble)
        self._columns = {}  # whatever it was, look again
        return stop(code, f"DB error {said}", self.where, hint)
