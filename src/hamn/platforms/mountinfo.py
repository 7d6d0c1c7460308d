"""The kernel's mount table, /proc/self/mountinfo (proc(5)): read without touching what is mounted."""

from __future__ import annotations

import re

from hamn.platforms.answers import Mount

PATH = "/proc/self/mountinfo"


def escape(path: str) -> str:
    r"""As the kernel writes a path: space, tab, newline and backslash as three octal digits (`\040`)."""
    return re.sub(r"[ \t\n\\]", lambda found: f"\\{ord(found[0]):03o}", path)


def unescape(text: str) -> str:
    return re.sub(r"\\([0-3][0-7]{2})", lambda found: chr(int(found[1], 8)), text)


def target_pattern(target: str) -> str:
    """A regular expression that finds the line of what is mounted at exactly that path."""
    return rf"^\d+ \d+ \d+:\d+ \S+ {re.escape(escape(target))} "


def mounts(text: str) -> tuple[Mount, ...]:
    """In the kernel's order, so that of two at one path the later covers the earlier. Torn lines are left out.

    `options` are the mount's own and then the filesystem's: an ext4 that went read-only after an error
    says "ro" only among the latter.
    """
    return tuple(mount for line in text.split("\n") if (mount := _mount(line)))


def _mount(line: str) -> Mount | None:
    place, separator, rest = line.partition(" - ")
    before, after = place.split(" "), rest.split(" ")
    if not separator or len(before) < 6 or len(after) < 3:
        return None
    options = dict.fromkeys(before[5].split(",") + after[2].split(","))
    return Mount(
        target=unescape(before[4]),
        source=unescape(after[1]),
        type=after[0],
        options=tuple(options),
        device=before[2],
        root=unescape(before[3]),
    )
