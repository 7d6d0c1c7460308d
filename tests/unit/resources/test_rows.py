"""Rows that set-up needs, by the words that both sorts of management node know: ours are typed for real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_interface
from pathlib import Path

import pytest

from hamn.model.command import Answer, Command
from hamn.model.pair import Machine, Pair, Service, VirtualIp
from hamn.resources.rows import ASKED, OWN, REAL, Row, Seen, hear, lacking, questions, read_dump
from hamn.xcat.stores import open_store, parse

ADDRESS = "192.0.2.10"
PAIR = Pair(
    "hpc1",
    (Machine("mn1", "192.0.2.11"), Machine("mn2", "192.0.2.12")),
    (
        VirtualIp(
            "cluster", ip_interface(f"{ADDRESS}/24"), {"mn1": "eth0", "mn2": "eth0"}, hostname="mn.cluster.test"
        ),
    ),
)
MASTER = Row("site", ("key", "master"), (("value", ADDRESS),))
SINGLE = {
    "site": [{"key": "master", "value": "192.0.2.11"}, {"key": "nameservers", "value": "192.0.2.11,198.51.100.1"}],
    "networks": [
        {"netname": "cluster", "net": "192.0.2.0", "mask": "255.255.255.0", "gateway": "<xcatmaster>"},
        {"netname": "far", "net": "198.51.100.0", "mask": "255.255.255.0", "tftpserver": "198.51.100.7"},
    ],
    "nodelist": [{"node": "n1", "groups": "compute,all"}, {"node": "n2", "groups": "compute,all"}],
    "noderes": [
        {"node": "compute", "netboot": "xnba"},
        {"node": "n1", "nfsserver": "mn1.cluster.test"},
        {"node": "n2", "nfsserver": "mn1.cluster.test"},
    ],
    "policy": [
        {"priority": "1.2", "name": "mn1", "rule": "trusted"},
        {"priority": "1.3", "name": "somebody", "rule": "allow"},
    ],
}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    store = open_store(parse(str(tmp_path), "here"))
    store.create()
    with store.change(SINGLE) as change:
        for table, rows in SINGLE.items():
            change.put(table, rows)
    return tmp_path


def typed(command: Command, directory: Path) -> Answer:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command.argv,
        env={"PATH": path, "XCATCFG": f"SQLite:{directory}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def values(seen: Seen, pair: Pair = PAIR) -> dict[str, dict[str, str]]:
    return {row.name: dict(row.values) for row in lacking(pair, seen)}


def read(directory: Path) -> Seen:
    """As a machine is asked that has hamn's own management node and no other."""
    answers = {name: Answer(127, "") for name in questions()}
    answers |= {f"own.{table}": typed(OWN.dump(table), directory) for table in ASKED}
    heard = hear(answers)
    assert heard is not None and heard[0] == OWN
    return heard[1]


def test_what_lacks_is_put_and_then_lacks_no_more(directory: Path) -> None:
    wanted = list(lacking(PAIR, read(directory)))
    for row in wanted:
        check = OWN.says(row)
        assert check is None or check.holds(typed(check.command, directory)) is False
        assert typed(OWN.put(row), directory).ok, row
        assert check is None or check.holds(typed(check.command, directory)) is True, row
    assert len(wanted) > 5 and list(lacking(PAIR, read(directory))) == []


def test_all_that_names_a_machine_means_the_virtual_ip() -> None:
    found = values(SINGLE)
    assert found["site:master"] == {"value": ADDRESS}
    assert found["site:nameservers"] == {"value": f"{ADDRESS},198.51.100.1"}
    assert found["networks:cluster"] == {"gateway": ADDRESS, "tftpserver": ADDRESS}
    assert found["noderes:n1+2"] == {"nfsserver": ADDRESS}
    assert found["noderes:compute"] == dict.fromkeys(("tftpserver", "xcatmaster", "nfsserver"), ADDRESS)


def test_another_network_s_server_stays() -> None:
    assert "networks:far" not in values(SINGLE)


def test_what_service_nodes_serve_is_not_covered_by_a_group_s_new_value() -> None:
    served = {**SINGLE, "noderes": [*SINGLE["noderes"], {"node": "rack1", "xcatmaster": "sn1"}]}
    found = values(served)
    assert found["noderes:compute"] == dict.fromkeys(("tftpserver", "nfsserver"), ADDRESS)
    assert "xcatmaster" not in found.get("noderes:rack1", {})


def test_nobody_s_policy_is_overwritten() -> None:
    found = values(SINGLE)
    rows = {name: row for name, row in found.items() if name.startswith("policy")}
    assert {(row["name"], row["rule"]) for row in rows.values()} == {("mn", "trusted"), ("mn2", "trusted")}
    assert set(rows) == {"policy:1.4", "policy:1.5"}


def test_a_pair_with_a_name_server_asks_itself() -> None:
    asks = {
        **SINGLE,
        "site": [{"key": "master", "value": ADDRESS}, {"key": "nameservers", "value": "198.51.100.1"}],
    }
    assert "site:nameservers" not in values(asks)
    serving = replace(PAIR, resources=(*PAIR.resources, Service("dns", "dns")))
    assert values(asks, serving)["site:nameservers"] == {"value": f"{ADDRESS},198.51.100.1"}


def test_tables_that_the_question_made_are_no_tables() -> None:
    """The real one says 0 on a machine without the shared data."""
    header = {"site": "#key,value,comments,disable\n"}
    answers = {name: Answer(0, header.get(name.split(".")[1], "#node,disable\n")) for name in questions()}
    assert hear(answers) is None


def noisy() -> Iterator[str]:
    yield "Error loading module /opt/xcat/lib/perl/x.pm  ...skipping"
    yield "#priority,name,rule,comments,disable"
    yield '"1.2","mn1","trusted","a ""word""",'
    yield '"1.3","mn2","trusted",,"1"'


def test_a_dump_is_read_behind_what_a_module_says_and_without_what_is_disabled() -> None:
    rows = read_dump(Answer(0, "\n".join(noisy())))
    assert rows is not None and [row["name"] for row in rows] == ["mn1"]
    assert rows[0]["comments"] == 'a "word"'


def test_the_real_one_is_asked_in_the_same_words() -> None:
    assert (
        REAL.put(MASTER).argv[-3:] == OWN.put(MASTER).argv[-3:] == ("chtab", "key=master", f"site.value={ADDRESS}")
    )
    assert REAL.put(MASTER).argv[2].startswith("PATH=/opt/xcat/")
