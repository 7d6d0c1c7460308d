"""noderange: what a range means in these tables, one node a line."""

from __future__ import annotations

import pytest

from tests.xcat.commands.table_world import Tables


@pytest.fixture
def tables(tables: Tables) -> Tables:
    """With nodes that are hidden, left out, and in a group that is chosen by an attribute."""
    with tables.store.change(["nodelist", "nodegroup", "nodehm", "site"]) as change:
        change.insert("nodelist", [{"node": "f1n1", "groups": "frame"}, {"node": "spare", "hidden": "1"}])
        change.insert("nodelist", [{"node": "out", "groups": "frame"}])
        change.insert("nodehm", [{"node": "frame", "mgt": "hmc"}])
        change.insert("nodegroup", [{"groupname": "dyn", "grouptype": "dynamic", "wherevals": "mgt==hmc"}])
        change.insert("site", [{"key": "excludenodes", "value": "out"}])
    return tables


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("n01-n02", "n01 n02"),
        ("n[01-03],-n02", "n01 n03"),
        ("frame", "f1n1"),
        ("mgt==hmc", "f1n1"),
        ("nodehm.mgt=~^ip", "n01 n02 n03"),
        ("mac.mac!~:02$", "n01 n03"),
        ("dyn", "f1n1"),
        ("compute@dyn", ""),
        ("/n.*3", "n03"),
        ("", ""),
    ],
)
def test_nodes(tables: Tables, text: str, nodes: str) -> None:
    assert tables.said("noderange", text) == (0, "".join(f"{node}\n" for node in nodes.split()), "")


def test_hidden_nodes_are_shown_to_who_asks_for_them(tables: Tables) -> None:
    assert tables.said("noderange", "spare,n01") == (0, "n01\n", "")
    assert tables.said("noderange", "-S", "spare,n01") == (0, "n01\nspare\n", "")


def test_a_file_is_read_only_in_its_owners_own_process(tables: Tables) -> None:
    (tables.directory / "range").write_text("# which\nmgt==hmc\nn02\n")
    status, out, errors = tables.said("noderange", "^range")
    assert (status, out, "files can't be read here" in errors) == (1, "", True)
    (answer,) = tables.run("noderange", "^range", is_local=True)
    assert answer.text == "f1n1\nn02"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nosuch,n01", "Invalid nodes and/or groups in noderange: nosuch\n"),
        ("mgt=~*", "Invalid noderange: mgt=~*"),
        ("nosuch.mgt==x", "nosuch.mgt not a valid table.column description\n"),
    ],
)
def test_what_means_nothing(tables: Tables, text: str, error: str) -> None:
    status, out, errors = tables.said("noderange", text)
    assert (status, out, errors.startswith(error)) == (1, "", True)


@pytest.mark.parametrize("words", [[], ["n01", "n02"], ["--nosuch", "n01"]])
def test_how_it_is_called(tables: Tables, words: list[str]) -> None:
    status, out, errors = tables.said("noderange", *words)
    assert (status, out.startswith("Usage: noderange"), errors) == (1, True, "")
