"""A directory's content moved to the shared data: copied whole, and believed only when read back."""

from __future__ import annotations

import argparse
import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence

from hamn.local.bare import MARK

COPY = ("rsync", "--archive", "--hard-links", "--acls", "--xattrs", "--sparse", "--numeric-ids")
"""Owners, modes and times; hard links; ACLs; extended attributes, SELinux labels among them; holes stay holes."""
COMPARED = ("--checksum", "--dry-run", "--itemize-changes")
"""Nothing is copied: a line for whatever isn't the same, every byte read."""
SHOWN = 5
MOVING = ".hamn-moving-in"
"""In a directory of the shared data that a copy was begun to and not yet believed."""
NOT_CONTENT = frozenset(("lost+found", ".hamn-owner.json", MARK))
ALL_OF_IT = ("--delete", *(f"--exclude=/{name}" for name in sorted((*NOT_CONTENT, MOVING))))
"""Of a target that is nobody's but ours: what the directory has lost since an earlier run goes there, too."""


def move_in(words: Sequence[str]) -> int:
    """move-in DIRECTORY TARGET --record FILE --pair NAME: TARGET, on the shared data, has all that DIRECTORY has.

    Exit status 0: every byte was read back on both sides, or the shared data has its own already and nothing was
    copied; 1 failed, the original is as it was; 3 refused: the shared data is another pair's, or both differ.
    Killed, it goes on where it was when it is run again."""
    parser = argparse.ArgumentParser(prog="hamn-local move-in")
    parser.add_argument("directory")
    parser.add_argument("target")
    parser.add_argument("--record", required=True)
    parser.add_argument("--pair", required=True)
    arguments = parser.parse_args(words)
    owner = _owner(arguments.record)
    if owner not in ("", arguments.pair):
        what = (
            f"the shared data is of the pair {owner!r}, not {arguments.pair!r}: wrong disk, or wrong declaration"
        )
        print(f"hamn-local move-in: {what}", file=sys.stderr)
        return 3
    directory, target = arguments.directory, arguments.target
    os.makedirs(target, exist_ok=True)
    local, shared = _content(directory), _content(target)
    if shared and MOVING not in shared:
        if local and not owner:
            differs = _rsync(directory, target, *COMPARED)
            if differs is None:
                return 1
            if differs:
                what = (
                    f"{directory} and the shared data both have content: move one of them away, they can't be one"
                )
                print(f"hamn-local move-in: {what}", file=sys.stderr)
                return 3
        print(f"{directory}: the shared data has its own already")
        return 0
    if not local:
        print(f"{directory}: nothing to move")
        return 0
    return _copied(directory, target)


def _content(directory: str) -> set[str]:
    try:
        return set(os.listdir(directory)) - NOT_CONTENT
    except FileNotFoundError:
        return set()


def _copied(directory: str, target: str) -> int:
    moving = os.path.join(target, MOVING)
    open(
        moving, "wb"
    ).close()  # before the first byte: what is half there must not look like the shared data's own
    if _rsync(directory, target, *ALL_OF_IT) is None:
        return 1
    os.sync()
    _forget(target)
    differs = _rsync(directory, target, *ALL_OF_IT, *COMPARED)
    if differs is None:
        return 1
    if differs:
        shown = "; ".join(differs[:SHOWN]) + (" ..." if len(differs) > SHOWN else "")
        what = f"{len(differs)} differ after the copy: {shown}: does somebody still write to {directory}?"
        print(f"hamn-local move-in: {what}", file=sys.stderr)
        return 1
    os.unlink(moving)
    was = os.stat(directory)
    os.utime(target, ns=(was.st_atime_ns, was.st_mtime_ns))  # the mark has come and gone
    os.sync()
    print(f"{directory}: copied and read back")
    return 0


def _forget(target: str) -> None:
    """What is read next comes from the disk, not from memory. Where a kernel has no such word, from either."""
    if not hasattr(os, "posix_fadvise"):
        return
    for directory, _, names in os.walk(target):
        for path in (os.path.join(directory, name) for name in names):
            if not stat.S_ISREG(os.lstat(path).st_mode):
                continue
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def _rsync(directory: str, target: str, *words: str) -> list[str] | None:
    """Its lines; None when it failed, which it has said itself."""
    argv = (*COPY, *words, os.path.join(directory, ""), os.path.join(target, ""))
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else None


def _owner(record: str) -> str:
    """The pair that the shared data belongs to; "" while it is nobody's. Raises OSError where it can't be read."""
    try:
        with open(record, encoding="utf-8") as opened:
            return str(json.load(opened).get("pair", "?"))
    except FileNotFoundError:
        return ""
    except ValueError:
        return "(its owner record can't be read)"
