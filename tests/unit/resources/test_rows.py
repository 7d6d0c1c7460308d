"""Rows that set-up needs, by the words that both sorts of management node know: ours are typed for real."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_interface
from pathlib import Path

import pytest

from hamn.model.command import Answer, Command
from hamn.model.pair import Machine, Pair, VirtualIp
from hamn.resources.rows import OWN, REAL, Row, of_the_role
from hamn.xcat.stores import open_store, parse

PAIR = Pair(
    "hpc1",
    (Machine("mn1", "192.0.2.11"), Machine("mn2", "192.0.2.12")),
    (
        VirtualIp(
            "cluster", ip_interface("192.0.2.10/24"), {"mn1": "eth0", "mn2": "eth0"}, hostname="mn.cluster.test"
        ),
    ),
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    store = open_store(parse(str(tmp_path), "here"))
    store.create()
    with store.change(["site"]) as change:
        change.put("site", [{"key": "master", "value": "192.0.2.11"}])
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


def test_a_row_is_asked_for_set_and_found(directory: Path) -> None:
    row = Row("site", ("key", "master"), "value", "192.0.2.10")
    assert OWN.says(row).holds(typed(OWN.says(row).command, directory)) is False
    assert typed(OWN.put(row), directory).ok
    assert OWN.says(row).holds(typed(OWN.says(row).command, directory)) is True


def test_a_row_that_was_not_there_comes_to_be(directory: Path) -> None:
    row = Row("policy", ("priority", "1.3"), "name", "mn2")
    assert typed(OWN.put(row), directory).ok
    assert OWN.says(row).holds(typed(OWN.says(row).command, directory)) is True


def test_the_role_is_the_virtual_ip_s_and_both_machines_are_trusted() -> None:
    rows = list(of_the_role(PAIR, ["cluster"], ["compute"]))
    values = {(row.table, row.key[1], row.column): row.value for row in rows}
    about = [value for (table, _, _), value in values.items() if table != "policy"]
    assert set(about) == {"192.0.2.10"} and len(about) == 2 + 1 + 3
    trusted = {
        values["policy", key, "name"] for table, key, column in values if (table, column) == ("policy", "rule")
    }
    assert trusted == {"mn", "mn1", "mn2"}


def test_the_real_one_is_asked_in_the_same_words() -> None:
    row = Row("site", ("key", "master"), "value", "192.0.2.10")
    assert REAL.put(row).argv[-3:] == OWN.put(row).argv[-3:] == ("chtab", "key=master", "site.value=192.0.2.10")
    assert REAL.put(row).argv[2].startswith("PATH=/opt/xcat/")
