"""A daemon gives the rows that it remembers to every command: none writes to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores.sqlite import SqliteStore
from tests.xcat.commands.table_world import Tables

Rows = Sequence[Mapping[str, str]]


class Guarded:
    """A store whose rows can't be written to: who tries it fails."""

    def __init__(self, directory: Path) -> None:
        self._store = SqliteStore(directory, 0.2)
        self.engine, self.where = self._store.engine, self._store.where
        self.change, self.create, self.close = self._store.change, self._store.create, self._store.close

    def read(self, table: str) -> Rows:
        return self.read_all([table])[table]

    def read_all(self, tables: Iterable[str]) -> Mapping[str, Rows]:
        found = self._store.read_all(tables)
        return MappingProxyType({name: tuple(map(MappingProxyType, rows)) for name, rows in found.items()})


LINES = (
    "lsdef -t node -l -o n01",
    "lsdef -a -z",
    "lsdef -t node -i groups,mgt -w groups=~compute",
    "lsdef -t group -l",
    "lsdef -t site -l",
    "mkdef -t node -o n04 groups=all mgt=ipmi",
    "mkdef -t group -o more members=n01,n02",
    "chdef -t node -o n01-n02 -p groups=more usercomment=this",
    "chdef -t group -o compute mgt=hmc",
    "chdef -t node -o n03 -n n09",
    "rmdef -t group -o compute",
    "rmdef -t node -o n02",
    "nodels all nodelist.groups nodehm.mgt",
    "nodech n01 noderes.netboot=xnba",
    "nodeadd n05 groups=all,compute",
    "nodegrpch compute nodehm.mgt=hmc",
    "noderm n01",
    "noderange all,-n01",
    "tabdump nodelist",
    "tabdump -w node==n01 nodelist",
    "tabgrep n01",
    "gettab node=n01 nodelist.groups",
    "dumpxCATdb -p dump",
    "lsxcatd -a",
)


@pytest.mark.parametrize("line", LINES)
def test_no_command_writes_to_rows_that_others_have(tables: Tables, line: str) -> None:
    command, *words = line.split()
    noderange = words.pop(0) if command in ("nodels", "nodech", "noderm") else None
    request = Request(command, tuple(words), noderange, cwd=str(tables.directory))
    world = World(Guarded(tables.directory), Machine.here())
    said = list(COMMANDS[command](request, world))
    assert not [answer.text for answer in said if answer.errorcode]
