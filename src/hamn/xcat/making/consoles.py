"""conserver.cf. Sources: makeconservercf(8), conserver(8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hamn.reports.report import error
from hamn.xcat.generators import conserver, written
from hamn.xcat.generators.written import Census, Refused
from hamn.xcat.making import definitions
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import check, hang_up, is_active
from hamn.xcat.making.work import Work
from hamn.xcat.stores import Reading

_CREDENTIALS = re.compile(r"^\s*ssl(?:credentials|cacertificatefile)\s+([^\s;]+);", re.MULTILINE)

_CHECKED = 100
"""conserver's own check takes a second and more for 10,000, and grows with the square."""


@dataclass(frozen=True)
class Wanted:
    """`nodes`: only theirs, all for None; then those that are defined no more go, too. `trusted`: more hosts that
    may connect."""

    nodes: Collection[str] | None = None
    gone: Collection[str] = ()
    trusted: Sequence[str] = ()


def prepare(found: Definitions, wanted: Wanted) -> Work:
    cluster, machine, layout = found.cluster, found.machine, found.machine.layout
    path = machine.at(layout.conserver_conf)
    present = machine.read(layout.conserver_conf) or ""
    existing = conserver.read(present)
    before = list(existing.stanzas)
    judged = conserver.consoles(found.of("nodehm", wanted.nodes), cluster.site, found.server)
    gone = {*wanted.gone}
    have = {console.node for console in judged.good}
    if wanted.nodes is None:
        defined = found.view.groups_of
        gone.update(node for node in before if node not in defined)
        # a node whose row no longer gives it a console has none; one whose row went bad keeps what it had
        bad = {complaint.name for complaint in judged.complaints}
        gone.update(node for node in before if node not in have and node not in bad)
        after = have.union(node for node in before if node not in gone)
        Census(before, after, found.cluster.nodehm).check(path, wanted.gone)
    text = conserver.text(existing, judged.good, cluster.site, found.server, sorted(gone), wanted.trusted)
    new = "".join(text)
    differs = new != present

    def carry_out() -> None:
        runs = is_active(machine.programs, layout.conserver_unit)
        if runs:
            _has_credentials(machine, new)
        # ours are all of one form: those that operators wrote are checked with a few of them, new ones or old;
        # without any console conserver takes no file
        few = judged.good[:_CHECKED]
        kept = frozenset([node for node in before if node not in gone][:_CHECKED] if not few else ())
        left = [node for node in before if node not in kept]
        sample = conserver.text(existing, few, cluster.site, found.server, left, wanted.trusted)
        part = written.stage(path.with_name(f"{path.name}.check"), sample)
        try:
            if few or kept:
                check(machine.programs, str(path), "conserver", "-S", "-C", str(part.fresh))
        finally:
            part.discard()
        written.stage(path, [new]).commit()
        if runs:
            hang_up(machine.programs, layout.conserver_unit)

    return Work("consoles", [str(path)] if differs else (), judged.complaints, carry_out)


def forget(store: Reading, machine: Machine, nodes: Collection[str]) -> None:
    """These have no console any more, where a file gives them one. Refused as `Work.carry_out` is."""
    present = machine.read(machine.layout.conserver_conf)
    if not present or conserver.read(present).stanzas.keys().isdisjoint(nodes):
        return
    with machine.alone():
        found = definitions.read(store, machine, ("nodehm",))
        prepare(found, Wanted(nodes=(), gone=nodes)).carry_out()


def _has_credentials(machine: Machine, text: str) -> None:
    """conserver's own check doesn't look at them, and a conserver that reads the file without them ends."""
    for path in _CREDENTIALS.findall(text):
        if not machine.at(path).is_file():
            hint = "run `hamn xcat init`, or empty that block of the file"
            raise Refused(error("making-credentials", "conserver would end: it is not there", path, hint))
