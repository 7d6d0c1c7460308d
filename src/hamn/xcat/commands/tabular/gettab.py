"""gettab: single cells, for scripts. Source: gettab(8)."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.tabular import pairs
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.tables import is_disabled

_USAGE = """\
Usage: gettab [-H|--with-fieldname] key=value,... table.attribute ...
       gettab [-?|-h|--help|-v|--version]"""


@called(_USAGE)
def gettab(request: Request, world: World) -> Iterator[Answer]:
    """The first row that has those keys, of each table; rows of groups and disabled ones are nobody's."""
    given, words = options(request.args, "H", ["with-fieldname"])
    if len(words) < 2:
        raise Usage(1)
    keys, cells = pairs.keys(words[0]), [pairs.cell(word) for word in words[1:]]
    for table, _ in cells:
        if unknown := [key for key in keys if key not in table.column_set]:
            yield Answer("error", f"Unkown key {unknown[0]} to {table.name}", errorcode=1)
            return
    tables = world.store.read_all({table.name for table, _ in cells})
    names = len(cells) > 1 or bool(given)
    for table, column in cells:
        for row in tables[table.name]:
            if not is_disabled(row) and all(row.get(key, "") == value for key, value in keys.items()):
                value = row.get(column, "")
                yield Answer("data", f"{table.name}.{column}: {value}" if names else value)
                break
