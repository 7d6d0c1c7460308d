"""makehosts, makedns, makedhcp, makeconservercf, and all of them at once, by name. Sources: their manual pages.

Each reads the tables once, and says what is wrong with a row without leaving the others out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from hamn.reports.report import error
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.generators.addresses import packed
from hamn.xcat.generators.entries import Style
from hamn.xcat.generators.written import Refused
from hamn.xcat.making import asked, consoles, definitions, dhcp_command, dns, names, records, regeneration
from hamn.xcat.making.asked import Usage
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.programs import do, is_active
from hamn.xcat.making.saying import of_row, of_rows, refusal
from hamn.xcat.making.usage import USAGE
from hamn.xcat.stores import Store

_GOCONSERVER = "/usr/bin/goconserver"

Making = Callable[[Request, Store, Machine], Iterator[Answer]]


def makehosts(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    letters = {
        "n": "new",
        "d": "delete",
        "l": "longnamefirst",
        "o": "othernamesfirst",
        "a": "adddomaintohostnames",
        "m": "mactolinklocal",
        "V": "verbose",
    }
    said = asked.parse(request, letters)
    if said.has("delete") and said.noderange is None:
        raise Usage
    of_macs = said.has("mactolinklocal")
    with machine.alone(), definitions.many_values():
        found = definitions.read(store, machine, ("hosts", "nics", *(("mac",) if of_macs else ())))
        nodes = said.nodes(found)
        style = Style(
            long_first=said.has("longnamefirst") or found.cluster.site.fqdn_first,
            aliases_first=said.has("othernamesfirst"),
            aliases_with_domain=said.has("adddomaintohostnames"),
        )
        if said.has("delete"):
            gone = records.hosts_of(found, nodes or ())
            wanted = names.Wanted(nodes=(), gone=gone, style=style)
        else:
            wanted = names.Wanted(nodes, afresh=said.has("new"), style=style, link_local=of_macs)
        work, _ = names.prepare(found, wanted)
        work.carry_out()
    yield from of_rows(found, [] if said.has("delete") else work.complaints, nodes)


def makedns(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    said = asked.parse(request, {"a": "all", "n": "new", "d": "delete", "e": "external", "V": "verbose"})
    if said.has("delete") and (said.noderange is None or said.has("new")):
        raise Usage
    if said.has("all") and said.noderange is not None:
        raise Usage
    with machine.alone(), definitions.many_values():
        found = definitions.read(store, machine, ("hosts", "nics"))
        if said.has("external") or found.settings.get("externaldns"):
            what = "an external DNS server is not updated here"
            raise Refused(error("making-option", what, "", "leave -e away, and empty site.externaldns"))
        nodes = said.nodes(found)
        if said.has("delete"):
            wanted = dns.Wanted(nodes=(), gone=nodes or ())
        else:
            wanted = dns.Wanted(nodes, afresh=said.has("new"))
        work = dns.prepare(found, wanted)
        entries = records.from_entries(found, wanted.nodes, wanted.gone)
        at = found.cluster.networks.at
        served = (entry.host for entry in entries if (binary := packed(entry.address)) and at(binary))
        handled = "\n".join(f"Handling {host} in /etc/hosts." for host in served)
        work.carry_out()
        start = said.has("new") and not is_active(machine.programs, machine.layout.named_unit)
        if start:
            do(machine.programs, "systemctl", "start", machine.layout.named_unit)
    if handled:
        yield Answer("info", handled)
    yield Answer("info", "Getting reverse zones, this may take several minutes for a large cluster.")
    yield Answer("info", "Completed getting reverse zones.\nUpdating zones.\nCompleted updating zones.")
    if start:
        label = machine.layout.named_label
        yield Answer("info", f"Restarting {label}\nRestarting named complete")
    yield Answer("info", "Updating DNS records, this may take several minutes for a large cluster.")
    yield Answer("info", "Completed updating DNS records.")
    yield from of_rows(found, work.complaints, nodes)
    yield Answer("info", "DNS setup is completed")


def makeconservercf(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    if request.noderange is not None and request.args[-1:] in (("-t",), ("--trust",)):
        # a client takes the first word that is no option for the range, this option's value too
        request = replace(request, args=(*request.args, request.noderange), noderange=None)
    letters = {"t": "trust", "d": "delete", "c": "conserver", "l": "local", "C": "cleanup", "V": "verbose"}
    said = asked.parse(request, letters, ("trust",))
    if said.has("local") and said.noderange is not None:
        what = "Invalid option -l or --local when there are nodes specified."
        raise Refused(error("making-option", what))
    if said.has("local") and said.has("conserver"):
        what = "Can not specify -l or --local together with -c or --conserver."
        raise Refused(error("making-option", what))
    if said.has("cleanup") and said.noderange is not None:
        raise Refused(error("making-option", "Can not specify noderange together with -C|--cleanup."))
    if said.has("delete") and said.noderange is None:
        raise Usage
    with machine.alone(), definitions.many_values():
        found = definitions.read(store, machine, ("nodehm",))
        nodes = said.nodes(found)
        trusted = tuple(filter(None, said.options.get("trust", "").split(",")))
        if said.has("delete"):
            wanted = consoles.Wanted(nodes=(), gone=nodes or (), trusted=trusted)
        else:
            wanted = consoles.Wanted(nodes, trusted=trusted)
        work = consoles.prepare(found, wanted)
        work.carry_out()
    yield from of_rows(found, work.complaints, nodes)


def makegocons(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    """Consoles are conserver's here. Where goconserver is, its own are the real command's to make."""
    yield from ()
    said = asked.parse(request, {"d": "delete", "q": "query", "C": "cleanup", "D": "debug", "V": "verbose"})
    if said.has("cleanup") and said.noderange is not None:
        raise Refused(error("making-option", "Can not specify noderange together with -C|--cleanup."))
    said.nodes(definitions.read(store, machine, ("nodehm",)))
    if not machine.at(_GOCONSERVER).exists():
        raise Refused(error("making-gocons", "goconserver is not installed.", "", "use makeconservercf"))
    what = "consoles of goconserver are not made here"
    raise Refused(error("making-gocons", what, _GOCONSERVER, "use makeconservercf, or the real makegocons"))


def regenerate(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    _no_words(request)
    yield from _told(regeneration.regenerate(store, machine), "written")


def compare(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
    """True exit status where a file differs."""
    _no_words(request)
    found = regeneration.compare(store, machine)
    yield from _told(found, "differs")
    if found.differing:
        yield Answer("error", "files here don't match the tables: run `hamn xcat regenerate`", errorcode=1)


def _no_words(request: Request) -> None:
    if asked.parse(request, {}).noderange is not None:
        raise Usage


def _told(found: regeneration.Regeneration, word: str) -> Iterator[Answer]:
    yield Answer("info", f"tables: read ({found.reading_s:.2f} s)")
    for made in found.made:
        for complaint in made.complaints:
            yield from of_row(complaint)
        if made.refused:
            yield refusal(made.refused)
            continue
        what = ", ".join(f"{word} {path}" for path in made.differing) or "as the tables say"
        yield Answer("info", f"{made.name}: {what} ({made.seconds:.2f} s)")
    yield from of_rows(found.definitions, ())
    yield Answer("info", f"all: {found.seconds:.2f} s")


_BY_NAME: Mapping[str, Making] = {
    "makehosts": makehosts,
    "makedns": makedns,
    "makedhcp": dhcp_command.makedhcp,
    "makeconservercf": makeconservercf,
    "makegocons": makegocons,
    "regenerate": regenerate,
    "compare": compare,
}


def _safely(name: str) -> Making:
    """What is refused, and words that aren't understood, as answers."""

    def made(request: Request, store: Store, machine: Machine) -> Iterator[Answer]:
        try:
            yield from _BY_NAME[name](request, store, machine)
        except Usage as wrong:
            yield Answer("info", USAGE[name], errorcode=0 if wrong.is_help else 1)
        except Refused as refused:
            yield refusal(refused.report)

    return made


MAKING: Mapping[str, Making] = MappingProxyType({name: _safely(name) for name in _BY_NAME})
"""Command to what answers it. Raises StoreError and RangeError, as every command does."""
