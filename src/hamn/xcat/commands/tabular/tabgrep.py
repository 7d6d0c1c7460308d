"""tabgrep: in which tables a node has a row, of its own or by one of its groups. Source: tabgrep(8)."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.ranges import NodeView
from hamn.xcat.tables import TABLES

_USAGE = """\
Usage: tabgrep nodename
       tabgrep [-?|-h|--help]"""


@called(_USAGE)
def tabgrep(request: Request, world: World) -> Iterator[Answer]:
    _, words = options(request.args, "")
    if len(words) != 1:
        raise Usage(1)
    tables = world.store.read_all(name for name, table in TABLES.items() if table.is_of_nodes)
    names = {words[0], *NodeView(tables).groups_of.get(words[0], ())}
    for name in sorted(tables):
        if any(row.get("node") in names for row in tables[name]):
            yield Answer("data", name)
