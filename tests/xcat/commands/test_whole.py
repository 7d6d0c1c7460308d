"""dumpxCATdb and restorexCATdb: all tables out and in, or nothing."""

from __future__ import annotations

import resource
import signal
from pathlib import Path

import pytest

from hamn.xcat.tables import TABLES
from tests.xcat.commands.table_world import SAMPLES, Tables


def test_all_tables_out_and_in(tables: Tables, tmp_path: Path) -> None:
    assert tables.said("dumpxCATdb", "-p", "dump") == (
        0,
        " Creating dump for database dump\nBackup Complete.\n",
        "",
    )
    written = sorted(path.stem for path in (tmp_path / "dump").iterdir())
    assert written == sorted(TABLES.keys() - {"auditlog", "eventlog"})
    assert (tmp_path / "dump/site.csv").read_text() == (SAMPLES / "site.csv").read_text()
    before = {name: tables.csv(name) for name in TABLES}
    with tables.store.change(["hosts", "site", "policy"]) as change:
        change.delete("hosts", {})
        change.update("site", {"key": "master"}, {"value": "x"})
        change.insert("policy", [{"priority": "99"}])
    assert tables.said("restorexCATdb", "-p", "dump") == (0, "Restore of Database Complete.\n", "")
    assert {name: tables.csv(name) for name in TABLES} == before


def test_tables_without_a_file_stay_as_they_are(tables: Tables, tmp_path: Path) -> None:
    before = tables.csv("site"), tables.csv("mac")
    (tmp_path / "some").mkdir()
    assert tables.said("restorexCATdb", "-p", "some")[0] == 1
    (tmp_path / "some/hosts.csv").write_text('#node,ip\n"n01","7"\n')
    assert tables.said("restorexCATdb", "-V", "-p", "some") == (
        0,
        "Restoring hosts.csv.\nRestore of Database Complete.\n",
        "",
    )
    assert tables.csv("hosts").splitlines()[1:] == ['"n01","7",,,,']
    assert (tables.csv("site"), tables.csv("mac")) == before


def test_a_dump_that_cannot_be_written_leaves_the_older_one(tables: Tables, tmp_path: Path) -> None:
    tables.said("dumpxCATdb", "-p", "dump")
    before = {path.name: path.read_bytes() for path in (tmp_path / "dump").iterdir()}
    tables.said("chtab", "key=x", "site.value=1")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before["site.csv"]) + 5, limit[1]))
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        status, out, errors = tables.said("dumpxCATdb", "-p", "dump")
    finally:
        signal.signal(signal.SIGXFSZ, handler)
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (status, out, "site.csv: can't be written: File too large" in errors) == (1, "", True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "dump").iterdir()} == before


def test_tables_that_the_site_leaves_out(tables: Tables, tmp_path: Path) -> None:
    with tables.store.change(["site"]) as change:
        change.insert("site", [{"key": "skiptables", "value": "hosts,mac"}])
    tables.said("dumpxCATdb", "-a", "-p", "dump")
    written = {path.stem for path in (tmp_path / "dump").iterdir()}
    assert written == TABLES.keys() - {"hosts", "mac"}
    (tmp_path / "dump/hosts.csv").write_text("#node\n")
    before = tables.csv("hosts")
    assert tables.said("restorexCATdb", "-p", "dump") == (0, "Restore of Database Complete.\n", "")
    assert tables.csv("hosts") == before


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        ("hosts.csv", '#node,ip\n"a"\n', "hosts.csv:2"),
        ("hosts.csv", "x", "Data missing header line starting with #"),
        ("nosuch.csv", "#a\n", "is no table of xCAT's"),
        ("site.csv", "#key,value\n", "site.csv has no row"),
    ],
)
def test_one_wrong_file_and_nothing_is_restored(
    tables: Tables, tmp_path: Path, file: str, text: str, error: str
) -> None:
    tables.said("dumpxCATdb", "-p", "dump")
    with tables.store.change(["mac"]) as change:
        change.delete("mac", {})
    (tmp_path / "dump" / file).write_text(text)
    status, out, errors = tables.said("restorexCATdb", "-p", "dump")
    assert (status != 0, out, error in errors) == (True, "", True)
    assert tables.csv("mac").count("\n") == 1


def test_where_to(tables: Tables) -> None:
    assert tables.said("dumpxCATdb") == (1, "", " Requires -p with path to directory to hold db files.\n")
    assert tables.said("restorexCATdb", "-p", "/nonexistent") == (1, "", " Input path must exist \n")
    assert tables.said("restorexCATdb")[0] == 1
