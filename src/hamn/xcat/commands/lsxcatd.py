"""lsxcatd: what this daemon is. Nodes and probes ask it without a certificate: it is the cheapest sign of life."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import VERSION, Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.tables import site

_USAGE = """\
Usage: lsxcatd [-v|--version]
       lsxcatd [-h|--help|-?]
       lsxcatd [-d|--database]
       lsxcatd [-t|--nodetype]
       lsxcatd [-a|--all]"""


@called(_USAGE)
def lsxcatd(request: Request, world: World) -> Iterator[Answer]:
    given, rest = options(request.args, "dta", ["database", "nodetype", "type", "all"])
    if rest or not given:
        raise Usage(1)
    everything = given.keys() & {"a", "all"}
    if everything:
        yield Answer("info", VERSION)
    if everything or given.keys() & {"t", "nodetype", "type"}:
        yield Answer("info", "This is a Management Node")
    if everything or given.keys() & {"d", "database"}:
        yield from (Answer("info", f"{key}={value}") for key, value in _database(world))


def _database(world: World) -> Iterator[tuple[str, str]]:
    """A server's place as cfgloc has it, never with its password."""
    engine, where = world.store.engine, world.store.where
    if engine == "SQLite":
        yield "dbengine", engine
        return
    yield "cfgloc", where
    yield "dbengine", engine
    source, _, user = where.partition(":")[2].rpartition("|")
    if engine == "DB2":
        yield "dbinstance", user
        yield "dbname", source
        yield "dbloc", site.settings(world.store.read("site")).get("databaseloc", "")
        return
    values = dict(pair.split("=", 1) for pair in source.split(";"))
    yield "dbname", values.get("dbname", "")
    yield "dbhost", values.get("host", "")
    yield "dbadmin", user


COMMANDS = {"lsxcatd": lsxcatd}
