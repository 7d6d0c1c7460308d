"""Daemons of service nodes stop and begin anew with the role. One node here answers (it is the lab's other machine
under its own address), one is dead: nobody waits for it, and the operator is told its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

DECLARATION = "/etc/hamn/pair.toml"
LIVES, DEAD = "10.77.0.12", "10.77.0.99"
NODES = f"""
[service_nodes.cluster]
nodes = ["{LIVES}", "{DEAD}"]
stop = ["touch", "/run/service-node stopped"]
start = ["true"]
limit_s = 10
"""


@pytest.fixture
def declared(pair: Pair) -> Iterator[Pair]:
    text = pair.sh("mn1", "cat", DECLARATION) + NODES
    with pair.changed("mn1", DECLARATION, text), pair.changed("mn2", DECLARATION, text):
        for name in ("mn1", "mn2"):
            pair.sh(name, "chmod", "600", DECLARATION)
        yield pair
        pair.hamn("mn1", "switchover", "--to", "mn1", exits=None)
    pair.sh("mn2", "rm", "-f", "/run/service-node stopped")


def test_the_dead_one_is_named_and_the_role_moves_all_the_same(declared: Pair) -> None:
    (rule,) = declared.hamn("mn1", "check", "--only", "service-nodes-answer", exits=None)["rules"]
    (seen,) = (entry for entry in rule["seen"] if entry["outcome"] == "problem")
    assert (seen["machine"], "10.77.0.99" in seen["what"], bool(seen["hint"])) == ("mn1", True, True)
    moved = declared.hamn("mn1", "switchover", exits=4)
    assert (moved["outcome"], moved["active"]) == ("degraded", "mn2")
    told = [m["what"] for m in moved["messages"] if "service_nodes.cluster" in m["what"]]
    assert len(told) == 2
    assert all(DEAD in what for what in told)
    assert "not done on 1 of 2 service nodes" in told[0]
    declared.sh("mn2", "ls", "/run/service-node stopped")


def test_they_are_found_in_the_tables(pair: Pair) -> None:
    pair.sh("mn1", "hamn", "xcat", "nodeadd", "sn99", "groups=service", "servicenode.nameserver=1")
    try:
        asked = pair.lab.run("mn1", ["hamn", "xcat", "on-service-nodes", "--", "true"])
    finally:
        pair.sh("mn1", "hamn", "xcat", "noderm", "sn99")
    assert asked.returncode == 1
    assert asked.stdout.startswith("not done on 1 of 1 service nodes: sn99 (")
