"""Policy rows against the tables as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.xcat.conversation import Request
from hamn.xcat.daemon.asked import Asked
from hamn.xcat.daemon.gate import Gate, Hosts
from hamn.xcat.stores.sqlite import SqliteStore


class _Client1(Hosts):
    def of(self, address: str) -> str:
        return "client1"


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    store = SqliteStore(tmp_path, 0.2)
    store.create()
    with store.change(["site", "policy", "nodelist", "nodehm"]) as change:
        change.insert("site", [{"key": "master", "value": "10.1.0.1"}])
        change.insert("nodelist", [{"node": f"n{i}", "groups": "all"} for i in range(1, 4)])
        change.insert("nodehm", [{"node": "n1", "mgt": "ipmi"}])
    return store


def may(store: SqliteStore, row: dict[str, str], noderange: str | None = None) -> bool:
    with store.change(["policy"]) as change:
        change.replace("policy", [{"priority": "1", "name": "ann", "rule": "allow", **row}])
    request = Request("nodels", noderange=noderange, user="ann", host="10.1.0.9")
    return Gate(store, _Client1()).judge(Asked(request)).is_allowed


def test_node_ranges_are_of_the_tables(store: SqliteStore) -> None:
    assert may(store, {"noderange": "mgt==ipmi"}, "n1")
    assert not may(store, {"noderange": "mgt==ipmi"}, "all")


def test_hosts_have_names(store: SqliteStore) -> None:
    assert may(store, {"host": "client1"})
    assert not may(store, {"host": "client2"})


def test_excluded_nodes_are_nobodys(store: SqliteStore) -> None:
    with store.change(["site"]) as change:
        change.insert("site", [{"key": "excludenodes", "value": "n2,n3"}])
    assert may(store, {"noderange": "n1"}, "all")
