"""The two machines, or yesterday and today, don't agree: on hamn's version, on the declaration, on the time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.pair import Pair
from tests.lab.test_faults import drop_in, nobody_twice, starting

pytestmark = pytest.mark.lab

OTHER = "/root/other-hamn"
PROGRAMS = ("hamn", "hamn-agent", "hamn-local")


@contextmanager
def other_hamn(pair: Pair, where: str, file: str, old: str, new: str) -> Iterator[None]:
    """That machine has another hamn installed, with one line changed."""
    pair.sh(where, "mkdir", "-p", OTHER)
    pair.sh(where, "cp", "-r", "/opt/hamn/src/hamn", OTHER)
    text = pair.sh(where, "cat", f"{OTHER}/hamn/{file}")
    assert old in text
    pair.put(where, f"{OTHER}/hamn/{file}", text.replace(old, new))
    for program in PROGRAMS:
        pair.sh(where, "cp", "-a", f"/usr/local/bin/{program}", f"{OTHER}/{program}.saved")
        pair.sh(where, "sed", "-i", f"s,/opt/hamn/src,{OTHER},", f"/usr/local/bin/{program}")
    try:
        yield
    finally:
        pair.lab.power(where, "on")
        for program in PROGRAMS:
            pair.sh(where, "cp", "-a", f"{OTHER}/{program}.saved", f"/usr/local/bin/{program}")
        pair.sh(where, "rm", "-rf", OTHER)


@contextmanager
def clock_ahead(pair: Pair, where: str, seconds: int) -> Iterator[None]:
    """What is typed there takes the time from a clock that goes wrong; machines of the lab share their host's."""
    wrapper = pair.sh(where, "cat", "/usr/local/bin/hamn")
    ahead = (
        "import hamn.wiring\n"
        "from datetime import UTC, datetime, timedelta\n"
        "class Ahead(hamn.wiring.SystemClock):\n"
        "    def wall(self):\n"
        f"        return (datetime.now(UTC) + timedelta(seconds={seconds})).isoformat(timespec='milliseconds')\n"
        "hamn.wiring.SystemClock = Ahead\n"
    )
    with pair.changed(where, "/usr/local/bin/hamn", wrapper.replace("from hamn.cli", f"{ahead}from hamn.cli")):
        pair.sh(where, "chmod", "755", "/usr/local/bin/hamn")
        yield


def test_another_version_that_can_be_talked_to_is_a_warning(pair: Pair) -> None:
    with other_hamn(pair, "mn2", "__init__.py", "__version__ = ", '__version__ = "99" + '):
        for where in ("mn1", "mn2"):
            trouble = pair.hamn(where, "status", exits=4)["trouble"]
            assert [(m["code"], m["severity"]) for m in trouble] == [("versions-differ", "warning")]
            assert "99" in trouble[0]["what"] and "same" in trouble[0]["hint"]
        checked = pair.hamn("mn1", "check", "--only", "same-hamn")
        assert checked["rules"][0]["outcome"] == "problem" and checked["rules"][0]["severity"] == "warning"


def test_a_hamn_that_cannot_be_talked_to_is_no_dead_machine(pair: Pair) -> None:
    """The active's neighbour was upgraded first. Nothing there may take a serving machine for a silent one."""
    with other_hamn(pair, "mn2", "agent/conversation.py", "PROTOCOL = 1", "PROTOCOL = 2"):
        assert "same version" in pair.said("mn1", "switchover", exits=3)
        assert pair.hamn("mn1", "status", exits=4)["active"] == "mn1"
        status = pair.hamn("mn2", "status", exits=1)
        assert status["active"] is None
        assert not any("hamn failover`" in m["hint"] for m in status["trouble"]), status["trouble"]
        assert "NOBODY" not in pair.lab.run("mn2", ["hamn", "status"]).stdout
        for verb in ("failover", "switchover", "activate"):
            assert "can't talk to each other" in pair.said("mn2", verb, exits=3), verb
        assert pair.lab.power("mn1", "status") == "on"
    pair.holds_everything("mn1", "mn2")


def test_a_disk_that_is_mounted_elsewhere_is_not_taken_for_free(pair: Pair) -> None:
    """The declaration was changed on both machines while one of them was active: where it says the shared data is,
    there is nothing, and the machine has it mounted all the same."""
    text = pair.sh("mn1", "cat", "/etc/hamn/pair.toml")
    changed = re.sub(r"directories = \[.*?\]\n", "", text, flags=re.DOTALL)
    changed = changed.replace('"/shared"', '"/data"').replace('"/var/lib/mysql"', '"/data/mysql"')
    try:
        for name in ("mn1", "mn2"):
            pair.put(name, "/etc/hamn/pair.toml", changed)
        for words in (("switchover", "--to", "mn2"), ("activate", "--on", "mn2"), ("failover", "--to", "mn2")):
            document = pair.hamn("mn2", *words, exits=None)
            assert document["exit_status"] in (1, 3), document
            assert "mn1" in str(document["messages"]) and "/shared" not in pair.sh("mn2", "cat", "/proc/mounts")
            nobody_twice(pair)
        assert " /data " not in pair.sh("mn2", "cat", "/proc/self/mountinfo")
    finally:
        for name in ("mn1", "mn2"):
            pair.put(name, "/etc/hamn/pair.toml", text)
    pair.holds_everything("mn1", "mn2")


def test_what_only_the_old_declaration_named_is_told_at_resume(pair: Pair) -> None:
    """A switchover is stopped in the middle, then the console service is taken out of the declaration."""
    with drop_in(pair, "mn1", "mariadb", "ExecStop=/bin/sleep 3"):
        running = pair.begin("mn1", "switchover")
        pair.until("mn1", lambda: "deactivating" in pair.sh("mn1", "systemctl", "is-active", "mariadb", ok=False))
        pair.sh("mn1", "pkill", "-INT", "-f", "local/bin/hamn --json")
        pair.finish(running, exits=1)
    text = pair.sh("mn1", "cat", "/etc/hamn/pair.toml")
    section = re.search(r"\[service\.console\]\n(?:.+\n)+", text)
    assert section
    with pair.declared(section[0], ""), pair.declared(', "service.console"]', "]"):
        result = pair.hamn("mn1", "resume", exits=4)
        assert result["active"] == "mn2"
        told = next(m for m in result["messages"] if m["code"] == "declaration-changed")
        assert "service.console" in told["what"], told
        pair.hamn("mn1", "switchover", "--to", "mn1")
    pair.hamn("mn1", "activate")


def test_a_clock_an_hour_ahead_brings_no_dead_operation_back(pair: Pair) -> None:
    """Its id is later than everything that has happened since, by a clock that was wrong."""
    pair.hamn("mn1", "switchover", "--to", "mn2")
    with clock_ahead(pair, "mn1", 3600):
        with drop_in(pair, "mn1", "mariadb", "ExecStartPre=/bin/sleep 30"):
            running = pair.begin("mn1", "switchover", "--to", "mn1")
            starting(pair, "mn1", "mariadb")
            pair.lab.crash("mn1")
            running.communicate(timeout=30)
        assert pair.hamn("mn2", "failover")["active"] == "mn2"
        pair.lab.power("mn1", "on")
    trouble = pair.hamn("mn1", "status", exits=4)["trouble"]
    assert not any("resume" in message["hint"] for message in trouble), trouble
    assert "nothing to resume" in pair.said("mn2", "resume", exits=0)
    assert pair.hamn("mn2", "status", exits=None)["active"] == "mn2"


def test_a_clock_that_goes_back_in_the_middle_changes_nothing(pair: Pair) -> None:
    """Begun at an hour ahead, interrupted, and resumed by a clock that is right again, an hour before it began."""
    with (
        clock_ahead(pair, "mn1", 3600),
        drop_in(pair, "mn1", "mariadb", "ExecStop=/bin/sleep 2"),
    ):
        running = pair.begin("mn1", "switchover")
        pair.until("mn1", lambda: "deactivating" in pair.sh("mn1", "systemctl", "is-active", "mariadb", ok=False))
        pair.sh("mn1", "pkill", "-INT", "-f", "local/bin/hamn --json")
        pair.finish(running, exits=1)
    assert pair.hamn("mn1", "resume")["active"] == "mn2"
    status = pair.hamn("mn2", "status")
    assert status["operations"] == [] and status["trouble"] == []
