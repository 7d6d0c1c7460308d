"""Two who work on the same tables: what one has written, the other's command does not undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.stores.store import Change
from tests.xcat.commands.table_world import Tables


class Overtaken(SqliteStore):
    """Between what a command reads and its transaction, somebody else is at work, once."""

    def __init__(self, directory: Path, other: Callable[[], object]) -> None:
        super().__init__(directory)
        self._others = [other]

    @contextmanager
    def change(self, tables: Iterable[str]) -> Iterator[Change]:
        while self._others:
            self._others.pop()()
        with super().change(tables) as change:
            yield change


def removed(tables: Tables, group: str, other: Callable[[], object]) -> str:
    world = World(Overtaken(tables.directory, other), Machine.here())
    first, *_ = COMMANDS["rmdef"](Request("rmdef", ("-t", "group", group)), world)
    return first.text


def groups(tables: Tables) -> dict[str, str]:
    return {row["node"]: row["groups"] for row in tables.store.read("nodelist")}


def test_a_group_goes_and_leaves_what_its_members_got_meanwhile(tables: Tables) -> None:
    said = removed(tables, "compute", lambda: tables.run("chdef", "-p", "-o", "n02", "groups=new"))
    assert said == "1 object definitions have been removed."
    assert groups(tables) == {"n01": "all", "n02": "all,new", "n03": "all"}


def test_a_node_that_went_meanwhile_does_not_come_back_with_its_group(tables: Tables) -> None:
    removed(tables, "compute", lambda: tables.run("noderm", "n02"))
    assert groups(tables) == {"n01": "all", "n03": "all"}


def test_a_group_that_went_meanwhile_is_said_to_be_gone(tables: Tables) -> None:
    said = removed(tables, "compute", lambda: tables.run("rmdef", "-t", "group", "compute"))
    assert said == "No objects have been removed from the xCAT database."
