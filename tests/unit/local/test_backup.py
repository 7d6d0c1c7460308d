"""Backups of real SQLite files. Two filesystems that every Linux machine has stand for the shared and its own."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamn.model.backup import Request, Source


@pytest.fixture
def own() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        yield Path(name)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for table, value in (("site", "10.0.0.1"), ("nodelist", "n1")):
        with closing(sqlite3.connect(tmp_path / f"{table}.sqlite")) as made:
            made.executescript(f"CREATE TABLE {table} (key, value); INSERT INTO {table} VALUES ('a', '{value}')")
    return tmp_path


def request(data: Path, directory: Path, **changes: Any) -> Request:
    whole = Request("hpc1", "mn1", str(directory), 3, (), (Source("xcat", "sqlite", str(data)),))
    return replace(whole, **changes)


def typed(command: str, asked: Request, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", command, *words]
    return subprocess.run(argv, capture_output=True, text=True, input=asked.text())


def made(asked: Request) -> dict[str, Any]:
    done = typed("back-up", asked)
    assert done.returncode == 0, done.stderr
    manifest: dict[str, Any] = json.loads(done.stdout)
    return manifest


def write(data: Path, table: str, value: str) -> None:
    with closing(sqlite3.connect(data / f"{table}.sqlite")) as opened:
        opened.execute(f"UPDATE {table} SET value = ?", (value,))
        opened.commit()


def read(path: Path, table: str) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as opened:
        return str(opened.execute(f"SELECT value FROM {table}").fetchone()[0])


def kept(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name != ".lock")


def aged(directory: Path, *stamps: str) -> None:
    for stamp in stamps:
        (directory / stamp).mkdir()
        (directory / stamp / "backup.json").write_text('{"name": "' + stamp + '"}')


def test_a_backup_has_what_was_committed_and_is_for_its_owner_only(data: Path, own: Path) -> None:
    with closing(sqlite3.connect(data / "site.sqlite")) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE site SET value = 'committed'")
        writer.commit()
        writer.execute("UPDATE site SET value = 'half done'")
        place = own / made(request(data, own))["name"] / "xcat"
    assert read(place / "site.sqlite", "site") == "committed"
    assert read(place / "nodelist.sqlite", "nodelist") == "n1"
    assert place.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}


def test_on_the_shared_data_it_is_refused(data: Path, own: Path) -> None:
    refused = typed("back-up", request(data, own / "deep", shared=("/dev/shm",)))
    assert refused.returncode == 3
    assert "each machine's own disk" in refused.stderr
    assert list(own.iterdir()) == []


def test_a_database_that_is_not_there_pushes_no_backup_out(data: Path, own: Path) -> None:
    aged(own, "20200101T000000Z")
    empty = data / "unmounted"
    empty.mkdir()
    refused = typed("back-up", request(empty, own, keep=1))
    assert refused.returncode == 3
    assert "mounted" in refused.stderr
    assert kept(own) == ["20200101T000000Z"]


def test_a_damaged_database_leaves_the_earlier_backups(data: Path, own: Path) -> None:
    aged(own, "20200101T000000Z")
    (data / "site.sqlite").write_bytes(b"not a database" * 1000)
    failed = typed("back-up", request(data, own, keep=1))
    assert failed.returncode == 1
    assert kept(own) == ["20200101T000000Z"]


def test_the_oldest_go_and_what_is_none_of_ours_stays(data: Path, own: Path) -> None:
    aged(own, "20200101T000000Z", "20200102T000000Z", "20200103T000000Z", "29990101T000000Z")
    (own / "notes").mkdir()
    (own / ".making-1").mkdir()  # as a backup that was killed leaves it
    fresh = made(request(data, own))["name"]
    assert kept(own) == ["20200103T000000Z", fresh, "29990101T000000Z", "notes"]


def test_what_is_listed_tells_its_age(data: Path, own: Path) -> None:
    aged(own, "20200101T000000Z")
    fresh = made(request(data, own))["name"]
    (own / "20210101T000000Z").mkdir()  # without an account of itself it is none
    done = typed("backups", request(data, own), str(own))
    first, last = json.loads(done.stdout)
    assert (first["name"], last["name"], last["pair"]) == ("20200101T000000Z", fresh, "hpc1")
    assert first["age_s"] > last["age_s"]


def test_the_tables_own_dump_may_fail_and_the_rest_is_kept(data: Path, own: Path) -> None:
    done = typed("back-up", request(data, own, tables=("cat",)))
    assert done.returncode == 4
    manifest = json.loads(done.stdout)
    assert "directory" in manifest["lacks"][0]
    assert (own / manifest["name"] / "xcat" / "site.sqlite").exists()


def test_restored_it_says_what_it_said_and_what_it_said_since_is_kept(data: Path, own: Path) -> None:
    asked = request(data, own)
    stamp = made(asked)["name"]
    assert typed("restore", asked, stamp, "--look").stdout == "holds\n"
    write(data, "site", "wrong")
    (data / "nodelist.sqlite").unlink()
    (data / "hamn-pending-change.json").write_text("{}")
    assert typed("restore", asked, stamp, "--look").stdout == "lacks\n"
    done = typed("restore", asked, stamp)
    assert done.returncode == 0, done.stderr
    assert read(data / "site.sqlite", "site") == "10.0.0.1"
    assert read(data / "nodelist.sqlite", "nodelist") == "n1"
    (beside,) = data.glob("before-restore-*")
    assert read(beside / "site.sqlite", "site") == "wrong"
    assert not (data / "hamn-pending-change.json").exists()
    assert typed("restore", asked, stamp, "--look").stdout == "holds\n"


def test_a_restore_that_was_killed_keeps_the_very_first_files(data: Path, own: Path) -> None:
    asked = request(data, own)
    stamp = made(asked)["name"]
    write(data, "site", "first")
    aside = data / ".hamn-restoring"
    aside.mkdir()
    (data / "site.sqlite").rename(aside / "site.sqlite")  # killed here
    assert typed("restore", asked, stamp).returncode == 0
    (beside,) = data.glob("before-restore-*")
    assert read(beside / "site.sqlite", "site") == "first"
    assert read(data / "site.sqlite", "site") == "10.0.0.1"


def test_a_backup_of_another_pair_or_of_nothing_is_refused(data: Path, own: Path) -> None:
    asked = request(data, own)
    stamp = made(asked)["name"]
    for other, name in ((replace(asked, pair="hpc2"), stamp), (asked, "20200101T000000Z")):
        refused = typed("restore", other, name)
        assert refused.returncode == 3, refused.stderr
    assert read(data / "site.sqlite", "site") == "10.0.0.1"
