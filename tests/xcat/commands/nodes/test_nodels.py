"""nodels, and the way it says what is wrong."""

import pytest

from tests.xcat.commands.definitions.cluster import Cluster


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("", "n01\nn02\nn03\n"),
        ("n01,n02", "n01\nn02\n"),
        ("n01,n02 hosts.ip", "n01: 10.1.1.1\nn02: 10.1.1.2\n"),
        ("n01 mac.mac hosts.ip", "n01: mac.mac: 02:00:0a:01:01:01\nn01: hosts.ip: 10.1.1.1\n"),
        ("n01 groups", "n01: compute,all\n"),
        ("n01 -H mgt", "n01: nodehm.mgt: ipmi\n"),
        ("n01 vpd.serial", "n01: \n"),
        ("n01 hosts", "n01: hosts.node: n01\nn01: hosts.ip: 10.1.1.1\n"),
        ("all hosts.ip=~/[23]$/ hosts.ip", "n02: 10.1.1.2\nn03: 10.1.1.3\n"),
        ("all hosts.ip!=10.1.1.1 nodehm.mgt==ipmi", "n02\nn03\n"),
        ("all nodehm.mgt==hmc", ""),
        ("mgt==ipmi,-n01", "n02\nn03\n"),
    ],
)
def test_every_form(mn: Cluster, words: str, printed: str) -> None:
    args = words.split()
    assert mn.good("nodels", *args[1:], noderange=args[0] if args else None) == printed


def test_an_empty_range_is_every_node(mn: Cluster) -> None:
    assert mn.good("nodels", noderange="") == "n01\nn02\nn03\n"


def test_blame_names_the_group(mn: Cluster) -> None:
    mn.good("nodegrpch", "compute", "noderes.syslog=x")
    assert mn.good("nodels", "-b", "noderes.syslog", "hosts.ip", noderange="n01") == (
        "n01: noderes.syslog: x (inherited from group compute)\nn01: hosts.ip: 10.1.1.1\n"
    )


def test_hidden_nodes_are_shown_with_S(mn: Cluster) -> None:
    mn.good("nodech", "nodelist.hidden=1", noderange="n02")
    assert mn.good("nodels") == "n01\nn03\n"
    assert mn.good("nodels", "-S") == "n01\nn02\nn03\n"


@pytest.mark.parametrize("word", ["nosuchtable.col", "hosts.nocol", "nosuch", "site.value", "policy"])
def test_what_is_no_column_of_nodes_is_said(mn: Cluster, word: str) -> None:
    said = mn.say("nodels", word, noderange="n01")
    assert (said.errors, said.out, said.status) == ([f"{word} not a valid table.column description"], "", 1)


def test_a_bad_range_is_said_in_the_real_ones_words_without_the_servers_name(mn: Cluster) -> None:
    said = mn.say("nodels", noderange="n01,nosuch")
    assert said.errors == ["Invalid nodes and/or groups in noderange: nosuch"]
    assert [answer.is_sourced for answer in said.answers] == [False]


@pytest.mark.parametrize("command", ["nodels", "nodeadd", "nodech", "nodegrpch", "noderm"])
def test_help_and_version(mn: Cluster, command: str) -> None:
    assert f"Usage: {command}" in mn.good(command, "-h")
    assert "Version" in mn.good(command, "-v")


@pytest.mark.parametrize("command", ["nodeadd", "nodech", "nodegrpch", "noderm"])
def test_no_words_are_too_few(mn: Cluster, command: str) -> None:
    before = mn.everything()
    said = mn.say(command)
    assert said.status == 1
    assert "Usage" in said.answers[0].text
    assert mn.everything() == before
