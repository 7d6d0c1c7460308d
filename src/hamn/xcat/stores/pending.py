"""A change of more tables than SQLite can commit in one piece, written down before the first commit.

SQLite makes a commit over eleven files crash-proof, and no more. A larger change (a restore of everything) keeps
all tables locked, leaves its outcome in a file beside them, commits piece by piece, and takes the file away. Who
finds that file with nobody behind it completes the change before doing anything else. What the real xcatd writes
into those tables between the crash and then is lost; what it reads is the change by half.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from hamn.xcat.stores.store import stop
from hamn.xcat.tables import Row

NAME = "hamn-pending-change.json"
_EVERY_S = 0.05


class Pending:
    """The outcome of a change, on the disk; held, so that one process alone writes it into the tables."""

    def __init__(self, path: Path, descriptor: int, tables: Mapping[str, list[Row]]) -> None:
        self._path, self._descriptor, self.tables = path, descriptor, tables

    @classmethod
    def announced(cls, directory: Path, tables: Mapping[str, list[Row]]) -> Pending:
        """From here on the change is decided, unless `done` takes that back before the first commit."""
        path, fresh = directory / NAME, directory / f".{NAME}"
        try:
            descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600)
            held = cls(path, descriptor, tables)
            with contextlib.ExitStack() as unless_announced:
                unless_announced.callback(os.close, descriptor)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                _write(descriptor, json.dumps(tables).encode("ascii"))
                os.fsync(descriptor)
                fresh.rename(path)
                _synchronise(directory)
                unless_announced.pop_all()
        except OSError as trouble:
            hint = "nothing was changed"
            raise stop("store-full", f"cannot be written: {trouble.strerror}", str(fresh), hint) from None
        return held

    @staticmethod
    def is_in(directory: Path) -> bool:
        """Cheap: whether there is one, cut or still at work."""
        return (directory / NAME).exists()

    @classmethod
    def left_in(cls, directory: Path, patience_s: float) -> Pending | None:
        """The change that was cut here, if one was. Waits while its own process is still at it."""
        path = directory / NAME
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            with contextlib.ExitStack() as unless_held:
                unless_held.callback(os.close, descriptor)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    time.sleep(_EVERY_S)
                    continue
                if not _is_still(path, descriptor):
                    continue
                tables = _read(path, descriptor)
                unless_held.pop_all()
                return cls(path, descriptor, tables)
        raise stop("store-locked", "a restore is at work", str(path), "run the command again later")

    def done(self) -> None:
        self._path.unlink()
        _synchronise(self._path.parent)

    def __enter__(self) -> Pending:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    return False


def _read(path: Path, descriptor: int) -> dict[str, list[Row]]:
    try:
        with open(descriptor, "rb", closefd=False) as file:
            tables: dict[str, list[Row]] = json.loads(file.read())
    except ValueError:
        hint = "look at the disk; to go on without that change, take the file away and restore a dump"
        raise stop("store-damaged", "not what a change leaves", str(path), hint) from None
    return tables


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _synchronise(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
