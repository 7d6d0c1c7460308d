"""The words of a making command: options in any order and any of their spellings, and a range of nodes."""

from __future__ import annotations

import getopt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hamn.xcat.conversation import Request
from hamn.xcat.making.definitions import Definitions

_OWN = {"h": "help", "?": "help", "v": "version"}


class Usage(Exception):
    """The words are no words of this command. `is_help`: they ask what would be."""

    def __init__(self, *, is_help: bool = False) -> None:
        super().__init__()
        self.is_help = is_help


class Version(Exception):
    """Nothing but the version is asked for."""


@dataclass(frozen=True)
class Asked:
    options: Mapping[str, str]
    noderange: str | None
    request: Request

    def has(self, name: str) -> bool:
        return name in self.options

    def nodes(self, definitions: Definitions) -> list[str] | None:
        """None if no range was given; RangeError where it is none."""
        if self.noderange is None:
            return None
        return definitions.nodes(self.noderange, self._reader)

    @property
    def _reader(self) -> Callable[[str], str | None] | None:
        """Files belong to who asks: this process may read them only if it is that one's own."""
        return self._read if self.request.is_local else None

    def _read(self, path: str) -> str | None:
        try:
            return (Path(self.request.cwd) / path).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return None


def parse(request: Request, letters: Mapping[str, str], valued: Collection[str] = ()) -> Asked:
    """`letters`: letter to the option's long name; those in `valued` take a value. Raises Usage."""
    short = "".join(letter + (":" if name in valued else "") for letter, name in letters.items())
    long = [name + ("=" if name in valued else "") for name in letters.values()]
    try:
        found, words = getopt.gnu_getopt(list(request.args), short + "h?v", [*long, "help", "version"])
    except getopt.GetoptError:
        raise Usage from None
    options: dict[str, str] = {}
    for option, value in found:
        name = option[2:] if option.startswith("--") else letters.get(option[1:], _OWN.get(option[1:], ""))
        options[name] = value
    if "help" in options:
        raise Usage(is_help=True)
    if "version" in options:
        raise Version
    ranges: Sequence[str] = [*([request.noderange] if request.noderange is not None else []), *words]
    if len(ranges) > 1:
        raise Usage
    return Asked(options, ranges[0] if ranges else None, request)
