"""`hamn check` on the real pair: all is well; one thing is broken and exactly that rule says so; what its hint
says is done, and all is well again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamn.lab.lab import Lab
from hamn.planning.tasks import tasks
from hamn.platforms.detect import platform_for
from hamn.platforms.schedule import schedule_of
from tests.lab.pair import Pair
from tests.planning.seen import declared

pytestmark = pytest.mark.lab

DECLARATION = "/etc/hamn/pair.toml"


@pytest.fixture(scope="module", autouse=True)
def kept(session_lab: Lab) -> None:
    """What the lab's machines lack of a pair that was set up: what they do by themselves, and a backup."""
    pair, platform = Pair(session_lab), platform_for("debian", "systemd")
    pair.healthy()
    own = declared(Path(__file__).parents[1] / "planning" / "cases" / "lab.toml")
    for task in tasks(replace(own, source=DECLARATION), platform):
        schedule = schedule_of(task, platform.init)
        assert schedule is not None and schedule.start is not None
        for name in ("mn1", "mn2"):
            for path, text in schedule.files:
                pair.put(name, path, text)
            pair.sh(name, *schedule.start.argv)
    pair.hamn("mn1", "backup")


def wrong(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rules that don't hold, by id."""
    return {rule["id"]: rule for rule in document["rules"] if rule["outcome"] in ("problem", "unknown")}


def all_is_well(pair: Pair, where: str = "mn1") -> None:
    document = pair.hamn(where, "check")
    assert document["ready"]
    assert not wrong(document)


def only(pair: Pair, id_: str, *, on: str, typed_on: str = "mn1", exits: int = 1) -> str:
    """Exactly that rule doesn't hold, and it names the machine. Its hint."""
    found = wrong(pair.hamn(typed_on, "check", exits=exits))
    assert list(found) == [id_]
    (entry,) = [seen for seen in found[id_]["seen"] if seen["outcome"] != "ok"]
    assert entry["machine"] == on
    assert entry["hint"]
    return str(entry["hint"])


def do(pair: Pair, where: str, hint: str) -> None:
    """The last command that the hint quotes, typed as it stands; yes is said to whatever asks."""
    words = re.findall(r"`([^`]+)`", hint)[-1].split()
    pair.sh(where, *words, *(["--yes"] if words[0] == "hamn" else []))


@pytest.mark.parametrize("where", ["mn1", "mn2"])
def test_a_healthy_pair(pair: Pair, where: str) -> None:
    all_is_well(pair, where)


def test_a_service_that_starts_at_boot(pair: Pair) -> None:
    pair.sh("mn2", "systemctl", "enable", "named")
    do(pair, "mn2", only(pair, "services-not-at-boot", on="mn2"))
    all_is_well(pair)


def test_fix_does_what_is_safe_and_says_so(pair: Pair) -> None:
    pair.sh("mn2", "systemctl", "enable", "named")
    pair.sh("mn2", "rmdir", "/root/.xcat")
    pair.sh("mn2", "systemctl", "mask", "tftpd-hpa")
    document = pair.hamn("mn1", "check", "--fix", exits=1)
    assert {(fixed["machine"], fixed["command"], fixed["ok"]) for fixed in document["fixed"]} == {
        ("mn2", "systemctl disable named.service", True),
        ("mn2", "mkdir -p -- /root/.xcat", True),
    }
    assert list(wrong(document)) == ["services-installed"]
    pair.sh("mn2", "systemctl", "unmask", "tftpd-hpa")
    all_is_well(pair)


def test_a_mount_point_that_is_missing_is_a_warning(pair: Pair) -> None:
    pair.sh("mn2", "rmdir", "/root/.xcat")
    do(pair, "mn2", only(pair, "mount-points-made", on="mn2", exits=0))
    all_is_well(pair)


def test_a_mount_point_that_is_a_symbolic_link(pair: Pair) -> None:
    pair.sh("mn2", "rmdir", "/root/.xcat")
    pair.sh("mn2", "ln", "-s", "/srv", "/root/.xcat")
    hint = only(pair, "mount-points", on="mn2")
    pair.sh("mn2", "rm", "/root/.xcat")
    do(pair, "mn2", hint)
    all_is_well(pair)


def test_a_service_that_is_masked(pair: Pair) -> None:
    pair.sh("mn2", "systemctl", "mask", "named")
    hint = only(pair, "services-installed", on="mn2")
    do(pair, "mn2", hint)
    all_is_well(pair)


def test_an_entry_in_fstab_without_noauto(pair: Pair) -> None:
    entry = "LABEL=hamn-shared /shared ext4 {} 0 0\n"
    with pair.changed("mn2", "/etc/fstab", entry.format("defaults")):
        assert "noauto" in only(pair, "mounts-not-at-boot", on="mn2")
        pair.put("mn2", "/etc/fstab", entry.format("noauto"))
        all_is_well(pair)


def test_a_mount_unit_that_is_enabled(pair: Pair) -> None:
    unit = "[Mount]\nWhat=LABEL=hamn-shared\nWhere=/shared\n[Install]\nWantedBy=multi-user.target\n"
    with pair.changed("mn2", "/etc/systemd/system/shared.mount", unit):
        pair.sh("mn2", "systemctl", "daemon-reload")
        pair.sh("mn2", "systemctl", "enable", "shared.mount")
        do(pair, "mn2", only(pair, "mounts-not-at-boot", on="mn2"))
        all_is_well(pair)
    pair.sh("mn2", "systemctl", "daemon-reload")


def test_a_virtual_ip_that_comes_up_at_boot(pair: Pair) -> None:
    text = "auto eth0:0\niface eth0:0 inet static\n  address 10.77.0.10/24\n  dns-nameservers 10.77.0.10\n"
    pair.sh("mn2", "mkdir", "-p", "/etc/network/interfaces.d")
    with pair.changed("mn2", "/etc/network/interfaces.d/role", text):
        document = pair.hamn("mn1", "check", exits=1)
        assert list(wrong(document)) == ["virtual-ip-not-persistent"]
        assert (
            "/etc/network/interfaces.d/role:3" in wrong(document)["virtual-ip-not-persistent"]["seen"][1]["what"]
        )
    all_is_well(pair)


def test_a_stranger_with_the_virtual_ip(pair: Pair) -> None:
    pair.sh("client", "ip", "addr", "add", "10.77.0.10/24", "dev", "eth0")
    try:
        found = wrong(pair.hamn("mn1", "check", exits=1))
        assert list(found) == ["virtual-ip-free"]
        mac = pair.sh("client", "cat", "/sys/class/net/eth0/address").strip()
        assert all(mac in seen["hint"] for seen in found["virtual-ip-free"]["seen"])
    finally:
        pair.sh("client", "ip", "addr", "del", "10.77.0.10/24", "dev", "eth0")
    all_is_well(pair)


def test_a_key_that_is_missing_for_the_way_back(pair: Pair) -> None:
    """mn2 is where it is typed: it needs no ssh to itself, and sees that mn1 can't reach it."""
    with pair.changed("mn2", "/root/.ssh/authorized_keys", ""):
        hint = only(pair, "ssh-both-ways", on="mn1", typed_on="mn2")
        assert "authorized_keys" in hint
    all_is_well(pair, "mn2")


def test_a_fence_device_that_does_not_know_the_password(pair: Pair) -> None:
    with pair.changed("mn1", "/etc/hamn/mn2.pw", "wrong"):
        assert "fence_ipmilan" in only(pair, "fence-answers", on="mn1")
    all_is_well(pair)


def test_a_fence_password_that_is_missing(pair: Pair) -> None:
    with pair.changed("mn1", "/etc/hamn/mn2.pw", None):
        assert "/etc/hamn/mn2.pw" in only(pair, "fence-answers", on="mn1")
    all_is_well(pair)


def test_another_declaration(pair: Pair) -> None:
    text = pair.sh("mn2", "cat", DECLARATION)
    with pair.changed("mn2", DECLARATION, text + "# mine\n"):
        assert DECLARATION in only(pair, "same-declaration", on="")
    all_is_well(pair)


def test_a_name_that_leads_elsewhere(pair: Pair) -> None:
    text = pair.sh("mn2", "cat", "/etc/hosts")
    with pair.changed("mn2", "/etc/hosts", text.replace("10.77.0.11 ", "127.0.1.1 ")):
        hint = only(pair, "names-resolve", on="mn2")
        assert "10.77.0.11 mn1" in hint
    all_is_well(pair)


def test_a_service_that_runs_on_the_standby(pair: Pair) -> None:
    pair.sh("mn2", "systemctl", "start", "nginx")
    do(pair, "mn2", only(pair, "standby-idle", on="mn2"))
    all_is_well(pair)


def test_an_account_with_another_number(pair: Pair) -> None:
    uid = pair.sh("mn2", "id", "-u", "tftp").strip()
    pair.sh("mn2", "usermod", "-u", "4711", "tftp")
    found = wrong(pair.hamn("mn1", "check", exits=1))
    assert list(found) == ["same-accounts", "shared-files-owners"]
    do(pair, "mn2", found["shared-files-owners"]["hint"])
    assert pair.sh("mn2", "id", "-u", "tftp").strip() == uid
    all_is_well(pair)


def test_files_that_are_written_beneath_the_mount_point(pair: Pair) -> None:
    """A machine that was active knows since when; what lies there from its packages is let be."""
    pair.hamn("mn1", "switchover", "--to", "mn2")
    pair.hamn("mn1", "switchover", "--to", "mn1")
    all_is_well(pair)
    pair.sh("mn2", "touch", "/install/lost")
    document = pair.hamn("mn1", "check")
    assert list(wrong(document)) == ["nothing-beneath"]
    assert "/install/lost" in str(wrong(document)["nothing-beneath"]["seen"])
    pair.sh("mn2", "rm", "/install/lost")
    all_is_well(pair)


def test_a_machine_that_does_not_answer(pair: Pair) -> None:
    pair.lab.cut("mn2")
    found = wrong(pair.hamn("mn1", "check", exits=1))
    assert found["machines-answer"]["outcome"] == "problem"
    said = pair.lab.run("mn1", ["hamn", "check"])
    assert said.returncode == 1
    assert said.stdout.count("mn2 doesn't answer") == 2  # its own rule, and the sum of what isn't known
    pair.lab.heal("mn2")
    all_is_well(pair)


def test_one_rule_alone_and_one_that_is_not_there(pair: Pair) -> None:
    document = pair.hamn("mn1", "check", "--only", "same-os")
    assert [rule["id"] for rule in document["rules"]] == ["same-os"]
    done = pair.lab.run("mn1", ["hamn", "check", "--only", "same-oss"])
    assert done.returncode == 2
    assert "same-os" in done.stderr
    assert "Traceback" not in done.stderr
