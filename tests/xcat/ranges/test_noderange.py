"""Every expansion that the reference has of the real program, and what each kind of mistake is answered with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("node08+3", "node08,node09,node10,node11"),
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
        ("f1n1-f2n3" + "x" * 300 + ",all", "Invalid nodes"),
        ("node[" + "1," * 100_000 + "x]", "Invalid bracket"),
    ],
)
def test_a_range_that_is_not_understood_says_why(text: str, reason: str) -> None:
    with pytest.raises(RangeError) as wrong:
        expand(text, names())
    assert reason in str(wrong.value)
    assert len(str(wrong.value)) <= 12_000


def test_a_long_list_of_unknown_names_is_cut_in_the_message_only() -> None:
    with pytest.raises(RangeError) as wrong:
        expand("x[1-1000]", names())
    assert str(wrong.value).endswith("x50,... (1000 names)")
    assert len(wrong.value.invalid) == 1000


def test_work_is_bounded_however_many_searches_a_range_has() -> None:
    with pytest.raises(RangeError, match="too much work"):
        expand(",".join(f"/n{number}" for number in range(2_000)), names())
    assert len(expand("all," * 400_000, names())) == 21


def test_a_slow_search_in_long_values_is_refused_and_a_quick_one_is_not() -> None:
    rows = tables() | {"postscripts": [{"node": "n01", "postscripts": "a" * 2_000}]}
    known = Names(NodeView(rows))
    assert expand("postscripts=~a$", known) == ["n01"]
    assert expand("postscripts=~^a.*a$", known) == ["n01"]
    with pytest.raises(RangeError, match="too much work"):
        expand("postscripts=~.*.*.*.*.*x", known)


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
    assert expand("rack1", Names(NodeView(rows), hidden=frozenset())) == ["node01", "node02", "node03", "node04"]


def test_disabled_rows_are_no_nodes_and_no_groups() -> None:
    rows = tables()
    rows["nodelist"][0]["disable"] = "yes"
    rows["nodegroup"][0]["disable"] = "1"
    with pytest.raises(RangeError, match=r"noderange: node01,dyn$"):
        expand("node01,dyn", Names(NodeView(rows)))


def test_a_node_wins_over_a_group_of_its_name_and_names_may_have_dashes() -> None:
    rows = [{"node": node, "groups": "login-1,x"} for node in ("x", "login-1", "login-2", "a-1-2", "1-2")]
    known = Names(NodeView({"nodelist": rows}))
    assert expand("login-1+1", known) == ["login-1", "login-2"]
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


ATOMS = [
    "node01",
    "node12",
    "rack1",
    "rack[2-3]",
    "rack1-rack2",
    "compute",
    "f[1-2]n[1-3]",
    "node03:node07",
    "10+2",
]
ATOMS += ["/node.*[24]", "mgt==hmc", "dyn", "01-03", "n[01,03]", "all"]
Tree = Any  # an atom, or what is joined, common, or left out of it
trees = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(st.just("union"), st.lists(st.tuples(st.booleans(), inner), min_size=1, max_size=4)),
        st.tuples(st.just("common"), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=12,
)


def written(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    kind, parts = tree
    if kind == "common":
        return "(" + "@".join(written(part) for part in parts) + ")"
    return "(" + ",".join(("-" if out else "") + written(part) for out, part in parts) + ")"


def meant(tree: Tree) -> set[str]:
    if isinstance(tree, str):
        return set(expand(tree, names()))
    kind, parts = tree
    if kind == "common":
        return set.intersection(*[meant(part) for part in parts])
    included = [meant(part) for out, part in parts if not out]
    excluded = [meant(part) for out, part in parts if out]
    return set().union(*included).difference(*excluded)


@given(trees)
def test_operators_are_those_of_sets(tree: Tree) -> None:
    assert expand(written(tree), names()) == sorted(meant(tree))


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 4), st.sampled_from(["", "-ib", "x7"]))
def test_every_way_to_write_a_range_means_the_same(one: int, other: int, width: int, suffix: str) -> None:
    low, high = sorted((one, other))
    expected = [f"c-{number:0{width}d}{suffix}" for number in range(low, high + 1)]
    known = Names(NodeView({"nodelist": [{"node": node} for node in expected]}))
    first, last = expected[0], expected[-1]
    bracketed = f"c-[{low:0{width}d}-{high:0{width}d}]{suffix}"
    for text in (f"{first}-{last}", f"{first}:{last}", bracketed, ",".join(expected)):
        assert expand(text, known) == sorted(expected)
    if suffix != "x7":  # the last number of a name is the one that counts on
        assert expand(f"{first}+{high - low}", known) == sorted(expected)


PIECES = [
    "node",
    "01",
    "1",
    "-",
    ":",
    ",",
    "@",
    "+",
    "[",
    "]",
    "(",
    ")",
    "/",
    "^",
    "rack1",
    "mgt",
    "==",
    "=~",
    ".",
    "*",
]
PIECES += ["\\", "{", "}", "2", "9999999999", " ", "!", "all", "/lists/nodes", "é", "\n", "?", "|", "$"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_whatever_is_typed_gives_known_nodes_or_an_error_that_says_why(text: str) -> None:
    known = names()
    try:
        found = expand(text, known)
    except RangeError as wrong:
        assert str(wrong)
    else:
        assert found == sorted(set(found) & set(known.nodes))
