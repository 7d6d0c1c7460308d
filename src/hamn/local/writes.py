"""Whether a mounted filesystem takes a write, down to its disk."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence

from hamn.local.read import WAITS, alone


def takes_writes(words: Sequence[str]) -> int:
    """takes-writes DIRECTORY: "takes writes"; where it doesn't, the reason, or no answer at all.

    The file has no name, or loses it at once, so nothing of it is ever seen."""
    parser = argparse.ArgumentParser(prog="hamn-local takes-writes")
    parser.add_argument("directory")
    directory = parser.parse_args(words).directory
    with alone(directory) as is_alone:
        if not is_alone:
            print(f"{directory}: {WAITS}", file=sys.stderr)
            return 1
        _write(directory)
    print("takes writes")
    return 0


def _write(directory: str) -> None:
    try:
        with tempfile.TemporaryFile(dir=directory, prefix=".hamn-") as file:
            file.write(b"hamn was here\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, directory) from None
