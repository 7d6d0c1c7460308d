"""Whether a mounted filesystem takes a write, down to its disk."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence


def takes_writes(words: Sequence[str]) -> int:
    """takes-writes DIRECTORY: "takes writes"; where it doesn't, the reason, or no answer at all.

    The file has no name, or loses it at once, so nothing of it is ever seen."""
    parser = argparse.ArgumentParser(prog="hamn-local takes-writes")
    parser.add_argument("directory")
    directory = parser.parse_args(words).directory
    try:
        with tempfile.TemporaryFile(dir=directory, prefix=".hamn-") as file:
            file.write(b"hamn was here\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, directory) from None
    print("takes writes")
    return 0
