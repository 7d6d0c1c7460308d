"""tabrestore: a table as a dump has it, all or nothing. Source: tabrestore(8).

The file is the client's: its text comes as standard input, its name as the last word. With one wrong line nothing
is written, and every wrong line is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores import StoreError
from hamn.xcat.tables import TABLES, dump

_USAGE = """\
Usage: tabrestore [-a] tablename.csv
       tabrestore [-?|-h|--help|-v|--version]
    -a: adds the rows; without it they take the place of all that are there"""


@called(_USAGE)
def tabrestore(request: Request, world: World) -> Iterator[Answer]:
    given, names = options(request.args, "a", ["addrows"])
    if len(names) != 1 or request.stdin is None:
        raise Usage(1 if names else 2)
    file = names[0].rpartition("/")[2]
    name = file.partition(".")[0]
    if name not in TABLES:
        yield Answer("error", f"Unable to open {name}", errorcode=4)
        return
    rows = dump.read(TABLES[name], request.stdin, file)
    adds = bool(given)
    if name == "site" and not rows and not adds:
        yield Answer("error", "a table site without a row would end everything: nothing was changed", errorcode=4)
        return
    try:
        with world.store.change([name]) as change:
            (change.insert if adds else change.replace)(name, rows)
    except StoreError as why:
        what = why.report.what.removeprefix("DB error ")
        where = ": ".join(filter(None, (why.report.where, why.report.hint)))
        yield Answer("error", f"DB error {what} ({where})", errorcode=4)
