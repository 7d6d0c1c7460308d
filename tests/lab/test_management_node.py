"""The management node in the pair: its definitions and what is made of them, whichever machine has the role."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from hamn.lab.cluster import CLIENT_ADDRESS, NODES
from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

LEASE = """\
import sys
sys.path.append("/opt/hamn/src")
import socket
from hamn.lab.dhcp import Asking
asking = Asking("eth0")
asking.ask()
print(socket.inet_ntoa(asking.address))
"""
DEFINED = """\
import sys
sys.path.append("/opt/hamn/src")
from hamn.lab.daemon import Daemon
print("\\n".join(Daemon("10.77.0.10", connect_s=2, read_s=10).ask(*sys.argv[1:])))
"""


def asked(pair: Pair, *words: str) -> list[str]:
    """What the client is told at the virtual IP, with its own certificate."""
    return pair.sh("client", "python3", "-c", DEFINED, *words).splitlines()


def address_of(pair: Pair, node: str) -> str:
    return pair.sh("client", "dig", "+short", "+time=2", "@10.77.0.10", f"{node}.cluster.test").strip()


def chtab(pair: Pair, where: str, *words: str) -> None:
    pair.sh(where, "hamn", "xcat", "chtab", *words)


@pytest.fixture
def moved_node(pair: Pair) -> Iterator[tuple[str, str]]:
    """A node has another address than every file says; afterwards it is as before, everywhere."""
    node, address = "node0700", "10.79.200.7"
    chtab(pair, "mn1", f"node={node}", f"hosts.ip={address}")
    yield node, address
    active = pair.hamn("mn1", "status", exits=None)["active"]
    chtab(pair, active, f"node={node}", "hosts.ip=10.79.2.201")
    pair.sh(active, "hamn", "xcat", "generate")
    pair.sh("mn2" if active == "mn1" else "mn1", "hamn", "xcat", "generate")


def test_definitions_names_and_leases_come_from_the_tables(pair: Pair) -> None:
    assert len(asked(pair, "nodels")) == NODES
    assert "    ip=10.77.0.201" in asked(pair, "lsdef", "node0001")
    assert address_of(pair, "node1000") == "10.79.4.1"
    assert pair.sh("client", "python3", "-c", LEASE).strip() == CLIENT_ADDRESS


def test_who_has_no_row_of_policy_is_told_nothing(pair: Pair) -> None:
    chtab(pair, "mn1", "priority=6.1", "policy.rule=deny")
    try:
        said = pair.lab.run("client", ["python3", "-c", DEFINED, "lsdef", "node0001"])
        assert "Permission denied" in said.stderr
        assert asked(pair, "lsxcatd", "-v")[0].startswith("Version ")
    finally:
        chtab(pair, "mn1", "priority=6.1", "policy.rule=allow")


def test_the_standby_s_files_are_ready_before_the_move(pair: Pair, moved_node: tuple[str, str]) -> None:
    node, address = moved_node
    document = pair.hamn("mn1", "switchover")
    steps = {step["id"]: (step["phase"], step["outcome"]) for step in document["steps"]}
    assert steps["mn2/configuration.cluster/warm"] == ("prepare", "done")
    assert steps["mn2/configuration.cluster/generate"] == ("settle", "done")
    assert re.search(rf"^{re.escape(address)}\s+{node}\b", pair.sh("mn2", "cat", "/etc/hosts"), re.MULTILINE)
    assert address_of(pair, node) == address
    assert pair.sh("mn1", "find", "/var/lib/bind", "/var/lib/dhcp", "-type", "f") == ""


def test_after_a_power_cut_files_come_from_the_tables(pair: Pair, moved_node: tuple[str, str]) -> None:
    node, address = moved_node
    pair.lab.crash("mn1")
    pair.hamn("mn2", "failover")
    assert address_of(pair, node) == address
    assert f"    ip={address}" in asked(pair, "lsdef", node)
    pair.healthy()


def test_check_names_files_that_differ_and_its_advice_mends_them(pair: Pair, moved_node: tuple[str, str]) -> None:
    def wrong(*words: str) -> list[dict[str, str]]:
        (rule,) = pair.hamn("mn1", "check", "--only", "generated-files", *words)["rules"]
        return [seen for seen in rule["seen"] if seen["outcome"] != "ok"]

    first, second = wrong()
    assert (first["machine"], second["machine"]) == ("mn1", "mn2")
    assert "/etc/hosts" in second["what"] and "/var/lib/bind" in first["what"]
    assert "/var/lib/bind" not in second["what"]
    assert [seen["machine"] for seen in wrong("--fix")] == ["mn1"]
    pair.sh("mn1", *re.findall(r"`([^`]+)`", first["hint"])[-1].split())
    assert wrong() == []


def test_check_looks_at_the_certificates(pair: Pair) -> None:
    path = "/etc/xcat/cert/server-cred.pem"
    with pair.changed("mn1", path, "no certificate\n"):
        (rule,) = pair.hamn("mn1", "check", "--only", "certificates")["rules"]
        (seen,) = rule["seen"]
        assert (seen["machine"], seen["outcome"]) == ("mn1", "problem")
        assert path in seen["what"]
    (rule,) = pair.hamn("mn1", "check", "--only", "certificates")["rules"]
    assert rule["outcome"] == "ok"


def test_the_daemon_is_known_by_its_own_protocol(pair: Pair) -> None:
    look = ["hamn-local", "look", "xcat", "10.77.0.10"]
    assert "xcatd Version" in pair.sh("mn2", *look, "3001")
    http = pair.lab.run("mn2", [*look, "80"])
    assert http.returncode == 1 and "Traceback" not in http.stderr
