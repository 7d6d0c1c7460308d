"""Which row a node takes a value from: the rules as they were seen, and a slow twin that keeps to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.ranges.expressions import expression
from hamn.xcat.ranges.nodes import NodeView, Tables
from hamn.xcat.tables import TABLES, dump

NODES = [
    {"node": "n01", "groups": "rack1, compute,all"},
    {"node": "n02", "groups": "compute,rack1"},
    {"node": "n03"},
]


def view(**tables: list[dict[str, str]]) -> NodeView:
    return NodeView({"nodelist": NODES, **tables})


def test_own_row_then_groups_in_their_order_column_by_column() -> None:
    nodes = view(
        noderes=[
            {"node": "n01", "netboot": "xnba"},
            {"node": "rack1", "netboot": "pxe", "tftpserver": "10.1.0.1"},
            {"node": "compute", "netboot": "petitboot", "tftpserver": "10.1.0.2", "nfsserver": "10.1.0.3"},
        ]
    )
    assert nodes.of("noderes", "n01") == {
        "node": "n01",
        "netboot": "xnba",
        "tftpserver": "10.1.0.1",
        "nfsserver": "10.1.0.3",
    }
    assert nodes.of("noderes", "n02")["tftpserver"] == "10.1.0.2"
    assert nodes.of("noderes", "n03") == {}
    assert nodes.of("noderes", "nosuch") == {}
    assert [node for node, _ in nodes.all("noderes")] == ["n01", "n02"]


def test_expressions_of_group_rows_and_of_own_rows_are_worked_out() -> None:
    nodes = view(
        hosts=[
            {"node": "compute", "ip": r"|n(\d+)|10.9.0.($1+0)|", "hostnames": r"/\z/-a/"},
            {"node": "n02", "hostnames": "|own($1)|"},
        ]
    )
    assert nodes.column("hosts", "ip") == {"n01": "10.9.0.1", "n02": "10.9.0.2"}
    assert nodes.column("hosts", "hostnames") == {"n01": "n01-a", "n02": "own2"}


def test_a_value_that_comes_to_nothing_hides_the_groups_below() -> None:
    nodes = view(
        nodehm=[
            {"node": "n01", "cons": "|^.*$||"},
            {"node": "rack1", "cons": "ipmi"},
            {"node": "compute", "cons": "x"},
        ]
    )
    assert nodes.of("nodehm", "n01") == {}
    assert nodes.column("nodehm", "cons") == {"n02": "x"}


@pytest.mark.parametrize("disable", ["1", "yes", "YES"])
def test_disabled_rows_count_as_absent(disable: str) -> None:
    nodes = view(nodehm=[{"node": "n01", "cons": "x", "disable": disable}, {"node": "compute", "cons": "ipmi"}])
    assert nodes.of("nodehm", "n01")["cons"] == "ipmi"
    assert view(nodehm=[{"node": "n01", "cons": "x", "disable": "0"}]).of("nodehm", "n01") == {
        "node": "n01",
        "cons": "x",
    }


def test_a_disabled_nodelist_row_is_no_node_and_a_hidden_one_is() -> None:
    rows = [{"node": "n01", "disable": "1", "groups": "a"}, {"node": "n02", "hidden": "1", "groups": "a"}]
    nodes = NodeView({"nodelist": rows, "hosts": [{"node": "a", "ip": "10.0.0.1"}]})
    assert nodes.column("hosts", "ip") == {"n02": "10.0.0.1"}
    assert nodes.groups() == {"a": ["n02"]}


def test_a_bad_expression_costs_one_value_and_is_reported_once() -> None:
    nodes = view(
        hosts=[
            {"node": "compute", "ip": "|n(|10.0.0.1|", "otherinterfaces": "|(\\D)|($1+0)|", "comments": "|(|"},
            {"node": "all", "ip": "10.0.0.9"},
            {"node": "n02", "hostnames": "b"},
        ]
    )
    assert dict(nodes.all("hosts")) == {
        "n01": {"node": "n01", "comments": "|(|"},
        "n02": {"node": "n02", "hostnames": "b", "comments": "|(|"},
    }
    list(nodes.all("hosts"))
    assert [report.where for report in nodes.reports] == [
        "table hosts, row compute, column ip",
        "table hosts, row compute, column otherinterfaces",
    ]
    assert "chtab node=compute hosts.ip=" in nodes.reports[0].hint


def test_a_node_may_have_several_rows() -> None:
    switch = [
        {"node": "n01", "switch": "s1", "port": "1"},
        {"node": "n01", "switch": "s2", "port": "2"},
        {"node": "compute", "vlan": "7"},
    ]
    nodes = view(switch=switch)
    assert nodes.rows("switch", "n01") == [{**switch[0], "vlan": "7"}, {**switch[1], "vlan": "7"}]
    assert nodes.of("switch", "n01") == {**switch[0], "vlan": "7"}


def test_a_node_named_as_a_group_gives_its_nodelist_row_to_nobody() -> None:
    rows = [{"node": "rack1", "status": "booted"}, {"node": "n01", "groups": "rack1"}]
    nodes = NodeView({"nodelist": rows})
    assert nodes.of("nodelist", "n01") == {"node": "n01", "groups": "rack1"}


def test_tables_whose_nodes_stand_in_another_column() -> None:
    nodes = NodeView({"nodelist": [{"node": "hmc1"}], "ppchcp": [{"hcp": "hmc1", "username": "u"}]})
    assert nodes.of("ppchcp", "hmc1") == {"hcp": "hmc1", "username": "u"}


SAMPLES = Path(__file__).parents[1] / "tables" / "samples"


def test_a_real_cluster_said_by_its_group_is_the_same_cluster() -> None:
    """A dump of the real program's, where each node has its own rows, and one row for their group instead."""

    def sample(name: str) -> list[dict[str, str]]:
        return dump.read(TABLES[name], (SAMPLES / f"{name}.csv").read_text(encoding="utf-8"), name)

    worked_out = {
        "hosts": {"ip": "|10.1.1.($1)|"},
        "ipmi": {"bmc": r"|n(\d+)|10.1.2.($1+0)|"},
        "mac": {"mac": r"|\D+(\d+)|02:00:0a:01:01:(sprintf('%02x',$1))|"},
    }
    nodelist = sample("nodelist")
    for table in ("hosts", "ipmi", "mac", "nodehm", "noderes", "nodetype"):
        own = sample(table)
        group = {**own[0], **worked_out.get(table, {}), "node": "compute"}
        expected = {row["node"]: row for row in own}
        assert dict(NodeView({"nodelist": nodelist, table: own}).all(table)) == expected
        assert dict(NodeView({"nodelist": nodelist, table: [group]}).all(table)) == expected


NAMES = ["n01", "n2", "x", "g1", "g2", "g3"]
COLUMNS = ["ip", "hostnames", "otherinterfaces"]
VALUES = ["", "a", "b", "|^.*$||", r"|\D+(\d+)|10.0.0.($1+0)|", "|v($1)|", r"/\z/-x/", "|(|", r"|(\D)|($1+1)|"]
rows = st.fixed_dictionaries(
    {"node": st.sampled_from(NAMES)},
    optional={column: st.sampled_from(VALUES) for column in COLUMNS}
    | {"disable": st.sampled_from(["1", "yes", "0"])},
)
clusters = st.fixed_dictionaries(
    {
        "nodelist": st.lists(
            st.fixed_dictionaries(
                {"node": st.sampled_from(NAMES[:3])},
                optional={
                    "groups": st.lists(st.sampled_from(NAMES[2:]), max_size=4).map(",".join),
                    "disable": st.sampled_from(["1", "0"]),
                },
            ),
            unique_by=lambda row: row["node"],
        ),
        "hosts": st.lists(rows, unique_by=lambda row: row["node"]),
    }
)


def slowly(tables: Tables, node: str, column: str) -> str:
    """The value of one column, asked for row by row."""
    for entry in tables["nodelist"]:
        if entry["node"] == node and entry.get("disable") not in ("1", "yes"):
            for name in [node, *entry.get("groups", "").split(",")]:
                for row in tables["hosts"]:
                    if row["node"] == name and row.get("disable") not in ("1", "yes") and row.get(column):
                        return worked_out(row[column], node)
    return ""


def worked_out(value: str, node: str) -> str:
    try:
        work_out = expression(value)
        return work_out(node) if work_out else value
    except ValueError:
        return ""


@given(clusters)
def test_all_of_and_the_slow_twin_agree(tables: Tables) -> None:
    full = {name: [{k: v for k, v in row.items() if v} for row in rows] for name, rows in tables.items()}
    nodes = NodeView(full)
    expected = {}
    for node in NAMES[:3]:
        values = {column: value for column in COLUMNS if (value := slowly(tables, node, column))}
        if values:
            expected[node] = {"node": node, **values}
        assert nodes.of("hosts", node) == expected.get(node, {})
    assert dict(nodes.all("hosts")) == expected
    assert [node for node, _ in nodes.all("hosts")] == [
        row["node"] for row in tables["nodelist"] if row["node"] in expected
    ]
