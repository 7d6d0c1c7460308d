"""A command line's options, or the way it is called."""

from __future__ import annotations

from collections.abc import Sequence
from getopt import GetoptError, gnu_getopt

from hamn import __version__
from hamn.xcat.conversation import Answer

VERSION = f"Version 2.19.0 (hamn {__version__})"
"""Of the xCAT whose files, formats and words these are."""


class Usage(Exception):
    """The words can't be understood, or ask how it is called; the status with which it ends."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.status = status


class Version(Exception):
    """Nothing but the version is asked for."""


def options(args: Sequence[str], short: str, long: Sequence[str] = ()) -> tuple[dict[str, list[str]], list[str]]:
    """Each option, without dashes, with all its values; and the other words. Options may stand among them, as with
    the real ones. What every command understands ends here: raises Usage for help and for what isn't an option,
    Version."""
    try:
        found, rest = gnu_getopt(list(args), f"{short}h?v", [*long, "help", "version"])
    except GetoptError:
        raise Usage(1) from None
    given: dict[str, list[str]] = {}
    for name, value in found:
        given.setdefault(name.lstrip("-"), []).append(value)
    if given.keys() & {"h", "?", "help"}:
        raise Usage(0)
    if given.keys() & {"v", "version"}:
        raise Version
    return given, rest


def usage(text: str, status: int) -> Answer:
    return Answer("info", text, errorcode=status)
