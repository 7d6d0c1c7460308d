"""makedhcp, with ISC's server and with Kea. Source: makedhcp(8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hamn.reports.report import Report, error
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.generators import kea as kea_file
from hamn.xcat.generators.leases import Leases
from hamn.xcat.generators.written import KEPT, Refused
from hamn.xcat.making import asked, definitions, dhcp, regeneration
from hamn.xcat.making.asked import Asked, Usage
from hamn.xcat.making.definitions import Definitions
from hamn.xcat.making.dhcp import Wanted
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import do, is_active
from hamn.xcat.making.saying import of_rows
from hamn.xcat.stores import Store

_TABLES = ("mac", "noderes")
_LETTERS = {
    "n": "new",
    "a": "all",
    "d": "delete",
    "q": "query",
    "l": "localonly",
    "s": "statements",
    "V": "verbose",
}


def makedhcp(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    said = asked.parse(request, _LETTERS, ("statements",))
    if not (said.has("new") or said.has("all") or said.noderange is not None):
        raise Usage
    if said.noderange is not None and (said.has("all") or said.has("new")):
        raise Usage
    statements = _statements(said)
    if said.has("query"):
        yield from _query(said, store, machine)
        return
    with machine.alone(), definitions.many_values():
        found = definitions.read(store, machine, _TABLES)
        nodes = said.nodes(found)
        wanted = replace(_wanted(said, found, nodes), statements=statements)
        if statements and dhcp.is_kea(found):
            hint = "Kea has no such statements: write its options into networks"
            raise Refused(error("making-option", "-s is for ISC's dhcpd", "", hint))
        runs = _runs(found)
        if not said.has("new") and not runs:
            raise Refused(_stopped(found))
        work = regeneration.dhcp_work(found, wanted)
        work.carry_out()
        if not runs:
            for unit in _units(found):
                do(machine.programs, "systemctl", "start", unit)
    conf = machine.layout.kea_conf if dhcp.is_kea(found) else machine.layout.dhcpd_conf
    kept = machine.at(conf + KEPT)
    if said.has("new") and str(machine.at(conf)) in work.differing and kept.exists():
        yield Answer("info", f"Renamed existing dhcp configuration file to  {kept}")
    if not said.has("delete"):
        yield from of_rows(found, work.complaints, nodes)


def _statements(said: Asked) -> str:
    """Of dhcpd.conf, for the hosts of this run. Quotes may be escaped, as the real one needs it for OMAPI. Refused
    where they would go beyond the host: dhcpd itself judges the rest, and gets its old file back."""
    if not said.has("statements"):
        return ""
    if said.noderange is None or said.has("delete"):
        raise Usage
    text = said.options["statements"].replace('\\"', '"').strip()
    if not text or re.search(r"[\x00-\x1f{}]", text):
        what = "-s: statements of dhcpd.conf in one line, without braces"
        raise Refused(error("making-option", what, "", "such as: -s 'option root-path \"10.1.0.1:/nodes\";'"))
    return text if text.endswith(";") else f"{text};"


def _wanted(said: Asked, found: Definitions, nodes: Sequence[str] | None) -> Wanted:
    if said.has("delete"):
        of = list(found.view.groups_of) if nodes is None else nodes
        return Wanted(networks=said.has("new"), gone=[*of, *_names_of(found, of)])
    return Wanted(networks=said.has("new"), nodes=None if said.has("all") else (nodes or ()))


def _names_of(found: Definitions, nodes: Sequence[str]) -> list[str]:
    """The names that their MAC addresses have, besides their own."""
    known = frozenset(nodes)
    every = dhcp.served(found, nodes, networks=False).bindings
    return [binding.name for binding in every if binding.node in known and binding.name != binding.node]


def _units(found: Definitions) -> Sequence[str]:
    layout = found.machine.layout
    return (layout.kea_ddns_unit, layout.kea_unit) if dhcp.is_kea(found) else (layout.dhcpd_unit,)


def _runs(found: Definitions) -> bool:
    return is_active(found.machine.programs, _units(found)[-1])


def _stopped(found: Definitions) -> Report:
    if dhcp.is_kea(found):
        what = f"{found.machine.layout.kea_unit} is not running. Please start the Kea DHCP service."
    else:
        what = "dhcp server is not running.  please start the dhcp server."
    return error("making-stopped", what)


def _query(said: Asked, store: Store, machine: Machine) -> Iterator[Answer]:
    """What the server has, not what the tables say."""
    if said.noderange is None and not said.has("all"):
        raise Usage
    found = definitions.read(store, machine, _TABLES)
    nodes = said.nodes(found)
    every = list(found.view.groups_of) if nodes is None else nodes
    if dhcp.is_kea(found):
        there = kea_file.entered(machine.read(machine.layout.kea_conf) or "{}")
        form = "{name}: ip-address = {address} hardware-address = {mac} hostname = {name}"
    else:
        there = Leases(machine.read(machine.layout.dhcpd_leases) or "").entered
        form = "{name}: ip-address = {address}, hardware-address = {mac}"
    lines = [
        form.format(name=name, mac=there[name][0], address=there[name][1])
        for name in dict.fromkeys((*every, *_names_of(found, every)))
        if name in there
    ]
    if lines:
        yield Answer("data", "\n".join(lines))
