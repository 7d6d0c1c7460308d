"""What the management node's tables say of itself: the virtual IP, whichever machine has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hamn.model.command import Command
from hamn.model.pair import Configuration, Service
from hamn.model.step import Check, Phase, Step
from hamn.planning.setup.desk import Desk
from hamn.planning.setup.ground import is_active
from hamn.resources.configuration import ConfigurationKind, of_pair
from hamn.resources.rows import OWN, lacking

TABLES = "tables"


def row_steps(desk: Desk) -> Iterator[Step]:
    """Requirement, set-up of the primary, steps 5 and 13. Read and written when the role is held: until then the
    tables may be anywhere."""
    site = desk.site
    if not site.pair.virtual_ips:
        return
    if not is_active(site.seen):
        yield site.skip(TABLES, "rows", f"read when {site.name} holds the role", Phase.SETTLE)
        return
    if desk.ground.tables is None:
        served = any(isinstance(r, Service) and r.service == "xcatd" for r in site.pair.resources)
        why = "can't be read: look with `tabdump site`, then set up again" if served else "there are none"
        yield site.skip(TABLES, "rows", why, Phase.SETTLE)
        return
    tables, seen = desk.ground.tables
    if tables == OWN:
        yield _certificates(desk)
    written: set[str] = set()
    for row in lacking(site.pair, seen):
        step = site.step(TABLES, row.name, tables.put(row), row.reason, phase=Phase.SETTLE, check=tables.says(row))
        if row.table != "policy":
            written.add(step.id)
        yield step
    if written:
        made = [r for r in site.pair.resources if isinstance(r, Configuration)]
        for step in (step for resource in made for step in ConfigurationKind().settle(resource, site)):
            yield replace(step, needs=step.needs | written)


def _certificates(desk: Desk) -> Step:
    """The daemon's certificate bears every name that a client may call it by, under the authority that it has. A
    daemon that runs takes the new one at its next handshake."""
    words = ("hamn", "xcat", "init", *of_pair(desk.pair))
    return desk.site.step(
        TABLES,
        "certificates",
        Command(words, timeout_s=120),
        "clients know the daemon by the virtual IP and its name; what is good stays as it is",
        phase=Phase.SETTLE,
        check=Check(Command((*words, "--check"), timeout_s=30), r"^the certificates are good$"),
    )
