"""From two bare machines, one of them in production, to a pair: typed as an operator would."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from hamn.lab.lab import Lab
from hamn.lab.network import ADDRESSES
from hamn.lab.role import Engine
from tests.lab import bare
from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

SAME = (
    *(
        "ssh-both-ways",
        "names-resolve",
        "virtual-ip-name",
        "hosts-before-dns",
        "same-declaration",
        "same-accounts",
    ),
    *("services-not-at-boot", "services-installed", "standby-idle", "role-held", "owner-record", "fence-answers"),
    *("scheduled", "no-open-operation", "mount-points", "multiple-mount-protection"),
)


ENGINES = os.environ.get("HAMN_SETUP_ENGINES", "mariadb").split(",")
"""A minute each: the others (sqlite, postgresql) when they are asked for."""


@pytest.fixture(scope="module", params=ENGINES)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Stripped, then set up: the primary first, and the standby from it."""
    engine: Engine = request.param
    name = os.environ.get("HAMN_TEST_LAB", "test") + os.environ.get("PYTEST_XDIST_WORKER", "") + "bare"
    lab = Lab(name)
    lab.down()
    lab.up(database=engine)
    pair = Pair(lab)
    bare.strip(pair)
    yield pair
    lab.down()


def serves(pair: Pair, name: str) -> None:
    states = pair.states(name)
    other = "mn2" if name == "mn1" else "mn1"
    assert {by[name] for by in states.values()} <= {"held", "-"}, states  # "-": SQLite has no server
    assert {by[other] for by in states.values()} <= {"absent", "-"}, states


def gettab(pair: Pair, key: str, *cells: str) -> list[str]:
    said = pair.sh("mn1", "env", "XCATBYPASS=1", "hamn", "xcat", "gettab", "-H", key, *cells)
    return [line.partition(": ")[2] for line in said.splitlines()]


def carry_card(pair: Pair, source: str, to: str) -> None:
    """As `ssh SOURCE hamn setup card | ssh TO hamn setup trust`."""
    card = pair.sh(source, "hamn", "setup", "card")
    done = pair.lab.run(to, ["hamn", "setup", "trust"], stdin=card)
    assert done.returncode == 0, done.stderr


def whole_root(pair: Pair, where: str) -> str:
    """Every file of the machine's disk but logs and what its kernel and its daemons hold in memory."""
    left_out = ["/proc", "/sys", "/dev", "/run", "/tmp", "/opt/hamn", "/var/log", "/shared"]
    words = [word for path in left_out for word in ("-path", path, "-prune", "-o")]
    return pair.sh(where, "find", "/", "-xdev", *words, "-type", "f", "-printf", "%p %s %T@ %C@ %m %u:%g\n")


def test_a_pair_is_set_up_from_a_single_node_and_switches_over(pair: Pair) -> None:
    clients_find_everything_where_it_was(pair)
    alone = pair.said("mn1", "setup", "primary", exits=3)
    assert "--confirm-dead mn2" in alone and "hamn setup card" in alone
    carry_card(pair, "mn1", "mn2")
    carry_card(pair, "mn2", "mn1")

    a_shared_disk_is_found_and_made(pair)
    planned = pair.hamn_document("mn1", "plan", "setup", "primary")
    assert not planned["refusals"]
    result = pair.hamn("mn1", "setup", "primary")
    assert result["active"] == "mn1"
    serves(pair, "mn1")
    the_data_moved_whole(pair, "mn1")
    assert (
        gettab(pair, "node=compute", "noderes.tftpserver", "noderes.xcatmaster", "noderes.nfsserver")
        == [bare.HERE] * 3
    )

    result = pair.hamn("mn1", "setup", "standby", "--on", "mn2")
    assert result["outcome"] == "done", result["messages"]
    rules = {rule["id"]: rule for rule in pair.hamn("mn1", "check", exits=None)["rules"]}
    assert {id_: rules[id_]["outcome"] for id_ in SAME} == dict.fromkeys(SAME, "ok")

    pair.put("mn1", "/etc/site/table", "changed\n")
    pair.until("mn2", lambda: pair.sh("mn2", "cat", "/etc/site/table", ok=False) == "changed\n")

    pair.sh("mn2", "systemctl", "start", "nginx")  # as a package upgrade would
    assert pair.sh("mn2", "systemctl", "is-active", "nginx", ok=False).strip() == "inactive"
    assert pair.lab.run("mn2", ["touch", "/install/beneath"]).returncode != 0

    before = {name: whole_root(pair, name) for name in ("mn1", "mn2")}
    for words in (("setup", "primary"), ("setup", "standby", "--on", "mn2")):
        again = pair.hamn("mn1", *words)
        assert again["outcome"] == "done" and again["steps"] == []
    assert {name: whole_root(pair, name) for name in ("mn1", "mn2")} == before

    the_old_address_means_the_role(pair)
    pair.hamn("mn1", "switchover", "--to", "mn2")
    serves(pair, "mn2")
    clients_find_everything_where_it_was(pair)
    for name in (bare.HERE, "mn", "mn2"):  # one host key, whichever machine has the address
        pair.sh("mn1", "ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", name, "true")
    the_data_moved_whole(pair, "mn2")


def clients_find_everything_where_it_was(pair: Pair) -> None:
    """By the address that the single node had: files, and rows of the tables from the daemon."""
    page = pair.sh("client", "hamn-local", "exit-status", "curl", "-sf", f"http://{bare.HERE}/install/hello.txt")
    assert page.strip() == "0"


def the_old_address_means_the_role(pair: Pair) -> None:
    assert gettab(pair, "key=master", "site.value") == [bare.HERE]
    assert gettab(pair, "netname=management", "networks.tftpserver", "networks.nameservers") == [bare.HERE] * 2
    assert "host=mn1" not in pair.sh("mn1", "cat", "/etc/xcat/cfgloc")
    boot = pair.sh("mn1", "cat", "/etc/network/interfaces.d/eth0")
    assert ADDRESSES["mn1"] in boot and bare.HERE not in boot
    hosts = [line.split() for line in pair.sh("mn2", "cat", "/etc/hosts").splitlines()]
    assert [line[0] for line in hosts if "mn1" in line] == [ADDRESSES["mn1"].partition("/")[0]]


def a_shared_disk_is_found_and_made(pair: Pair) -> None:
    """Two devices of one disk without a serial number: only the touch test can tell."""
    disks = pair.hamn_document("mn1", "disks", "scan")["disks"]
    there = [disk["mn1"] for disk in disks if disk["mn1"] and "somebodys" in disk["mn1"]["holds"]]
    assert len(there) == 1
    before = pair.sh("mn1", "blkid", "-p", "-o", "export", "/dev/shared")
    refused = pair.said("mn1", "disks", "prepare", "shared", "/dev/shared", exits=1)
    assert "is not empty" in refused and "somebodys" in refused
    assert pair.sh("mn1", "blkid", "-p", "-o", "export", "/dev/shared") == before
    bare.wipe_disk(pair)
    assert pair.hamn("mn1", "disks", "prepare", "shared", "/dev/shared")["outcome"] == "done"
    assert pair.hamn("mn1", "disks", "prepare", "shared", "/dev/shared")["steps"] == []


def the_data_moved_whole(pair: Pair, where: str) -> None:
    assert pair.sh(where, "cat", "/install/hello.txt") == "hello from the management node\n"
    names = ("/install/deep/linked", "/install/deep/again")
    inodes = {pair.sh(where, "stat", "-c", "%i", name) for name in names}
    assert len(inodes) == 1
    assert pair.sh(where, "stat", "-c", "%a", "/install/deep").strip() == "2751"
    assert int(pair.sh(where, "stat", "-c", "%b", "/install/sparse")) < 1024
    assert pair.sh(where, "stat", "-c", "%U", "/var/lib/bind").strip() == "bind"
    if where == "mn1":
        assert pair.sh("mn1", "cat", "/install.before-hamn/hello.txt") == "hello from the management node\n"
