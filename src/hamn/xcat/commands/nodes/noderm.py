"""noderm: nodes go, with every row about them, in one transaction. Source: noderm(1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hamn.xcat.commands.definitions.catalog import ALWAYS
from hamn.xcat.commands.definitions.writing import Writing, keys_of
from hamn.xcat.commands.ondemand import OnDemand
from hamn.xcat.commands.ranging import Ranging, reader
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.definitions import many_values
from hamn.xcat.ranges import NodeView
from hamn.xcat.tables import site

if TYPE_CHECKING:
    from hamn.xcat.commands.world import World


def noderm(request: Request, world: World) -> Iterator[Answer]:
    _, words = options(request.args, "")
    ranges = [*([] if request.noderange is None else [request.noderange]), *words]
    if len(ranges) != 1:
        raise Usage(1)
    with many_values():
        seen = world.store.read_all({*ALWAYS, *keys_of("node")})
        excluded = site.settings(seen["site"]).get("excludenodes", "")
        nodes = Ranging(NodeView(OnDemand(world.store, seen)), excluded).nodes(ranges[0], reader(request))
        writing = Writing(seen)
        writing.remove("node", set(nodes))
        if nodes:
            with world.store.change(sorted(writing.tables)) as change:
                writing.write(change)
    yield from ()
