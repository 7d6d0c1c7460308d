"""The databases as a backup has them. Whoever uses them is stopped; their server runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hamn.local import server_dump, sqlite_copy
from hamn.local.backup import alone, make
from hamn.local.duty import duty
from hamn.model.backup import MANIFEST, Request, Source
from hamn.reports.report import Exit, Stop, error

Parts = Mapping[str, Mapping[str, str]]


def restore(words: Sequence[str]) -> int:
    """restore STAMP: as the request on stdin says. With --look: "holds" where the databases say what it does.

    What is there now is kept: SQLite's files beside, a server's databases as a backup of their own."""
    parser = argparse.ArgumentParser(prog="hamn-local restore")
    parser.add_argument("stamp")
    request = Request.from_text(sys.stdin.read())
    directory = Path(request.directory)

    def holds(arguments: argparse.Namespace) -> bool:
        place = directory / arguments.stamp
        return all(_is_same(source, parts) for source, _, parts in _wanted(request, place))

    def act(arguments: argparse.Namespace) -> None:
        place = directory / arguments.stamp
        with alone(directory):
            wanted = [each for each in _wanted(request, place) if not _is_same(each[0], each[2])]
            _keep_present(request, [source for source, _, _ in wanted], arguments.stamp)
            for source, kept, parts in wanted:
                _put_back(source, kept, parts)

    try:
        return duty(parser, words, holds, act)
    except Stop as stop:
        print(*stop.reports, sep="\n", file=sys.stderr)
        return stop.status


def _wanted(request: Request, place: Path) -> list[tuple[Source, Path, Parts]]:
    """Each declared database with its part of the backup. Raises Stop."""
    try:
        manifest: dict[str, Any] = json.loads((place / MANIFEST).read_text())
    except FileNotFoundError:
        what, hint = "no such backup on this machine", "`hamn restore` without a name lists them"
        raise Stop(Exit.REFUSED, [error("no-such-backup", what, str(place), hint)]) from None
    except ValueError:
        raise Stop(Exit.FAILED, [error("backup-unreadable", "can't be read", str(place / MANIFEST))]) from None
    if manifest["pair"] != request.pair:
        what = f"is a backup of the pair {manifest['pair']}, not of {request.pair}"
        raise Stop(Exit.REFUSED, [error("backup-foreign", what, str(place))])
    found = []
    for source in request.sources:
        kept = manifest["databases"].get(source.name)
        if kept is None or kept["engine"] != source.engine:
            what = f"has no {source.engine} database {source.name}"
            raise Stop(Exit.REFUSED, [error("backup-lacks", what, str(place), "name another backup")])
        found.append((source, place / source.name, kept["parts"]))
    return found


def _is_same(source: Source, parts: Parts) -> bool:
    if source.server is None:
        paths = [(Path(source.data) / name, part["digest"]) for name, part in parts.items()]
        return all(path.exists() and _digest(path) == digest for path, digest in paths)
    there = server_dump.databases(source.server)
    return all(
        part["database"] in there and server_dump.digest(source.server, part["database"]) == part["digest"]
        for part in parts.values()
    )


def _digest(path: Path) -> str:
    """One that is damaged has none: that is what it is restored for."""
    try:
        return sqlite_copy.digest(path)
    except Stop:
        return ""


def _keep_present(request: Request, sources: Sequence[Source], stamp: str) -> None:
    full = [s for s in sources if s.server is not None and server_dump.databases(s.server)]
    if full:
        present = Request(request.pair, request.machine, request.directory, 0, request.shared, tuple(full))
        make(present, f"before the restore of {stamp}")


def _put_back(source: Source, kept: Path, parts: Parts) -> None:
    if source.server is None:
        sqlite_copy.put_back(kept, Path(source.data))
    else:
        for file, part in parts.items():
            server_dump.make(source.server, part["database"], part["options"], kept / file)
    if not _is_same(source, parts):
        what = "restored, and yet it doesn't say what the backup does"
        raise Stop(Exit.FAILED, [error("restore-differs", what, source.name, "look at the disk")])
