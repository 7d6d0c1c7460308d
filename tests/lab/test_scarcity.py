"""A machine without processes or memory to spare: nothing is held twice, nothing is claimed that wasn't seen."""

from __future__ import annotations

import pytest

from tests.lab.killing.field import advice
from tests.lab.pair import Pair
from tests.lab.scarcity import process_slots
from tests.lab.test_faults import drop_in, nobody_twice, starting

pytestmark = pytest.mark.lab


def test_a_target_without_process_slots_leaves_the_role_where_it_was(pair: Pair) -> None:
    """With none at all nobody can log in; with a few, commands wait for one another and daemons don't start."""
    for spare, ends in ((0, 3), (3, 1)):
        with process_slots(pair.lab, "mn2", spare):
            result = pair.hamn("mn1", "switchover", exits=None)
            assert result["exit_status"] in (ends, 3) and "mn2" in str(result["messages"])
            assert pair.hamn("mn1", "status", exits=None)["active"] == "mn1"
            nobody_twice(pair)
    pair.holds_everything("mn1", "mn2")


def test_an_active_machine_without_process_slots_is_not_nobody(pair: Pair) -> None:
    """Some questions are answered and some can't be asked: what isn't known isn't absent."""
    with process_slots(pair.lab, "mn1", 5):
        for where in ("mn1", "mn2"):
            said = pair.lab.run(where, ["hamn", "status"], timeout_s=60).stdout
            assert "NOBODY" not in said, said
        document = pair.hamn("mn2", "switchover", "--to", "mn2", exits=None)
        assert "nobody holds the role" not in str(document["messages"]), document["messages"]
        nobody_twice(pair)
        moved = document["active"] if document["exit_status"] != 3 else "mn1"
    status = pair.hamn("mn1", "status", exits=None)
    while advised := advice(status):  # each names the one thing to type next
        pair.hamn(str(status["active"] or moved), *advised)
        status = pair.hamn("mn1", "status", exits=None)
    assert status["exit_status"] == 0
    assert status["active"] in (moved, "mn2"), "a resumed move goes on to where it was going"


def test_the_agent_killed_for_want_of_memory_in_the_middle(pair: Pair) -> None:
    """The kernel takes the biggest, whatever it is: here hamn's own far end, while the database starts."""
    with drop_in(pair, "mn2", "mariadb", "ExecStartPre=/bin/sleep 4"):
        running = pair.begin("mn1", "switchover", "--to", "mn2")
        starting(pair, "mn2", "mariadb")
        pair.sh("mn2", "pkill", "-KILL", "-f", "bin/hamn-agent")
        document = pair.finish(running, exits=1)
    assert "mn2" in str(document["messages"]) and "Traceback" not in str(document["messages"])
    assert pair.lab.power("mn2", "status") == "on", "a lost connection is no dead machine"
    nobody_twice(pair)
    if pair.hamn("mn1", "status", exits=None)["active"] != "mn1":
        pair.hamn("mn1", "resume")
    status = pair.hamn("mn1", "status", exits=None)
    assert status["active"] and status["operations"] == []
    nobody_twice(pair)
