"""The tables in SQLite: the real layout, shared with others, and whatever may be wrong with a file."""

import json
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from hamn.xcat.stores import StoreError, pending
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.tables import TABLES, Row, dump
from tests.xcat.stores import contract
from tests.xcat.stores.conftest import PATIENCE_S

SAMPLES = Path(__file__).parents[1] / "tables" / "samples"
HOSTS: list[Row] = [{"node": "n02", "ip": "10.1.1.2"}, {"node": "n01", "ip": "10.1.1.1"}]


def code(caught: pytest.ExceptionInfo[StoreError]) -> str:
    return caught.value.report.code


def sql(directory: Path, table: str, *statements: str) -> list[tuple[object, ...]]:
    """As another program would, the real xcatd say: a connection of its own."""
    with closing(sqlite3.connect(directory / f"{table}.sqlite", timeout=PATIENCE_S)) as connection:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows


# -- the layout --


def test_the_files_are_the_real_ones(directory: Path, sqlite: SqliteStore):
    assert sorted(path.name for path in directory.iterdir()) == [f"{name}.sqlite" for name in TABLES]
    for path in directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sql(directory, "site", "PRAGMA journal_mode") == [("delete",)]
    assert sql(directory, "site", "PRAGMA table_info(site)") == [
        (0, "key", "VARCHAR(128)", 0, None, 1),
        (1, "value", "TEXT", 0, None, 0),
        (2, "comments", "TEXT", 0, None, 0),
        (3, "disable", "TEXT", 0, None, 0),
    ]


def test_files_that_the_real_one_made_are_used_as_they_are(directory: Path):
    columns = "key VARCHAR(128) ,\n  value TEXT,\n  comments TEXT,\n  disable TEXT,\n  PRIMARY KEY (key)\n"
    sql(directory, "site", f"CREATE TABLE site (\n  {columns})", "INSERT INTO site VALUES ('a', 'b', NULL, '')")
    assert SqliteStore(directory).read("site") == [{"key": "a", "value": "b"}]


def test_a_table_without_a_file_is_empty_and_stays_without_one(directory: Path, sqlite: SqliteStore):
    (directory / "hosts.sqlite").unlink()
    assert sqlite.read("hosts") == []
    assert not (directory / "hosts.sqlite").exists()


def test_a_table_without_a_file_is_made_when_it_is_written(directory: Path, sqlite: SqliteStore):
    (directory / "hosts.sqlite").unlink()
    with sqlite.change(["hosts"]) as change:
        change.insert("hosts", HOSTS)
    assert sqlite.read("hosts") == HOSTS


def test_an_older_schema_reads_and_takes_what_it_has_columns_for(directory: Path, sqlite: SqliteStore):
    (directory / "hosts.sqlite").unlink()
    sql(
        directory, "hosts", "CREATE TABLE hosts (disable TEXT, ip TEXT, node VARCHAR(128) PRIMARY KEY, extra TEXT)"
    )
    with sqlite.change(["hosts"]) as change:
        change.insert("hosts", HOSTS)
        change.update("hosts", {"node": "n01"}, {"ip": "10.1.1.9", "comments": ""})
        assert change.update("hosts", {"node": "n01"}, {"comments": ""}) == 1
    assert sqlite.read("hosts") == [HOSTS[0], {"node": "n01", "ip": "10.1.1.9"}]
    with pytest.raises(StoreError) as caught, sqlite.change(["hosts"]) as change:
        change.update("hosts", {"node": "n01"}, {"comments": "new"})
    assert code(caught) == "store-column"
    sqlite.create()
    with sqlite.change(["hosts"]) as change:
        change.update("hosts", {"node": "n01"}, {"comments": "new"})
    assert sqlite.read("hosts")[1]["comments"] == "new"


# -- rows --


@pytest.mark.parametrize("rule", contract.RULES, ids=lambda rule: rule.__name__)
def test_store(sqlite: SqliteStore, rule: Callable[[SqliteStore], None]):
    rule(sqlite)


def test_real_dumps_go_in_and_come_out_byte_for_byte(sqlite: SqliteStore):
    texts = {path.stem: path.read_text() for path in SAMPLES.glob("*.csv")}
    with sqlite.change(texts) as change:
        for name, text in texts.items():
            change.replace(name, dump.read(TABLES[name], text))
    rows = sqlite.read_all(texts)
    assert {name: dump.write(TABLES[name], rows[name]) for name in texts} == texts


def test_rows_stay_where_they_are_when_they_change_and_come_last_when_they_return(sqlite: SqliteStore):
    with sqlite.change(["hosts"]) as change:
        change.insert("hosts", HOSTS)
        change.update("hosts", {"node": "n02"}, {"ip": "10.1.1.20"})
    assert [row["node"] for row in sqlite.read("hosts")] == ["n02", "n01"]
    with sqlite.change(["hosts"]) as change:
        assert change.delete("hosts", {"node": "n02"}) == 1
        change.insert("hosts", [{"node": "n02"}])
    assert sqlite.read("hosts") == [HOSTS[1], {"node": "n02"}]


@pytest.mark.parametrize(
    "value", ["Köln", "日本", "caf\udce9", "a\nb\r\n\tc", '"', "'; DROP TABLE site; --", " x "]
)
def test_any_text_survives(directory: Path, sqlite: SqliteStore, value: str):
    with sqlite.change(["hosts"]) as change:
        change.insert("hosts", [{"node": "n01", "comments": value}])
        change.put("hosts", [{"node": "n02"}, {"node": "n02", "comments": value}])
        assert change.update("hosts", {"comments": value}, {"ip": "10.1.1.1"}) == 2
    assert [row["comments"] for row in sqlite.read("hosts")] == [value, value]
    assert sql(directory, "hosts", "SELECT DISTINCT typeof(comments) FROM hosts") == [("text",)]


def open_below(directory: Path) -> list[str]:
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [str(link.readlink()) for link in links if str(link.readlink()).startswith(str(directory))]


def test_nothing_is_held_open_not_even_while_an_error_is_looked_at(directory: Path, sqlite: SqliteStore):
    sqlite.read_all(TABLES)
    with pytest.raises(StoreError) as duplicate, sqlite.change(["hosts", "mac"]) as change:
        change.insert("hosts", [HOSTS[0], HOSTS[0]])
    (directory / "mac.sqlite").write_bytes(b"nothing of the kind" * 1000)
    with pytest.raises(StoreError) as damaged:
        sqlite.read_all(TABLES)
    assert (code(duplicate), code(damaged), open_below(directory)) == ("store-duplicate", "store-not-sqlite", [])


# -- all or nothing --


KILLED_AT_COMMIT = """
import os, sys
from pathlib import Path
from hamn.xcat.stores.sqlite import SqliteStore
from hamn.xcat.stores.sqlite_change import SqliteChange
from hamn.xcat.tables import TABLES

store, commits = SqliteStore(Path(sys.argv[1])), int(sys.argv[2])

class Cut(SqliteChange):
    def commit(self):
        for connection in self.connections[:commits]:
            connection.execute("COMMIT")
        os.kill(os.getpid(), 9)

import hamn.xcat.stores.sqlite as module
module.SqliteChange = Cut
with store.change(TABLES) as change:
    for name, table in TABLES.items():
        change.put(name, [{table.keys[0]: "9", "disable": "new"}])
"""


@pytest.mark.parametrize("commits", range(8))
def test_a_restore_of_everything_that_is_killed_between_its_commits_is_completed(
    directory: Path, sqlite: SqliteStore, commits: int
):
    site = sqlite.read("site")
    killed = subprocess.run([sys.executable, "-c", KILLED_AT_COMMIT, str(directory), str(commits)])
    assert killed.returncode == -9
    rows = sqlite.read_all(TABLES)
    assert rows.pop("site") == [*site, {"key": "9", "disable": "new"}]
    assert {name: found[0]["disable"] for name, found in rows.items()} == dict.fromkeys(rows, "new")
    assert sorted(path.name for path in directory.iterdir()) == [f"{name}.sqlite" for name in TABLES]


KILLED_INSIDE = """
import os, sys
from pathlib import Path
from hamn.xcat.stores.sqlite import SqliteStore

with SqliteStore(Path(sys.argv[1])).change(["hosts", "mac"]) as change:
    for name in ("hosts", "mac"):
        change.insert(name, [{"node": f"n{number}", "comments": "x" * 1000} for number in range(20000)])
    os.kill(os.getpid(), 9)
"""


def test_a_change_that_is_killed_before_its_commit_is_undone(directory: Path, sqlite: SqliteStore):
    assert subprocess.run([sys.executable, "-c", KILLED_INSIDE, str(directory)]).returncode == -9
    assert sqlite.read_all(["hosts", "mac"]) == {"hosts": [], "mac": []}


COUNTS = """
import sys
from pathlib import Path
from hamn.xcat.stores.sqlite import SqliteStore

store, number = SqliteStore(Path(sys.argv[1])), 0
print(flush=True)
while True:
    number += 1
    with store.change(["hosts", "mac", "nodehm"]) as change:
        for name in ("hosts", "mac", "nodehm"):
            change.put(name, [{"node": "n1", "comments": str(number)}])
"""


def test_a_change_of_several_files_that_is_killed_anywhere_is_in_all_of_them_or_in_none(
    directory: Path, sqlite: SqliteStore
):
    names = ["hosts", "mac", "nodehm"]
    for milliseconds in range(30, 400, 37):
        child = subprocess.Popen([sys.executable, "-c", COUNTS, str(directory)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(milliseconds / 1000)
        child.kill()
        child.wait()
        child.stdout.close()
        assert len({row["comments"] for rows in sqlite.read_all(names).values() for row in rows}) <= 1
    assert sqlite.read("hosts")


def test_another_program_that_keeps_the_files_open_sees_each_change_and_makes_its_own(
    directory: Path, sqlite: SqliteStore
):
    """As the real xcatd does, all its life."""
    with closing(sqlite3.connect(directory / "hosts.sqlite", isolation_level=None)) as other:
        assert other.execute("SELECT node FROM hosts").fetchall() == []
        for turn in range(3):
            with sqlite.change(["hosts", "mac"]) as change:
                change.insert("hosts", [{"node": f"ours{turn}"}])
            other.execute("INSERT INTO hosts (node, ip, comments) VALUES (?, '', NULL)", (f"theirs{turn}",))
            seen = other.execute("SELECT node FROM hosts ORDER BY rowid").fetchall()
            assert seen == [(row["node"],) for row in sqlite.read("hosts")]
        assert len(seen) == 6


def adds(directory: Path, names: list[str], number: int) -> None:
    for turn in range(20):
        with SqliteStore(directory, patience_s=60).change(names) as change:
            for name in names:
                change.insert(name, [{"node": f"n{number}-{turn}", "comments": str(len(change.read(name)))}])


def test_several_writers_wait_for_each_other_and_readers_see_whole_changes(directory: Path, sqlite: SqliteStore):
    orders = [["hosts", "mac", "nodehm"], ["nodehm", "hosts", "mac"], ["mac", "nodehm", "hosts"]]
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        work = pool.starmap_async(adds, [(directory, order, number) for number, order in enumerate(orders)])
        reader = SqliteStore(directory, patience_s=60)
        while not work.ready():
            seen = reader.read_all(orders[0])
            assert len({tuple(row["node"] for row in rows) for rows in seen.values()}) == 1
        work.get()
    assert [int(row["comments"]) for row in sqlite.read("hosts")] == list(range(60))


# -- what may be wrong --


@pytest.mark.parametrize("made", ["nothing", "directory", "empty file", "file of something else"])
def test_where_nobody_set_anything_up_nothing_is_made(tmp_path: Path, made: str):
    directory = tmp_path / "xcat"
    if made != "nothing":
        directory.mkdir()
    if made == "empty file":
        (directory / "site.sqlite").touch()
    if made == "file of something else":
        sql(directory, "site", "CREATE TABLE other (a)")
    store, before = SqliteStore(directory), list(tmp_path.rglob("*"))
    uses = (lambda: store.read("hosts"), lambda: store.read_all(TABLES), store.change(["hosts"]).__enter__)
    for use in uses:
        with pytest.raises(StoreError) as caught:
            use()
        assert code(caught) == "store-missing"
        assert "mount" in caught.value.report.hint
    assert list(tmp_path.rglob("*")) == before


def test_a_file_that_is_not_sqlite(directory: Path, sqlite: SqliteStore):
    (directory / "hosts.sqlite").write_bytes(b"node,ip\n" * 1000)
    with pytest.raises(StoreError) as caught:
        sqlite.read("hosts")
    assert code(caught) == "store-not-sqlite"
    assert caught.value.report.where == str(directory / "hosts.sqlite")


def test_a_file_that_was_cut(directory: Path, sqlite: SqliteStore):
    with sqlite.change(["hosts"]) as change:
        change.insert("hosts", [{"node": f"n{number}", "comments": "x" * 100} for number in range(1000)])
    os.truncate(directory / "hosts.sqlite", 8192)
    with pytest.raises(StoreError) as caught:
        sqlite.read("hosts")
    assert code(caught) == "store-damaged"


def test_a_pending_change_that_is_damaged(directory: Path, sqlite: SqliteStore):
    (directory / pending.NAME).write_text("[")
    with pytest.raises(StoreError) as caught:
        sqlite.read("hosts")
    assert (code(caught), caught.value.report.where) == ("store-damaged", str(directory / pending.NAME))


def test_a_change_that_waited_while_another_was_cut_completes_that_one_first(directory: Path, sqlite: SqliteStore):
    store, begun = SqliteStore(directory, patience_s=60), threading.Event()

    def waits() -> list[Row]:
        begun.set()
        with store.change(["hosts"]) as change:
            change.update("hosts", {"node": "n01"}, {"comments": "seen"})
        return store.read("hosts")

    with (
        ThreadPoolExecutor(1) as pool,
        closing(sqlite3.connect(directory / "hosts.sqlite", isolation_level=None)) as other,
    ):
        other.execute("BEGIN EXCLUSIVE")
        waiting = pool.submit(waits)
        begun.wait()
        time.sleep(0.3)  # by now it waits for its lock; if not, it finds the other change even sooner
        (directory / pending.NAME).write_text(json.dumps({"hosts": HOSTS}))
        other.execute("ROLLBACK")
        assert waiting.result() == [HOSTS[0], {**HOSTS[1], "comments": "seen"}]


def test_a_change_that_is_still_at_work_is_waited_for(directory: Path, sqlite: SqliteStore):
    with pending.Pending.announced(directory, {"hosts": HOSTS}) as announced:
        with pytest.raises(StoreError) as caught:
            sqlite.read("hosts")
        announced.done()
    assert code(caught) == "store-locked"
    assert sqlite.read("hosts") == []


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_locked_file_names_who_holds_it(directory: Path, sqlite: SqliteStore, lock: str):
    with closing(sqlite3.connect(directory / "hosts.sqlite", isolation_level=None)) as other:
        other.execute(lock)
        with pytest.raises(StoreError) as caught, sqlite.change(["hosts"]) as change:
            change.insert("hosts", HOSTS)
    assert code(caught) == "store-locked"
    assert f"(pid {os.getpid()})" in str(caught.value)
    assert sqlite.read("hosts") == []


@pytest.mark.parametrize("culprit", ["hosts", "mac", "nodelist"])
def test_of_several_files_the_one_that_refuses_is_named(directory: Path, sqlite: SqliteStore, culprit: str):
    """Who is told of another file restores, or waits for, the wrong one."""
    path = directory / f"{culprit}.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as locked, sqlite.change(["hosts", "mac", "nodelist"]):
            pass
    path.write_bytes(b"node,ip\n" * 1000)
    with pytest.raises(StoreError) as damaged, sqlite.change(["hosts", "mac", "nodelist"]):
        pass
    assert (code(locked), locked.value.report.where) == ("store-locked", str(path))
    assert f"(pid {os.getpid()})" in str(locked.value)
    assert (code(damaged), damaged.value.report.where) == ("store-not-sqlite", str(path))


def test_a_full_or_read_only_filesystem(directory: Path, sqlite: SqliteStore, tmp_path: Path):
    """On a filesystem of its own, in a mount namespace of its own: root is stopped by nothing less."""
    script = Path(__file__).with_name("odd_filesystems.py")
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", sys.executable, str(script), str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert (done.stdout.split(), done.stderr) == (["store-full", "store-read-only", "reads", "restored"], "")
