"""Bad input of the world: each ends in one clear message, a true exit status, and a state to go on from."""

from __future__ import annotations

import pytest

from tests.lab.pair import Pair

pytestmark = pytest.mark.lab


def test_an_unreachable_peer(pair: Pair) -> None:
    pair.lab.cut("mn2")
    status = pair.hamn("mn1", "status", exits=4)
    assert status["active"] == "mn1"
    assert [(m["code"], m["where"]) for m in status["trouble"]] == [("no-answer", "mn2")]
    assert "mn2 doesn't answer" in pair.said("mn1", "switchover", exits=3)
    assert pair.hamn("mn1", "status", exits=4)["active"] == "mn1"


def test_a_refused_ssh_key(pair: Pair) -> None:
    with pair.changed("mn2", "/root/.ssh/authorized_keys", ""):
        pair.forget_connections()
        said = pair.said("mn1", "switchover", exits=3)
        assert "refuses" in said and "key" in said
        trouble = pair.hamn("mn1", "status", exits=4)["trouble"]
        assert "ssh-copy-id" in trouble[0]["hint"]
    pair.hamn("mn1", "status")


def test_a_changed_host_key(pair: Pair) -> None:
    pair.sh("mn2", "mkdir", "-p", "/root/saved-keys")
    pair.sh(
        "mn2", "bash", "-c", "mv /etc/ssh/ssh_host_* /root/saved-keys/ && ssh-keygen -A && systemctl restart ssh"
    )
    pair.forget_connections()
    try:
        trouble = pair.hamn("mn1", "status", exits=4)["trouble"]
        assert "host key" in trouble[0]["what"] and "ssh-keygen -R" in trouble[0]["hint"]
        assert pair.said("mn1", "switchover", exits=3)
    finally:
        pair.sh("mn2", "bash", "-c", "mv -f /root/saved-keys/* /etc/ssh/ && systemctl restart ssh")
    assert pair.hamn("mn1", "switchover")["active"] == "mn2"


def test_a_virtual_ip_taken_by_a_stranger(pair: Pair) -> None:
    pair.hamn("mn1", "deactivate")
    pair.sh("client", "ip", "addr", "add", "10.77.0.10/24", "dev", "eth0")
    try:
        result = pair.hamn("mn1", "activate", exits=1)
        what = " ".join(m["what"] for m in result["messages"])
        assert "10.77.0.10" in what and "taken" in what
        assert pair.states("mn1")["virtual_ip.cluster"]["mn1"] == "absent"
    finally:
        pair.sh("client", "ip", "addr", "del", "10.77.0.10/24", "dev", "eth0")
    assert pair.hamn("mn1", "resume")["active"] == "mn1"


def test_a_stranger_with_the_virtual_ip_stops_a_switchover_before_anything_moves(pair: Pair) -> None:
    pair.sh("client", "ip", "addr", "add", "10.77.0.10/24", "dev", "eth0")
    try:
        result = pair.hamn("mn1", "switchover", exits=1)
        assert result["active"] == "mn1"
        assert not [s for s in result["steps"] if s["phase"] == "hand over" and s["outcome"] != "skipped"]
    finally:
        pair.sh("client", "ip", "addr", "del", "10.77.0.10/24", "dev", "eth0")
    pair.holds_everything("mn1", "mn2")


def test_a_missing_shared_device(pair: Pair) -> None:
    with pair.without_device("mn2"):
        result = pair.hamn("mn1", "switchover", exits=1)
        assert result["active"] == "mn1"
        assert "filesystem.shared" in " ".join(m["what"] for m in result["messages"])
    pair.holds_everything("mn1", "mn2")


def test_the_wrong_filesystem_under_the_label(pair: Pair) -> None:
    """It mounts, but it isn't the pair's: no owner record there, though the pair has had owners."""
    with pair.another_disk("mn2"):
        result = pair.hamn("mn1", "switchover", exits=1)
        what = " ".join(m["what"] for m in result["messages"])
        assert "not the pair's shared data" in what
        assert result["active"] == "mn1"
        pair.holds_everything("mn1", "mn2")


def test_a_busy_filesystem_names_who_keeps_it_and_is_put_back(pair: Pair) -> None:
    pair.sh("mn1", "systemd-run", "--unit=squatter", "--property=WorkingDirectory=/install", "sleep", "600")
    try:
        result = pair.hamn("mn1", "switchover", exits=1)
        what = " ".join(m["what"] for m in result["messages"])
        assert "sleep" in what and "/install" in what
        assert result["active"] == "mn1" and any(m["code"] == "backed-out" for m in result["messages"])
        assert pair.sh("mn1", "systemctl", "is-active", "squatter").strip() == "active"
        pair.holds_everything("mn1", "mn2")
    finally:
        pair.sh("mn1", "systemctl", "stop", "squatter")
    assert pair.hamn("mn1", "switchover")["active"] == "mn2"


def test_what_the_declaration_calls_killable_is_ended_and_nothing_else(pair: Pair) -> None:
    with pair.declared('mount = "/shared"', 'mount = "/shared"\nkillable = ["sleep"]'):
        pair.sh("mn1", "systemd-run", "--unit=squatter", "--property=WorkingDirectory=/install", "sleep", "600")
        assert pair.hamn("mn1", "switchover")["active"] == "mn2"
        assert pair.sh("mn1", "systemctl", "is-active", "squatter", ok=False).strip() != "active"
        pair.hamn("mn1", "switchover", "--to", "mn1")


def test_a_database_that_does_not_start_puts_the_old_active_back(pair: Pair) -> None:
    with pair.changed("mn2", "/etc/mysql/mariadb.conf.d/99-broken.cnf", "[mariadbd]\nno_such_option = 1\n"):
        result = pair.hamn("mn1", "switchover", exits=1)
    assert result["active"] == "mn1"
    what = " ".join(m["what"] for m in result["messages"])
    assert "mariadb" in what and any(m["code"] == "backed-out" for m in result["messages"])
    pair.holds_everything("mn1", "mn2")
    assert pair.hamn("mn1", "status")["operations"] == []


def test_a_target_that_loses_power_in_the_middle_puts_the_old_active_back(pair: Pair) -> None:
    """The database's start on mn2 is held up until its power is cut."""
    hold = "[Service]\nExecStartPre=/bin/sleep 30\n"
    pair.sh("mn2", "mkdir", "-p", "/run/systemd/system/mariadb.service.d")
    pair.put("mn2", "/run/systemd/system/mariadb.service.d/hold.conf", hold)
    pair.sh("mn2", "systemctl", "daemon-reload")
    running = pair.begin("mn1", "switchover")
    pair.until("mn2", lambda: "activating" in pair.sh("mn2", "systemctl", "is-active", "mariadb", ok=False))
    pair.lab.crash("mn2")
    document = pair.finish(running, exits=1)
    assert document["active"] == "mn1", document["messages"]
    assert any(s["id"].startswith("mn1/fence.mn2") for s in document["steps"])
    pair.holds_everything("mn1", "mn2")


@pytest.mark.parametrize("fault", ["refuse", "silent"])
def test_a_fence_device_that_refuses_moves_nothing(pair: Pair, fault: str) -> None:
    pair.bmc_fault("mn1", fault)
    pair.lab.freeze("mn1")
    result = pair.hamn("mn2", "failover", exits=1)
    what = " ".join(m["what"] for m in result["messages"])
    assert "fence" in what
    assert not [s for s in result["steps"] if s["phase"] == "hand over" and s["outcome"] != "skipped"]
    assert result["active"] is None
    pair.bmc_fault("mn1", "")
    assert pair.hamn("mn2", "failover")["active"] == "mn2"


def test_a_fence_device_that_lies_moves_nothing(pair: Pair) -> None:
    pair.bmc_fault("mn1", "lie")
    result = pair.hamn("mn2", "failover", "--to", "mn2", "--fence-anyway", exits=1)
    assert [s["id"] for s in result["steps"] if s["outcome"] == "failed"] == ["mn2/fence.mn1/silent"]
    assert result["active"] == "mn1"
    pair.holds_everything("mn1", "mn2")


def test_a_wrong_declaration_and_a_missing_one(pair: Pair) -> None:
    missing = pair.lab.run("mn1", ["hamn", "--pair", "/nowhere.toml", "status"])
    assert missing.returncode == 2 and "/nowhere.toml" in missing.stderr and "Traceback" not in missing.stderr
    with pair.declared('interface = "eth0"', 'intrface = "eth0"'):
        wrong = pair.lab.run("mn1", ["hamn", "status"])
        assert wrong.returncode == 2
        assert "intrface" in wrong.stderr and "interface" in wrong.stderr and "pair.toml:" in wrong.stderr


def test_two_operators_at_once(pair: Pair) -> None:
    first = pair.begin("mn1", "switchover")
    pair.until("mn1", lambda: bool(pair.hamn("mn1", "status", exits=None)["operations"]))
    said = pair.said("mn2", "activate", exits=3)
    assert "switchover is at work since" in said and "on mn1" in said
    assert pair.finish(first, exits=0)["active"] == "mn2"


def test_a_killed_controller_is_finished_by_resume_from_the_other_machine(pair: Pair) -> None:
    running = pair.begin("mn1", "switchover")
    pair.until("mn2", lambda: "/shared" in pair.sh("mn2", "cat", "/proc/self/mountinfo"))
    pair.sh("mn1", "pkill", "-KILL", "-f", "local/bin/hamn --json")
    running.wait(timeout=30)
    pair.until("mn2", lambda: not any(o["running"] for o in pair.hamn("mn2", "status", exits=None)["operations"]))
    # What it began on mn2 goes on to its end, and only then the lock there is free.
    pair.until("mn2", lambda: pair.sh("mn2", "pgrep", "-fc", "bin/hamn-agent", ok=False).strip() == "0")
    codes = {m["code"] for m in pair.hamn("mn2", "status", exits=None)["trouble"]}
    assert "interrupted" in codes
    assert pair.hamn("mn2", "resume")["active"] == "mn2"
    pair.holds_everything("mn2", "mn1")
    assert pair.hamn("mn1", "status")["trouble"] == []
    assert "nothing to resume" in pair.said("mn1", "resume", exits=0)
