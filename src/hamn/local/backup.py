"""A backup: every database of the pair, tried out, in one directory that appears whole or not at all.

DIRECTORY/STAMP/NAME/... with backup.json beside; somewhere else than the databases, and for root's eyes alone.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hamn.local import mounts, server_dump, sqlite_copy
from hamn.local.file import sync_directory, write
from hamn.model.backup import MANIFEST, Request, Source
from hamn.reports.report import Exit, Stop, error

STAMP = re.compile(r"\d{8}T\d{6}Z")
_MAKING = ".making-"
ACCOUNTS = "accounts.sql.gz"


def back_up(words: Sequence[str]) -> int:
    """back-up: as the request on stdin says; prints the new backup's account of itself.

    Exit status 3, nothing written or removed: the directory is on shared data, or there is nothing to keep. 1:
    none was made, the earlier ones stand. 4: it was made, but for the management stack's own dump.
    """
    argparse.ArgumentParser(prog="hamn-local back-up").parse_args(words)
    request = Request.from_text(sys.stdin.read())
    directory = Path(request.directory)
    try:
        refuse_shared(request)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(directory):
            manifest = make(request, "")
            _rotate(directory, manifest["name"], request.keep)
    except Stop as stop:
        print(*stop.reports, sep="\n", file=sys.stderr)
        return stop.status
    print(json.dumps(manifest))
    return Exit.DEGRADED if manifest["lacks"] else Exit.DONE


def backups(words: Sequence[str]) -> int:
    """backups DIRECTORY: a JSON list, the newest last; each with its age in seconds by this machine's clock."""
    parser = argparse.ArgumentParser(prog="hamn-local backups")
    parser.add_argument("directory", type=Path)
    directory: Path = parser.parse_args(words).directory
    now, found = time.time(), []
    for path in _kept(directory):
        try:
            manifest = json.loads((path / MANIFEST).read_text())
        except (OSError, ValueError):
            continue
        found.append({**manifest, "age_s": round(now - made_at(path.name), 1)})
    print(json.dumps(found))
    return Exit.DONE


def made_at(stamp: str) -> float:
    return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def refuse_shared(request: Request) -> None:
    """Raises Stop. By device and by what is mounted: subvolumes of one disk have devices of their own."""
    place = os.path.realpath(request.directory)
    try:
        table = mounts.read()
    except FileNotFoundError:  # a kernel without it tells by its own device numbers
        shared = {os.stat(target).st_dev for target in request.shared if os.path.ismount(target)}
        is_shared = os.stat(_there(place)).st_dev in shared
    else:
        here = mounts.covering(place, table)
        there = [mount for mount in table if mount.target in request.shared]
        is_shared = here is not None and any(
            here.device == mount.device or (here.source == mount.source and "/" in mount.source) for mount in there
        )
    if is_shared:
        what = "is on the shared data: what takes the database takes its backups"
        hint = "in [backup], name a directory on each machine's own disk"
        raise Stop(Exit.REFUSED, [error("backup-shared", what, request.directory, hint)])


def _there(path: str) -> str:
    """The deepest part of it that is there."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """One at a time; what one that was killed has left is removed. Raises Stop."""
    with open(directory / ".lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = "another backup or restore is at work"
            raise Stop(Exit.REFUSED, [error("busy", what, str(directory), "wait for its end")]) from None
        for left in directory.glob(f"{_MAKING}*"):
            shutil.rmtree(left)
        yield


def make(request: Request, why: str) -> dict[str, Any]:
    """A new backup, whole; its account of itself. Raises Stop, OSError; nothing is left then. Only when alone."""
    directory, stamp = Path(request.directory), f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    fresh = directory / f"{_MAKING}{os.getpid()}"
    fresh.mkdir(mode=0o700)
    try:
        manifest: dict[str, Any] = {
            "name": stamp,
            "pair": request.pair,
            "machine": request.machine,
            "why": why,
            "databases": {source.name: _keep(source, fresh / source.name) for source in request.sources},
            "lacks": _tables(request.tables, fresh / "tables"),
        }
        write(str(fresh / MANIFEST), json.dumps(manifest, indent=1).encode(), 0o600)
        for path in (*(path for path in fresh.rglob("*") if path.is_dir()), fresh):
            sync_directory(str(path))
        fresh.rename(directory / stamp)
        sync_directory(str(directory))
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


def _keep(source: Source, place: Path) -> dict[str, Any]:
    """`parts`: by file, whose it is, what CREATE DATABASE needs, and the digest that another dump will have."""
    place.mkdir(mode=0o700)
    parts: dict[str, dict[str, str]] = {}
    if source.server is None:
        digests = sqlite_copy.copy_all(Path(source.data), place)
        parts = {name: {"digest": digest} for name, digest in digests.items()}
        return {"engine": source.engine, "parts": parts}
    found = server_dump.databases(source.server)
    if not found:
        what, hint = "the server has no database but its own", "look whether this is the right server"
        raise Stop(Exit.REFUSED, [error("database-empty", what, source.name, hint)])
    for number, (name, options) in enumerate(sorted(found.items())):
        path = place / f"{number}.sql.gz"
        digest = server_dump.dump(source.server, name, path)
        if server_dump.tried(source.server, options, path) != digest:
            what = f"the dump of {name}, restored into a scratch database, is another; no backup was made"
            raise Stop(Exit.FAILED, [error("dump-damaged", what, source.name, "look at the server's log")])
        parts[path.name] = {"database": name, "options": options, "digest": digest}
    server_dump.accounts(source.server, place / ACCOUNTS)
    return {"engine": source.engine, "parts": parts}


def _tables(argv: tuple[str, ...], place: Path) -> list[str]:
    """What is missing of it, in words: the databases are kept all the same."""
    if not argv:
        return []
    place.mkdir(mode=0o700)
    try:
        done = subprocess.run([*argv, str(place)], capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError:
        return [f"the tables' own dump: no program {argv[0]} on this machine"]
    said = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
    return [f"the tables' own dump: {said}"] if done.returncode or not any(place.iterdir()) else []


def _kept(directory: Path) -> list[Path]:
    """Oldest first; things with other names are nobody's business here."""
    return sorted(path for path in directory.glob("*") if STAMP.fullmatch(path.name))


def _rotate(directory: Path, fresh: str, keep: int) -> None:
    """`fresh` stands whatever its name says: the clock may have been ahead when an earlier one was made."""
    earlier = [path for path in _kept(directory) if path.name != fresh]
    for path in earlier[: max(0, len(earlier) + 1 - keep)]:
        doomed = directory / f"{_MAKING}{path.name}"  # gone as a whole, though it may be removed by half
        path.rename(doomed)
        shutil.rmtree(doomed)
