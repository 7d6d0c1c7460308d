"""This machine's disks: what tells each from all others, and what is on it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from hamn.local.duty import Refused
from hamn.local.touch import signature

COLUMNS = "NAME,TYPE,SIZE,RO,SERIAL,WWN,MOUNTPOINT"
KINDS = ("disk", "mpath", "loop", "raid0", "raid1", "raid5", "raid6", "raid10")


def disks(words: Sequence[str]) -> int:
    """disks: JSON, each whole disk's path, size, serial, WWN, what it holds, and what of it is mounted."""
    if words:
        print("usage: hamn-local disks", file=sys.stderr)
        return 2
    argv = ("lsblk", "-J", "-b", "-p", "-o", COLUMNS)
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr)
        return 1
    print(json.dumps(list(_disks(json.loads(done.stdout)["blockdevices"]))))
    return 0


def _disks(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        path = str(row["name"])
        if row["type"] in KINDS and row["ro"] not in (True, "1") and _is_there(path):
            try:
                holds = signature(path)
            except (OSError, Refused) as why:
                holds = f"({why})"
            yield {
                "path": path,
                "size": int(row["size"] or 0),
                "serial": (row["serial"] or "").strip(),
                "wwn": (row["wwn"] or "").strip(),
                "holds": holds,
                "mounted": sorted(_mounted(row)),
                "parts": len(row.get("children", ())),
            }


def _is_there(path: str) -> bool:
    try:
        return stat.S_ISBLK(os.stat(path).st_mode)
    except OSError:
        return False


def _mounted(row: dict[str, Any]) -> Iterator[str]:
    if row.get("mountpoint"):
        yield str(row["mountpoint"])
    for child in row.get("children", ()):
        yield from _mounted(child)
