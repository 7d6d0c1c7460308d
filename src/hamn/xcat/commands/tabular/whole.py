"""dumpxCATdb and restorexCATdb: all tables as a directory of dumps, at one moment, and back in one transaction.

Sources: dumpxCATdb(1), restorexCATdb(1).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hamn.reports.report import Report
from hamn.xcat.commands import files
from hamn.xcat.commands.answering import called
from hamn.xcat.commands.words import Usage, options
from hamn.xcat.commands.world import World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.stores import Reading
from hamn.xcat.stores.store import stop
from hamn.xcat.tables import TABLES, Row, dump, site

_DUMP_USAGE = """\
 dumpxCATdb -h
 dumpxCATdb -v
 dumpxCATdb [-a] [-V] <-p> [path to dump directory]
    -a: auditlog and eventlog too    -V: every file is named"""
_RESTORE_USAGE = """\
 restorexCATdb -h
 restorexCATdb -v
 restorexCATdb [-a] [-V] <-p> [path to restore .csv files]
    -a: auditlog and eventlog too    -V: every table is named"""
_BINARY = "Binary dump (-b) is not supported for {}"
_LOGS = frozenset(("auditlog", "eventlog"))
_NEVER = re.compile(r"x_teal.*|isnm_perf.*")


@called(_DUMP_USAGE)
def dump_all(request: Request, world: World) -> Iterator[Answer]:
    asked = _asked(request)
    if asked.is_binary:
        yield _error(_BINARY.format(world.store.engine))
        return
    if not asked.path:
        yield _error(" Requires -p with path to directory to hold db files.")
        return
    directory = Path(request.cwd, asked.path)
    if not directory.is_dir():
        yield Answer("info", f" Creating {asked.path} for database dump")
        try:
            directory.mkdir(mode=0o700, parents=True)
        except OSError as why:
            raise stop("file", f"can't be made: {why.strerror}", str(directory)) from None
    names = write_dumps(world.store, directory, with_logs=asked.with_logs)
    if asked.names_each:
        yield Answer("info", "\n".join(f"Dumping {name}" for name in names))
    yield Answer("info", "Backup Complete.")


def write_dumps(store: Reading, directory: Path, *, with_logs: bool) -> list[str]:
    """A file for each table, all of one moment; their names. Raises StoreError."""
    tables = store.read_all(TABLES)
    skipped = _skipped(tables["site"])
    names = [name for name in sorted(tables) if name not in skipped and not _NEVER.fullmatch(name)]
    names = [name for name in names if with_logs or name not in _LOGS]
    files.write_all({directory / f"{name}.csv": dump.write(TABLES[name], tables[name]) for name in names})
    return names


@called(_RESTORE_USAGE)
def restore_all(request: Request, world: World) -> Iterator[Answer]:
    """Every file is read before anything is written: one wrong line anywhere and nothing is. Tables without a file
    stay as they are."""
    asked = _asked(request)
    if asked.is_binary:
        yield _error(_BINARY.format(world.store.engine))
        return
    if not asked.path:
        yield _error(" -p with path to database files is required ")
        return
    directory = Path(request.cwd, asked.path)
    if not directory.is_dir():
        yield _error(" Input path must exist ")
        return
    skipped = _skipped(world.store.read("site"))
    tables = _read(directory, frozenset(skipped) if asked.with_logs else _LOGS.union(skipped))
    with world.store.change(tables) as change:
        for name, rows in tables.items():
            change.replace(name, rows)
    if asked.names_each:
        yield Answer("info", "\n".join(f"Restoring {name}.csv." for name in tables))
    yield Answer("info", "Restore of Database Complete.")


@dataclass(frozen=True, slots=True)
class _Asked:
    path: str
    with_logs: bool
    names_each: bool
    is_binary: bool


def _asked(request: Request) -> _Asked:
    """Raises Usage."""
    given, rest = options(request.args, "p:aVbt:", ["path=", "all", "verbose", "binary", "timestamp="])
    if rest:
        raise Usage(1)
    paths = [*given.get("p", ()), *given.get("path", ())]
    return _Asked(
        paths[-1] if paths else "",
        with_logs=bool(given.keys() & {"a", "all"}),
        names_each=bool(given.keys() & {"V", "verbose"}),
        is_binary=bool(given.keys() & {"b", "binary"}),
    )


def _skipped(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Tables that this site leaves out of dumps, and of what is restored."""
    return site.settings(rows).get("skiptables", "").replace(",", " ").split()


def _error(text: str) -> Answer:
    """The real ones are programs of their own: no server's name stands before what they say."""
    return Answer("error", text, errorcode=1, is_sourced=False)


def _read(directory: Path, without: Collection[str]) -> dict[str, list[Row]]:
    """Raises BadDump with everything that is wrong in any of them; StoreError for a directory without a table."""
    tables: dict[str, list[Row]] = {}
    wrong: list[Report] = []
    for path in sorted(directory.glob("*.csv")):
        name = path.name.partition(".")[0]
        if name in without or _NEVER.fullmatch(name):
            continue
        if name not in TABLES:
            raise stop("file", f"is no table of xCAT's: {name}", str(path), "move it away; nothing was restored")
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
