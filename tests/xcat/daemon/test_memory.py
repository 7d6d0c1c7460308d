"""What is remembered is what a reader would find: whoever writes, however soon."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.xcat.credentials.places import Places
from hamn.xcat.daemon.memory import LONGEST, PAST_NS, Memory
from hamn.xcat.stores import StoreError
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.tables import Row


class Counting(SqliteStore):
    """Which tables were read, call by call."""

    def __init__(self, directory: Path, patience_s: float = 0.2) -> None:
        super().__init__(directory, patience_s)
        self.asked: list[list[str]] = []

    @property
    def reads(self) -> int:
        return len(self.asked)

    def read_all(self, tables: Iterable[str]) -> dict[str, list[Row]]:
        self.asked.append(list(tables))
        return super().read_all(self.asked[-1])


@pytest.fixture
def directory(first_day: Places, tmp_path: Path) -> Path:
    shutil.copytree(first_day.etc, tmp_path / "xcat")
    long_ago(tmp_path / "xcat")
    return tmp_path / "xcat"


def long_ago(directory: Path) -> None:
    """All files as they are on a quiet day."""
    for path in directory.glob("*.sqlite"):
        seen = path.stat()
        os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns - 2 * PAST_NS))


def test_what_nobody_wrote_is_not_read_again(directory: Path) -> None:
    store = Counting(directory, 0.2)
    memory = Memory(store, directory)
    first = memory.read_all(["site", "policy"])
    assert memory.read_all(["policy", "site"]) == first
    assert memory.read("policy") == first["policy"]
    assert store.reads == 1


def test_only_what_was_written_is_read_again(directory: Path) -> None:
    store = Counting(directory)
    memory, other = Memory(store, directory), SqliteStore(directory)
    memory.read_all(["site", "policy", "hosts"])
    with other.change(["hosts"]) as change:
        change.insert("hosts", [{"node": "n1"}])
    found = memory.read_all(["policy", "hosts", "site"])
    assert list(found) == ["policy", "hosts", "site"]
    assert found == other.read_all(found)
    assert store.asked[1:] == [["hosts"]]


def test_a_change_between_the_looks_is_seen_whole(directory: Path) -> None:
    """Somebody writes both tables while one of them is read again."""
    other = SqliteStore(directory)

    class Interrupted(Counting):
        def read_all(self, tables: Iterable[str]) -> dict[str, list[Row]]:
            found = super().read_all(tables)
            if len(self.asked) == 2:
                with other.change(["hosts", "mac"]) as change:
                    change.put("hosts", [{"node": "both"}])
                    change.put("mac", [{"node": "both"}])
            return found

    memory = Memory(Interrupted(directory), directory)
    memory.read_all(["hosts", "mac"])
    with other.change(["hosts"]) as change:
        change.insert("hosts", [{"node": "n1"}])
    found = memory.read_all(["hosts", "mac"])
    assert found == other.read_all(["hosts", "mac"])
    assert found["mac"] == [{"node": "both"}]


def test_a_young_file_is_read_each_time(directory: Path) -> None:
    """Its next write may leave the same time."""
    store = Counting(directory, 0.2)
    memory = Memory(store, directory)
    now_ns = time.time_ns() + 10 * PAST_NS
    os.utime(directory / "policy.sqlite", ns=(now_ns, now_ns))
    memory.read("policy")
    memory.read("policy")
    assert store.reads == 2


@given(st.lists(st.sampled_from(["write", "write both", "age", "read", "read both"]), max_size=12))
@settings(max_examples=25)
def test_it_says_what_the_store_says(
    first_day: Places, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    directory = tmp_path_factory.mktemp("memory") / "xcat"
    shutil.copytree(first_day.etc, directory)
    memory, other = Memory(SqliteStore(directory), directory), SqliteStore(directory)
    for number, step in enumerate(steps):
        if step.startswith("write"):
            names = ["hosts", "mac"] if step == "write both" else ["hosts"]
            with other.change(names) as change:
                for name in names:
                    change.put(name, [{"node": f"n{number}"}])
        elif step == "age":
            long_ago(directory)
        else:
            names = ["hosts", "mac"] if step == "read both" else ["hosts"]
            assert memory.read_all(names) == other.read_all(names)
    shutil.rmtree(directory)


def test_its_own_changes_are_seen(directory: Path) -> None:
    memory = Memory(SqliteStore(directory), directory)
    memory.read("site")
    with memory.change(["site"]) as change:
        change.put("site", [{"key": "master", "value": "x"}])
    assert {"key": "master", "value": "x"} in memory.read("site")


def test_tables_that_go_away_are_away(directory: Path) -> None:
    memory = Memory(SqliteStore(directory), directory)
    memory.read("policy")
    directory.rename(directory.parent / "away")
    with pytest.raises(StoreError):
        memory.read("policy")
    (directory.parent / "away").rename(directory)
    assert memory.read("policy")


def test_nothing_is_remembered_beside_a_write_ahead_log(directory: Path) -> None:
    memory = Memory(SqliteStore(directory), directory)
    memory.read("policy")
    with sqlite3.connect(directory / "policy.sqlite") as other:
        other.execute("PRAGMA journal_mode=WAL")
        long_ago(directory)
        before = memory.read("policy")
        other.execute("INSERT INTO policy (priority, rule) VALUES ('99', 'deny')")
        other.commit()
        assert memory.read("policy") == [*before, {"priority": "99", "rule": "deny"}]
    other.close()


def test_long_tables_are_not_kept(directory: Path) -> None:
    store = Counting(directory, 0.2)
    memory = Memory(store, directory)
    with store.change(["nodelist"]) as change:
        change.insert("nodelist", [{"node": f"n{number}"} for number in range(LONGEST + 1)])
    long_ago(directory)
    assert len(memory.read("nodelist")) == len(memory.read("nodelist")) == LONGEST + 1
    assert store.reads == 2
