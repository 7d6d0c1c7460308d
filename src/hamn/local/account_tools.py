"""The programs that make accounts and number them: shadow's, and AIX's.

Source: groupmod(8), usermod(8), groupadd(8), useradd(8); AIX Commands Reference (chgroup, chuser, mkgroup, mkuser)
and the requirement, set-up of the standby, step 7."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hamn.local import mounts

Argv = tuple[str, ...]
LOCAL = ("ext2", "ext3", "ext4", "xfs", "btrfs", "overlay", "jfs2")
_REMOTE = re.compile(r"^(?:\S+\s+\S+|\s+\S+)\s+(/\S*)\s+(\S+)\s+[A-Z][a-z]{2} ", re.MULTILINE)
"""A line of AIX's mount(1): node, what is mounted, over what, its type, and a date."""


@dataclass(frozen=True, slots=True)
class Tools:
    renumber_group: Callable[[str, int], Argv]
    renumber: Callable[[str, int, int, str], Argv]
    """Name, uid, gid, and that group's name."""
    add_group: Callable[[str, int], Argv]
    add: Callable[[str, Mapping[str, Any]], Argv]
    mounted: Callable[[], list[tuple[str, str]]]
    """Every mount: where, and its type."""


def _linux_mounts() -> list[tuple[str, str]]:
    return [(mount.target, mount.type) for mount in mounts.read()]


def _aix_mounts() -> list[tuple[str, str]]:
    said = subprocess.run(("mount",), capture_output=True, text=True, check=True).stdout
    return [(found[1], found[2]) for found in _REMOTE.finditer(said)]


SHADOW = Tools(
    lambda group, gid: ("groupmod", "-g", str(gid), group),
    lambda name, uid, gid, _group: ("usermod", "-u", str(uid), "-g", str(gid), name),
    lambda group, gid: ("groupadd", "-r", "-g", str(gid), group),
    lambda name, like: (
        *("useradd", "-r", "-u", str(like["uid"]), "-g", str(like["gid"])),
        *("-d", str(like["home"]), "-s", str(like["shell"]), name),
    ),
    _linux_mounts,
)
AIX = Tools(
    lambda group, gid: ("chgroup", f"id={gid}", group),
    lambda name, uid, _gid, group: ("chuser", f"id={uid}", f"pgrp={group}", name),
    lambda group, gid: ("mkgroup", "-a", f"id={gid}", group),
    lambda name, like: (
        *("mkuser", f"id={like['uid']}", f"pgrp={like['group']}"),
        *(f"home={like['home']}", f"shell={like['shell']}", name),
    ),
    _aix_mounts,
)
BY_NAME = {"shadow": SHADOW, "aix": AIX}
