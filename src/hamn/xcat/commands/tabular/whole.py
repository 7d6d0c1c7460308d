"""dumpxCATdb and restorexCATdb: all tables as a directory of dumps, at one moment, and back in one transaction.

Sources: dumpxCATdb(1), restorexCATdb(1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hamn.reports.report import Report
from hamn.xcat.commands import files
from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
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


@called(_DUMP_USAGE)
def dump_all(request: Request, world: World) -> Iterator[Answer]:
    asked = _asked(request)
    if asked is None:
        yield _error(" Requires -p with path to directory to hold db files.")
        return
    directory = Path(request.cwd, asked.path)
    if not directory.is_dir():
        yield Answer("info", f" Creating {asked.path} for database dump")
        try:
            directory.mkdir(mode=0o700, parents=True)
        except OSError as why:
            raise stop("file", f"can't be made: {why.strerror}", str(directory)) from None
    tables = world.store.read_all(TABLES)
    skipped = site.settings(tables["site"]).get("skiptables", "").replace(",", " ").split()
    names = [name for name in sorted(tables) if name not in skipped and not _NEVER.fullmatch(name)]
    names = [name for name in names if asked.with_logs or name not in _LOGS]
    files.write_all({directory / f"{name}.csv": dump.write(TABLES[name], tables[name]) for name in names})
    if asked.names_each:
        yield Answer("info", "\n".join(f"Dumping {name}..." for name in names))
    yield Answer("info", "Backup Complete.")


@called(_RESTORE_USAGE)
def restore_all(request: Request, world: World) -> Iterator[Answer]:
    """Every file is read before anything is written: one wrong line anywhere and nothing is. Tables without a file
    stay as they are."""
    asked = _asked(request)
    if asked is None:
        yield _error(" Requires -p with path to the directory of the database files.")
        return
    directory = Path(request.cwd, asked.path)
    if not directory.is_dir():
        yield _error(" Input path must exist ")
        return
    tables = _read(directory, with_logs=asked.with_logs)
    with world.store.change(tables) as change:
        for name, rows in tables.items():
            change.replace(name, rows)
    if asked.names_each:
        yield Answer("info", "\n".join(f"Restoring {name}..." for name in tables))
    yield Answer("info", "Restore of Database Complete.")


@dataclass(frozen=True, slots=True)
class _Asked:
    path: str
    with_logs: bool
    names_each: bool


def _asked(request: Request) -> _Asked | None:
    """None without a path. Raises Usage."""
    given, rest = options(request.args, "p:aV", ["path=", "verbose"])
    if rest:
        raise Usage(1)
    paths = [*given.get("p", ()), *given.get("path", ())]
    return _Asked(paths[-1], "a" in given, bool(given.keys() & {"V", "verbose"})) if paths else None


def _error(text: str) -> Answer:
    """The real ones are programs of their own: no server's name stands before what they say."""
    return Answer("error", text, errorcode=1, is_sourced=False)


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
    if not tables:
        raise stop("file", "there is no table's file in it", str(directory), "nothing was restored")
    if not tables.get("site", [{}]):
        raise stop(
            "file", "site.csv has no row: without any nothing works", str(directory), "nothing was restored"
        )
    return tables
