"""The client, the BMC and the bare sequence on the real pair: what the figures stand on."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from hamn.lab import bare
from hamn.lab.bmc import fault_file
from hamn.lab.lab import Lab
from hamn.lab.witness import Witness
from hamn.reports.report import Stop

pytestmark = pytest.mark.lab

SERVICES = ("database", "dns", "http", "dhcp", "ping")


@pytest.fixture(scope="module", params=["mariadb", "postgresql", "sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lab(engine: str) -> Iterator[Lab]:
    """A pair of these tests' own; every test begins and ends with mn1 holding the role."""
    pair = Lab("witness")
    pair.down()
    try:
        pair.up(database=engine)  # type: ignore[arg-type]
        connect(pair)
        move(pair, "mn1", "start=mn1")
        yield pair
    finally:
        pair.down()


def connect(lab: Lab) -> None:
    """The bare sequence's way from mn1 to mn2; it stays open in the background."""
    nowhere = subprocess.DEVNULL
    assert lab.start("mn1", bare.connect("mn2"), stdin=nowhere, stdout=nowhere, stderr=nowhere).wait(30) == 0


def move(lab: Lab, machine: str, *halves: str) -> None:
    done = lab.run(machine, ["python3", "-m", "hamn.lab.bare", f"database={lab.database}", *halves])
    assert done.returncode == 0, done.stderr


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


def test_every_service_is_seen_and_nothing_is_lost_when_nothing_happens(lab: Lab) -> None:
    with Witness(lab) as seen:
        pass
    assert set(seen.longest_gap_s) == set(SERVICES)
    assert None not in seen.longest_gap_s.values()
    assert seen.rows_acknowledged > 0
    assert seen.rows_missing == 0


def test_a_move_is_seen_as_an_absence_that_ends(lab: Lab) -> None:
    with Witness(lab) as seen:
        move(lab, "mn1", "stop=mn1", "start=mn2")
    told = [(line["event"], line["service"]) for line in seen.lines() if "service" in line]
    move(lab, "mn1", "stop=mn2", "start=mn1")
    for service in ("database", "dns", "http", "ping"):
        assert ("lost", service) in told
        assert ("back", service) in told
    assert seen.rows_missing == 0


def test_rows_acknowledged_before_a_power_cut_are_there_after_it(lab: Lab) -> None:
    with Witness(lab, ["database"]) as seen:
        lab.crash("mn1")
        move(lab, "mn2", "take-over=mn2")
    lab.power("mn1", "on")
    connect(lab)
    move(lab, "mn1", "stop=mn2", "start=mn1")
    assert seen.rows_acknowledged > 0
    assert seen.rows_missing == 0


def test_a_service_that_never_answers_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hamn.lab.witness.READY_S", 1.0)
    lab.run("mn1", ["systemctl", "stop", "named"])
    try:
        with pytest.raises(Stop, match="dns"), Witness(lab, ["dns", "ping"]):
            pass
    finally:
        lab.run("mn1", ["systemctl", "start", "named"])


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
    try:
        status, _ = fence(lab, "off", "power_timeout=2", "shell_timeout=2", "login_timeout=2")
        assert status != 0
        assert lab.power("mn2", "status") == "on"
    finally:
        fault_file(lab.directory, "mn2").unlink()


def test_a_lying_fence_device_says_off_while_the_machine_runs(lab: Lab) -> None:
    fault_file(lab.directory, "mn2").write_text("lie")
    try:
        assert fence(lab, "off")[0] == 0
        assert lab.power("mn2", "status") == "on"
    finally:
        fault_file(lab.directory, "mn2").unlink()


def test_a_slow_fence_device_is_believed_when_it_is_off(lab: Lab) -> None:
    fault_file(lab.directory, "mn2").write_text("slow")
    try:
        assert fence(lab, "off", "power_timeout=30")[0] == 0
        assert lab.power("mn2", "status") == "off"
    finally:
        fault_file(lab.directory, "mn2").unlink()
        lab.power("mn2", "on")
