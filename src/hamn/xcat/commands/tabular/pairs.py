"""`key=value,key=value` and `table.column=value`: how gettab and chtab name cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hamn.xcat.commands.words import Usage
from hamn.xcat.stores.store import checked, stop
from hamn.xcat.tables import TABLES, Table

_CELL = re.compile(r"(\w+)\.(\w+)", re.ASCII)
_SETTING = re.compile(r"(\w+)\.(\w+?)(\+=|=)(.*)", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    table: Table
    column: str
    value: str
    adds: bool = False
    """Behind the text that is there."""


def keys(text: str) -> dict[str, str]:
    """A comma that begins no further pair belongs to the value before it. Raises Usage."""
    pairs: list[str] = []
    for part in text.split(","):
        if pairs and not re.match(r"\w+=", part):
            pairs[-1] += f",{part}"
        else:
            pairs.append(part)
    if not all("=" in pair[1:] for pair in pairs):
        raise Usage(1)
    return dict(pair.split("=", 1) for pair in pairs)


def cell(text: str) -> tuple[Table, str]:
    """Raises Usage; StoreError, in the real one's words, for a table or column that isn't there."""
    found = _CELL.fullmatch(text)
    if found is None:
        raise Usage(1)
    return _column(found[1], found[2])


def settings(texts: Sequence[str]) -> list[Setting]:
    """As `cell`."""
    found = []
    for text in texts:
        parts = _SETTING.fullmatch(text)
        if parts is None:
            raise Usage(1)
        found.append(Setting(*_column(parts[1], parts[2]), parts[4], parts[3] == "+="))
    return found


def table(name: str) -> Table:
    if name not in TABLES:
        raise stop("no-table", f"Table {name} does not exist.")
    return TABLES[name]


def _column(name: str, column: str) -> tuple[Table, str]:
    found = table(name)
    checked(found, [column])
    return found, column
