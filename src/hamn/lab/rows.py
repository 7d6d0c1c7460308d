"""Numbered rows in one table of the role's database: what shows whether a byte was lost.

Runs inside the lab's machines and its client, with nothing but Debian's own python3 and drivers.
"""

from __future__ import annotations

import importlib
import select
import socket
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

CREATE = "CREATE TABLE IF NOT EXISTS numbered (n BIGINT PRIMARY KEY)"
INSERT = "INSERT INTO numbered (n) VALUES (%s)"
PASSWORD_FILE = "/etc/hamn-lab/db.pw"  # noqa: S105 - where it is, not what it is
STANDIN_PORT = 3001
CONNECT_S = 0.1
"""Below TCP's first retransmission (1 s): a SYN lost while the address moves is given up and sent anew
by us, so that what is measured is the service's absence and not the kernel's patience."""
READ_S = 0.5


class NoAnswer(Exception):
    """It was not done, or nobody knows whether it was; `str()` is one line."""


class Rows(Protocol):
    """Every method raises NoAnswer, and may be called again after that: a new connection is made then."""

    def create(self) -> None:
        """Make the table where it isn't there."""
        ...

    def insert(self, number: int) -> None:
        """Returns after the commit has returned, not before: the row must survive from here on."""
        ...

    def numbers(self) -> list[int]: ...

    def close(self) -> None: ...


class SqlRows:
    """Rows over a Python database driver; every statement is a transaction of its own."""

    def __init__(
        self, connect: Callable[[], Any], errors: tuple[type[Exception], ...], insert: str, create: str = CREATE
    ) -> None:
        self._connect, self._errors, self._insert, self._create = connect, errors, insert, create
        self._connection: Any = None

    def create(self) -> None:
        self._ask(self._create)

    def insert(self, number: int) -> None:
        self._ask(self._insert, (number,))

    def numbers(self) -> list[int]:
        return [int(row[0]) for row in self._ask("SELECT n FROM numbered ORDER BY n")]

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*self._errors):  # it may be lost already
                connection.close()

    def _ask(self, statement: str, values: Sequence[int] = ()) -> list[Any]:
        try:
            if self._connection is None:
                self._connection = self._connect()
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(statement, values)
                rows = list(cursor.fetchall()) if cursor.description else []
            self._connection.commit()
            return rows
        except self._errors as error:
            self.close()
            raise NoAnswer(" ".join(str(error).split()) or type(error).__name__) from None


class StandinRows:
    """Rows through the stand-in daemon's line protocol: the only way to a database without a server."""

    def __init__(
        self, host: str, *, port: int = STANDIN_PORT, connect_s: float = CONNECT_S, read_s: float = READ_S
    ) -> None:
        self._address, self._connect_s, self._read_s = (host, port), connect_s, read_s
        self._socket: socket.socket | None = None
        self._lines: Any = None

    def create(self) -> None:
        self._ask("ping")  # the table is the stand-in's own business

    def insert(self, number: int) -> None:
        self._ask(f"insert {number}")

    def numbers(self) -> list[int]:
        return [int(word) for word in self._ask("rows")]

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _ask(self, request: str) -> list[str]:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=self._connect_s)
                self._socket.settimeout(self._read_s)
                self._lines = self._socket.makefile("r", encoding="ascii")
            self._socket.sendall(f"{request}\n".encode("ascii"))
            verdict, *words = str(self._lines.readline()).split() or ["error", "connection", "closed"]
        except OSError as error:
            self.close()
            raise NoAnswer(str(error)) from None
        if verdict != "ok":
            self.close()
            raise NoAnswer(" ".join(words))
        return words


def mariadb(host: str, password: str, *, connect_s: float = CONNECT_S, read_s: float = READ_S) -> SqlRows:
    driver = importlib.import_module("pymysql")

    def connect() -> Any:
        return driver.connect(
            host=host,
            user="hamn",
            password=password,
            database="hamn",
            connect_timeout=connect_s,
            read_timeout=read_s,
            write_timeout=read_s,
        )

    return SqlRows(connect, (driver.err.Error, OSError), INSERT, CREATE + " ENGINE=InnoDB")


def postgresql(host: str, password: str, *, connect_s: float = CONNECT_S, read_s: float = READ_S) -> SqlRows:
    driver = importlib.import_module("psycopg2")
    more = importlib.import_module("psycopg2.extensions")

    def wait(connection: Any) -> None:
        # libpq's own connect_timeout can't be below 2 s, and it has none for a query.
        limit_s = connect_s if connection.status == more.STATUS_SETUP else read_s
        while (state := connection.poll()) != more.POLL_OK:
            reading = [connection] if state == more.POLL_READ else []
            writing = [connection] if state == more.POLL_WRITE else []
            if not any(select.select(reading, writing, [], limit_s)):
                raise driver.OperationalError("no answer within its limit")

    def connect() -> Any:
        more.set_wait_callback(wait)
        return driver.connect(
            host=host, user="hamn", password=password, dbname="hamn", sslmode="disable", gssencmode="disable"
        )

    return SqlRows(connect, (driver.Error, OSError), INSERT)


def sqlite(path: str) -> SqlRows:
    def connect() -> Any:
        # The file is the whole database: who opens it first makes it. Never the directory, though: where
        # the shared filesystem isn't mounted there is no database.
        connection = sqlite3.connect(path, timeout=5)
        # With FULL the last commit can be undone by a power cut: the removal of its journal isn't flushed.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute(CREATE)
        return connection

    return SqlRows(connect, (sqlite3.Error,), "INSERT INTO numbered (n) VALUES (?)")


def open_rows(database: str, host: str, password_file: str = PASSWORD_FILE) -> Rows:
    """`database`: "mariadb", "postgresql", "sqlite:PATH", or "standin". Raises ValueError, OSError."""
    if database.startswith("sqlite:"):
        return sqlite(database.removeprefix("sqlite:"))
    if database in ("standin", "sqlite"):
        return StandinRows(host)
    if database not in ("mariadb", "postgresql"):
        raise ValueError(f"no such database: {database!r} (mariadb, postgresql, sqlite:PATH or standin)")
    password = Path(password_file).read_text(encoding="utf-8").strip()
    return mariadb(host, password) if database == "mariadb" else postgresql(host, password)
