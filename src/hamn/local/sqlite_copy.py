"""SQLite databases in use, copied at one moment and tried out; and copies put back.

A directory of them is one database: the management node's tables are a file each.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from hamn.local.file import sync_directory
from hamn.reports.report import Exit, Stop, error

PENDING = "hamn-pending-change.json"
"""There while a change of many tables is between two of its commits."""
LIMIT_S = 60.0
RESTS = ("-journal", "-wal", "-shm")
_ASIDE = ".hamn-restoring"


def copy_all(data: Path, target: Path) -> dict[str, str]:
    """Digest by file name. Every file is read in a transaction of its own, all of them begun before the first is
    read: writers wait meanwhile. Raises Stop (REFUSED where there are no rows at all), OSError."""
    with _explained(data), _standing_still(data) as sources:
        if not any(_has_rows(source) for source in sources.values()):
            what, hint = "no database with a row in it", "look whether the shared data is mounted here"
            raise Stop(Exit.REFUSED, [error("database-empty", what, str(data), hint)])
        return {name: _copy(source, target / name) for name, source in sources.items()}


def digest(path: Path) -> str:
    """Of what it says, whatever its pages look like. Raises Stop."""
    with _explained(path), _opened(path, "ro") as opened:
        return _digest(opened)


def put_back(copies: Path, data: Path) -> Path | None:
    """Each copy in the place of the file of its name; returns where the earlier files are now, None without any.

    Nobody may have them open. Killed and begun again it ends as if it had not been killed: the very first files
    are kept."""
    aside = data / _ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    for copy in sorted(copies.glob("*.sqlite")):
        fresh, place = data / f".{copy.name}.hamn-new", data / copy.name
        shutil.copyfile(copy, fresh)
        status = place.stat() if place.exists() else data.stat()
        os.chown(fresh, status.st_uid, status.st_gid)
        os.chmod(fresh, status.st_mode & 0o777 if place.exists() else 0o600)
        with open(fresh, "rb") as file:
            os.fsync(file.fileno())
        for rest in ("", *RESTS):
            there, kept = Path(f"{place}{rest}"), aside / f"{copy.name}{rest}"
            if there.exists() and not kept.exists():
                there.rename(kept)
            elif rest:
                there.unlink(missing_ok=True)  # a journal of what isn't there any more would spoil the copy
        fresh.rename(place)
    if (data / PENDING).exists():  # its end would be written over what was put back
        (data / PENDING).rename(aside / PENDING)
    sync_directory(str(data))
    if not any(aside.iterdir()):
        aside.rmdir()
        return None
    return aside.rename(data / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")


@contextmanager
def _explained(where: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as why:
        raise Stop(Exit.FAILED, [error("database", str(why), str(where))]) from None


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """mode=rw to read a database in use: a reader has to roll back what a crash left half done."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(uri, uri=True, timeout=LIMIT_S, isolation_level=None)) as opened:
        opened.text_factory = lambda text: text.decode(errors="surrogateescape")
        yield opened


@contextmanager
def _standing_still(data: Path) -> Iterator[dict[str, sqlite3.Connection]]:
    until = time.monotonic() + LIMIT_S
    while True:
        with ExitStack() as stack:
            sources = {
                path.name: stack.enter_context(_opened(path, "rw")) for path in sorted(data.glob("*.sqlite"))
            }
            for source in sources.values():
                source.execute("BEGIN")
                source.execute("SELECT 1 FROM sqlite_schema").fetchone()  # it stands still now
            if not (data / PENDING).exists():
                yield sources
                return
        if time.monotonic() > until:
            hint = "any command on the tables completes it: `tabdump site`"
            raise Stop(Exit.FAILED, [error("pending", "a change of many tables is half done", str(data), hint)])
        time.sleep(0.2)


def _copy(source: sqlite3.Connection, path: Path) -> str:
    # Made first, for its mode: the tables hold passwords.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(path)) as target:
        source.backup(target)
        # One file, whatever the database itself is kept in.
        target.execute("PRAGMA journal_mode = DELETE")
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    read = _digest(source)
    if _restored(path) != read:
        what = "its copy, restored into a scratch database, is not what was read; no backup was made"
        hint = "PRAGMA integrity_check in the database itself tells whether that or the backup's disk is the cause"
        raise Stop(Exit.FAILED, [error("copy-damaged", what, str(path.name), hint)])
    return read


def _restored(path: Path) -> str:
    """What a scratch database says that was restored from the copy; "" when that is damaged."""
    with _opened(path, "ro") as copy, closing(sqlite3.connect(":memory:")) as scratch:
        copy.backup(scratch)
        scratch.text_factory = copy.text_factory
        with suppress(sqlite3.DatabaseError):
            whole = scratch.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return _digest(scratch) if whole else ""
    return ""


def _digest(database: sqlite3.Connection) -> str:
    found = hashlib.sha256()
    for statement in database.iterdump():
        found.update(statement.encode(errors="surrogateescape") + b"\n")
    return found.hexdigest()


def _has_rows(database: sqlite3.Connection) -> bool:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    return any(database.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in quoted)  # noqa: S608
