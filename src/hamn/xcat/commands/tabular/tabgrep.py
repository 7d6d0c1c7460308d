"""tabgrep: in which tables a node has a row, of its own or by one of its groups. Source: tabgrep(8)."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.ranging import Ranging, reader
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
    """Of a range, the first node."""
    _, words = options(request.args, "")
    words = [*([] if request.noderange is None else [request.noderange]), *words]
    if len(words) != 1:
        raise Usage(1)
    of_nodes = {name for name, table in TABLES.items() if table.is_of_nodes}
    tables = world.store.read_all(of_nodes | {"nodegroup"})
    view = NodeView(tables)
    nodes = Ranging(view, shows_hidden=True).nodes(words[0], reader(request))
    if not nodes:
        raise Usage(1)
    names = {nodes[0], *view.groups_of.get(nodes[0], ())}
    for name in sorted(of_nodes):
        if any(row.get("node") in names for row in tables[name]):
            yield Answer("data", name)
