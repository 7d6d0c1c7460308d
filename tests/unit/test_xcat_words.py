"""`hamn xcat init`: whose names it puts into certificates, and where it refuses."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import pytest

from hamn.cli import xcat
from hamn.declaration.read import read_pair
from hamn.model.pair import Pair
from hamn.reports.report import Exit, Stop

HERE = Path(__file__).parents[2]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    copy = tmp_path / "pair.toml"
    copy.touch(0o600)
    copy.write_bytes((HERE / "tests/planning/cases/lab.toml").read_bytes())
    return read_pair(copy)


def asked(**words: str) -> argparse.Namespace:
    return argparse.Namespace(**{"pair": "x", "domain": "", "name": None, "address": None, **words})


def test_shared_tables_are_not_made_beneath_their_mount_point(pair: Pair) -> None:
    assert xcat.not_mounted(pair, Path("/etc/xcat")) == "filesystem.shared"
    assert xcat.not_mounted(pair, Path("/etc/xcat/ca")) == "filesystem.shared"
    assert xcat.not_mounted(pair, Path("/etc/xcatalog")) == "", "what isn't shared may be made here"
    with pytest.raises(Stop) as stop:
        xcat._of_pair(asked(), _named(pair))
    assert stop.value.status is Exit.REFUSED and "not mounted here" in str(stop.value)


def test_the_virtual_ip_s_name_is_the_server_s(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_mount", lambda path: True)
    beginning, names = xcat._of_pair(asked(), _named(pair))
    address = str(pair.virtual_ips[0].address.ip)
    assert (beginning.name, beginning.address, beginning.domain) == ("mn", address, "cluster.example")
    assert {"mn", "mn.cluster.example", address, "mn1", "mn2.cluster.example"} <= set(names)
    assert {machine.address for machine in pair.machines} <= set(names)


def test_a_machine_of_no_pair_says_its_own_name(tmp_path: Path) -> None:
    beginning, names = xcat._alone(asked(name="mn.cluster.example", address="10.1.0.1"))
    assert (beginning.name, beginning.domain, names) == (
        "mn",
        "cluster.example",
        ["10.1.0.1", "mn", "mn.cluster.example"],
    )
    for words in ({}, {"name": "mn"}, {"address": "10.1.0.1"}):
        with pytest.raises(Stop) as stop:
            xcat._alone(asked(**words))
        assert stop.value.status is Exit.USAGE


def _named(pair: Pair) -> Pair:
    named = [replace(ip, hostname="mn.cluster.example") for ip in pair.virtual_ips]
    return replace(pair, resources=(*named, *(r for r in pair.resources if r.kind != "virtual_ip")))
