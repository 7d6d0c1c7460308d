"""The first row that matches decides; in doubt nobody is allowed anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.policy import Asked, Decision, complaints, decide
from hamn.xcat.ranges import Names, NodeView, expand

NODES = [{"node": f"n{i}", "groups": "rack1" if i < 3 else "rack2"} for i in range(1, 6)]
NAMES = Names(NodeView({"nodelist": NODES}))
Row = dict[str, str]


def nodes(text: str) -> list[str]:
    return expand(text, NAMES)


def may(rows: list[Row], asked: Asked) -> Decision:
    return decide(rows, asked, nodes)


def asked(user: str | None = "ann", command: str = "nodels", noderange: str | None = None, *args: str) -> Asked:
    return Asked(user, "client1", command, args, noderange)


DEFAULT = [
    {"priority": "4.5", "commands": "getcredentials", "rule": "allow"},
    {"priority": "2.3", "commands": "lsxcatd", "rule": "allow"},
    {"priority": "1.2", "name": "mn", "rule": "trusted"},
    {"priority": "1", "name": "root", "rule": "allow"},
]


@pytest.mark.parametrize(
    ("question", "allowed", "trusted"),
    [
        (asked("root"), True, False),
        (asked("mn"), True, True),
        (asked("ann"), False, False),
        (asked(None), False, False),
        (asked(None, "lsxcatd"), True, False),
        (asked("ann", "lsxcatd"), True, False),
        (asked("ann", "lsxcat"), False, False),
    ],
)
def test_a_fresh_table(question: Asked, allowed: bool, trusted: bool) -> None:
    decision = may(DEFAULT, question)
    assert (decision.is_allowed, decision.is_trusted) == (allowed, trusted)


@pytest.mark.parametrize(
    ("row", "question", "allowed"),
    [
        ({"name": "*"}, asked("ann"), True),
        ({"name": "*"}, asked(None), False),
        ({}, asked(None), True),
        ({"name": "Ann"}, asked("ann"), False),
        ({"host": "client1"}, asked(), True),
        ({"host": "client2"}, asked(), False),
        ({"commands": "nodech,nodels"}, asked(), True),
        ({"commands": "nodech"}, asked(), False),
        ({"commands": "node"}, asked(), False),
        ({"parameters": "^hosts"}, asked("ann", "nodels", None, "hosts.ip"), True),
        ({"parameters": "ip mac"}, asked("ann", "nodels", None, "hosts.ip", "mac.mac"), True),
        ({"parameters": "^ip"}, asked("ann", "nodels", None, "hosts.ip"), False),
        ({"noderange": "rack1"}, asked("ann", "nodels", "n1,n2"), True),
        ({"noderange": "rack1"}, asked("ann", "nodels", "n1,n3"), False),
        ({"noderange": "rack1"}, asked("ann", "nodels"), False),
        ({"noderange": "rack1"}, asked("ann", "nodels", "nosuch"), False),
        ({"time": "never"}, asked(), True),
        ({"disable": "1"}, asked(), False),
        ({"disable": "yes"}, asked(), False),
        ({"noderange": "nosuch"}, asked("ann", "nodels", "n1"), False),
        ({"parameters": "(("}, asked(), False),
    ],
)
def test_one_row(row: Row, question: Asked, allowed: bool) -> None:
    assert may([{"priority": "1", "rule": "allow", **row}], question).is_allowed is allowed


@pytest.mark.parametrize("rule", ["allow", "accept", "trusted", "ALLOW"])
def test_words_that_allow(rule: str) -> None:
    assert may([{"priority": "1", "rule": rule}], asked()).is_allowed


@pytest.mark.parametrize("rule", ["deny", "", "allo", "no"])
def test_all_others_deny(rule: str) -> None:
    later = {"priority": "2", "rule": "allow"}
    assert not may([{"priority": "1", "rule": rule}, later], asked()).is_allowed


@pytest.mark.parametrize(
    ("first", "second"), [("2", "10"), ("1.9", "1.10e1"), ("-1", "0"), ("x", "0.5"), (" 3", "4")]
)
def test_priorities_are_numbers(first: str, second: str) -> None:
    rows = [{"priority": second, "rule": "deny"}, {"priority": first, "rule": "allow"}]
    assert may(rows, asked()).is_allowed


def test_rows_share_the_nodes() -> None:
    rows = [
        {"priority": "1", "noderange": "rack1", "rule": "trusted"},
        {"priority": "2", "noderange": "rack2", "rule": "allow"},
    ]
    assert may(rows, asked("ann", "nodels", "n1,n5")).is_allowed
    assert not may(rows, asked("ann", "nodels", "n1,n5")).is_trusted
    assert may(rows, asked("ann", "nodels", "n1")).is_trusted


def test_one_denied_node_denies_all() -> None:
    rows = [
        {"priority": "1", "noderange": "n2", "rule": "deny"},
        {"priority": "2", "noderange": "rack1,rack2", "rule": "allow"},
    ]
    assert not may(rows, asked("ann", "nodels", "rack1")).is_allowed
    assert may(rows, asked("ann", "nodels", "n1,n3")).is_allowed


@pytest.mark.parametrize("row", [{"parameters": "(("}, {"noderange": "nosuch"}])
def test_a_broken_row_that_denies_denies(row: Row) -> None:
    rows = [{"priority": "1", "rule": "deny", **row}, {"priority": "2", "rule": "allow"}]
    assert not may(rows, asked("ann", "nodels", "n1")).is_allowed


FIELD = st.sampled_from
ROWS = st.lists(
    st.fixed_dictionaries(
        {"priority": FIELD(["1", "2", "2.5", "10", "x"]), "rule": FIELD(["allow", "deny", "trusted"])},
        optional={
            "name": FIELD(["ann", "bob", "*"]),
            "host": FIELD(["client1", "client2"]),
            "commands": FIELD(["nodels", "nodech,nodels", "nodech"]),
            "noderange": FIELD(["rack1", "rack2", "n1,n3", "nosuch"]),
            "parameters": FIELD(["ip", "^x", "(("]),
            "disable": FIELD(["1", "0"]),
        },
    ),
    max_size=6,
)
ASKED = st.builds(
    asked,
    FIELD(["ann", "bob", None]),
    FIELD(["nodels", "nodech"]),
    FIELD([None, "n1", "rack1", "n1,n3,n5", "nosuch"]),
)


@given(ROWS, ASKED)
def test_more_nodes_are_never_easier(rows: list[Row], question: Asked) -> None:
    """Who may not do it to some nodes may not do it to these and others."""
    if question.noderange in (None, "nosuch"):
        return
    more = Asked(question.user, question.host, question.command, question.args, f"{question.noderange},n4")
    if may(rows, more).is_allowed:
        assert may(rows, question).is_allowed


@given(ROWS, ASKED)
def test_a_certificate_never_takes_away_what_everybody_may(rows: list[Row], question: Asked) -> None:
    rows = [row for row in rows if row["rule"] != "deny"]
    nobody = Asked(None, question.host, question.command, question.args, question.noderange)
    if may(rows, nobody).is_allowed:
        assert may(rows, question).is_allowed


@given(ROWS, ASKED)
def test_disabled_rows_are_not_there(rows: list[Row], question: Asked) -> None:
    there = [row for row in rows if row.get("disable") != "1"]
    assert may(rows, question) == may(there, question)


@given(ROWS, ASKED)
def test_broken_rows_only_ever_take_away(rows: list[Row], question: Asked) -> None:
    """Allowed with them is allowed without them."""
    sound = [row for row in rows if row.get("noderange") != "nosuch" and row.get("parameters") != "(("]
    if may(rows, question).is_allowed:
        assert may(sound, question).is_allowed


def test_node_ranges_are_worked_out_only_where_rows_have_one() -> None:
    def refuses(text: str) -> list[str]:
        raise AssertionError(text)

    assert decide(DEFAULT, asked("root", "nodels", "n1"), refuses).is_allowed


def test_what_is_odd_about_rows() -> None:
    rows = [
        {"priority": "1", "rule": "allow"},
        {"priority": "x", "name": "ann", "rule": "allow"},
        {"priority": "2", "name": "ann", "rule": "disallow"},
        {"priority": "3", "name": "ann", "parameters": "((", "rule": "allow"},
        {"priority": "4", "rule": "deny"},
        {"priority": "5", "rule": "nonsense", "disable": "1"},
    ]
    found = sorted((report.code, report.where) for report in complaints(rows))
    assert found == [
        ("policy-everybody", "policy row '1'"),
        ("policy-parameters", "policy row '3'"),
        ("policy-priority", "policy row 'x'"),
        ("policy-rule", "policy row '2'"),
    ]
    assert complaints(DEFAULT) == []
