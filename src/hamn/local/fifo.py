"""A lock for kernels without open-file-description locks: whoever has the FIFO open for reading has it.

It goes as such a lock goes: with the last copy of the descriptor, a forked process's among them, however it ends.
That nobody takes it at the same moment is a POSIX lock's business, which need not live longer than that moment.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress


def take(fifo: str, guard: int) -> int | None:
    """The descriptor that is the lock, or None where somebody has it. `guard`: an open file. Raises OSError."""
    try:
        fcntl.lockf(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # somebody is taking it now
        return None
    try:
        with suppress(FileExistsError):
            os.mkfifo(fifo, 0o600)
        if is_held(fifo):
            return None
        return os.open(fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        fcntl.lockf(guard, fcntl.LOCK_UN)


def is_held(fifo: str) -> bool:
    """open(2): writing without waiting needs a reader (ENXIO)."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno == errno.ENXIO:
            return False
        raise
    return True
