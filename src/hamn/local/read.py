"""A file of the shared data, read by one look at a time: storage that hangs keeps whoever touches it, for ever."""

from __future__ import annotations

import argparse
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hamn.local import lock

WAITS = "an earlier look at it still waits for its disk"
PATIENCE_S = 1.0
"""Two looks at once are ordinary; each takes a millisecond."""


def read(words: Sequence[str]) -> int:
    """read FILE: its content, as it is."""
    parser = argparse.ArgumentParser(prog="hamn-local read")
    parser.add_argument("file")
    path = parser.parse_args(words).file
    with alone(path) as is_alone:
        if not is_alone:
            print(f"{path}: {WAITS}", file=sys.stderr)
            return 1
        sys.stdout.write(Path(path).read_text(encoding="utf-8", errors="replace"))
    return 0


@contextmanager
def alone(path: str) -> Iterator[bool]:
    """False: another look at the path began before and hasn't come back. A process that hangs in the kernel keeps
    its lock, so that a status every minute doesn't leave a process every minute."""
    name = path.strip("/").replace("/", "-")
    try:
        os.makedirs(lock.DIRECTORY, 0o700, exist_ok=True)
        handle = os.open(f"{lock.DIRECTORY}/look-{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # not root's: nobody to keep count for
        yield True
        return
    try:
        yield _taken(handle)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # EACCES, where flock(2) is fcntl's
            if time.monotonic() >= end_s:
                return False
            time.sleep(0.02)
        else:
            return True
