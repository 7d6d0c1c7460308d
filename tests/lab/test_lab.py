"""The lab itself: what it promises to those who test on it. Needs root."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hamn.lab import role
from hamn.lab.cgroup import Cgroup
from hamn.lab.disk import UUID
from hamn.lab.lab import LABS, Lab
from hamn.lab.network import MACHINES, leftovers
from hamn.reports.report import Stop

SHARED = ["mount", "-t", "ext4", f"UUID={UUID}", "/shared"]


def said(lab: Lab, where: str, *argv: str) -> str:
    done = lab.run(where, argv, timeout_s=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def remains(name: str) -> list[str]:
    """All that the kernel still knows of a lab."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    loops = subprocess.run(
        ["losetup", "--list", "--noheadings"], capture_output=True, text=True, check=True
    ).stdout
    return [
        *(line for line in mounts if f"{LABS}/{name}/" in line),
        *(line for line in loops.splitlines() if f"{LABS}/{name}/" in line),
        *(space for space in leftovers() if space.startswith(f"hamn-{name}-")),
        *(str(path) for path in (Cgroup(name).path, LABS / name) if path.exists()),
    ]


@pytest.fixture
def release(lab: Lab) -> object:
    """A machine that a test gave the shared disk loses it in a way that leaves it clean."""
    yield
    for name in MACHINES:
        lab.power(name, "on")
        lab.run(name, ["umount", "/shared"])


def wait_for(ready: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not ready():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.02)


def test_machines_are_separate_and_real(lab: Lab) -> None:
    for name in MACHINES:
        assert said(lab, name, "hostname") == name
        assert said(lab, name, "cat", "/proc/1/comm") == "systemd"
        assert said(lab, name, "systemctl", "is-system-running") == "running"
    for file in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id", "/etc/ssh/ssh_host_ed25519_key.pub"):
        assert said(lab, "mn1", "cat", file) != said(lab, "mn2", "cat", file)


def test_a_machine_sees_nothing_of_the_host(lab: Lab) -> None:
    assert lab.run("mn1", ["ls", str(LABS)]).returncode != 0
    assert lab.run("mn1", ["sysctl", "-w", "kernel.panic=0"]).returncode != 0
    assert "eth0" in said(lab, "mn1", "ls", "/sys/class/net").split()
    assert set(said(lab, "mn1", "ls", "/sys/class/net").split()) == {"eth0", "lo"}


def test_after_up_nobody_holds_the_role(lab: Lab) -> None:
    for name in MACHINES:
        assert "10.77.0.10/" not in said(lab, name, "ip", "address")
        assert lab.run(name, ["findmnt", "/shared"]).returncode == 1
        for unit in ("mariadb", "named", "isc-dhcp-server", "conserver-server", "nginx", "nfs-ganesha"):
            assert lab.run(name, ["systemctl", "is-active", unit]).stdout.strip() == "inactive"
            assert lab.run(name, ["systemctl", "is-enabled", unit]).returncode == 1


def test_ssh_both_ways_with_host_keys_checked(lab: Lab) -> None:
    ssh = ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
    assert said(lab, "mn1", *ssh, "mn2", "hostname") == "mn2"
    assert said(lab, "mn2", *ssh, "10.77.0.11", "hostname") == "mn1"
    assert lab.run("client", [*ssh, "10.77.0.11", "hostname"]).returncode == 255


def test_secrets_are_for_root_alone(lab: Lab) -> None:
    for file in ("etc/hamn/pair.toml", "etc/hamn/mn1.pw", "etc/hamn/mn2.pw", "etc/hamn-lab/db.pw"):
        seen = (lab.path("mn1") / file).stat()
        assert (stat.S_IMODE(seen.st_mode), seen.st_uid) == (0o600, 0)


def test_double_mount_is_refused(lab: Lab, release: object) -> None:
    said(lab, "mn1", *SHARED)
    refused = lab.run("mn2", SHARED, timeout_s=120)
    assert refused.returncode == 32
    assert lab.run("mn2", ["findmnt", "/shared"]).returncode == 1


def test_handed_over_in_order_the_other_sees_everything(lab: Lab, release: object) -> None:
    said(lab, "mn1", *SHARED)
    lab.run("mn1", ["tee", "/shared/install/handed-over"], stdin="all of it")
    said(lab, "mn1", "umount", "/shared")
    said(lab, "mn2", *SHARED)
    assert said(lab, "mn2", "cat", "/shared/install/handed-over") == "all of it"


def test_crash_keeps_what_was_synced_and_nothing_else(lab: Lab, release: object) -> None:
    said(lab, "mn1", *SHARED)
    before = said(lab, "mn1", "cat", "/proc/sys/kernel/random/boot_id")
    said(lab, "mn1", "dd", "if=/dev/zero", "of=/shared/synced", "bs=4096", "count=1", "conv=fsync")
    said(lab, "mn1", "dd", "if=/dev/zero", "of=/shared/unsynced", "bs=4096", "count=1")
    said(lab, "mn1", "ip", "address", "add", "10.77.0.10/24", "dev", "eth0")
    said(lab, "mn1", "touch", "/root/on-the-local-disk", "/run/in-memory")
    lab.crash("mn1")

    assert lab.power("mn1", "status") == "off"
    assert lab.status()["machines"]["mn1"]["addresses"] == []
    assert lab.run("client", ["ping", "-c", "1", "-W", "1", "10.77.0.11"]).returncode != 0
    with pytest.raises(Stop, match="no power"):
        lab.run("mn1", ["true"])

    # fencing is certain here; without this the mount would wait for the dead machine's MMP to expire
    said(lab, "mn2", "tune2fs", "-f", "-E", "clear_mmp", "/dev/shared")
    said(lab, "mn2", *SHARED)
    kept = said(lab, "mn2", "ls", "/shared").split()
    assert "synced" in kept
    assert "unsynced" not in kept

    assert lab.power("mn1", "on") == "on"
    assert said(lab, "mn1", "cat", "/proc/sys/kernel/random/boot_id") != before
    assert said(lab, "mn1", "ls", "/root/on-the-local-disk")
    assert lab.run("mn1", ["ls", "/run/in-memory"]).returncode != 0
    assert lab.run("mn1", ["findmnt", "/shared"]).returncode == 1
    assert "10.77.0.10/" not in said(lab, "mn1", "ip", "address")


def test_crashed_machine_still_looks_like_the_owner(lab: Lab, release: object) -> None:
    said(lab, "mn1", *SHARED)
    lab.crash("mn1")
    header = said(lab, "mn2", "dumpe2fs", "-h", "/dev/shared")
    assert "needs_recovery" in header
    assert lab.disk.mmp_block()[4:8] != (0xFF4D4D50).to_bytes(4, "little"), "MMP says that it was unmounted"
    said(lab, "mn2", "tune2fs", "-f", "-E", "clear_mmp", "/dev/shared")


def test_frozen_machine_answers_ping_and_nothing_else(lab: Lab) -> None:
    lab.freeze("mn1")
    assert lab.status()["machines"]["mn1"]["frozen"]
    assert lab.run("client", ["ping", "-c", "1", "-W", "2", "10.77.0.11"]).returncode == 0
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run("mn1", ["true"], timeout_s=1)
    lab.thaw("mn1")
    assert said(lab, "mn1", "hostname") == "mn1"


def test_frozen_machine_can_lose_power(lab: Lab) -> None:
    lab.freeze("mn2")
    assert lab.power("mn2", "off") == "off"
    assert lab.power("mn2", "off") == "off"
    assert lab.power("mn2", "on") == "on"
    assert said(lab, "mn2", "hostname") == "mn2"


def test_what_is_so_already_is_no_complaint(lab: Lab) -> None:
    for deed in (lab.freeze, lab.thaw, lab.cut, lab.heal, lab.crash):
        deed("mn2")
        deed("mn2")
    assert [lab.power("mn2", state) for state in ("status", "off", "on", "on")] == ["off", "off", "on", "on"]
    assert lab.status()["machines"]["mn2"]["port"] == "up"


def test_cut_and_heal(lab: Lab) -> None:
    ping = ["ping", "-c", "1", "-W", "1", "10.77.0.12"]
    lab.cut("mn2")
    assert lab.run("mn1", ping).returncode != 0
    assert said(lab, "mn2", "hostname") == "mn2"
    lab.heal("mn2")
    assert lab.run("mn1", ping).returncode == 0


def test_processes_end_with_their_machine(lab: Lab) -> None:
    sleeper = lab.start("mn2", ["sleep", "1000"])
    wait_for(lambda: "sleep" in said(lab, "mn2", "ps", "-e", "-o", "comm="))
    lab.crash("mn2")
    assert sleeper.wait(timeout=30) != 0


def test_a_command_that_is_given_up_ends(lab: Lab) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        lab.run("mn1", ["sleep", "987"], timeout_s=1)
    wait_for(lambda: "sleep" not in said(lab, "mn1", "ps", "-e", "-o", "comm="))


def test_a_stopped_command_does_not_keep_its_machine(lab: Lab) -> None:
    stopped = lab.start("mn1", ["sleep", "987"])
    wait_for(lambda: "sleep" in said(lab, "mn1", "ps", "-e", "-o", "comm="))
    said(lab, "mn1", "pkill", "-STOP", "sleep")
    lab.run("mn1", ["systemctl", "poweroff"])
    assert stopped.wait(timeout=60) != 0
    wait_for(lambda: lab.power("mn1", "status") == "off")


def test_a_machine_reboots_and_powers_itself_off(lab: Lab) -> None:
    boot_id = ["cat", "/proc/sys/kernel/random/boot_id"]
    before = said(lab, "mn2", *boot_id)
    said(lab, "mn2", "ip", "address", "add", "10.77.0.10/24", "dev", "eth0")
    lab.run("mn2", ["systemctl", "reboot"])

    def rebooted() -> bool:
        try:
            return lab.run("mn2", boot_id).stdout.strip() not in ("", before)
        except Stop:  # between its two lives
            return False

    wait_for(rebooted)
    assert lab.status()["machines"]["mn2"]["addresses"] == ["10.77.0.12/24"]
    lab.machine("mn2").wait_running()
    lab.run("mn2", ["systemctl", "poweroff"])
    wait_for(lambda: lab.status()["machines"]["mn2"]["processes"] == 0)
    assert lab.power("mn2", "status") == "off"
    assert lab.status()["machines"]["mn2"]["addresses"] == []


def test_a_fence_agent_switches_a_machine_off_and_on(lab: Lab) -> None:
    options = f"ip=10.77.0.22\nusername=hamn\npassword={(lab.directory / 'mn2.pw').read_text()}\nlanplus=1\n"
    for action, power in (("off", "off"), ("on", "on")):
        done = lab.run("mn1", ["fence_ipmilan"], stdin=f"{options}action={action}\n", timeout_s=120)
        assert done.returncode == 0, done.stderr
        wait_for(lambda power=power: lab.power("mn2", "status") == power)


def test_up_is_idempotent(lab: Lab) -> None:
    inits = [lab.machine(name).init for name in MACHINES]
    lab.up()
    assert [lab.machine(name).init for name in MACHINES] == inits


@pytest.mark.parametrize("engine", role.ENGINES)
def test_up_and_down_leave_nothing(engine: role.Engine) -> None:
    lab = Lab("leaves")
    host_links = subprocess.run(["ip", "-o", "address"], capture_output=True, text=True, check=True).stdout
    lab.up(database=engine, ipv6=True)
    assert lab.status()["machines"]["mn1"]["addresses"] == ["10.77.0.11/24", "fd77::11/64"]
    assert f'engine = "{engine}"' in (lab.path("mn2") / "etc/hamn/pair.toml").read_text()
    assert remains("leaves")
    assert subprocess.run(["ip", "-o", "address"], capture_output=True, text=True, check=True).stdout == host_links
    lab.down()
    assert remains("leaves") == []
    lab.down()


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.95])
def test_down_after_a_killed_up(share: float) -> None:
    """Killed at different depths: how long a whole `up` takes here is measured first."""
    lab = Lab("killed")
    lab.down()
    began_s = time.monotonic()
    lab.up()
    whole_s = time.monotonic() - began_s
    lab.down()
    half = subprocess.Popen([sys.executable, "-m", "hamn.lab", "--name", "killed", "up"], start_new_session=True)
    time.sleep(whole_s * share)
    os.killpg(half.pid, signal.SIGKILL)
    half.wait()
    lab.down()
    assert remains("killed") == []


def test_up_after_a_killed_up() -> None:
    lab = Lab("killed")
    half = subprocess.Popen([sys.executable, "-m", "hamn.lab", "--name", "killed", "up"], start_new_session=True)
    wait_for(lambda: lab.network.exists() and (lab.directory / "mn1").exists())
    os.killpg(half.pid, signal.SIGKILL)
    half.wait()
    lab.up()
    assert said(lab, "mn1", "systemctl", "is-system-running") == "running"
    lab.down()
    assert remains("killed") == []


def test_complaints_are_reports() -> None:
    with pytest.raises(Stop, match="no name for a lab"):
        Lab("../etc")
    with pytest.raises(Stop, match="no lab named absent"):
        Lab("absent").run("mn1", ["true"])
    for deed in (Lab.crash, Lab.freeze, Lab.thaw, Lab.cut, Lab.heal):
        with pytest.raises(Stop, match="no lab named absent"):
            deed(Lab("absent"), "mn1")
    with pytest.raises(Stop, match="none of the lab's"):
        Lab("absent").path("mn3")
    assert remains("absent") == []
