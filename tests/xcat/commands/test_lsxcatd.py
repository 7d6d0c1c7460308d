"""lsxcatd: version, kind, database."""

from __future__ import annotations

import pytest

from hamn.xcat.commands import COMMANDS, World
from hamn.xcat.conversation import Request
from hamn.xcat.making.machine import Machine
from hamn.xcat.stores import open_store, parse
from tests.xcat.commands.table_world import Tables


def test_lsxcatd(tables: Tables) -> None:
    version, kind, engine = tables.said("lsxcatd", "-a")[1].splitlines()
    assert version.startswith("Version 2.")
    assert (kind, engine) == ("This is a Management Node", "dbengine=SQLite")
    assert tables.said("lsxcatd", "-v")[1] == version + "\n"
    assert tables.said("lsxcatd")[0] == tables.said("lsxcatd", "-z")[0] == 1


@pytest.mark.parametrize(
    ("cfgloc", "lines"),
    [
        (
            "Pg:dbname=xcatdb;host=db|xcatadm|secret",
            "cfgloc=Pg:dbname=xcatdb;host=db|xcatadm dbengine=Pg dbname=xcatdb dbhost=db dbadmin=xcatadm",
        ),
        (
            "mysql:dbname=xcatdb;host=mn|adm|secret",
            "cfgloc=mysql:dbname=xcatdb;host=mn|adm dbengine=mysql dbname=xcatdb dbhost=mn dbadmin=adm",
        ),
    ],
)
def test_a_server_is_named_without_its_password(cfgloc: str, lines: str) -> None:
    world = World(open_store(parse(cfgloc, "XCATCFG")), Machine.here())
    said = [answer.text for answer in COMMANDS["lsxcatd"](Request("lsxcatd", ("-d",)), world)]
    assert said == lines.split()


def test_db2_has_other_words(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    """There's no such server here: its name and place, over tables that can be read."""
    monkeypatch.setattr(type(tables.store), "engine", "DB2")
    monkeypatch.setattr(type(tables.store), "where", str(parse("DB2:xcatdb|xcatadm|secret", "XCATCFG")))
    tables.said("chtab", "key=databaseloc", "site.value=/databaseloc")
    assert tables.said("lsxcatd", "-d")[1].split() == (
        ["cfgloc=DB2:xcatdb|xcatadm", "dbengine=DB2", "dbinstance=xcatadm", "dbname=xcatdb", "dbloc=/databaseloc"]
    )
