"""Every expansion that the reference has of the real program, and what each kind of mistake is answered with."""

from __future__ import annotations

import pytest

from hamn.xcat.ranges.names import Names
from hamn.xcat.ranges.noderange import expand
from hamn.xcat.ranges.nodes import NodeView
from hamn.xcat.ranges.numbered import RangeError

from .cluster import names, tables

FRAMES = "f1n1,f1n2,f1n3,f2n1,f2n2,f2n3"
RACK1 = "node01,node02,node03,node04"
RACK2 = "node05,node06,node07,node08"


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("node[01-03]", "node01,node02,node03"),
        ("node[01-03,07]", "node01,node02,node03,node07"),
        ("node01-node04", RACK1),
        ("node01:node04", RACK1),
        ("node[01:04]", RACK1),
        ("f[1-2]n[1-3]", FRAMES),
        ("f1n1-f1n3", "f1n1,f1n2,f1n3"),
        ("f1n2-f2n2", "f1n2,f2n2"),
        ("rack1", RACK1),
        ("rack1-rack2", f"{RACK1},{RACK2}"),
        ("rack[1-2]", f"{RACK1},{RACK2}"),
        ("rack1,-node02", "node01,node03,node04"),
        ("-node02,rack1", "node01,node03,node04"),
        ("rack1,-node02,node02", "node01,node03,node04"),
        ("compute,-rack1-rack2", "n01,n02,n03,node09,node10,node11,node12"),
        ("all,-(rack1,rack2)", f"{FRAMES},n01,n02,n03,node09,node10,node11,node12"),
        ("rack1@compute", RACK1),
        ("rack1@rack2", ""),
        ("compute@rack1@node01-node02", "node01,node02"),
        ("(rack1,rack2)@compute", f"{RACK1},{RACK2}"),
        ("compute@(rack1,-node01)", "node02,node03,node04"),
        ("rack1,-rack1@node01", "node02,node03,node04"),
        ("node10+2", "node10,node11,node12"),
        ("f1n1+2", "f1n1,f1n2,f1n3"),
        ("10+2", "node10,node11,node12"),
        ("01-03", "node01,node02,node03"),
        ("01-03,-02", "node01,node03"),
        ("/node0[1-3]", "node01,node02,node03"),
        ("/node.*[24]", "node02,node04,node12"),
        ("/node0{1,2}[1,2]", "node01,node02"),
        ("/n(ode)?0[12]", "n01,n02,node01,node02"),
        ("/rack.*", ""),
        ("/node", ""),
        ("mgt==hmc", FRAMES),
        ("nodehm.mgt==hmc", FRAMES),
        ("nodehm.mgt=~h.c", FRAMES),
        ("nodehm.mgt=~/h.c/", FRAMES),
        ("nodehm.mgt!=ipmi", FRAMES),
        ("mgt!~^(ipmi|kvm)$", FRAMES),
        ("compute,-mgt==ipmi,-rack2,-rack3", RACK1),
        ("dyn", FRAMES),
        ("dyn@f1n1-f1n3", "f1n1,f1n2,f1n3"),
        ("both", "f2n1,f2n2,f2n3"),
        ("^/lists/nodes", "node01,node02,node05,node09,node10,node11,node12"),
        ("^/lists/nodes,-node05", "node01,node02,node09,node10,node11,node12"),
        ("^/lists/missing", ""),
        ("node01,node01", "node01"),
        (" node02 , node01 ,", "node01,node02"),
        ("", ""),
    ],
)
def test_expansions(text: str, nodes: str) -> None:
    assert ",".join(expand(text, names())) == nodes


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("nosuch", "nosuch"),
        ("node01,nosuch,rack9", "nosuch,rack9"),
        ("all,-nosuch", "nosuch"),
        ("node[1-3]", "node1,node2,node3"),
        ("node1-node3", "node1,node2,node3"),
        ("node09-node14", "node13,node14"),
        ("NODE01", "NODE01"),
        ("node01.cluster.test", "node01.cluster.test"),
        ("node*", "node*"),
        ("node01-rack1", "node01-rack1"),
        ("node01)", "node01)"),
        ("compute@-rack1", "-rack1"),
        ("^/lists/wrong", "nosuch"),
    ],
)
def test_unknown_names_fail_the_whole_range(text: str, unknown: str) -> None:
    with pytest.raises(RangeError) as wrong:
        expand(text, names())
    assert str(wrong.value) == f"Invalid nodes and/or groups in noderange: {unknown}"
    assert wrong.value.invalid == tuple(unknown.split(","))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("f1n1-f2n3", "only one number may vary"),
        ("node04-node01", "04 comes after 01"),
        ("node[04-01]", "04 comes after 01"),
        ("node[01-", "Unclosed '['"),
        ("(rack1,rack2", "Unclosed '('"),
        ("/[", "Unclosed '['"),
        ("/(", "Unclosed '('"),
        ("/*", "nothing to repeat"),
        ("node01]", "Unclosed bracket"),
        ("node[]", "neither a number"),
        ("node[a-c]", "neither a number"),
        ("rack1@", "a name is missing"),
        ("-", "a name is missing"),
        ("(rack1)rack2", "expected after a closing parenthesis"),
        ("all,-^/lists/nodes", "can't be excluded"),
        ("nosuchattribute==1", "'nosuchattribute' is not a valid attribute name for an object type of 'node'."),
        ("nosuch.mgt==hmc", "nosuch.mgt not a valid table.column description"),
        ("nodehm.nosuch==hmc", "nodehm.nosuch not a valid table.column description"),
        ("mgt=~*", "nothing to repeat"),
        ("node[0-999999999]", "means 1000000000 names, more than"),
        ("node[1-1000][1-1000][1-1000]", "names, more than"),
        ("node0+99999999", "names, more than"),
        ("node0-node99999999999999999999", "digits, more than"),
        ("/(a+)+b", "can take for ever"),
        ("(" * 50 + "rack1" + ")" * 50, "parentheses in each other"),
        ("9" * 3_000_000, "characters, more than"),
    ],
)
def test_a_range_that_is_not_understood_says_why(text: str, reason: str) -> None:
    with pytest.raises(RangeError) as wrong:
        expand(text, names())
    assert reason in str(wrong.value)
    assert len(str(wrong.value)) < 1_000


def test_a_long_list_of_unknown_names_is_cut_in_the_message_only() -> None:
    with pytest.raises(RangeError) as wrong:
        expand("x[1-1000]", names())
    assert str(wrong.value).endswith("x50,... (1000 names)")
    assert len(wrong.value.invalid) == 1000


def test_work_is_bounded_however_often_a_name_is_repeated() -> None:
    with pytest.raises(RangeError, match="looks at more than"):
        expand("all," * 480_000, names())


def test_files_are_read_by_who_asks_for_them_only() -> None:
    asked: list[str] = []

    def read(path: str) -> str | None:
        asked.append(path)
        return "node01\n"

    assert expand("^/etc/shadow,node02", names(read)) == ["node01", "node02"]
    assert asked == ["/etc/shadow"]
    with pytest.raises(RangeError, match="files can't be read here"):
        expand("^/etc/shadow", Names(NodeView(tables())))


def test_excluded_and_hidden_nodes_are_in_no_range() -> None:
    rows = tables()
    rows["nodelist"][0]["hidden"] = "1"
    known = Names(NodeView(rows), excluded="rack1@node02,gone")
    assert expand("rack1", known) == ["node03", "node04"]
    assert expand("node01,node02,node03", known) == ["node03"]


def test_disabled_rows_are_no_nodes_and_no_groups() -> None:
    rows = tables()
    rows["nodelist"][0]["disable"] = "yes"
    rows["nodegroup"][0]["disable"] = "1"
    with pytest.raises(RangeError, match=r"noderange: node01,dyn$"):
        expand("node01,dyn", Names(NodeView(rows)))


def test_a_node_wins_over_a_group_of_its_name_and_names_may_have_dashes() -> None:
    rows = [{"node": node, "groups": "login-1,x"} for node in ("x", "login-1", "login-2", "a-1-2", "1-2")]
    known = Names(NodeView({"nodelist": rows}))
    assert expand("x", known) == ["x"]
    assert expand("login-1", known) == ["login-1"]
    assert expand("login-1-login-2", known) == ["login-1", "login-2"]
    assert expand("a-1-2", known) == ["a-1-2"]
    assert expand("1-2", known) == ["1-2"]


def test_a_dynamic_group_whose_selection_is_wrong_says_so() -> None:
    rows = tables() | {"nodegroup": [{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt=hmc"}]}
    with pytest.raises(RangeError, match="Invalid wherevals of dynamic group dyn: mgt=hmc"):
        expand("dyn", Names(NodeView(rows)))


def test_an_attribute_is_looked_for_where_the_node_keeps_it() -> None:
    rows = tables()
    rows["ipmi"] = [{"node": "n01", "bmc": "b"}, {"node": "f1n1", "bmc": "b"}]
    assert expand("bmc==b", Names(NodeView(rows))) == ["n01"]  # f1n1's mgt is hmc: its row in ipmi is a left-over
