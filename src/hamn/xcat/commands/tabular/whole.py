"""dumpxCATdb and restorexCATdb: all tables as a directory of dumps, at one moment, and back in one transaction.

Sources: dumpxCATdb(1), restorexCATdb(1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from hamn.reports.report import Report
from hamn.xcat.commands import files
from hamn.xcat.commands.words import VERSION, Usage, options, usage
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores.store import stop
from hamn.xcat.tables import TABLES, Row, dump, site

_DUMP_USAGE = """\
Usage: dumpxCATdb -p directory [-a] [-V]
       dumpxCATdb [-h|--help|-v|--version]
    -a: auditlog and eventlog too    -V: every file is named"""
_RESTORE_USAGE = """\
Usage: restorexCATdb -p directory [-a] [-V]
       restorexCATdb [-h|--help|-v|--version]
    -a: auditlog and eventlog too    -V: every table is named"""
_LOGS = frozenset(("auditlog", "eventlog"))
_NEVER = re.compile(r"x_teal.*|isnm_perf.*")


def dump_all(request: Request, world: World) -> Iterator[Answer]:
    try:
        given = _options(request, "Requires -p with path to directory to hold db files.")
    except Usage as why:
        yield usage(_DUMP_USAGE, why.status)
        return
    if "v" in given:
        yield Answer("info", VERSION)
        return
    directory = Path(request.cwd, given["p"])
    if not directory.is_dir():
        yield Answer("info", f" Creating {given['p']} for database dump")
        try:
            directory.mkdir(mode=0o700, parents=True)
        except OSError as why:
            raise stop("file", f"can't be made: {why.strerror}", str(directory)) from None
    tables = world.store.read_all(TABLES)
    skipped = site.settings(tables["site"]).get("skiptables", "").replace(",", " ").split()
    for name in sorted(tables):
        if name in skipped or _NEVER.fullmatch(name) or (name in _LOGS and "a" not in given):
            continue
        files.write(directory / f"{name}.csv", dump.write(TABLES[name], tables[name]))
        if "V" in given:
            yield Answer("info", f"Dumping {name}...")
    yield Answer("info", "Backup Complete.")


def restore_all(request: Request, world: World) -> Iterator[Answer]:
    """Every file is read before anything is written: one wrong line anywhere and nothing is."""
    try:
        given = _options(request, "Requires -p with path to the directory of the database files.")
    except Usage as why:
        yield usage(_RESTORE_USAGE, why.status)
        return
    if "v" in given:
        yield Answer("info", VERSION)
        return
    directory = Path(request.cwd, given["p"])
    if not directory.is_dir():
        yield Answer("error", " Input path must exist ", errorcode=1, is_sourced=False)
        return
    tables = _read(directory, with_logs="a" in given)
    with world.store.change(tables) as change:
        for name, rows in tables.items():
            change.replace(name, rows)
    if "V" in given:
        yield from (Answer("info", f"Restoring {name}...") for name in tables)
    yield Answer("info", "Restore of Database Complete.")


def _options(request: Request, lacking: str) -> dict[str, str]:
    given, rest = options(request.args, "p:ahvV", ["path=", "help", "version", "verbose"])
    short = {name[0] if name != "verbose" else "V": values[-1] for name, values in given.items()}
    if "h" in short:
        raise Usage(0)
    if rest:
        raise Usage(1)
    if "p" not in short and "v" not in short:
        raise stop("no-table", f" {lacking}")  # as it stands, with nothing before or behind it
    return short


def _read(directory: Path, *, with_logs: bool) -> dict[str, list[Row]]:
    """Raises BadDump with everything that is wrong in any of them; StoreError for a directory without a table."""
    tables: dict[str, list[Row]] = {}
    wrong: list[Report] = []
    for path in sorted(directory.glob("*.csv")):
        name = path.name.partition(".")[0]
        if name not in TABLES:
            raise stop("file", f"is no table of xCAT's: {name}", str(path), "move it away; nothing was restored")
        if name in _LOGS and not with_logs:
            continue
        try:
            tables[name] = dump.read(TABLES[name], files.read(path), path.name)
        except dump.BadDump as bad:
            wrong += bad.reports
    if wrong:
        raise dump.BadDump(wrong)
    if not tables.get("site"):
        raise stop("file", "there is no site.csv with a row in it", str(directory), "nothing was restored")
    return tables
