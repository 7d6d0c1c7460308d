"""How much of a machine there is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from contextlib import suppress


def hardware(words: Sequence[str]) -> int:
    """hardware: prints "processors N" and "memory BYTES", of each what this system tells."""
    argparse.ArgumentParser(prog="hamn-local hardware").parse_args(words)
    if processors := os.cpu_count():
        print(f"processors {processors}")
    with suppress(ValueError, OSError):  # AIX's sysconf has another name for it, which Python doesn't know
        print(f"memory {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')}")
    return 0
