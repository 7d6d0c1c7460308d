"""Which of a machine's own files the other one gets from whoever owns the shared data."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

FileList = Literal["names", "keys", "additional", "accounts", "dhcp"]
"""The requirement's lists ("File Synchronization"); what is on each is the platform's to say."""

NEVER = ("*/authorized_keys*", "*/.hamn-*", "*/.*.hamn-[0-9]*")
"""Who may log in is each machine's own; the others are hamn's own half-made files and marks."""


@dataclass(frozen=True, slots=True)
class After:
    """A command for the machine that received a file which `files` covers, once for all of them."""

    files: str
    run: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """`files`, `exclude` and `own` are absolute paths and globs; a directory stands for all that is in it."""

    files: tuple[str, ...] = ()
    lists: tuple[FileList, ...] = ()
    exclude: tuple[str, ...] = ()
    """Not looked at."""
    own: tuple[str, ...] = ()
    """There on both machines, and different: never copied, missed where they are absent."""
    after: tuple[After, ...] = ()
    keep: int = 10
    """Earlier versions of each file, on the machine that received it."""


def covers(pattern: str, path: str) -> bool:
    """The path itself, or something in a directory that the pattern names."""
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern.rstrip('/')}/*")


def is_literal(pattern: str) -> bool:
    """It names one path."""
    return not any(sign in pattern for sign in "*?[")
