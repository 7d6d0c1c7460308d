"""Numbered rows in one table of the role's database: what shows whether a byte was lost.

Runs inside the lab's machines and its client, with nothing but Debian's own python3 and drivers.
"""

from __future__ import annotations

import importlib
import select
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Protocol

from hamn.lab.daemon import Daemon

CREATE = "CREATE TABLE IF NOT EXISTS numbered (n BIGINT PRIMARY KEY)"
INSERT = "INSERT INTO numbered (n) VALUES (%s)"
PASSWORD_FILE = "/etc/hamn-lab/db.pw"  # noqa: S105 - where it is, not what it is
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


class DaemonRows:
    """Rows in one of the management node's tables, through its daemon: the only way where no server is."""

    TABLE, HEADER = "notification", "#filename,tables,tableops,comments,disable"

    def __init__(self, host: str) -> None:
        self._daemon = Daemon(host, connect_s=CONNECT_S, read_s=2 * READ_S)

    def create(self) -> None:
        self.numbers()  # the table is there from the first day

    def insert(self, number: int) -> None:
        self._ask("tabrestore", "-a", table=self.TABLE, data=[f"{self.HEADER}\n", f'"{number}",,,,\n'])

    def numbers(self) -> list[int]:
        lines = self._ask("tabdump", self.TABLE)
        return [int(line.split(",")[0].strip('"')) for line in lines if not line.startswith("#")]

    def close(self) -> None:
        """Nothing is kept open."""

    def _ask(self, *words: str, **more: Any) -> list[str]:
        try:
            return self._daemon.ask(*words, **more)
        except OSError as error:
            raise NoAnswer(str(error) or type(error).__name__) from None


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


def open_rows(database: str, host: str, password_file: str = PASSWORD_FILE) -> Rows:
    """`database`: "mariadb", "postgresql" or "sqlite". Raises ValueError, OSError."""
    if database == "sqlite":
        return DaemonRows(host)
    if database not in ("mariadb", "postgresql"):
        raise ValueError(f"no such database: {database!r} (mariadb, postgresql or sqlite)")
    password = Path(password_file).read_text(encoding="utf-8").strip()
    return mariadb(host, password) if database == "mariadb" else postgresql(host, password)
