"""nodech, nodeadd, nodegrpch, noderm: the rows as the real ones leave them; all of a command or nothing."""

import pytest

from tests.xcat.commands.definitions.cluster import Cluster


def test_nodech_sets_prepends_and_takes_away(mn: Cluster) -> None:
    mn.good("nodech", "groups,=rack1", "noderes.nfsserver=10.1.0.9", noderange="n01-n02")
    assert mn.good("nodels", "groups", noderange="n01") == "n01: rack1,compute,all\n"
    mn.good("nodech", "groups^=compute", "groups,=rack2", noderange="rack1")
    assert mn.good("nodels", "groups", noderange="n02") == "n02: rack2,rack1,all\n"
    assert mn.good("nodels", "noderes.nfsserver", noderange="n01,n03") == "n01: 10.1.0.9\nn03: 10.1.0.1\n"


def test_nodech_takes_a_value_with_an_operator_in_it(mn: Cluster) -> None:
    mn.good("nodech", "nodelist.comments=@=foo", noderange="n01")
    assert (mn.row("nodelist", node="n01") or {})["comments"] == "=foo"


def test_nodech_narrows_by_conditions(mn: Cluster) -> None:
    mn.good("nodech", "hosts.ip==10.1.1.2", "groups,=two", noderange="all")
    assert mn.good("nodels", noderange="two") == "n02\n"


def test_an_emptied_value_that_a_group_gives_is_blocked(mn: Cluster) -> None:
    mn.good("nodegrpch", "compute", "noderes.syslog=x")
    mn.good("nodech", "noderes.syslog=", noderange="n01")
    assert (mn.row("noderes", node="n01") or {})["syslog"] == "|^.*$||"
    assert mn.good("nodels", "noderes.syslog", noderange="n01,n02") == "n01: \nn02: x\n"


def test_an_emptied_value_makes_no_row(mn: Cluster) -> None:
    mn.good("nodech", "vpd.serial=", noderange="all")
    assert mn.store.read("vpd") == []


def test_nodech_d_deletes_rows(mn: Cluster) -> None:
    mn.good("nodech", "-d", "mac", "hosts", noderange="n01")
    assert [row["node"] for row in mn.store.read("mac")] == ["n02", "n03"]
    assert [row["node"] for row in mn.store.read("hosts")] == ["n02", "n03"]


def test_nodeadd_makes_nodes_of_a_range(mn: Cluster) -> None:
    mn.good("nodeadd", "n[10-13],-n12", "groups=all,new", "hosts.ip=|n(\\d+)|10.1.2.($1)|")
    assert mn.good("nodels", "hosts.ip", noderange="new") == "n10: 10.1.2.10\nn11: 10.1.2.11\nn13: 10.1.2.13\n"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("nodeadd", "n10 hosts.ip=1.2.3.4"),
        ("nodeadd", "n10 groups= hosts.ip=1.2.3.4"),
        ("nodeadd", "n10 groups=all hosts.nocol=1"),
        ("nodeadd", "n10;x groups=all"),
        ("nodeadd", "n[10-9] groups=all"),
        ("nodech", "n01 hosts.ip=1 hosts.nocol=1"),
        ("nodech", "n01 hosts.node=n02"),
        ("nodech", "n01,nosuch hosts.ip=1"),
        ("nodech", "-d n01 nosuch"),
        ("nodegrpch", "nosuch noderes.syslog=x"),
        ("nodegrpch", "compute nodelist.status=x"),
        ("noderm", "n01,nosuch"),
    ],
)
def test_where_anything_is_wrong_nothing_is_written(mn: Cluster, command: str, words: str) -> None:
    before = mn.everything()
    args = words.split()
    where = next(n for n, word in enumerate(args) if not word.startswith("-"))
    noderange = args.pop(where) if command in ("nodech", "noderm") else None
    said = mn.say(command, *args, noderange=noderange)
    assert said.status == 1
    assert said.errors
    assert mn.everything() == before


def test_nodegrpch_gives_it_to_the_group_and_clears_its_nodes(mn: Cluster) -> None:
    mn.good("nodegrpch", "compute", "nodehm.mgt=openbmc")
    assert (mn.row("nodehm", node="compute") or {})["mgt"] == "openbmc"
    assert "mgt" not in (mn.row("nodehm", node="n01") or {})
    assert mn.good("nodels", "mgt", noderange="n01") == "n01: openbmc\n"


def test_noderm_leaves_no_row(mn: Cluster) -> None:
    mn.good("noderm", noderange="n02")
    assert mn.good("nodels") == "n01\nn03\n"
    left = [table for table, rows in mn.everything().items() if any(row.get("node") == "n02" for row in rows)]
    assert left == []
