"""tabprune: rows away from the tables that only grow: the oldest first. Source: tabprune(8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores.store import table as known
from hamn.xcat.tables import Row, Table, dump

_USAGE = """\
Usage: tabprune tablename -a
       tabprune tablename -i recid | -n number | -p percent | -d days
       tabprune [-h|--help|-v|--version]
    only tables whose rows are numbered: auditlog, eventlog    -V: what is removed is said
    -a: all    -i: those before that number    -n, -p: the oldest so many    -d: those older than so many days"""
_TIMES = {"auditlog": "audittime", "eventlog": "eventtime"}
_FORMAT = "%m-%d-%Y %H:%M:%S"


@called(_USAGE)
def tabprune(request: Request, world: World) -> Iterator[Answer]:
    given, names = options(request.args, "aVi:n:p:d:")
    ways = given.keys() - {"V"}
    if len(names) != 1 or len(ways) != 1:
        raise Usage(1)
    table = known(names[0])
    (way,) = ways
    number = 0 if way == "a" else _number(given[way][-1])
    if not table.counted or table.name not in _TIMES:
        yield Answer("error", f"Table {table.name} can't be pruned: its rows are not numbered", errorcode=1)
        return
    with world.store.change([table.name]) as change:
        rows = sorted(change.read(table.name), key=lambda row: int(row[table.counted]))
        gone = _chosen(table, rows, way, number)
        change.delete(table.name, {table.counted: [row[table.counted] for row in gone]})
    if "V" in given and gone:
        yield Answer("data", "\n".join(dump.lines(table, gone)))


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Usage(1)
    return int(text)


def _chosen(table: Table, rows: Sequence[Row], way: str, number: int) -> Sequence[Row]:
    if way == "a":
        return rows
    if way == "i":
        return [row for row in rows if int(row[table.counted]) < number]
    if way == "n":
        return rows[:number]
    if way == "p":
        return rows[: len(rows) * min(number, 100) // 100]
    before = datetime.now() - timedelta(days=min(number, 100_000))
    return [row for row in rows if _is_before(row.get(_TIMES[table.name], ""), before)]


def _is_before(text: str, moment: datetime) -> bool:
    """A time that nobody can read is nobody's to remove."""
    try:
        return datetime.strptime(text, _FORMAT) < moment
    except ValueError:
        return False
