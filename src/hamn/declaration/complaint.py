"""One thing that is wrong with a declaration, at a key; its line is found later, from the key."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

Key: TypeAlias = tuple[str | int, ...]
"""A path into the document: ("machine", 0, "address"); integers are places in an array."""

BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True)
class Complaint:
    """`code` as in `Report`; `says` what was found and what is allowed; `hint` an imperative, or empty."""

    code: str
    says: str
    hint: str = ""
    key: Key = ()

    def below(self, *outer: str | int) -> Complaint:
        return replace(self, key=outer + self.key)


class Wrong(Exception):
    """A value that can't be read, with all that is wrong in it; keys are relative to the value."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(complaint.says for complaint in self.complaints))

    def below(self, *outer: str | int) -> list[Complaint]:
        return [complaint.below(*outer) for complaint in self.complaints]


def wrong(code: str, value: object, allowed: str, hint: str = "") -> Wrong:
    return Wrong([Complaint(code, f"found {shown(value)}; allowed: {allowed}", hint)])


def shown(value: object) -> str:
    """A value of the declaration for a message: one line, short, nothing that moves a terminal's cursor."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            short = value if len(value) <= 60 else value[:57] + "..."
            return json.dumps(short, ensure_ascii=not short.isprintable())
        case int() if abs(value) >= 2**63:
            return "a number beyond 64 bits"
        case dict():
            return "a table"
        case list():
            return "a list"
    return str(value)


def dotted(key: Key) -> str:
    """The key as it stands in the file; which element of an array it is, the line says."""
    words = (part for part in key if isinstance(part, str))
    return ".".join(word if word and BARE.issuperset(word) else shown(word) for word in words)


def nearest(word: str, known: Iterable[str]) -> str:
    """ "did you mean ...?", or empty when nothing is near."""
    near = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else ""
