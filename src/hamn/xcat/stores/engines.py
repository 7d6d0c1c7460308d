"""How each database server differs: its address, its types, its locks, and what its errors mean."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import sqlalchemy as sa

from hamn.xcat.stores.cfgloc import Location
from hamn.xcat.stores.store import stop
from hamn.xcat.tables import TABLES, Table
from hamn.xcat.tables.table import COUNTED_TYPE

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]

CONNECT_S = 10
LOCK_S = 10
"""How long another writer may take before a change gives up."""

UNREACHABLE = ("store-unreachable", "is the database running, and does cfgloc name it?")
FORBIDDEN = ("store-forbidden", "user and password are those of cfgloc: may they connect from this machine?")
LOCKED = ("store-locked", "another program has the table; run the command again when that is done")
CONFLICT = (
    "store-conflict",
    "another program changed the same rows; nothing was changed here: run the command again",
)
DUPLICATE = ("store-duplicate", "a row with that key is there already")
READ_ONLY = ("store-read-only", "the server takes no changes: is it a replica?")
FULL = ("store-full", "make room where the server keeps its data; nothing was changed")
VALUE = ("store-value", "")


class Dialect:
    """PostgreSQL's ways, and what all have in common."""

    driver, package, extra = "postgresql+psycopg", "psycopg", "xcat"
    longest_text: sa.types.TypeEngine[str] = sa.Text()
    isolation: Isolation = "READ COMMITTED"
    """Of a change: once `locked`, what it reads must be what is there now."""

    def __init__(self, location: Location) -> None:
        hint = f"install hamn[{self.extra}] for this Python"
        if int(sa.__version__.partition(".")[0]) < 2:
            raise stop("store-driver", f"SQLAlchemy {sa.__version__} is too old for this", str(location), hint)
        if importlib.util.find_spec(self.package) is None:
            raise stop("store-driver", f"no Python package {self.package}", str(location), hint)
        self.at = location

    def url(self) -> sa.URL:
        port = int(self.at.port) if self.at.port.isdecimal() else None
        at = self.at
        return sa.URL.create(self.driver, at.user, at.password, at.host or None, port, at.database)

    def engine(self) -> sa.Engine:
        return sa.create_engine(
            self.url(),
            connect_args=self.connect_arguments(),
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=12,
            hide_parameters=True,  # some are passwords
        )

    def connect_arguments(self) -> dict[str, object]:
        return {"connect_timeout": CONNECT_S, "options": f"-c lock_timeout={LOCK_S}s", "application_name": "hamn"}

    @contextlib.contextmanager
    def locked(self, connection: sa.Connection, tables: Sequence[str]) -> Iterator[None]:
        """Keeps other writers, the real xcatd among them, out of those tables until the block ends; readers stay.
        The block commits, or what it did is undone."""
        names = ", ".join(self.quoted(name) for name in tables)
        connection.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
        yield

    def quoted(self, name: str) -> str:
        return f'"{name}"'

    def add(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Rows that name the same columns. One array a column: a third of the time that row after row takes."""
        names = list(rows[0])
        types = ["integer[]" if isinstance(table.c[name].type, sa.Integer) else "text[]" for name in names]
        marks = ", ".join(f"CAST(:p{number} AS {kind})" for number, kind in enumerate(types))
        columns = ", ".join(self.quoted(name) for name in names)
        sql = f"INSERT INTO {self.quoted(table.name)} ({columns}) SELECT * FROM unnest({marks})"  # noqa: S608
        arrays = {f"p{number}": [row[name] for row in rows] for number, name in enumerate(names)}
        connection.execute(sa.text(sql), arrays)

    def renumber(self, table: Table) -> str:
        """After rows with numbers of their own: the next one gets a number beyond them."""
        return (
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{table.counted}'), "  # noqa: S608
            f"(SELECT max({table.counted}) FROM {table.name}))"
        )

    def type_of(self, table: Table, column: str) -> sa.types.TypeEngine[str] | sa.types.TypeEngine[int]:
        kind = table.type_of(column)
        if kind == COUNTED_TYPE:
            return sa.Integer()
        length = re.fullmatch(r"VARCHAR\((\d+)\)", kind)
        return sa.String(int(length.group(1))) if length else self.longest_text

    def metadata(self) -> sa.MetaData:
        found = sa.MetaData()
        for table in TABLES.values():
            columns = [
                sa.Column(
                    sa.quoted_name(column, quote=True),  # lower case, even where a server prefers the other
                    self.type_of(table, column),
                    primary_key=column in table.keys,
                    autoincrement=column == table.counted,
                )
                for column in table.columns
            ]
            sa.Table(table.name, found, *columns, mysql_charset="utf8mb4")
        return found

    def meaning(self, trouble: sa.exc.SQLAlchemyError) -> tuple[str, str]:
        """Code and hint of a StoreError."""
        state = str(getattr(getattr(trouble, "orig", None), "sqlstate", None) or "")
        classes = {
            "23505": DUPLICATE,
            "25006": READ_ONLY,
            "40001": CONFLICT,
            "40P01": CONFLICT,
            "55P03": LOCKED,
            "53100": FULL,
            "42501": FORBIDDEN,
        }
        if state in classes:
            return classes[state]
        if state.startswith("28"):
            return FORBIDDEN
        if state.startswith(("08", "57P")) or (isinstance(trouble, sa.exc.OperationalError) and not state):
            refused = "authentication failed" in str(trouble) or "pg_hba.conf" in str(trouble)
            return FORBIDDEN if refused else UNREACHABLE
        return VALUE


class MySql(Dialect):
    driver, package = "mysql+pymysql", "pymysql"
    isolation: Isolation = (
        "REPEATABLE READ"  # its locks then cover the gaps between rows, where others would add theirs
    )

    def url(self) -> sa.URL:
        at = self.at
        is_socket = at.host.startswith("/")
        port = int(at.port) if at.port.isdecimal() else None
        query = {"charset": "utf8mb4"} | ({"unix_socket": at.host} if is_socket else {})
        return sa.URL.create(
            self.driver, at.user, at.password, "" if is_socket else at.host, port, at.database, query
        )

    def connect_arguments(self) -> dict[str, object]:
        return {
            "connect_timeout": CONNECT_S,
            "init_command": f"SET innodb_lock_wait_timeout = {LOCK_S}, lock_wait_timeout = {LOCK_S}",
        }

    @contextlib.contextmanager
    def locked(self, connection: sa.Connection, tables: Sequence[str]) -> Iterator[None]:
        """A lock by name keeps our own writers apart; rows are locked against the real xcatd. LOCK TABLES would
        keep readers out too; row locks alone let two writers into an empty table, to throw one out later."""
        name = {"name": f"hamn.{self.at.database}"[:64]}
        if connection.execute(sa.text(f"SELECT GET_LOCK(:name, {LOCK_S})"), name).scalar() != 1:
            raise stop(LOCKED[0], "another change is at work", str(self.at), LOCKED[1])
        try:
            for table in tables:
                connection.execute(sa.text(f"SELECT count(*) FROM {self.quoted(table)} FOR UPDATE"))  # noqa: S608
            yield
        finally:
            with contextlib.suppress(sa.exc.SQLAlchemyError):  # who loses the connection loses the lock with it
                connection.rollback()
                connection.execute(sa.text("SELECT RELEASE_LOCK(:name)"), name)

    def quoted(self, name: str) -> str:
        return f"`{name}`"

    def add(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        connection.execute(sa.insert(table), rows)

    def renumber(self, table: Table) -> str:
        return ""  # it numbers on from the largest by itself

    def meaning(self, trouble: sa.exc.SQLAlchemyError) -> tuple[str, str]:
        arguments = getattr(getattr(trouble, "orig", None), "args", ())
        number = arguments[0] if arguments and isinstance(arguments[0], int) else 0
        numbers = {
            1062: DUPLICATE,
            1205: LOCKED,
            1213: CONFLICT,
            1290: READ_ONLY,
            1836: READ_ONLY,
            1021: FULL,
            1114: FULL,
            1044: FORBIDDEN,
            1045: FORBIDDEN,
            1142: FORBIDDEN,
            1698: FORBIDDEN,
        }
        if number in numbers:
            return numbers[number]
        return UNREACHABLE if 2000 <= number < 3000 or number in (0, 1040, 1053) else VALUE


class Db2(Dialect):
    driver, package, extra = "db2+ibm_db", "ibm_db_sa", "db2"
    longest_text = sa.String(512)

    def connect_arguments(self) -> dict[str, object]:
        return {}

    @contextlib.contextmanager
    def locked(self, connection: sa.Connection, tables: Sequence[str]) -> Iterator[None]:
        for name in tables:
            connection.execute(sa.text(f"LOCK TABLE {self.quoted(name)} IN EXCLUSIVE MODE"))
        yield

    def quoted(self, name: str) -> str:
        return f'"{name.upper()}"'

    def add(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        connection.execute(sa.insert(table), rows)

    def renumber(self, table: Table) -> str:
        return ""

    def meaning(self, trouble: sa.exc.SQLAlchemyError) -> tuple[str, str]:
        said = str(getattr(trouble, "orig", trouble))
        states = {
            "23505": DUPLICATE,
            "40001": CONFLICT,
            "57033": CONFLICT,
            "28000": FORBIDDEN,
            "08001": UNREACHABLE,
        }
        return next((meaning for state, meaning in states.items() if state in said), VALUE)


def dialect(location: Location) -> Dialect:
    """StoreError (store-driver) where the Python package that talks to that server isn't installed."""
    return {"mysql": MySql, "Pg": Dialect, "DB2": Db2}[location.engine](location)
