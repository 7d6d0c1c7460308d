"""The fake BMC as a machine's fence agent finds it: fence_ipmilan over the lab's network."""

import time
from collections.abc import Iterator

import pytest

from hamn.lab.bmc import fault_file
from hamn.lab.lab import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def honest(lab: Lab) -> Iterator[None]:
    """A fault ends with its test; the lab's own fixture switches the machines on again."""
    yield
    fault_file(lab.directory, "mn2").unlink(missing_ok=True)


def fence(lab: Lab, action: str, *more: str) -> tuple[int, str]:
    """mn1 asks mn2's BMC, the way hamn does: options on stdin."""
    password = (lab.directory / "mn2.pw").read_text().strip()
    words = [f"action={action}", "ip=10.77.0.22", "username=hamn", "lanplus=1", f"password={password}", *more]
    done = lab.run("mn1", ["fence_ipmilan"], stdin="\n".join(words) + "\n")
    return done.returncode, done.stdout + done.stderr


def becomes(lab: Lab, machine: str, state: str) -> bool:
    deadline_s = time.monotonic() + 60
    while lab.power(machine, "status") != state and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return lab.power(machine, "status") == state


def test_a_fence_agent_switches_the_machine_off_and_on(lab: Lab) -> None:
    assert fence(lab, "status")[0] == 0
    assert fence(lab, "off")[0] == 0
    assert lab.power("mn2", "status") == "off"
    assert fence(lab, "status")[0] == 2
    assert fence(lab, "off")[0] == 0, "off again is done already"
    assert fence(lab, "on")[0] == 0
    assert becomes(lab, "mn2", "on")


@pytest.mark.parametrize("fault", ["refuse", "silent"])
def test_a_fence_device_that_does_not_do_it_is_a_failure(lab: Lab, fault: str) -> None:
    fault_file(lab.directory, "mn2").write_text(fault)
    status, _ = fence(lab, "off", "power_timeout=2", "shell_timeout=2", "login_timeout=2")
    assert status != 0
    assert lab.power("mn2", "status") == "on"


def test_a_lying_fence_device_says_off_while_the_machine_runs(lab: Lab) -> None:
    fault_file(lab.directory, "mn2").write_text("lie")
    assert fence(lab, "off")[0] == 0
    assert lab.power("mn2", "status") == "on"


def test_a_slow_fence_device_is_believed_when_it_is_off(lab: Lab) -> None:
    fault_file(lab.directory, "mn2").write_text("slow")
    assert fence(lab, "off", "power_timeout=30")[0] == 0
    assert lab.power("mn2", "status") == "off"
