"""AIX's mounts: what `mount` prints, how a filesystem of /etc/filesystems, an NFS one, a directory are mounted.

Source: AIX Commands Reference, "mount", "umount"; AIX Files Reference, "filesystems".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hamn.model.command import Command, in_turn
from hamn.model.pair import Filesystem
from hamn.model.step import Check, all_of
from hamn.platforms.answers import Mount

# node (of a remote one), mounted, mounted over, vfs, date, options (where there are any)
_ROW = re.compile(
    r"^(\S+)?[ \t]+(/\S*)[ \t]+(/\S*)[ \t]+(\S+)[ \t]+[A-Z][a-z]{2} \d\d \d\d:\d\d(?:[ \t]+(\S+))?[ \t]*$"
)
_LOCAL = ("jfs2", "jfs")


def ask() -> Command:
    """From the kernel (mntctl): what is mounted isn't touched."""
    return Command(("mount",), timeout_s=5)


def mounts(text: str) -> tuple[Mount, ...]:
    """In the kernel's order. AIX gives no device numbers."""
    return tuple(
        Mount(
            target=row[3],
            source=f"{row[1]}:{row[2]}" if row[1] else row[2],
            type=row[4],
            options=tuple((row[5] or "").split(",")) if row[5] else (),
        )
        for line in text.splitlines()
        if (row := _ROW.match(line))
    )


def mount(source: str, target: str, type_: str, options: str, *, guarded: bool) -> Command:
    """A local one by its place alone: its stanza in /etc/filesystems, which importvg keeps, has its device and its
    log. `guarded` False: JFS2's mount guard, which a crash leaves set, is overridden ("noguard").
    """
    stated = [option for option in options.split(",") if option not in ("", "defaults")]
    if type_ in _LOCAL and not guarded:
        stated.append("noguard")
    words = ("-o", ",".join(stated)) if stated else ()
    if type_ in _LOCAL:
        return Command(("mount", *words, target), timeout_s=120)
    return Command(("mount", "-v", type_, *words, source, target), timeout_s=120)


def known(filesystems: Sequence[Filesystem]) -> Check:
    """Each has a stanza in /etc/filesystems, with that very device: `lsfs -c`, MOUNTPOINT:DEVICE:VFS:..."""
    rows = (f"^{re.escape(f.mount)}:{re.escape(f.source)}:" for f in filesystems)
    return Check(Command(("lsfs", "-c", *(f.mount for f in filesystems)), timeout_s=10), all_of(rows))


def overlay(pairs: Sequence[tuple[str, str]]) -> Command:
    """A directory over another: AIX's name filesystem does what a bind mount does elsewhere."""
    return Command(in_turn([("mount", "-v", "namefs", *pair) for pair in pairs]), timeout_s=10)


def unmount(targets: Sequence[str], *, network: bool) -> Command:
    """In the order given; never -f. AIX's umount takes one at a time."""
    return Command(in_turn([("umount", target) for target in targets]), timeout_s=60 if network else 120)


def target_pattern(target: str) -> str:
    return rf"^(?:\S+)?[ \t]+/\S*[ \t]+{re.escape(target)}[ \t]+\S+[ \t]+[A-Z]"
