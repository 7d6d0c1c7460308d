"""lsxcatd: what this daemon is. Nodes and probes ask it without a certificate: it is the cheapest sign of life."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hamn.xcat.commands.words import VERSION, Usage, options, usage
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request

_USAGE = """\
Usage: lsxcatd [-v|--version]
       lsxcatd [-h|--help|-?]
       lsxcatd [-d|--database]
       lsxcatd [-t|--nodetype]
       lsxcatd [-a|--all]"""


def lsxcatd(request: Request, world: World) -> Iterator[Answer]:
    try:
        given, rest = options(request.args, "vhdta", ["version", "help", "database", "nodetype", "all"])
        if rest or not given or given.keys() & {"h", "help"}:
            raise Usage(0 if given.keys() & {"h", "help"} else 1)
    except Usage as why:
        yield usage(_USAGE, why.status)
        return
    everything = given.keys() & {"a", "all"}
    if everything or given.keys() & {"v", "version"}:
        yield Answer("info", VERSION)
    if everything or given.keys() & {"t", "nodetype"}:
        yield Answer("info", "This is a Management Node")
    if everything or given.keys() & {"d", "database"}:
        yield from (Answer("info", line) for line in _database(world))


def _database(world: World) -> Iterator[str]:
    """A server's place as cfgloc has it, never with its password."""
    engine = world.store.engine
    if engine == "SQLite":
        yield "dbengine=SQLite"
        return
    yield f"cfgloc={world.store.where}"
    yield f"dbengine={engine}"
    source, _, user = world.store.where.partition(":")[2].rpartition("|")
    values = dict(re.findall(r"(\w+)=([^;|]*)", source)) or {"dbname": source}
    yield f"dbname={values.get('dbname', '')}"
    if engine != "DB2":
        yield f"dbhost={values.get('host', '')}"
        yield f"dbadmin={user}"
