"""tabdump: a table as it is. Source: tabdump(8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hamn.xcat.commands import files
from hamn.xcat.commands.answering import called
from hamn.xcat.commands.tabular import conditions
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores.store import table as known
from hamn.xcat.tables import TABLES, Table, dump

_USAGE = """\
Usage: tabdump [-d] [-n #] [-w attr==value [-w attr=~pattern] ...] [-f filename] [tablename]
       tabdump [-?|-h|--help|-v|--version]
    no table: the names of all tables
    -d: the table's columns    -f: into a file    -n: the last so many rows
    -w: rows for which it holds: == != =~ !~ > < >= <= (=~ and !~ take % and _ for anything)"""


@called(_USAGE)
def tabdump(request: Request, world: World) -> Iterator[Answer]:
    given, names = options(request.args, "df:n:w:V")
    if len(names) > 1 or (given and not names):
        raise Usage(1)
    if not names:
        yield Answer("data", "\n".join(sorted(TABLES)))
        return
    table = known(names[0])
    if "d" in given:
        yield Answer("data", "\n".join(_described(table)))
        return
    chosen = conditions.read(table, given.get("w", ()))
    rows = [row for row in world.store.read(table.name) if all(holds(row) for holds in chosen)]
    rows = rows[-_number(given["n"][-1]) :] if "n" in given else rows
    if "f" in given:
        files.write(Path(request.cwd, given["f"][-1]), dump.write(table, rows))
        return
    for line in dump.lines(table, rows):
        yield Answer("data", line)


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise Usage(1)
    return int(text)


def _described(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield f"{column}:\t{'key' if column in table.keys else ''}".rstrip()
