"""Regular expressions as operators write them, in Perl's dialect, made into Python's; none may take for ever."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import comb

LONGEST = 1_000  # characters of a pattern; node names are at most 128
WIDEST = 6  # unlimited repeats of "nearly anything" in one pattern: more is slow, not clever
POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9a-fA-F",
}
ESCAPES = {"z": r"\Z", "Z": r"(?=\n?\Z)", "h": r"[ \t]", "/": "/", "@": "@", "%": "%", "'": "'", '"': '"'}
WIDE = re.compile(r"(?:(?<!\\)[.)]|\\[DSWw]|\[\^\]?[^\]]*\])(?:[*+]|\{\d*,\})")
REPEAT = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")


class PatternError(ValueError):
    """A pattern that means nothing, or that could take for ever; the text says which and why."""


@dataclass(slots=True)
class Group:
    """What an open parenthesis has seen so far: can its inside match one text in several ways?"""

    ambiguous: bool = False


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Digits and letters are ASCII's, as in names. Refuses what can backtrack without end: a repeated group whose
    inside repeats or chooses, and more than WIDEST unlimited repeats of a dot or a class that excludes.

    Source: xcatdb(5) points to Perl's perlre; the dialect's rarer parts are refused, never guessed."""
    if len(pattern) > LONGEST:
        raise PatternError(f"the regular expression has {len(pattern)} characters, more than {LONGEST}")
    if len(WIDE.findall(pattern)) > WIDEST:
        raise PatternError(f"the regular expression {pattern!r} has more than {WIDEST} repeats like .* or \\D+")
    try:
        return re.compile(_translated(pattern), re.ASCII)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise PatternError(f"the regular expression {pattern!r} is wrong: {wrong}") from None


def steps(pattern: str, lengths: Iterable[int]) -> int:
    """How many steps looking for it in texts of these lengths may take, roughly and at worst."""
    repeats = 1 + len(WIDE.findall(pattern))
    return sum(comb(length + repeats, repeats) * texts for length, texts in Counter(lengths).items())


def _translated(pattern: str) -> str:
    out: list[str] = []
    groups = [Group()]
    at = 0
    while at < len(pattern):
        character, closed = pattern[at], None
        if character == "\\":
            letter = pattern[at + 1 : at + 2]
            out.append(ESCAPES.get(letter, "\\" + letter))
            at += 2
        elif character == "[":
            text, at = _class(pattern, at)
            out.append(text)
        elif character == "(":
            groups.append(Group())
            out.append("(?P<" if re.match(r"\(\?<(?![=!])", pattern[at:]) else "(")
            at += 3 if out[-1] == "(?P<" else 1
            if pattern[at : at + 1] == "?" and out[-1] == "(":  # what follows is a kind of group, not a repeat
                out.append("?")
                at += 1
            continue
        else:
            out.append(character)
            at += 1
            if character == "|":
                groups[-1].ambiguous = True
                continue
            if character == ")" and len(groups) > 1:
                closed = groups.pop()
                groups[-1].ambiguous |= closed.ambiguous
        repeat = REPEAT.match(pattern, at)
        if repeat is None:
            continue
        if closed and closed.ambiguous and _again(repeat):
            raise PatternError(
                f"the regular expression {pattern!r} repeats a group that itself repeats or chooses,"
                " which can take for ever: write it without the outer repeat"
            )
        groups[-1].ambiguous |= not _fixed(repeat)
        out.append(repeat.group())
        at = repeat.end()
        if pattern[at : at + 1] in ("?", "+"):  # lazy or possessive
            out.append(pattern[at])
            at += 1
    return "".join(out)


def _again(repeat: re.Match[str]) -> bool:
    """May it repeat more than once?"""
    if repeat.group() in "*+?":
        return repeat.group() != "?"
    low, comma, high = repeat.groups()
    return max(int(low or 0), int(high or 0)) > 1 or bool(comma and not high)


def _fixed(repeat: re.Match[str]) -> bool:
    low, comma, high = repeat.groups()
    return bool(low) and (not comma or low == high)


def _class(pattern: str, start: int) -> tuple[str, int]:
    """One bracketed class and where it ends; Python warns of characters that Perl takes as themselves."""
    out, at = ["["], start + 1
    if pattern[at : at + 1] == "^":
        out.append("^")
        at += 1
    first = True
    while at < len(pattern):
        character = pattern[at]
        if character == "]" and not first:
            return "".join([*out, "]"]), at + 1
        first = False
        posix = re.compile(r"\[:(\w+):\]").match(pattern, at)
        if posix and posix.group(1) in POSIX:
            out.append(POSIX[posix.group(1)])
            at = posix.end()
        elif character == "\\":
            letter = pattern[at + 1 : at + 2]
            out.append(letter if letter in ("/", "@", "%", "'", '"') else "\\" + letter)
            at += 2
        else:
            out.append("\\" + character if character in "[]&~|" else character)
            at += 1
    raise PatternError(f"the regular expression {pattern!r} opens a bracket that is never closed")
