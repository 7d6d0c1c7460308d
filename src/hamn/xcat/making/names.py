"""/etc/hosts. Source: makehosts(8)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hamn.xcat.generators import entries as entries_module
from hamn.xcat.generators import hosts, link_local, written
from hamn.xcat.generators.complaints import Judged
from hamn.xcat.generators.entries import Style
from hamn.xcat.generators.written import Census
from hamn.xcat.making.definitions import HOSTS, Definitions
from hamn.xcat.making.work import Work


@dataclass(frozen=True)
class Wanted:
    """`nodes`: only theirs, all for None. `afresh`: without what earlier runs wrote. `gone`: these nodes' lines
    are taken out. `link_local`: the addresses that MAC addresses give, too."""

    nodes: Collection[str] | None = None
    afresh: bool = False
    gone: Collection[str] = ()
    style: Style | None = None
    link_local: bool = False


def prepare(definitions: Definitions, wanted: Wanted) -> tuple[Work, list[str]]:
    """The work, and the lines as they will be. Refused if nodes would be lost from the file."""
    cluster, server, machine = definitions.cluster, definitions.server, definitions.machine
    style = wanted.style or Style(long_first=cluster.site.fqdn_first)
    rows, nics = definitions.of("hosts", wanted.nodes), definitions.of("nics", wanted.nodes)
    judged = entries_module.from_tables(rows, nics, cluster.networks, style)
    if wanted.link_local:
        own = link_local.entries(definitions.of("mac", wanted.nodes), cluster.networks, style)
        judged = Judged([*judged.good, *own.good], [*judged.complaints, *own.complaints])
    before = definitions.lines
    base = list(hosts.not_made(before, cluster.networks, server)) if wanted.afresh else before
    lines = list(hosts.text(base, judged.good, server, wanted.gone))
    path = machine.at(HOSTS)
    differs = sorted(lines) != sorted(before)
    if not differs:
        lines = list(before)  # in another order: no reason to write
    if wanted.afresh and differs:
        foreign = {entry.host for entry in entries_module.from_lines(base)}
        made = {entry.host for entry in definitions.entries} - foreign
        after = {entry.host for entry in judged.good}
        Census(sorted(made), after, definitions.view.groups_of).check(path, wanted.gone)

    def carry_out() -> None:
        written.stage(path, lines).commit()

    return Work("hosts", [str(path)] if differs else (), judged.complaints, carry_out), lines
