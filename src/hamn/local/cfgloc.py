"""Where the management node finds its database: by the virtual IP, on whichever machine it runs.

The file holds a password: it is read and changed here, and never passes through an argument or a log.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
from collections.abc import Sequence

from hamn.local import file
from hamn.local.duty import duty

PATH = "/etc/xcat/cfgloc"


def turned(text: str, address: str, names: Sequence[str]) -> str:
    """`host=NAME` is `host=ADDRESS`, for each of the names and with what domain ever."""
    either = "|".join(re.escape(name) for name in names)
    host = rf"(?<=[:;]host=)(?:{either})(?:\.[a-z][\w.-]*)?(?=[;|])"
    return re.sub(host, address, text, flags=re.IGNORECASE)


def cfgloc_host(words: Sequence[str]) -> int:
    """cfgloc-host ADDRESS NAME ...: the database of who said one of these names is at ADDRESS."""
    parser = argparse.ArgumentParser(prog="hamn-local cfgloc-host")
    parser.add_argument("address")
    parser.add_argument("names", nargs="+", metavar="NAME")

    def text() -> str:
        try:
            with open(PATH, encoding="utf-8", errors="surrogateescape") as opened:
                return opened.read()
        except FileNotFoundError:
            return ""  # SQLite, or not there yet

    def wanted(arguments: argparse.Namespace) -> str:
        return turned(text(), arguments.address, arguments.names)

    def act(arguments: argparse.Namespace) -> None:
        content = wanted(arguments).encode(errors="surrogateescape")
        file.write(PATH, content, stat.S_IMODE(os.stat(PATH).st_mode))

    return duty(parser, words, lambda arguments: wanted(arguments) == text(), act)
