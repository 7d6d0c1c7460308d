"""A copy of an SQLite database in use: whole, tried out, and somewhere else than the database itself."""

from __future__ import annotations

import argparse
import glob
import os
import re
import sqlite3
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hamn.local.file import sync_directory
from hamn.reports.report import Exit, Stop, error

_STAMP = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


def copy_sqlite(words: Sequence[str]) -> int:
    """copy-sqlite DATABASE DIRECTORY: print the new copy's name; the `--keep` latest stay.

    Exit status 3, and nothing written or removed: DIRECTORY is on the database's own filesystem, or the database
    has no rows. 1, and every earlier copy stands: the copy could not be made, or is not what was read.
    """
    parser = argparse.ArgumentParser(prog="hamn-local copy-sqlite")
    parser.add_argument("database", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--keep", type=_count, default=14, help="copies that stay, this one among them")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds to wait for a writer")
    arguments = parser.parse_args(words)
    database, directory = arguments.database.resolve(), arguments.directory.resolve()
    try:
        fresh = _copy(database, directory, arguments.limit)
    except sqlite3.Error as failure:
        print(f"{database}: {failure} (no copy was made; the earlier ones stand)", file=sys.stderr)
        return Exit.FAILED
    except Stop as stop:
        print(*stop.reports, sep="\n", file=sys.stderr)
        return stop.status
    print(fresh)
    _rotate(database.name, fresh, arguments.keep)
    return Exit.DONE


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1: the copy just made stays")
    return number


def _copy(database: Path, directory: Path, limit_s: float) -> Path:
    if database.stat().st_dev == directory.stat().st_dev:
        what = f"is on the filesystem of {database}: what takes the one takes the other"
        hint = "name a directory on this machine's own disk"
        raise Stop(Exit.REFUSED, [error("copy-beside-database", what, str(directory), hint)])
    fresh = directory / f".{database.name}.hamn-{os.getpid()}"
    try:
        # Made first, for its mode: the tables hold passwords.
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        read = _read(database, fresh, limit_s)
        if _restored(fresh) != read:
            what = "its copy, restored into a scratch database, is damaged; it is not kept, the earlier ones stand"
            hint = (
                "PRAGMA integrity_check in the database itself tells whether that or the copy's disk is the cause"
            )
            raise Stop(Exit.FAILED, [error("copy-damaged", what, str(database), hint)])
        with open(fresh, "rb") as file:
            os.fsync(file.fileno())
        name = directory / f"{database.name}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        fresh.rename(name)
    finally:
        for rest in ("", "-journal", "-wal", "-shm"):
            Path(f"{fresh}{rest}").unlink(missing_ok=True)
    sync_directory(str(directory))
    return name


def _read(database: Path, fresh: Path, limit_s: float) -> dict[str, int]:
    """Rows by table, of the very state that the copy has: both are read in one transaction.

    mode=rw, for a reader has to roll back what a crash left half done; it never makes a database.
    """
    until = time.monotonic() + limit_s

    def patience(status: int, _left: int, _pages: int) -> None:
        # SQLite's own interface would wait for ever.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise sqlite3.OperationalError(f"a writer held it for {limit_s:g} s")

    source = sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=limit_s, isolation_level=None)
    with closing(source), closing(sqlite3.connect(fresh)) as target:
        source.execute("BEGIN")
        rows = _rows(source)
        if not any(rows.values()):
            what, hint = "has no rows: not a database to keep", "look whether the shared data is mounted here"
            raise Stop(Exit.REFUSED, [error("database-empty", what, str(database), hint)])
        source.backup(target, progress=patience)
        # One file, whatever the database itself is kept in.
        target.execute("PRAGMA journal_mode = DELETE")
    return rows


def _restored(copy: Path) -> dict[str, int]:
    """What a scratch database holds that was restored from the copy; nothing, when that is damaged."""
    source = sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(":memory:")) as scratch:
        source.backup(scratch)
        whole = scratch.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return _rows(scratch) if whole else {}


def _rows(database: sqlite3.Connection) -> dict[str, int]:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {}
    for name in names:
        quoted = name.replace('"', '""')
        ((counts[name],),) = database.execute(f'SELECT count(*) FROM "{quoted}"')  # noqa: S608
    return counts


def _rotate(database: str, fresh: Path, keep: int) -> None:
    """`fresh` stands whatever its name says: the clock may have been ahead when an earlier one was made."""
    earlier = sorted(
        path
        for path in fresh.parent.glob(f"{glob.escape(database)}.*")
        if path != fresh and _STAMP.fullmatch(path.name.removeprefix(f"{database}."))
    )
    for path in earlier[: max(0, len(earlier) + 1 - keep)]:
        path.unlink()
