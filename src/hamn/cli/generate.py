"""`hamn xcat generate`: this machine's hosts, DNS, DHCP and console files, as the pair's tables say.

On the active machine from the tables themselves, on the other from what that machine tells of them: so a standby's
files are warm. What lies on shared data is made where that is mounted.
"""

from __future__ import annotations

import asyncio
import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from hamn.cli.screen import complain, lines, report_line
from hamn.cli.words import DEFAULT_PAIR
from hamn.declaration.read import read_pair
from hamn.model.command import Command
from hamn.model.pair import Pair
from hamn.ports import Unreachable
from hamn.remote.shells import AgentShells, is_here, local_machine
from hamn.reports.report import Exit, Report, Severity, Stop, error
from hamn.xcat.generators.written import Refused
from hamn.xcat.making.machine import Machine
from hamn.xcat.making.regeneration import PARTS, Regeneration, compare, regenerate
from hamn.xcat.making.snapshot import Snapshot
from hamn.xcat.stores import Reading, StoreError, locate, open_store

TELLING_S = 60.0
"""For the tables of 100,000 nodes."""


def main(words: Sequence[str]) -> int:
    """0: the files say what the tables do; 1: some don't, or couldn't be made."""
    asked = _parser().parse_args(words)
    try:
        pair = read_pair(Path(asked.pair))
        if asked.tables:
            print(Snapshot.of(_own(pair)).text())
            return 0
        source, tables, machine = _beginnings(pair, asked.pair)
        work: Callable[..., Regeneration] = compare if asked.compare else regenerate
        return _tell(asked, source, work(tables, machine, asked.only))
    except Stop as stop:
        return _complain(stop.reports, int(stop.status))
    except Unreachable as why:
        return _complain([error(why.code, why.why, why.machine, why.hint)], 1)
    except (StoreError, Refused) as why:
        return _complain([why.report], 1)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="hamn xcat generate",
        description="Hosts, DNS, DHCP and console files of this machine as the tables say; daemons that run are "
        "told. The standby asks the active machine for the tables.",
    )
    pair = os.environ.get("HAMN_PAIR", DEFAULT_PAIR)
    parser.add_argument("--pair", metavar="FILE", default=pair, help="default: %(default)s")
    parser.add_argument("--only", metavar="PARTS", type=_parts, default=PARTS, help=f"of {','.join(PARTS)}")
    parser.add_argument("--compare", action="store_true", help="change nothing; exit 1 where a file differs")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--tables", action="store_true", help="tell another machine what the tables say")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    named = tuple(text.split(","))
    if not set(named) <= set(PARTS):
        raise ValueError
    return named


def has_role(pair: Pair) -> bool:
    """Whether this machine has the data now; where both always have it, whether it has the virtual IP."""
    filesystem = pair.owner_filesystem
    if filesystem is not None and filesystem.access == "exclusive":
        return Path(filesystem.mount).is_mount()
    return any(is_here(str(ip.address.ip)) for ip in pair.virtual_ips)


def _beginnings(pair: Pair, source: str) -> tuple[str, Reading, Machine]:
    """Whose tables these are, the tables, and this machine as it counts for them."""
    own = local_machine(pair)
    if own is None:
        raise Stop(Exit.USAGE, [error("not-ours", "this is neither of the pair's machines", hint="type it there")])
    virtual: dict[str, list[str]] = {}
    for ip in pair.virtual_ips:
        virtual.setdefault(ip.interface[own], []).append(str(ip.address.ip))
    if has_role(pair):
        return own, _own(pair), Machine.here((), virtual)
    away = [target for filesystem in pair.filesystems for target in filesystem.targets]
    other = pair.other(own).name
    return other, asyncio.run(_told(pair, other, source)), Machine.here(away, virtual)


def _own(pair: Pair) -> Reading:
    if not has_role(pair):
        hint = "`hamn status` says who is active"
        raise Stop(
            Exit.REFUSED, [error("not-active", "the tables are not here: this machine isn't active", hint=hint)]
        )
    return open_store(locate(os.environ))


async def _told(pair: Pair, other: str, source: str) -> Snapshot:
    """By the other machine, over the connection that every verb uses. Its lock is not taken: it is only asked."""
    shell = await AgentShells(pair).open(other)
    try:
        argv = ("hamn", "xcat", "generate", "--tables", "--pair", source)
        answer = await shell.run(Command(argv, timeout_s=TELLING_S))
    finally:
        await shell.close()
    if not answer.ok:
        raise Stop(Exit.FAILED, [error("tables-untold", answer.complaint, other)])
    return Snapshot.parse(answer.stdout, other)


def _tell(asked: Namespace, source: str, found: Regeneration) -> int:
    refused = [made.refused for made in found.made if made.refused]
    is_good = not refused and not (asked.compare and found.differing)
    wrong = [complaint.report for made in found.made for complaint in made.complaints]
    rows = [report for report in (*found.definitions.view.reports, *wrong) if report.severity is not Severity.INFO]
    if asked.json:
        document = {
            "schema": "hamn.generated/1",
            "tables": source,
            "differing": found.differing,
            "refused": [str(report) for report in refused],
            "rows": [str(report) for report in rows],
            "seconds": round(found.seconds, 3),
        }
        print(json.dumps(document))
        return 0 if is_good else 1
    _complain(rows, 0)
    word = "differs" if asked.compare else "written"
    for made in found.made:
        what = ", ".join(f"{word} {path}" for path in made.differing) or "as the tables say"
        lines([report_line(made.refused) if made.refused else f"{made.name}: {what}"])
    lines([f"the tables are {source}'s; {found.seconds:.2f} s"])
    return 0 if is_good else 1


def _complain(reports: Sequence[Report], status: int) -> int:
    for report in reports:
        complain(report_line(report))
    return status
