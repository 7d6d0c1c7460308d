"""A hostile day: faults between the steps of a move. Nobody holds anything twice, and a command leads on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

ADDRESS, MOUNT = "10.77.0.10/24", " /shared "


def nobody_twice(pair: Pair) -> None:
    """Asked of the machines themselves, not of hamn."""
    on = [name for name in ("mn1", "mn2") if pair.lab.power(name, "status") == "on"]
    assert sum(ADDRESS in pair.sh(name, "ip", "-o", "addr") for name in on) <= 1
    assert sum(MOUNT in pair.sh(name, "cat", "/proc/self/mountinfo") for name in on) <= 1


@contextmanager
def drop_in(pair: Pair, where: str, unit: str, text: str) -> Iterator[None]:
    """The unit behaves otherwise for a while."""
    directory = f"/run/systemd/system/{unit}.service.d"
    pair.sh(where, "mkdir", "-p", directory)
    pair.put(where, f"{directory}/fault.conf", f"[Service]\n{text}\n")
    pair.sh(where, "systemctl", "daemon-reload")
    try:
        yield
    finally:
        if pair.lab.power(where, "status") == "on":  # a power cut has taken it away by itself
            pair.sh(where, "rm", "-rf", directory)
            pair.sh(where, "systemctl", "daemon-reload")


def starting(pair: Pair, where: str, unit: str) -> None:
    pair.until(where, lambda: "activating" in pair.sh(where, "systemctl", "is-active", unit, ok=False))


def test_no_word_is_believed_of_a_machine_that_answers(pair: Pair) -> None:
    """It serves: an operator's word that it is dead takes nothing from it, however often he says so."""
    said = pair.said("mn2", "failover", "--to", "mn2", "--fence-anyway", "--confirm-dead", "mn1", exits=3)
    assert "mn1 answers" in said
    pair.holds_everything("mn1", "mn2")


def test_an_address_that_was_not_taken_is_not_announced(pair: Pair) -> None:
    pair.hamn("mn1", "deactivate")
    pair.sh("client", "ip", "addr", "add", ADDRESS, "dev", "eth0")
    try:
        result = pair.hamn("mn1", "activate", exits=1)
        announced = [s for s in result["steps"] if "/announce" in s["id"] and s["outcome"] == "done"]
        assert announced == []
    finally:
        pair.sh("client", "ip", "addr", "del", ADDRESS, "dev", "eth0")


def test_what_a_dead_machine_had_begun_does_not_take_the_role_back(pair: Pair) -> None:
    pair.hamn("mn1", "switchover", "--to", "mn2")
    with drop_in(pair, "mn1", "mariadb", "ExecStartPre=/bin/sleep 30"):
        running = pair.begin("mn1", "switchover", "--to", "mn1")
        starting(pair, "mn1", "mariadb")
        pair.lab.crash("mn1")
        running.communicate(timeout=30)
    assert pair.hamn("mn2", "failover")["active"] == "mn2"
    pair.lab.power("mn1", "on")
    trouble = pair.hamn("mn1", "status", exits=4)["trouble"]
    assert not any("resume" in message["hint"] for message in trouble), trouble
    pair.hamn("mn1", "resume", exits=None)
    assert pair.hamn("mn2", "status", exits=None)["active"] == "mn2"
    pair.hamn("mn1", "rejoin")
    assert pair.hamn("mn1", "status")["trouble"] == []


def test_a_silent_target_that_held_something_before_is_not_believed_to_hold_nothing(pair: Pair) -> None:
    """As after a half run: the address is on the target, the giver's disk is busy, then the target is cut off."""
    pair.sh("mn2", "ip", "addr", "add", ADDRESS, "dev", "eth0")
    pair.sh("mn1", "systemd-run", "--unit=squatter", "--property=WorkingDirectory=/install", "sleep", "600")
    try:
        with drop_in(pair, "mn1", "nginx", "ExecStop=\nExecStop=/bin/sleep 7"):
            running = pair.begin("mn1", "switchover", "--to", "mn2")
            pair.until("mn1", lambda: ADDRESS not in pair.sh("mn1", "ip", "-o", "addr"))
            pair.lab.cut("mn2")
            pair.finish(running, exits=1)
    finally:
        pair.sh("mn1", "systemctl", "stop", "squatter")
    if pair.lab.power("mn2", "status") == "on":
        pair.lab.heal("mn2")
    nobody_twice(pair)


def test_a_lost_connection_switches_nobody_off(pair: Pair) -> None:
    """ssh dies, the machine doesn't: it is asked anew, and the old active is put back."""
    with drop_in(pair, "mn2", "mariadb", "ExecStartPre=/bin/sleep 4"):
        running = pair.begin("mn1", "switchover", "--to", "mn2")
        starting(pair, "mn2", "mariadb")
        pair.sh("mn1", "pkill", "-KILL", "-x", "ssh")
        document = pair.finish(running, exits=None)
    assert pair.lab.power("mn2", "status") == "on", document["messages"]
    assert document["active"] == "mn1"
    nobody_twice(pair)


def test_the_isolated_active_proves_nothing_and_says_so(pair: Pair) -> None:
    pair.lab.cut("mn1")
    result = pair.hamn("mn1", "failover", exits=4)
    assert any("mn2" in message["what"] + message["where"] for message in result["messages"])
    assert pair.lab.power("mn2", "status") == "on"


@contextmanager
def unheard(pair: Pair, machine: str, by: str) -> Iterator[None]:
    """It hears the other machine, and what it says to it goes nowhere: a filter, a broken fibre."""
    pair.sh(machine, "ip", "route", "add", "blackhole", by)
    try:
        yield
    finally:
        pair.lab.power(machine, "on")
        pair.sh(machine, "ip", "route", "delete", "blackhole", by)


def test_a_wire_that_carries_one_way_only_is_no_proof(pair: Pair) -> None:
    """Who isn't heard is alive all the same: it keeps the role, or is switched off before anybody takes it."""
    with unheard(pair, "mn2", by="10.77.0.11"):
        assert "mn2" in pair.said("mn1", "switchover", exits=3)
        pair.sh("mn1", "systemctl", "is-active", "mariadb")
    with unheard(pair, "mn1", by="10.77.0.12"):
        for verb in ("switchover", "activate"):
            assert "mn1 doesn't answer" in pair.said("mn2", verb, exits=3), verb
        assert pair.lab.power("mn1", "status") == "on"
        assert pair.hamn("mn2", "failover")["active"] == "mn2"
        assert pair.lab.power("mn1", "status") == "off"
        nobody_twice(pair)


def test_a_database_that_does_not_stop_is_left_where_it_was(pair: Pair) -> None:
    with (
        pair.declared('engine = "mariadb"', 'engine = "mariadb"\nstop_limit_s = 3'),
        drop_in(pair, "mn1", "mariadb", "ExecStop=/bin/sleep 8\nTimeoutStopSec=30"),
    ):
        result = pair.hamn("mn1", "switchover", exits=1)
    assert result["active"] == "mn1" and not result["open"]
    assert any("mariadb" in m["what"] and "limit" in m["what"] for m in result["messages"])
    pair.holds_everything("mn1", "mn2")


def test_a_system_disk_that_takes_nothing_keeps_nobody_on_its_machine(pair: Pair) -> None:
    pair.sh("mn1", "mount", "-t", "tmpfs", "-o", "size=1m,ro", "tmpfs", "/var/lib/hamn")
    try:
        assert "Read-only" in pair.said("mn1", "switchover", exits=1)
        pair.holds_everything("mn1", "mn2")
        assert pair.hamn("mn2", "switchover", exits=None)["active"] == "mn2"
        pair.holds_everything("mn2", "mn1")
    finally:
        pair.sh("mn1", "umount", "/var/lib/hamn")


def test_both_machines_are_told_to_activate_at_once(pair: Pair) -> None:
    pair.hamn("mn1", "deactivate")
    both = {name: pair.begin(name, "activate") for name in ("mn1", "mn2")}
    for running in both.values():
        running.wait(timeout=60)
    said = {name: json.loads(running.communicate()[0]) for name, running in both.items()}
    assert sorted(document["exit_status"] for document in said.values()) == [0, 3]
    nobody_twice(pair)
    winner = next(name for name, document in said.items() if document["exit_status"] == 0)
    assert pair.hamn(winner, "status")["active"] == winner


@pytest.mark.parametrize("victim", ["mn1", "mn2"])
def test_a_freeze_in_the_middle_then_a_thaw_makes_no_second_owner(pair: Pair, victim: str) -> None:
    running = pair.begin("mn1", "switchover", "--to", "mn2")
    pair.until("mn2", lambda: MOUNT in pair.sh("mn2", "cat", "/proc/self/mountinfo"))
    pair.lab.freeze(victim)
    if victim == "mn2":  # the controller notices, and mn2 is switched off before mn1 takes anything back
        assert pair.finish(running, exits=1)["active"] == "mn1"
        assert pair.lab.power("mn2", "status") == "off"
    else:
        assert pair.hamn("mn2", "failover")["active"] == "mn2"
        assert pair.lab.power("mn1", "status") == "off"
        running.wait(timeout=30)
    nobody_twice(pair)


STALLED = """
import socket, time
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(5)
asking.sendto(bytes([0, 1]) + b"hello.txt\\0octet\\0", ("10.77.0.10", 69))
print(len(asking.recv(600)), flush=True)
time.sleep(60)
"""


def test_a_node_that_vanished_in_the_middle_of_a_transfer_keeps_nobody(pair: Pair) -> None:
    """The listener stops; the process that still sends to that node has the disk open for half a minute."""
    asking = pair.lab.start("client", ["python3", "-c", STALLED], stdout=subprocess.PIPE)
    try:
        assert asking.stdout is not None and int(asking.stdout.readline())
        result = pair.hamn("mn1", "switchover")
        assert "mn1/service.tftp/end-rest" in {s["id"] for s in result["steps"] if s["outcome"] == "done"}
        pair.holds_everything("mn2", "mn1")
    finally:
        asking.kill()
        asking.wait()
