"""A file replaced whole: whoever reads it, after whatever crash, finds the old content or the new."""

from __future__ import annotations

import argparse
import errno
import hashlib
import os
import sys
from collections.abc import Sequence


def write(path: str, content: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Atomic and durable when it returns; on an error the old content stands and nothing is left behind.
    `owner`: uid and gid; None: whoever writes it.

    A symbolic link is followed: what it names is replaced. Raises OSError with the file's name.
    """
    path = os.path.realpath(path)
    directory, name = os.path.split(path)
    fresh = os.path.join(directory, f".{name}.hamn-{os.getpid()}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            if owner is not None:  # before the mode: a change of owner takes bits away
                os.fchown(handle, *owner)
            os.fchmod(handle, mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.rename(fresh, path)
    except OSError as error:
        if os.path.lexists(fresh):
            os.unlink(fresh)
        raise OSError(error.errno, error.strerror, path) from None
    sync_directory(directory)


def sync_directory(directory: str) -> None:
    """Make a new name durable: the file's own fsync doesn't. AIX takes no fsync of a directory (EBADF, not open
    for writing): JFS2 has its names in its log."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EBADF, errno.EINVAL):
            raise
    finally:
        os.close(handle)


def put(words: Sequence[str]) -> int:
    """put PATH MODE: what comes on stdin becomes the file's content; missing directories are made."""
    parser = argparse.ArgumentParser(prog="hamn-local put")
    parser.add_argument("path")
    parser.add_argument("mode", type=lambda text: int(text, 8))
    arguments = parser.parse_args(words)
    os.makedirs(os.path.dirname(os.path.realpath(arguments.path)), exist_ok=True)
    write(arguments.path, sys.stdin.buffer.read(), arguments.mode)
    return 0


def fingerprint(words: Sequence[str]) -> int:
    """fingerprint PATH: as sha256sum(1) prints it."""
    parser = argparse.ArgumentParser(prog="hamn-local fingerprint")
    parser.add_argument("path")
    path = parser.parse_args(words).path
    with open(path, "rb") as file:
        print(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path}")
    return 0
