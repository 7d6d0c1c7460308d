"""A backup made on the active machine, and the databases put back as one has them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hamn.facts.facts import Facts
from hamn.model.backup import Request, Source
from hamn.model.command import Command
from hamn.model.pair import Configuration, Pair, Resource
from hamn.model.step import Check, Phase, Step
from hamn.planning.order import dependencies
from hamn.planning.refusal import owns_now
from hamn.planning.setup.desk import Desk
from hamn.planning.setup.services import stop_steps
from hamn.resources.kind import Hold, Site
from hamn.resources.kinds import hold

BACKUP = "backup"
LIMIT_S = 3600.0


def list_backups(directory: str) -> Command:
    return Command(("hamn-local", "backups", directory), timeout_s=10)


def backup_request(site: Site) -> Request:
    pair = site.pair
    # Where the tables are read here anyway, they are kept in their own format too.
    has_tables = any(isinstance(r, Configuration) and not r.generate for r in pair.resources)
    return Request(
        pair=pair.name,
        machine=site.name,
        directory=pair.backup.directory,
        keep=pair.backup.keep,
        shared=tuple(target for filesystem in pair.filesystems for target in filesystem.targets),
        sources=tuple(Source(d.name, d.engine, d.data, site.platform.dumps(d.engine)) for d in pair.databases),
        tables=("hamn", "xcat", "dump") if has_tables else (),
    )


def backup_step(site: Site) -> Step:
    command = Command(("hamn-local", "back-up"), timeout_s=LIMIT_S, stdin=backup_request(site).text())
    reason = f"each database dumped to {site.pair.backup.directory}, and tried out"
    return site.step(BACKUP, "make", command, reason, phase=Phase.SETTLE)


def backup_refusals(pair: Pair, facts: Facts, name: str) -> Iterator[str]:
    """The data is where the role is; whoever else looked would find nothing, or something old."""
    seen, other = facts[name], pair.other(name).name
    if not pair.databases:
        yield "no database is declared: nothing to back up"
    elif not owns_now(pair, seen):
        holder = facts.last_known.machine if facts.last_known else None
        way = (
            f"it is made on {other}, which is active" if holder == other else f"`hamn activate --on {name}` first"
        )
        yield f"{name} doesn't hold the data: {way}"
    for database in pair.databases if owns_now(pair, seen) else ():
        if hold(database, seen) is not Hold.HELD and database.engine != "sqlite":
            yield f"{database.id} doesn't answer on {name}: `hamn activate --on {name}`, or look at its log"


def restore_check(site: Site, stamp: str) -> Check:
    look = ("hamn-local", "restore", stamp, "--look")
    return Check(Command(look, timeout_s=LIMIT_S, stdin=backup_request(site).text()), r"^holds$")


def restore_steps(desk: Desk, stamp: str) -> tuple[Step, ...]:
    """Whoever uses a database stops, in the order of giving back; then the databases are put back. Their servers
    go on, and whoever was stopped is started by an ordinary activation."""
    below = dependencies(desk.pair)
    databases = {database.id for database in desk.pair.databases}

    def uses(resource: Resource) -> bool:
        return bool(below[resource.id] & databases)

    stops = tuple(stop_steps(desk, uses))
    site = desk.site
    put_back = site.step(
        BACKUP,
        "restore",
        Command(("hamn-local", "restore", stamp), timeout_s=LIMIT_S, stdin=backup_request(site).text()),
        f"the databases say what they said at {stamp}; what they say now is kept",
        check=restore_check(site, stamp),
        needs=frozenset(step.id for step in stops),
    )
    return (*stops, put_back)
