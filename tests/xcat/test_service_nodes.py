"""Who the service nodes are, and what an operator reads of those on which it wasn't done."""

from __future__ import annotations

import pytest

from hamn.xcat.service_nodes import found, main, summary

TABLES = {
    "nodelist": [
        {"node": "sn1", "groups": "service,all"},
        {"node": "sn2", "groups": "all"},
        {"node": "c1", "groups": "compute,all"},
        {"node": "c2", "groups": "compute,all"},
        {"node": "mn1", "groups": "all"},
    ],
    "nodegroup": [],
    "servicenode": [
        {"node": "service", "nameserver": "1"},
        {"node": "sn2", "tftpserver": "1"},
        {"node": "mn1", "nameserver": "1"},
    ],
    "noderes": [
        {"node": "compute", "servicenode": "sn2,sn3"},
        {"node": "c2", "servicenode": "10.0.0.9, mn"},
    ],
}


def test_they_are_those_of_either_table_once_without_the_management_node() -> None:
    assert found(TABLES, ("mn1", "mn")) == ("sn1", "sn2", "sn3", "10.0.0.9")


def test_a_value_that_ssh_would_read_as_an_option_is_no_node() -> None:
    assert (
        found({**TABLES, "servicenode": [], "noderes": [{"node": "c1", "servicenode": "-oProxyCommand=x"}]}, ())
        == ()
    )


def test_a_cluster_without_any() -> None:
    assert found({**TABLES, "servicenode": [], "noderes": []}, ()) == ()
    assert summary((), {}) == "there are no service nodes"


def test_the_one_line_names_the_dead_and_not_all_of_a_hundred() -> None:
    nodes = [f"sn{n}" for n in range(100)]
    assert summary(nodes, {}) == "done on 100 service nodes"
    line = summary(nodes, {"sn7": "No route to host"})
    assert line == "not done on 1 of 100 service nodes: sn7 (No route to host)"
    assert summary(nodes, dict.fromkeys(nodes, "no end within 30 s")).endswith(" and 92 more")


def test_tables_that_can_t_be_read_are_no_cluster_without_service_nodes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("XCATCFG", f"SQLite:{tmp_path}/none")
    assert main(["--limit-s", "5", "--", "true"]) == 1
    assert "can't be read" in capsys.readouterr().err
