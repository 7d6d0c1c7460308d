"""Values worked out from a node's name: `|pattern|replacement|`, `|replacement|`, `/pattern/replacement/`.

Source: xcatdb(5), "Groups and regular expressions in tables" and "Easy regular expressions"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from hamn.xcat.ranges.arithmetic import ExpressionError, Groups, parsed
from hamn.xcat.ranges.patterns import PatternError, compiled

Expression = Callable[[str], str]
"""A node's name -> its value, empty when the node has none. Raises ExpressionError."""

NUMBERS = re.compile(r"0*(\d+)", re.ASCII)


@lru_cache(maxsize=4096)
def expression(value: str) -> Expression | None:
    """What computes this value for a node, or None for a value that simply is one. Read once, used for every node.

    Raises ExpressionError for a value that has the form of an expression and can't be read."""
    kind = value[:1]
    if len(value) < 3 or value[-1] != kind or kind not in ("|", "/"):
        return None
    bars = value.count(kind)
    try:
        if kind == "/":  # no arithmetic here. A path of two parts that ends in a slash has this form too, as ever
            pattern, _, text = value[1:-1].partition("/")
            return _substituted(compiled(pattern), lambda _: text) if bars == 3 else None
        if bars == 2:
            return _from_numbers(_replacement(value[1:-1]))
        pattern, _, text = value[1:-1].partition("|")
        return _substituted(compiled(pattern), _replacement(text))
    except PatternError as wrong:
        hint = " (a '|' ends the pattern: it can't choose between two)" if bars > 3 else ""
        raise ExpressionError(f"{value!r}: {wrong}{hint}") from None
    except ExpressionError as wrong:
        raise ExpressionError(f"{value!r}: {wrong}") from None


def _replacement(text: str) -> Callable[[Groups], str]:
    """Literal text and parentheses in turn. `$1` counts only inside parentheses."""
    template, terms, at = "", [], 0
    while (opened := text.find("(", at)) >= 0:
        template += text[at:opened].replace("%", "%%") + "%s"
        term, at = parsed(text, opened)
        terms.append(term)
    template += text[at:].replace("%", "%%")
    return lambda groups: template % tuple([term(groups) for term in terms])


def _substituted(pattern: re.Pattern[str], text: Callable[[Groups], str]) -> Expression:
    """What the pattern matched is replaced, the rest of the name stays. A name it doesn't match is the value."""
    search = pattern.search

    def value(name: str) -> str:
        match = search(name)
        if match is None:
            return name
        start, end = match.span()
        return name[:start] + text(match.groups()) + name[end:]

    return value


def _from_numbers(text: Callable[[Groups], str]) -> Expression:
    """The whole name is replaced; `$1`, `$2`... are its numbers, without leading zeros."""
    return lambda name: text(NUMBERS.findall(name))
