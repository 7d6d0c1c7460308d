"""A machine's lock for a pair: one operation at a time. The file's content says whose it is.

An open-file-description lock (fcntl(2), F_OFD_SETLK): it goes when the last copy of the descriptor goes,
however its process ends, and others can ask for it without taking it for a moment themselves. A kernel that has
none (AIX) gets the same by a FIFO beside the file.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
from typing import Any

from hamn.local import fifo

DIRECTORY = "/run/hamn"
OFD = hasattr(fcntl, "F_OFD_SETLK")
_FLOCK = "hhqqi"  # struct flock: type, whence, start, length, pid


def path(pair: str, directory: str = DIRECTORY) -> str:
    return f"{directory}/{pair}.lock"


class Lock:
    """A lock that is held for as long as this process, or one forked from it, lives."""

    def __init__(self, handle: int, file: int) -> None:
        self.handle = handle
        """Whose last copy is the lock's end."""
        self._file = file

    def write(self, holder: dict[str, Any]) -> None:
        text = json.dumps(holder).encode() + b"\n"
        os.pwrite(self._file, text, 0)
        os.ftruncate(self._file, len(text))


def take(file: str, holder: dict[str, Any]) -> tuple[Lock | None, dict[str, Any]]:
    """(the lock, holder) or (None, who has it). Never waits. Raises OSError."""
    os.makedirs(os.path.dirname(file), 0o700, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    held = _take_ofd(handle) if OFD else fifo.take(_fifo(file), handle)
    if held is None:
        other = _content(handle)
        os.close(handle)
        return None, other
    lock = Lock(held, handle)
    lock.write(holder)
    return lock, holder


def holder(file: str) -> dict[str, Any] | None:
    """Who has it now; None when nobody has."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not OFD:
            return _content(handle) if fifo.is_held(_fifo(file)) else None
        asked = struct.pack(_FLOCK, fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)
        kind = struct.unpack(_FLOCK, fcntl.fcntl(handle, fcntl.F_OFD_GETLK, asked))[0]
        return None if kind == fcntl.F_UNLCK else _content(handle)
    finally:
        os.close(handle)


def _take_ofd(handle: int) -> int | None:
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except BlockingIOError:
        return None
    return handle


def _fifo(file: str) -> str:
    return f"{file}.held"


def _content(handle: int) -> dict[str, Any]:
    """The one who has it may be about to write its name: then it is somebody, without one."""
    try:
        found = json.loads(os.pread(handle, 65536, 0))
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
