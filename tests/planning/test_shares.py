"""Shares of a file server: what is typed for them, and what needs a disk is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.cli.screen import show_commands
from hamn.model.pair import Pair
from hamn.planning.drift import Entry, Listing, State, drift, patterns
from hamn.planning.goal import Goal, Word
from hamn.planning.move import plan_move
from hamn.verbs.assume import assumed

from .seen import declared

TEXT = """
[pair]
name = "shares"
profile = "plain"

[[machine]]
name = "mn1"
address = "10.77.0.11"

[[machine]]
name = "mn2"
address = "10.77.0.12"

[virtual_ip.cluster]
address = "10.77.0.10/24"
interface = "eth0"

[virtual_ip.six]
address = "fd77::10/64"
interface = "eth1"

[filesystem.install]
source = "//nas/install"
mount = "/install"
type = "cifs"
options = "credentials=/etc/hamn/nas.cred,vers=3.0"

[filesystem.tftp]
source = "nas:/tftp"
mount = "/tftpboot"
type = "nfs4"
"""
DISKS_OWN = ("blkid", "dumpe2fs", "tune2fs", "clear-mmp", "device")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    path = tmp_path / "pair.toml"
    path.write_text(TEXT)
    return declared(path)


def typed(capsys: pytest.CaptureFixture[str], pair: Pair, verb: str, goal: Goal) -> list[str]:
    show_commands(plan_move(pair, assumed(pair, "mn1", verb), goal, "OPERATION"))
    return capsys.readouterr().out.splitlines()


def test_both_kinds_move_and_the_secret_stays_in_its_file(capsys: pytest.CaptureFixture[str], pair: Pair) -> None:
    lines = typed(capsys, pair, "switchover", Goal("switchover", "mn2"))
    order = [
        "mn1# umount /install",
        "mn2# mount -t cifs -o credentials=/etc/hamn/nas.cred,vers=3.0 //nas/install /install",
        "mn2# mount -t nfs4 -o defaults nas:/tftp /tftpboot",
    ]
    assert [line for line in lines if line in order] == order
    assert lines.index("mn1# umount /tftpboot") < lines.index(order[1])
    assert not [line for line in lines for word in DISKS_OWN if word in line]


def test_the_standby_gets_the_file_with_the_password(pair: Pair) -> None:
    file = "/etc/hamn/nas.cred"
    assert patterns(pair, "debian") == (file,)
    entry = Entry(sha256="s", size=1, mode=0o600, user="root", group="root")
    found = drift(pair, "mn1", Listing({file: entry}), Listing({}))
    assert [(f.path, f.state) for f in found.files] == [(file, State.BEHIND)]


def test_after_a_failover_there_is_no_protection_to_clear(capsys: pytest.CaptureFixture[str], pair: Pair) -> None:
    lines = typed(capsys, pair, "failover", Goal("failover", "mn2", Word("root")))
    assert any(line.startswith("mn2# mount -t cifs ") for line in lines)
    assert not [line for line in lines for word in DISKS_OWN if word in line]


def test_addresses_of_both_families_move_in_one_plan(capsys: pytest.CaptureFixture[str], pair: Pair) -> None:
    lines = typed(capsys, pair, "switchover", Goal("switchover", "mn2"))
    for nic, address, added in (("eth0", "10.77.0.10", "/24 brd +"), ("eth1", "fd77::10", "/64")):
        begun = f"mn2# ip addr add {address}{added} dev {nic}"
        assert lines.index(f"mn1# ip addr flush dev {nic} to {address}") < next(
            number for number, line in enumerate(lines) if line.startswith(begun)
        )
        assert f"mn2# hamn-local announce {nic} {address}" in lines
