"""What stands behind a block device, as this machine's kernel has it: how many ways, to how many disks.

Sources: the kernel's Documentation/ABI (sysfs-block, sysfs-block-dm), md(4), dm's "uuid", nvme's multipath.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from hamn.local.device import resolve

SYSTEM = Path("/sys/class/block")
ELSEWHERE = re.compile(r"(?:loop|vd[a-z]|xvd[a-z]|rbd|nbd|zram|zd)")
"""Whoever makes these for this machine (its host, a cluster of disks) knows what stands behind them."""
REDUNDANT = frozenset(("raid1", "raid10", "raid4", "raid5", "raid6"))
MIRRORED = re.compile(r"_[rm]image_\d+$")


class Behind(NamedTuple):
    """`kind`: multipath, mirror, replica, disk, elsewhere. `running` of `ways` work."""

    kind: str
    ways: int
    running: int
    name: str


def paths(words: Sequence[str]) -> int:
    """paths SOURCE: prints "KIND WAYS RUNNING NAME" of what is the weakest behind it."""
    parser = argparse.ArgumentParser(prog="hamn-local paths")
    parser.add_argument("source")
    arguments = parser.parse_args(words)
    if not SYSTEM.is_dir():
        print("hamn-local paths: this system has no /sys/class/block", file=sys.stderr)
        return 1
    number = os.stat(resolve(arguments.source)).st_rdev  # its file may have another name than the kernel's
    print(*behind(os.path.basename(os.path.realpath(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}"))))
    return 0


def behind(name: str, system: Path = SYSTEM) -> Behind:
    """Raises FileNotFoundError for what is no block device here."""
    place = (system / name).resolve(strict=True)
    if (place / "partition").exists():
        return behind(place.parent.name, system)
    below = sorted(link.name for link in (place / "slaves").iterdir()) if (place / "slaves").is_dir() else []
    if name.startswith("drbd"):
        return Behind("replica", 2, 2, name)
    if _read(place / "dm/uuid").startswith("mpath-"):
        running = [each for each in below if _read(system / each / "device/state") in ("running", "live", "")]
        return Behind("multipath", len(below), len(running), name)
    mirrored = bool(below) and all(MIRRORED.search(_read(system / each / "dm/name")) for each in below)
    if mirrored or _read(place / "md/level") in REDUNDANT:
        lacking = int(_read(place / "md/degraded") or 0)
        return Behind("mirror", len(below) + lacking, len(below), name)
    if below:
        return min((behind(each, system) for each in below), key=lambda each: (each.running, each.ways))
    if ELSEWHERE.match(name):
        return Behind("elsewhere", 0, 0, name)
    ways = [each for each in (place / "device").glob("nvme*") if re.fullmatch(r"nvme\d+", each.name)]
    if (place / "device/subsysnqn").exists() and len(ways) > 1:
        return Behind("multipath", len(ways), sum(_read(each / "state") == "live" for each in ways), name)
    return Behind("disk", 1, 1, name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
