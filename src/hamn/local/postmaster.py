"""PostgreSQL's own lock on its data: a postmaster.pid that another machine left names a process that isn't here.

The server refuses to start when that number happens to be some process of this machine. It is removed only
when no process here works in the data directory: a backend that outlived its postmaster would corrupt it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def locks(data: Path) -> Iterator[Path]:
    """In the data directory itself, or in those of the clusters below it (VERSION/NAME on Debian)."""
    for pattern in ("postmaster.pid", "*/postmaster.pid", "*/*/postmaster.pid"):
        yield from data.glob(pattern)


def workers(directory: Path) -> list[str]:
    """Processes whose working directory it is: every process of a PostgreSQL server has its data's."""
    here = directory.stat()
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            there = (process / "cwd").stat()
            if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                found.append(f"{process.name}{_name(process)}")
        except OSError:  # it ended while we looked
            continue
    return found


def _name(process: Path) -> str:
    """ "" where /proc knows no names (AIX)."""
    try:
        return f" ({(process / 'comm').read_text().strip()})"
    except OSError:
        return ""


def clear_stale_lock(words: Sequence[str]) -> int:
    """clear-stale-lock DATA: prints what it removed; exit status 1 when the data is in use here."""
    parser = argparse.ArgumentParser(prog="hamn-local clear-stale-lock")
    parser.add_argument("data", type=Path)
    for lock in locks(parser.parse_args(words).data):
        if busy := workers(lock.parent):
            print(f"{lock}: in use here by {', '.join(busy)}", file=sys.stderr)
            return 1
        lock.unlink()
        print(f"removed {lock}")
    return 0
