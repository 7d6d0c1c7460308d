"""Everything at once from one reading of the tables: what a machine does that takes the role, or keeps ready for
it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from hamn.reports.report import Report
from hamn.xcat.generators.complaints import Complaint
from hamn.xcat.generators.written import Refused
from hamn.xcat.making import consoles, definitions, dhcp, dns, isc, kea, names
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.work import Work
from hamn.xcat.stores import Reading


@dataclass(frozen=True)
class Made:
    """Of hosts, dns, dhcp or consoles: what differed, what is wrong with rows, and how long it took. With
    `refused` what was there is still in use."""

    name: str
    seconds: float
    differing: Sequence[str] = ()
    complaints: Sequence[Complaint] = ()
    refused: Report | None = None


@dataclass(frozen=True)
class Regeneration:
    """`seconds` is all of it, reading included."""

    definitions: Definitions
    reading_s: float
    seconds: float
    made: Sequence[Made]

    @property
    def is_good(self) -> bool:
        return not any(made.refused for made in self.made)

    @property
    def differing(self) -> list[str]:
        return [path for made in self.made for path in made.differing]


PARTS = ("hosts", "dns", "dhcp", "consoles")


def regenerate(store: Reading, machine: Machine, parts: Collection[str] = PARTS) -> Regeneration:
    """As makehosts -n, makedns -n, makedhcp -n and -a, makeconservercf do it, side by side. Daemons that run are
    told, the others not started: on a standby this keeps its files warm. One that is refused doesn't stop the
    others.

    Raises StoreError where the tables can't be read, Refused where another command is making files.
    """
    return _run(store, machine, parts, Work.carry_out)


def compare(store: Reading, machine: Machine, parts: Collection[str] = PARTS) -> Regeneration:
    """What `regenerate` would change; nothing is."""
    return _run(store, machine, parts, lambda _: None)


def _run(store: Reading, machine: Machine, parts: Collection[str], then: Callable[[Work], None]) -> Regeneration:
    began = time.monotonic()
    with machine.alone(), definitions.many_values():
        found = definitions.read(store, machine)
        read = time.monotonic()
        made = []
        if "hosts" in parts:
            of_hosts, found = _hosts(found, then)
            made.append(of_hosts)
        makers: Sequence[tuple[str, Callable[[], Work]]] = [
            ("dhcp", lambda: dhcp_work(found, dhcp.Wanted(networks=True, nodes=None))),
            ("dns", lambda: dns.prepare(found, dns.Wanted(afresh=True))),
            ("consoles", lambda: consoles.prepare(found, consoles.Wanted())),
        ]
        chosen = [maker for maker in makers if maker[0] in parts]
        # first what its daemon takes longest to read: meanwhile the next is prepared
        with ThreadPoolExecutor(len(makers)) as side_by_side:
            begun = [_begun(side_by_side, name, prepare, then) for name, prepare in chosen]
        made += [each.result() for each in begun]
    return Regeneration(found, read - began, time.monotonic() - began, made)


def dhcp_work(found: Definitions, wanted: dhcp.Wanted) -> Work:
    return kea.prepare(found, wanted) if dhcp.is_kea(found) else isc.prepare(found, wanted)


def _hosts(found: Definitions, then: Callable[[Work], None]) -> tuple[Made, Definitions]:
    """First: the others look up names in what it makes. Where it is refused they use the file that is there."""
    lines: list[str] | None = None

    def prepare() -> Work:
        nonlocal lines
        work, lines = names.prepare(found, names.Wanted(afresh=True))
        return work

    made = _made("hosts", prepare, then)
    if lines is not None and made.refused is None:
        found = found.with_lines(lines)
    return made, found


def _begun(others: Executor, name: str, prepare: Callable[[], Work], then: Callable[[Work], None]) -> Future[Made]:
    """Prepared when this returns; carried out beside what follows."""
    began = time.monotonic()
    try:
        work = prepare()
    except Refused as refused:
        return _over(Made(name, time.monotonic() - began, refused=refused.report))
    return others.submit(_made, name, lambda: work, then, began)


def _over(made: Made) -> Future[Made]:
    over: Future[Made] = Future()
    over.set_result(made)
    return over


def _made(
    name: str, prepare: Callable[[], Work], then: Callable[[Work], None], began: float | None = None
) -> Made:
    began = time.monotonic() if began is None else began
    try:
        work = prepare()
        then(work)
    except Refused as refused:
        return Made(name, time.monotonic() - began, refused=refused.report)
    return Made(name, time.monotonic() - began, work.differing, work.complaints)
