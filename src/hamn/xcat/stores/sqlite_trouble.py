"""What SQLite or the filesystem says, in words that help."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from hamn.xcat.stores.store import StoreError, stop

_KNOWN = {
    "SQLITE_NOTADB": ("store-not-sqlite", "not an SQLite database", "restore this table from a dump"),
    "SQLITE_CORRUPT": ("store-damaged", "the file is damaged", "restore this table from a dump"),
    "SQLITE_READONLY_ROLLBACK": (
        "store-read-only",
        "an unfinished change is to be undone first, which takes writing",
        "is the filesystem mounted read-only? Use the tables once where it is mounted read-write",
    ),
    "SQLITE_READONLY": ("store-read-only", "cannot be written", "is the filesystem mounted read-only?"),
    "SQLITE_FULL": ("store-full", "no space left", "make room on the filesystem; nothing was changed"),
    "SQLITE_CANTOPEN": ("store-forbidden", "cannot be opened", "only root may; is the filesystem still there?"),
    "SQLITE_PERM": ("store-forbidden", "cannot be opened", "only root may"),
    "SQLITE_IOERR": ("store-damaged", "cannot be read or written", "look at the disk: dmesg says more"),
}


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Any complaint about that file becomes a StoreError."""
    try:
        yield
    except sqlite3.Error as trouble:
        raise _stop(trouble, path) from None
    except PermissionError:
        raise stop("store-forbidden", "cannot be opened", str(path), "only root may") from None
    except FileNotFoundError:
        raise stop("store-missing", "no longer there", str(path), "was a filesystem unmounted?") from None
    except OSError as trouble:
        raise stop("store-forbidden", str(trouble.strerror), str(path)) from None


def _stop(trouble: sqlite3.Error, path: Path) -> StoreError:
    name = getattr(trouble, "sqlite_errorname", "")
    for prefix, (code, what, hint) in _KNOWN.items():
        if name.startswith(prefix):
            return stop(code, f"{what} ({trouble})", str(path), hint)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        by = ", ".join(holders(path)) or "another process"
        return stop(
            "store-locked", f"locked by {by}", str(path), "run the command again when that is done, or end it"
        )
    if name.startswith(("SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE")):
        return stop("store-duplicate", f"DB error {trouble}", str(path), "a row with that key is there already")
    return stop("store-value", f"DB error {trouble}", str(path))


def holders(path: Path) -> list[str]:
    """The processes with a lock on the file, as `name (pid 123)`."""
    try:
        number = path.stat().st_ino
        held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    # 1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF: the inode is unique enough among the locked files
    words = [line.replace("-> ", "").split() for line in held]
    pids = {line[4] for line in words if line[5].rpartition(":")[2] == str(number) and int(line[4]) > 0}
    return sorted(f"{_title(pid)} (pid {pid})" for pid in pids)


def _title(pid: str) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
    except OSError:
        return "a process that has just ended"
    return command.decode("utf-8", "replace")[:60] or "a process"
