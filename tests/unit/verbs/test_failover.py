"""What `hamn failover` says to whoever types it where it can't be done: the next thing to type must work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.planning.seen import declared

from hamn.facts.facts import Facts, MachineFacts
from hamn.planning.move import plan_move
from hamn.reports.report import Stop
from hamn.verbs.assume import assumed
from hamn.verbs.moves import Belief, failover, switchover

PAIR = declared(Path(__file__).parents[2] / "planning" / "cases" / "lab.toml")
SERVES = assumed(PAIR, "mn1", "switchover")
NOBODY = Belief(by="root")


def refused(facts: Facts) -> str:
    with pytest.raises(Stop) as stop:
        failover(PAIR, "mn1", "mn2", NOBODY)(facts)
    return stop.value.reports[0].hint


def test_a_machine_that_answers_is_asked_to_give_back() -> None:
    assert "hamn switchover --to mn2" in refused(SERVES)


def test_one_with_a_command_that_cant_be_ended_can_give_nothing_back() -> None:
    facts = Facts({**SERVES.machines, "mn1": replace(SERVES["mn1"], stuck="umount /shared (pid 812)")})
    hint = refused(facts)
    assert "hamn failover --to mn2 --fence-anyway" in hint and "switchover" not in hint


def test_nobody_is_sent_to_a_machine_that_is_off() -> None:
    facts = Facts({**SERVES.machines, "mn2": MachineFacts("mn2", answers=False, why_not="silent")})
    goal = failover(PAIR, "mn1", "mn2", NOBODY)(facts)
    assert "mn2 doesn't answer" in plan_move(PAIR, facts, goal, "OPERATION").refusals[0]


def test_a_switchover_from_a_silent_machine_names_the_failover() -> None:
    silent = {
        "mn1": MachineFacts("mn1", answers=False, why_not="silent"),
        "mn2": assumed(PAIR, "mn1", "failover")["mn2"],
    }
    with pytest.raises(Stop) as stop:
        switchover(PAIR, None)(Facts(silent))
    assert stop.value.reports[0].code == "no-answer" and "`hamn failover`" in stop.value.reports[0].hint
