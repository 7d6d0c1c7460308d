"""The databases dumped where the role is, and put back: with MariaDB, as its clients see it."""

from __future__ import annotations

import json

from tests.lab.pair import Pair

DIRECTORY = "/var/backups/hamn"


def asked(pair: Pair, sql: str) -> str:
    return pair.sh("mn1", "mariadb", "-NBe", sql, "hamn").strip()


def test_what_was_spoilt_since_the_backup_is_put_back(pair: Pair) -> None:
    assert "made on mn1" in pair.said("mn2", "backup", exits=3)
    stamp = pair.hamn("mn1", "backup")["backup"]
    kept = pair.sh("mn1", "find", f"{DIRECTORY}/{stamp}", "-printf", "%P %m\n").split("\n")
    assert {"xcat/0.sql.gz 600", "xcat/accounts.sql.gz 600", "tables/site.csv 600"} <= set(kept)

    nodes = asked(pair, "SELECT count(*) FROM nodelist")
    asked(pair, "DROP TABLE nodelist; CREATE TABLE since (x INT); UPDATE site SET value = 'spoilt'")
    result = pair.hamn("mn1", "restore", "latest")
    assert result["outcome"] == "done", result["messages"]
    stopped = [s["resource"] for s in result["steps"] if s["id"].endswith("/stop") and s["outcome"] == "done"]
    assert stopped == ["service.daemon"]  # whoever doesn't use the database goes on
    assert asked(pair, "SELECT count(*) FROM nodelist") == nodes
    assert asked(pair, "SELECT count(*) FROM site WHERE value = 'spoilt'") == "0"
    assert "since" not in asked(pair, "SHOW TABLES").split()
    assert pair.hamn("mn1", "status")["active"] == "mn1"

    listed = pair.hamn("mn1", "restore")["backups"]
    before = next(each for each in listed if stamp in each["why"])
    dump = pair.sh("mn1", "zcat", f"{DIRECTORY}/{before['name']}/xcat/0.sql.gz")
    assert "'spoilt'" in dump and "CREATE TABLE `since`" in dump

    again = pair.hamn("mn1", "restore", stamp)
    assert json.dumps(again["steps"]) == "[]"


def test_on_the_shared_data_no_backup_is_made(pair: Pair) -> None:
    """The declaration can't know what a link leads to."""
    pair.sh("mn1", "rm", "-rf", DIRECTORY)
    pair.sh("mn1", "ln", "-s", "/install", DIRECTORY)
    try:
        assert "shared data" in pair.said("mn1", "backup", exits=3)
        assert pair.sh("mn1", "find", "/install", "-name", "*.sql.gz") == ""
    finally:
        pair.sh("mn1", "rm", DIRECTORY)
