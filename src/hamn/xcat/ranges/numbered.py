"""Names that count: `node[01-03,07]`, `f[1-2]n[1-3]`, `node01-node04`, `node01:node04`, `node10+2`, `10-20`.

Names need not exist here. Source: noderange(3)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

MOST = 1_000_000  # names that one text may mean: a bigger number is a slip of the finger, or an attack
PREFIX = "node"  # what numbers without a name stand for
LONGEST = 400  # characters of two names, without brackets
LONGEST_NUMBER = 18  # digits
LONGEST_MESSAGE = 12_000  # characters: ranges may be a hundred times as long

BRACKET = re.compile(r"\[([^\[\]]*)\]")
STEP = re.compile(r"(\d+)(?:[-:](\d+))?", re.ASCII)
INCREMENT = re.compile(r"(.*?)(\d+)(\D*)\+(\d+)", re.ASCII | re.DOTALL)
DIGITS = re.compile(r"(\d+)", re.ASCII)


class RangeError(ValueError):
    """A text that means no nodes; `str` is the whole message. `invalid` are the unknown names, if that is why."""

    def __init__(self, message: str, invalid: Sequence[str] = ()) -> None:
        super().__init__(message[:LONGEST_MESSAGE])
        self.invalid = tuple(invalid)


def counted(text: str, most: int = MOST) -> Iterator[str] | None:
    """The names in their order, or None for a text that doesn't count. Raises RangeError: the wrong way round,
    more than `most` names, more than one number that varies."""
    if "[" in text or "]" in text:
        return _bracketed(text, most)
    if len(text) > LONGEST:
        return None
    if text.isdecimal() and text.isascii():
        return iter([PREFIX + text])
    if increment := INCREMENT.fullmatch(text):
        before, first, after, more = increment.groups()
        return _series(
            text, before or ("" if after else PREFIX), first, str(_number(first) + _number(more)), after, most
        )
    ends = _ends(text)
    return _between(text, *ends, most) if ends else None


def _bracketed(text: str, most: int) -> Iterator[str]:
    literals, choices, names = [], [], 1
    at = 0
    for bracket in BRACKET.finditer(text):
        literals.append(text[at : bracket.start()])
        at = bracket.end()
        steps = [_step(text, step.strip(), most) for step in dict.fromkeys(bracket.group(1).split(","))]
        names *= sum(count for count, _ in steps)
        _bounded(text, names, most)
        choices.append([number for _, numbers in steps for number in numbers])
    literals.append(text[at:])
    if any("[" in literal or "]" in literal for literal in literals):
        raise RangeError(f"Unclosed bracket in noderange: {text}")
    parts: list[Sequence[str]] = []
    for literal, choice in itertools.zip_longest(literals, choices, fillvalue=None):
        parts.append([literal or ""])
        parts.append(choice or [""])
    return map("".join, itertools.product(*parts))


def _step(text: str, step: str, most: int) -> tuple[int, Iterator[str]]:
    """How many, before the first of them is made."""
    match = STEP.fullmatch(step)
    if match is None:
        raise RangeError(
            f"Invalid bracket in noderange: {text} ('{step}' is neither a number nor a range of numbers)"
        )
    first, last = match[1], match[2] or match[1]
    low, high = _number(first), _number(last)
    if low > high:
        raise RangeError(f"Invalid noderange: {text} ({first} comes after {last}: write the smaller one first)")
    _bounded(text, high - low + 1, most)
    return high - low + 1, _numbers(low, high, len(first))


def _ends(text: str) -> tuple[str, str] | None:
    """Both names of a range. Names may have dashes: both have as many, so the one in the middle divides."""
    if text.count(":") == 1:
        first, _, last = text.partition(":")
    else:
        pieces = text.split("-")
        if len(pieces) % 2 or ":" in text:
            return None
        half = len(pieces) // 2
        first, last = "-".join(pieces[:half]), "-".join(pieces[half:])
    return (first, last) if first and last else None


def _between(text: str, first: str, last: str, most: int) -> Iterator[str] | None:
    """Names whose text differs are no range but perhaps one name with a dash; what varies must be one number."""
    starts, ends = DIGITS.split(first), DIGITS.split(last)
    if starts[::2] != ends[::2] or len(starts) < 2:
        return None
    differing = [at for at in range(1, len(starts), 2) if starts[at] != ends[at]]
    if len(differing) > 1:
        raise RangeError(f"Invalid noderange: {text} (only one number may vary between {first} and {last})")
    at = differing[0] if differing else len(starts) - 2
    before, after = "".join(starts[:at]), "".join(starts[at + 1 :])
    return _series(text, before or ("" if after else PREFIX), starts[at], ends[at], after, most)


def _series(text: str, before: str, first: str, last: str, after: str, most: int) -> Iterator[str]:
    _, numbers = _step(text, f"{first}-{last}", most)
    return (before + number + after for number in numbers)


def _numbers(low: int, high: int, width: int) -> Iterator[str]:
    return (f"{number:0{width}d}" for number in range(low, high + 1))


def _number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise RangeError(f"Invalid noderange: a number of {len(digits)} digits, more than {LONGEST_NUMBER}")
    return int(digits)


def _bounded(text: str, names: int, most: int) -> None:
    if names > most:
        raise RangeError(
            f"Invalid noderange: {text[:80]} means {names} names, more than the {most} that are allowed"
        )
