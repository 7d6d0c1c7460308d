"""noderange: the nodes that a range means, one a line, for scripts to begin with. Source: noderange(3)."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import Ranging, reader
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.ranges import NodeView
from hamn.xcat.stores import Store
from hamn.xcat.tables import site

_USAGE = """\
Usage: noderange [-S] noderange
       noderange [-?|-h|--help|-v|--version]
    -S: hidden nodes too"""


@called(_USAGE)
def noderange(request: Request, world: World) -> Iterator[Answer]:
    given, words = options(request.args, "S")
    words = [*words, *([] if request.noderange is None else [request.noderange])]
    if len(words) != 1:
        raise Usage(1)
    ranging = _ranging(world.store, shows_hidden="S" in given)
    if nodes := ranging.nodes(words[0], reader(request)):
        yield Answer("data", "\n".join(nodes))


def _ranging(store: Store, *, shows_hidden: bool) -> Ranging:
    """Names need no more than the list of nodes; a condition on what nodes have reads the table it is in."""
    tables = store.read_all(("nodelist", "nodegroup", "site"))
    excluded = site.settings(tables["site"]).get("excludenodes", "")
    return Ranging(NodeView(OnDemand(store, tables)), excluded, shows_hidden=shows_hidden)


COMMANDS = {"noderange": noderange}
