"""tabdump's -w: which rows. The real one leaves it to the database: `=~` is SQL's LIKE, and an empty column is
NULL, which compares to nothing."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping

from hamn.xcat.commands.words import Usage
from hamn.xcat.stores.store import checked
from hamn.xcat.tables import Table

Condition = Callable[[Mapping[str, str]], bool]

_CONDITION = re.compile(r"(\w+)(==|!=|=~|!~|>=|<=|>|<)(.*)", re.DOTALL)
_COMPARISONS: Mapping[str, Callable[[str | int, str | int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def read(table: Table, texts: Iterable[str]) -> list[Condition]:
    """Usage for what isn't one; StoreError, in the real one's words, for a column that isn't there."""
    found = []
    for text in texts:
        matched = _CONDITION.fullmatch(text)
        if matched is None:
            raise Usage(1)
        checked(table, [matched[1]])
        found.append(_condition(table, *matched.groups()))
    return found


def _condition(table: Table, column: str, sign: str, wanted: str) -> Condition:
    if sign in ("=~", "!~"):
        like = _like(wanted)
        return lambda row: column in row and bool(like.fullmatch(row[column])) is (sign == "=~")
    compares = _COMPARISONS[sign]
    if column == table.counted and re.fullmatch("[0-9]{1,18}", wanted):
        number = int(wanted)
        return lambda row: column in row and compares(int(row[column]), number)
    return lambda row: column in row and compares(row[column], wanted)


def _like(pattern: str) -> re.Pattern[str]:
    """Runs of % are one: LIKE takes no longer for them, and a regular expression would."""
    parts = re.split(r"([%_])", re.sub("%+", "%", pattern))
    return re.compile("".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in parts), re.I | re.S | re.A)
