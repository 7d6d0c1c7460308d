"""The fake BMC, spoken to over real IPMI on the loopback by pyghmi's own client."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyghmi.exceptions import IpmiException
from pyghmi.ipmi.command import Command

# A machine that is a file with "on" or "off" in it, behind a BMC in a process of its own.
BMC = """
import sys
from pathlib import Path
from hamn.lab.bmc import LabBmc
from pyghmi.ipmi.bmc import Bmc

place, port = Path(sys.argv[1]), int(sys.argv[2])

def power(word):
    if word == "status":
        return (place / "power").read_text()
    with (place / "orders").open("a") as orders:
        orders.write(word + "\\n")
    (place / "power").write_text(word)
    return word

LabBmc(power, (place / "password").read_text(), "127.0.0.1", place / "fault", port)
print("ready", flush=True)
Bmc.listen()
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "power").write_text("on")
    (tmp_path / "password").write_text(secrets.token_hex(8))
    return tmp_path


@pytest.fixture
def bmc(place: Path) -> Iterator[Command]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", BMC, str(place), str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Command("127.0.0.1", "hamn", (place / "password").read_text(), port=port)
    finally:
        process.kill()
        process.wait()


def becomes(place: Path, state: str) -> bool:
    deadline_s = time.monotonic() + 10
    while (place / "power").read_text() != state and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return (place / "power").read_text() == state


def test_status_is_the_machines_own(bmc: Command, place: Path) -> None:
    assert bmc.get_power() == {"powerstate": "on"}
    (place / "power").write_text("off")
    assert bmc.get_power() == {"powerstate": "off"}


def test_off_and_on_reach_the_machine(bmc: Command, place: Path) -> None:
    bmc.set_power("off", wait=True)
    assert (place / "power").read_text() == "off"
    bmc.set_power("on", wait=True)
    assert (place / "power").read_text() == "on"


def test_cycle_goes_through_off(bmc: Command, place: Path) -> None:
    bmc.raw_command(netfn=0, command=2, data=[2])
    deadline_s = time.monotonic() + 10
    while not (place / "orders").exists() or len((place / "orders").read_text().split()) < 2:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    assert (place / "orders").read_text().split() == ["off", "on"]


def test_off_twice_is_done_once(bmc: Command, place: Path) -> None:
    for _ in range(3):
        assert bmc.raw_command(netfn=0, command=2, data=[0])["code"] == 0
    assert becomes(place, "off")
    assert bmc.get_power() == {"powerstate": "off"}
    assert (place / "orders").read_text().split() == ["off"]


def test_a_refusal_is_told_and_changes_nothing(bmc: Command, place: Path) -> None:
    (place / "fault").write_text("refuse")
    assert "error" in bmc.raw_command(netfn=0, command=2, data=[0])
    assert bmc.get_power() == {"powerstate": "on"}


def test_a_lie_says_off_while_the_machine_runs(bmc: Command, place: Path) -> None:
    (place / "fault").write_text("lie")
    assert bmc.raw_command(netfn=0, command=2, data=[0])["code"] == 0
    assert bmc.get_power() == {"powerstate": "off"}
    assert (place / "power").read_text() == "on"
    (place / "fault").write_text("")
    assert bmc.get_power() == {"powerstate": "on"}


def test_a_wrong_password_gets_nothing(bmc: Command, place: Path) -> None:
    with pytest.raises(IpmiException):
        Command("127.0.0.1", "hamn", "wrong", port=bmc.ipmi_session.port)
