"""What the rest asks of a database, whichever it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hamn.reports.report import Report, error
from hamn.xcat.tables import TABLES, Row, Table

Where = Mapping[str, str | Collection[str]]
"""Column -> the value it must have, or several of which it must have one. "" is an empty column. No column at all
means every row."""


class StoreError(Exception):
    """The database can't be used, or doesn't take what it was given; `report` says which, where and what to do.

    Codes: store-missing, store-empty, store-not-sqlite, store-damaged, store-locked, store-read-only, store-full,
    store-forbidden, store-unreachable, store-driver, store-duplicate, store-value, store-column, store-conflict,
    store-interrupted, cfgloc, no-table.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


def stop(code: str, what: str, where: str = "", hint: str = "") -> StoreError:
    return StoreError(error(code, what, where, hint))


class Change(Protocol):
    """One transaction. Nothing of it is seen by anyone else before it is complete, and nothing stays if it fails.

    Only the tables that were named to `Store.change` can be used. In a row, "" and an absent column are empty.
    """

    def read(self, table: str) -> list[Row]:
        """As it stands within this transaction; nobody else can change it before this transaction ends."""
        ...

    def insert(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        """Adds rows at the end. StoreError (store-duplicate) where a key is there already."""
        ...

    def put(self, table: str, rows: Iterable[Mapping[str, str]], by: Collection[str] = ()) -> None:
        """For each row: where one with the same `by` columns (if none: the same key) is, sets the columns that the
        row names and leaves the others alone; where there is none, adds the row."""
        ...

    def update(self, table: str, where: Where, values: Mapping[str, str]) -> int:
        """Sets columns of all rows that match; how many there were."""
        ...

    def delete(self, table: str, where: Where) -> int:
        """How many rows there were."""
        ...

    def replace(self, table: str, rows: Iterable[Mapping[str, str]]) -> None:
        """All rows away, these in their place."""
        ...


class Reading(Protocol):
    """Tables as far as they are only read: a store, or rows that came from one. Others may have the same rows:
    nobody writes to them."""

    def read(self, table: str) -> Sequence[Mapping[str, str]]:
        """All rows in one query: in the order in which they came (SQLite), or by key (the others)."""
        ...

    def read_all(self, tables: Iterable[str]) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """Several tables as they stood at one and the same moment."""
        ...


class Store(Reading, Protocol):
    """Tables somewhere. Nothing but `create` ever makes a place for them: where nobody set one up, or a directory
    isn't mounted, every method raises StoreError. All methods may be called from several threads."""

    @property
    def engine(self) -> str:
        """SQLite, mysql, Pg or DB2, as `lsxcatd -d` says it."""
        ...

    @property
    def where(self) -> str:
        """For an operator; never a secret."""
        ...

    def change(self, tables: Iterable[str]) -> AbstractContextManager[Change]:
        """A transaction on those tables: complete when the block ends, undone when it ends with an exception."""
        ...

    def create(self) -> None:
        """Makes every table and every column that is not there yet; changes nothing that is."""
        ...

    def close(self) -> None:
        """Lets go of connections. The store may be used again: it makes new ones."""
        ...


def table(name: str) -> Table:
    """StoreError in the real one's words where there is no such table."""
    found = TABLES.get(name)
    if found is None:
        raise stop("no-table", f"No such table: {name}", hint="`tabdump` lists them all")
    return found


def checked(table: Table, values: Iterable[str]) -> None:
    unknown = sorted(set(values) - table.column_set)
    if unknown:
        names = ", ".join(f'"{name}"' for name in unknown)
        raise stop("store-column", f'No column {names} in table "{table.name}"')


def written(table: Table, rows: Collection[Mapping[str, str]], there: Collection[str], where: str) -> list[str]:
    """The columns that these rows name, of those that are `there`, in order. One that an older xCAT didn't make
    may be named as long as it is empty."""
    named: set[str] = set().union(*rows)
    checked(table, named)
    lacking = sorted(column for column in named.difference(there) if any(row.get(column) for row in rows))
    if lacking:
        what = f"table {table.name} has no column {', '.join(lacking)}: it was made by an older xCAT"
        hint = "start the installed xcatd once, or run `hamn xcat init`: both add columns and lose nothing"
        raise stop("store-column", what, where, hint)
    return [column for column in table.columns if column in named and column in there]
