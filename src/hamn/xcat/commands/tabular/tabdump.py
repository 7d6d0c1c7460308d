"""tabdump: a table as it is. Source: tabdump(8)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
Usage: tabdump [-d] [tablename]
       tabdump [-w attr==value [-w attr=~pattern] ...] [-f filename] [tablename]
       tabdump [-n # of records] [auditlog | eventlog]
       tabdump [-?|-h|--help|-v|--version]
    no table: the names of all tables
    -d: the table's columns    -f: into a file    -n: the last so many rows
    -w: rows for which it holds: == != =~ !~ > < >= <= (=~ and !~ take % and _ for anything)"""
_LOGS = ("auditlog", "eventlog")
_SHORT = 7


@called(_USAGE)
def tabdump(request: Request, world: World) -> Iterator[Answer]:
    given, names = options(request.args, "df:n:w:V", ["lines="])
    lines = given.get("n") or given.get("lines")
    number = _number(lines[-1]) if lines else None
    if wrong := _wrong(given, names, counts=number is not None):
        yield Answer("error", wrong, errorcode=1)
        return
    if len(names) > 1 or (not names and given.keys() - {"d", "V"}):
        raise Usage(1)
    if not names:
        yield Answer(
            "data",
            "\n".join(
                map(_named, sorted(TABLES.values(), key=lambda table: table.name))
                if "d" in given
                else sorted(TABLES)
            ),
        )
        return
    if "d" in given and names[0] not in TABLES:
        yield Answer("error", f"table {names[0]} does not exist.", errorcode=1)
        return
    table = known(names[0])
    if "d" in given:
        yield Answer("data", "\n".join(_described(table)))
        return
    chosen = conditions.read(table, given.get("w", ()))
    rows = [row for row in world.store.read(table.name) if all(holds(row) for holds in chosen)]
    if number is not None:
        rows = sorted(rows, key=lambda row: int(row[table.counted]))[-number:]
        if not rows:
            yield Answer("data", f"Nothing to display from {table.name}.")
            return
    if "f" in given:
        files.write(Path(request.cwd, given["f"][-1]), dump.write(table, rows))
        return
    for line in dump.lines(table, rows):
        yield Answer("data", line)


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise Usage(1)
    return int(text)


def _wrong(given: Collection[str], names: Sequence[str], *, counts: bool) -> str:
    """What can't be asked for together, in the real one's words."""
    if counts:
        for other in "dwf":
            if other in given:
                return f"You  cannot use the -n and -{other} flag together. "
        if names and names[0] not in _LOGS:
            what = f"{names[0]} table is not supported in tabdump -n."
            return f"{what} You may only use this option on the auditlog or the eventlog."
    return "table name missing from the command input. " if "f" in given and not names else ""


def _named(table: Table) -> str:
    return _beside(table.name, f"rows by {','.join(table.keys)}")


def _described(table: Table) -> Iterator[str]:
    for column in table.columns:
        yield _beside(column, "key" if column in table.keys else "").rstrip()


def _beside(name: str, text: str) -> str:
    """In columns, where names are not too long."""
    return f"{name}:{'		' if len(name) < _SHORT else '	'}{text}"
