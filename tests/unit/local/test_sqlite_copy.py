"""Two filesystems that every Linux machine has stand for the shared one and the machine's own."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        assert Path(name).stat().st_dev != tmp_path.stat().st_dev
        yield Path(name)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "site.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("CREATE TABLE site (key, value); INSERT INTO site VALUES ('master', '10.0.0.1')")
    return path


def copy(*words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", "copy-sqlite", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True)


def rows(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        return opened.execute("SELECT key, value FROM site").fetchall()


def test_the_copy_has_what_was_committed_and_is_for_its_owner_only(database: Path, own: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO site VALUES ('domain', 'cluster')")
        writer.commit()
        writer.execute("INSERT INTO site VALUES ('half', 'done')")
        done = copy(database, own)
    assert done.returncode == 0, done.stderr
    (only,) = own.iterdir()
    assert done.stdout == f"{only}\n"
    assert only.stat().st_mode & 0o777 == 0o600
    assert rows(only) == [("master", "10.0.0.1"), ("domain", "cluster")]


def test_beside_the_database_it_is_refused(database: Path, tmp_path: Path) -> None:
    refused = copy(database, tmp_path)
    assert refused.returncode == 3
    assert "this machine's own disk" in refused.stderr
    assert list(tmp_path.iterdir()) == [database]


@pytest.mark.parametrize("content", [b"", None], ids=["no-length", "no-rows"])
def test_a_database_without_rows_costs_no_earlier_copy(database: Path, own: Path, content: bytes | None) -> None:
    assert copy(database, own).returncode == 0
    earlier = list(own.iterdir())
    if content is None:
        with closing(sqlite3.connect(database)) as emptied:
            emptied.execute("DELETE FROM site")
            emptied.commit()
    else:
        database.write_bytes(content)
    refused = copy(database, own, "--keep", "1")
    assert refused.returncode == 3
    assert "has no rows" in refused.stderr
    assert list(own.iterdir()) == earlier


@pytest.mark.parametrize("damage", [b"not a database" * 99, None], ids=["damaged", "vanished"])
def test_what_cannot_be_read_costs_no_earlier_copy(database: Path, own: Path, damage: bytes | None) -> None:
    assert copy(database, own).returncode == 0
    earlier = list(own.iterdir())
    database.unlink() if damage is None else database.write_bytes(damage)
    failed = copy(database, own, "--keep", "1")
    assert failed.returncode == 1
    assert str(database) in failed.stderr
    assert "Traceback" not in failed.stderr
    assert list(own.iterdir()) == earlier


def test_a_copy_that_cannot_be_restored_whole_is_not_kept(database: Path, own: Path) -> None:
    with closing(sqlite3.connect(database)) as made:
        made.executescript("CREATE INDEX by_value ON site (value)")
    content = database.read_bytes()
    at = content.rindex(b"10.0.0.1")
    assert content.count(b"10.0.0.1") == 2, "once in the table, once in the index"
    database.write_bytes(content[:at] + b"10.0.0.9" + content[at + 8 :])
    failed = copy(database, own)
    assert failed.returncode == 1
    assert "integrity_check" in failed.stderr
    assert not list(own.iterdir())


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(database: Path, own: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        failed = copy(database, own, "--limit", "0.1")
    assert failed.returncode == 1
    assert "locked" in failed.stderr
    assert not list(own.iterdir())


def test_the_latest_stay_and_strangers_are_not_touched(database: Path, own: Path) -> None:
    stranger = own / "site.sqlite.before-the-upgrade"
    stranger.touch()
    older, ahead = own / "site.sqlite.20010101T000000.000000Z", own / "site.sqlite.29990101T000000.000000Z"
    older.touch()
    ahead.touch()
    first = Path(copy(database, own, "--keep", "2").stdout.rstrip())
    assert set(own.iterdir()) == {stranger, ahead, first}
    second = Path(copy(database, own, "--keep", "1").stdout.rstrip())
    assert set(own.iterdir()) == {stranger, second}
    assert rows(second) == [("master", "10.0.0.1")]


@pytest.mark.parametrize(
    ("call", "status"),
    [("load()", 0), ("sys.exit(main(['copy-sqlite', '/a', '/b']))", 1)],
    ids=["a move", "a copy"],
)
def test_a_python_without_sqlite_can_do_everything_else(call: str, status: int) -> None:
    program = f"import sys; sys.modules['sqlite3'] = None; from hamn.local.main import load, main; {call}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
