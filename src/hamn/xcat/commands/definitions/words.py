"""The words of the definition commands: options anywhere, then names, then attribute=value."""

from __future__ import annotations

import getopt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hamn.xcat.commands.definitions import combining
from hamn.xcat.commands.definitions.usage import NOT_HERE
from hamn.xcat.conversation import Request
from hamn.xcat.tables.objects import TYPES

_LETTERS = {
    "a": "all",
    "c": "compress",
    "C": "cleanup",
    "d": "dynamic",
    "f": "force",
    "h": "help",
    "l": "long",
    "m": "minus",
    "p": "plus",
    "s": "short",
    "S": "hidden",
    "u": "update",
    "v": "version",
    "V": "verbose",
    "x": "xml",
    "z": "stanza",
}
_VALUED = {"i": "attributes", "n": "new", "o": "objects", "t": "type", "w": "where"}


class Refused(Exception):
    """The words can't be followed: what is said, and whether the usage is said too."""

    def __init__(self, text: str, *, with_usage: bool = False) -> None:
        super().__init__(text)
        self.text, self.with_usage = text, with_usage


@dataclass(frozen=True)
class Words:
    options: frozenset[str]
    kinds: tuple[str, ...] = ("node",)
    names: str = ""
    """As typed: with -o, or the first word that is no attribute."""
    given: Mapping[str, str] = field(default_factory=dict)
    where: tuple[str, ...] = ()
    wanted: tuple[str, ...] | None = None
    new_name: str = ""
    template: str = ""
    has_type: bool = False

    def has(self, option: str) -> bool:
        return option in self.options


def read(request: Request) -> Words:
    """Raises Refused."""
    short = "".join(_LETTERS) + "".join(f"{letter}:" for letter in _VALUED) + "?"
    long = ["all", "compress", "cleanup", "dynamic", "force", "help", "long", "minus", "plus", "short", "verbose"]
    try:
        more = ["version", "stanza", "xml", "nics", "nocache", "osimage", "template="]
        found, words = getopt.gnu_getopt(list(request.args), short, [*long, *more])
    except getopt.GetoptError as why:
        raise Refused(f"Invalid option.. ({why})", with_usage=True) from None
    options: set[str] = set()
    valued: dict[str, list[str]] = {}
    for option, value in found:
        name = option.lstrip("-")
        if name in _VALUED or name == "template":
            valued.setdefault(_VALUED.get(name, name), []).append(value)
        else:
            options.add(_LETTERS.get(name, "help" if name == "?" else name))
    bare, given = _split(words)
    names = [*valued.get("objects", ()), *bare]
    if wrong := combining.refused(request.command, {*options, *valued}, names, given):
        raise Refused(wrong, with_usage=True)
    kinds = _listed(valued.get("type", ["node"]))
    if unknown := [kind for kind in kinds if kind not in TYPES]:
        said = "\n".join(f"Type '{kind}' is not a valid xCAT object type." for kind in unknown)
        raise Refused(f"\n{said}")
    if len(kinds) > 1 and given:
        raise Refused("Cannot combine multiple types with 'att=val' pairs on the command line.")
    for option in sorted(options & NOT_HERE.keys()):
        raise Refused(NOT_HERE[option])
    return Words(
        frozenset(options),
        tuple(kinds),
        ",".join(names),
        given,
        tuple(valued.get("where", ())),
        tuple(_listed(valued["attributes"])) if "attributes" in valued else None,
        "".join(valued.get("new", ())),
        "".join(valued.get("template", ())),
        "type" in valued,
    )


def _split(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """At most one word that is no attribute: a second one is a slip (a blank instead of a comma)."""
    names = [word for word in words if "=" not in word]
    if len(names) > 1:
        raise Refused("noderange can not contain spaces.", with_usage=True)
    pairs = [word.partition("=") for word in words if "=" in word]
    return names, {attribute: value for attribute, _, value in pairs}


def _listed(values: Sequence[str]) -> list[str]:
    return [word for value in values for part in value.split(",") if (word := part.strip())]
