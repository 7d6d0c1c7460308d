"""The address that a machine gives itself at boot becomes another, in whatever its network is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.local import cfgloc, network_files
from hamn.local.network_files import sets, turned

OLD, OWN = "10.1.0.1", "10.1.0.11"


@pytest.mark.parametrize(
    "line",
    [
        "    address 10.1.0.1",
        "    address 10.1.0.1/24",
        'IPADDR="10.1.0.1"',
        "IPADDR0=10.1.0.1",
        "address1=10.1.0.1/24,10.1.0.254",
        "Address=10.1.0.1/24",
        "      - 10.1.0.1/24",
        "ip address add 10.1.0.1/24 dev eth0",
    ],
)
def test_each_family_s_way_is_known(line: str) -> None:
    assert sets(line, OLD) and OWN in turned(line + "\n", OLD, OWN) and turned(line, OLD, OWN).count(OWN) == 1


@pytest.mark.parametrize(
    "line", ["# address 10.1.0.1", "dns-nameservers 10.1.0.1", "address 10.1.0.10", "gateway 10.1.0.1"]
)
def test_what_sets_no_address_stays(line: str) -> None:
    assert turned(line, OLD, OWN) == line


@pytest.fixture
def interfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(network_files, "NETWORK_FILES", (str(tmp_path / "*"),))
    path = tmp_path / "eth0"
    path.write_text("iface eth0 inet static\n    address 10.1.0.1/24\n    dns-nameservers 10.1.0.1\n")
    path.chmod(0o640)
    return path


def test_it_is_done_once(interfaces: Path) -> None:
    assert network_files.own_address([OLD, OWN]) == 0
    assert interfaces.read_text().split()[4:] == ["address", "10.1.0.11/24", "dns-nameservers", "10.1.0.1"]
    assert interfaces.stat().st_mode & 0o777 == 0o640
    before = interfaces.stat().st_mtime_ns
    assert network_files.own_address([OLD, OWN]) == 0
    assert interfaces.stat().st_mtime_ns == before


def test_an_address_is_not_set_twice(interfaces: Path, capsys: pytest.CaptureFixture[str]) -> None:
    interfaces.with_name("eth0:1").write_text("address 10.1.0.11/24\n")
    assert network_files.own_address([OLD, OWN]) == 3
    said = capsys.readouterr().err
    assert str(interfaces) in said and "take 10.1.0.1 out" in said
    assert "10.1.0.1/24" in interfaces.read_text()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "mysql:dbname=xcatdb;host=mn1|xcatadmin|mn1;host=mn1|\n",
            "mysql:dbname=xcatdb;host=10.1.0.1|xcatadmin|mn1",
        ),
        ("Pg:dbname=xcatdb;host=mn1.hpc.test|xcatadm|secret\n", "Pg:dbname=xcatdb;host=10.1.0.1|xcatadm|secret"),
        ("mysql:host=10.1.0.11;dbname=xcatdb|a|b\n", "mysql:host=10.1.0.1;dbname=xcatdb|a|b"),
        ("mysql:dbname=xcatdb;host=mn10|a|b\n", "mysql:dbname=xcatdb;host=mn10|a|b"),
        ("mysql:dbname=xcatdb;host=10.1.0.1|a|b\n", "mysql:dbname=xcatdb;host=10.1.0.1|a|b"),
    ],
)
def test_the_database_is_found_by_the_virtual_ip(text: str, wanted: str) -> None:
    assert cfgloc.turned(text, OLD, ("mn1", OWN)).startswith(wanted)
