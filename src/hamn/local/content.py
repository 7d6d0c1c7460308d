"""A whole file that set-up writes: it has that content and that mode, or gets them."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import duty


def content(words: Sequence[str]) -> int:
    """content PATH MODE: PATH is a file with what comes on stdin."""
    parser = argparse.ArgumentParser(prog="hamn-local content")
    parser.add_argument("path")
    parser.add_argument("mode", type=lambda text: int(text, 8))
    wanted = sys.stdin.buffer.read()

    def holds(arguments: argparse.Namespace) -> bool:
        try:
            with open(arguments.path, "rb") as opened:
                mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
                return opened.read() == wanted and mode == arguments.mode
        except FileNotFoundError:
            return False

    def act(arguments: argparse.Namespace) -> None:
        os.makedirs(os.path.dirname(os.path.realpath(arguments.path)), exist_ok=True)
        file.write(arguments.path, wanted, arguments.mode)

    return duty(parser, words, holds, act)
