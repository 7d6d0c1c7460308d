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
Usage: tabprune <tablename> [-V] -a
       tabprune <tablename> [-V] -n <# of records>
       tabprune <tablename> [-V] -i <recid>
       tabprune <tablename> [-V] -p <percent>
       tabprune <tablename> [-V] -d <# of days>
       tabprune [-h|--help]
       tabprune [-v|--version]
    tables: eventlog, auditlog    -V: what is removed is said
    -a: all    -i: those before that number    -n, -p: the oldest so many    -d: those older than so many days"""
_TIMES = {"auditlog": "audittime", "eventlog": "eventtime"}
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%m-%d-%Y %H:%M:%S")
_LONG = {"percent": "p", "days": "d", "recid": "i", "number": "n"}


@called(_USAGE)
def tabprune(request: Request, world: World) -> Iterator[Answer]:
    found, names = options(request.args, "aVi:n:p:d:", [f"{name}=" for name in _LONG])
    given = {_LONG.get(name, name): values[-1] for name, values in found.items()}
    ways = given.keys() - {"V"}
    if len(names) > 1:
        raise Usage(1)
    if wrong := _wrong(names[0] if names else "", len(ways)):
        yield Answer("data", wrong, errorcode=1)  # so the real one has it, on standard output
        return
    table = known(names[0])
    (way,) = ways
    number = 0 if way == "a" else _number(given[way])
    with world.store.change([table.name]) as change:
        rows = sorted(change.read(table.name), key=lambda row: int(row[table.counted]))
        gone = _chosen(table, rows, way, number)
        change.delete(table.name, {table.counted: [row[table.counted] for row in gone]})
    if way in "np" and not rows:
        yield Answer("data", f"Nothing to prune from {table.name}.")
    elif "V" in given:
        yield Answer("data", "\n".join(dump.lines(table, gone)))
    if "V" not in given:
        yield Answer("data", f"tabprune of {table.name} complete.")


def _wrong(name: str, ways: int) -> str:
    """In the real one's words."""
    if not name:
        return "Table name required."
    if name not in _TIMES:
        return f"Table {name} not supported, see tabprune -h for supported tables."
    if ways == 0:
        return "One option -p or -i or -n or -a or -d must be supplied."
    return "Only one option -p or -i or -n or -a maybe used at a time." if ways > 1 else ""


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
    """A time that nobody can read is nobody's to remove. Older releases wrote the month first."""
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form) < moment
        except ValueError:
            continue
    return False
