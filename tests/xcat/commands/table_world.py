"""A management node's tables, and its commands at work on them in this process."""

from __future__ import annotations

from pathlib import Path

from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.tables import TABLES, dump
from tests.xcat import tables

SAMPLES = Path(tables.__file__).parent / "samples"


class Tables:
    """Those of the real one's three nodes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = SqliteStore(directory, 0.2)

    def begin(self) -> None:
        self.store.create()
        samples = {path.stem: path.read_text() for path in SAMPLES.glob("*.csv")}
        with self.store.change(samples) as change:
            for name, text in samples.items():
                change.replace(name, dump.read(TABLES[name], text))

    def run(self, command: str, *args: str, stdin: str | None = None, is_local: bool = False) -> list[Answer]:
        request = Request(command, args, stdin=stdin, cwd=str(self.directory), is_local=is_local)
        return list(COMMANDS[command](request, World(self.store, Machine.here())))

    def said(self, command: str, *args: str, stdin: str | None = None) -> tuple[int, str, str]:
        """Status, output, complaints, as the client has them but for the server's name."""
        found = self.run(command, *args, stdin=stdin)
        status = 0
        for answer in found:
            status |= answer.errorcode
        out = "".join(answer.text + "\n" for answer in found if answer.kind in ("data", "info"))
        errors = "".join(answer.text + "\n" for answer in found if answer.kind in ("error", "warning"))
        return status, out, errors

    def csv(self, table: str) -> str:
        return dump.write(TABLES[table], self.store.read(table))
