"""Mount tables, of this process and of any other: read, never asked of the filesystem itself (it may be dead)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

_ESCAPES = {"\\040": " ", "\\011": "\t", "\\012": "\n", "\\134": "\\"}


@dataclass(frozen=True, slots=True)
class Mounted:
    """`device` is "major:minor", the same wherever a filesystem is mounted."""

    target: str
    device: str
    sends: str = ""
    """The peer group that it tells of its unmount; empty: none."""
    hears: frozenset[str] = frozenset()
    """The peer groups with whose unmount it goes."""
    type: str = ""
    source: str = ""


def read(process: int | str = "self") -> list[Mounted]:
    """In the order of mounting. Source: proc(5), /proc/pid/mountinfo. Raises OSError when the process is gone."""
    with open(f"/proc/{process}/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        return [_mounted(line.split()) for line in table]


def _mounted(words: list[str]) -> Mounted:
    """Of the optional fields, up to a single hyphen: shared:N, master:N."""
    end = words.index("-")
    fields = dict(word.partition(":")[::2] for word in words[6:end])
    sends = fields.get("shared", "")
    hears = frozenset({sends, fields.get("master", "")} - {""})
    return Mounted(_plain(words[4]), words[2], sends, hears, words[end + 1], _plain(words[end + 2]))


def _plain(word: str) -> str:
    for escape, character in _ESCAPES.items():
        word = word.replace(escape, character)
    return word


def is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def covering(path: str, table: Iterable[Mounted]) -> Mounted | None:
    """The mount that a path is in: of the deepest mount points the last one mounted."""
    found = None
    for mounted in table:
        if is_below(path, mounted.target) and (found is None or len(mounted.target) >= len(found.target)):
            found = mounted
    return found


def devices(paths: Collection[str], table: Iterable[Mounted]) -> set[str]:
    """What is mounted exactly there."""
    return {mounted.device for mounted in table if mounted.target in paths}
