"""The sample cluster of three nodes in a real store, and commands asked of it as the daemon asks them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Answer, Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.tables import TABLES, Row, dump

DUMPS = Path(__file__).parents[2] / "tables/samples"


def made(directory: Path) -> Path:
    """Every table, with the sample's rows: a second's work that the tests share."""
    directory.mkdir()
    store = SqliteStore(directory)
    store.create()
    rows = {path.stem: dump.read(TABLES[path.stem], path.read_text()) for path in DUMPS.glob("*.csv")}
    with store.change(rows) as change:
        for table, found in rows.items():
            change.replace(table, found)
    return directory


@dataclass(frozen=True)
class Said:
    answers: list[Answer]

    @property
    def status(self) -> int:
        return max((answer.errorcode for answer in self.answers), default=0)

    @property
    def out(self) -> str:
        said = [one for one in self.answers if one.kind in ("info", "data", "node") and not _is_complaint(one)]
        return "".join(f"{one.node}: {one.text}\n" if one.kind == "node" else f"{one.text}\n" for one in said)

    @property
    def errors(self) -> list[str]:
        return [answer.text for answer in self.answers if answer.kind == "error" or _is_complaint(answer)]

    @property
    def warnings(self) -> list[str]:
        return [answer.text for answer in self.answers if answer.kind == "warning"]


def _is_complaint(answer: Answer) -> bool:
    return answer.kind == "node" and answer.errorcode > 0


class Cluster:
    def __init__(self, directory: Path) -> None:
        self.store = SqliteStore(directory)
        self.world = World(self.store, Machine.here())

    def say(self, command: str, *args: str, noderange: str | None = None, stdin: str = "", cwd: str = "/") -> Said:
        request = Request(command, args, noderange, stdin, is_local=True, cwd=cwd)
        return Said(list(COMMANDS[command](request, self.world)))

    def good(self, command: str, *args: str, noderange: str | None = None, stdin: str = "") -> str:
        """What it printed, where nothing was wrong."""
        said = self.say(command, *args, noderange=noderange, stdin=stdin)
        assert (said.errors, said.status) == ([], 0)
        return said.out

    def row(self, table: str, **key: str) -> Row | None:
        found = [row for row in self.store.read(table) if key.items() <= row.items()]
        return found[0] if found else None

    def everything(self) -> dict[str, list[Row]]:
        return self.store.read_all(TABLES)


def copy(source: Path, to: Path) -> Cluster:
    shutil.copytree(source, to)
    return Cluster(to)
