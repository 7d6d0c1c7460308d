"""A subsystem of AIX's System Resource Controller reads its files again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence

_SIGNALS_ONLY = "0513-005"
"""refresh(1): "The Subsystem, NAME, only supports signal communication.": sshd is one of these."""


def refresh_subsystem(words: Sequence[str]) -> int:
    """refresh-subsystem NAME: by refresh(1), or by SIGHUP where the subsystem knows signals only."""
    if len(words) != 1:
        print("usage: hamn-local refresh-subsystem NAME", file=sys.stderr)
        return 2
    (name,) = words
    done = subprocess.run(("refresh", "-s", name), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return 0
    listed = subprocess.run(("lssrc", "-s", name), capture_output=True, text=True, check=False).stdout
    found = re.search(rf"^ *{re.escape(name)}\s+(?:\S+\s+)?(\d+)\s+active\s*$", listed, re.MULTILINE)
    if _SIGNALS_ONLY not in done.stderr or found is None:
        print(f"refresh -s {name}: {done.stderr.strip() or done.stdout.strip()}", file=sys.stderr)
        return 1
    os.kill(int(found[1]), signal.SIGHUP)
    return 0
