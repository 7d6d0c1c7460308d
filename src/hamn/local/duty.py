"""What setting up asks of a machine: a state to bring about, or, with --look, whether it is there already."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

HOLDS, LACKS = "holds", "lacks"


class Refused(Exception):
    """It may not be done; `str()` says why and what to do instead."""


def duty(
    parser: argparse.ArgumentParser,
    words: Sequence[str],
    holds: Callable[[argparse.Namespace], bool],
    act: Callable[[argparse.Namespace], None],
) -> int:
    """Exit status 0: it holds (with --look: "holds" or "lacks" is printed); 1 failed; 3 refused.

    Invariant: `act` is begun only where `holds` is False, and may be killed and begun again at any point."""
    parser.add_argument("--look", action="store_true", help="change nothing, print whether it holds")
    arguments = parser.parse_args(words)
    try:
        there = holds(arguments)
        if arguments.look:
            print(HOLDS if there else LACKS)
        elif not there:
            act(arguments)
    except Refused as why:
        print(f"{parser.prog}: {why}", file=sys.stderr)
        return 3
    return 0
