"""The machine's wall clock, finer than date(1) tells it everywhere."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence


def clock(words: Sequence[str]) -> int:
    """clock: seconds since 1970, with a fraction."""
    argparse.ArgumentParser(prog="hamn-local clock").parse_args(words)
    print(f"{time.time():.6f}")
    return 0
