"""Another program's exit status as a line, for what speaks by nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def exit_status(words: Sequence[str]) -> int:
    """exit-status PROGRAM ...: runs it and prints its exit status; 127 when there is no such program."""
    if not words:
        print("usage: hamn-local exit-status PROGRAM ...", file=sys.stderr)
        return 2
    try:
        done = subprocess.run(list(words), stdout=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        print(f"{words[0]}: no such program on this machine", file=sys.stderr)
        return 127
    print(done.returncode if done.returncode >= 0 else 128 - done.returncode)
    return 0
