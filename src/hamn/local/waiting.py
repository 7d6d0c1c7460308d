"""Who waits in the kernel and can't be interrupted: what a hanging disk looks like."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

LOOKS, APART_S = 3, 0.15
"""A process that is seen waiting each time isn't just passing."""


def waiting(words: Sequence[str]) -> int:
    """waiting: a line for each process that waits for a disk or a server that doesn't answer."""
    argparse.ArgumentParser(prog="hamn-local waiting").parse_args(words)
    seen = _waiting()
    for _ in range(LOOKS - 1):
        time.sleep(APART_S)
        again = _waiting()
        seen = {pid: name for pid, name in seen.items() if pid in again}
    for pid, name in sorted(seen.items()):
        print(f"{name} (pid {pid}) waits in the kernel for its disk{_where(pid)}, and can't be ended")
    return 0


def _waiting() -> dict[int, str]:
    """By process id, its name. Kernel threads wait so by nature: they have no memory of their own."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = stat.read_text().partition(" (")
        except OSError:  # it has gone meanwhile
            continue
        name, _, fields = rest.rpartition(") ")
        words = fields.split()
        if words[:1] == ["D"] and words[20:21] != ["0"]:  # field 23: virtual memory size
            found[int(pid)] = name
    return found


def _where(pid: int) -> str:
    try:
        place = Path(f"/proc/{pid}/wchan").read_text().strip()
    except OSError:
        return ""
    return f" ({place})" if place not in ("", "0") else ""
