"""What `status` says of facts: who is active, what is wrong, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.planning.seen import declared, seen_by

from hamn.cli.screen import watch_status
from hamn.facts.facts import Facts
from hamn.reports.report import Exit
from hamn.verbs.status import Status, status_of

PAIR = declared(Path(__file__).parents[2] / "planning" / "cases" / "lab.toml")


def status(**told: Any) -> Status:
    return status_of(PAIR, seen_by(PAIR, told))


def codes(seen: Status) -> list[tuple[str, str]]:
    return [(report.code, report.where) for report in seen.trouble]


def test_a_healthy_pair() -> None:
    seen = status(active="mn1")
    assert (seen.active, seen.exit, codes(seen)) == ("mn1", Exit.DONE, [])
    assert seen.roles == {"mn1": "active", "mn2": "standby"}


def test_nobody() -> None:
    seen = status(active="")
    assert (seen.active, seen.exit) == (None, Exit.FAILED)
    assert codes(seen) == [("nobody", "")] and "hamn activate" in seen.trouble[0].hint


def test_a_silent_standby_degrades_and_a_silent_active_is_nobody() -> None:
    standby = status(active="mn1", mn2={"answers": False})
    assert (standby.active, standby.exit, codes(standby)) == ("mn1", Exit.DEGRADED, [("no-answer", "mn2")])
    active = status(active="mn1", mn1={"answers": False})
    assert (active.active, active.exit) == (None, Exit.FAILED)
    assert "hamn failover" in active.trouble[-1].hint


def test_two_owners_are_never_called_one() -> None:
    mine = {"machine": "mn2", "epoch": 2}
    held = [r.id for r in PAIR.resources]
    seen = status(active="mn1", mn2={"holds": held, "owner": mine})
    assert seen.active is None and seen.exit is Exit.FAILED
    assert ("two-owners", "") in codes(seen)
    assert not seen.document()["active"]


def test_an_active_that_lacks_something_says_what_and_what_to_do() -> None:
    seen = status(active="mn1", mn1={"lacks": ["service.dns"]})
    assert (seen.active, seen.exit, seen.roles["mn1"]) == ("mn1", Exit.DEGRADED, "active, degraded")
    assert codes(seen) == [("not-held", "mn1")] and "service.dns" in seen.trouble[0].what


def test_a_standby_that_holds_something() -> None:
    seen = status(active="mn1", mn2={"holds": ["service.dhcp"]})
    assert ("held-twice", "") in codes(seen) and ("partial", "mn2") in codes(seen)
    assert seen.roles["mn2"] == "holds part"


def test_a_machine_that_was_active_and_came_back() -> None:
    was = {"machine": "mn1", "epoch": 0, "boot_id": "EARLIER"}
    seen = status(active="mn2", mn1={"remembered": was})
    assert codes(seen) == [("returned", "mn1")] and "hamn rejoin mn1" in seen.trouble[0].hint
    assert seen.exit is Exit.DEGRADED


@pytest.mark.parametrize("active", ["", "mn1"])
def test_an_interrupted_operation_comes_first_and_every_hint_is_resume(active: str) -> None:
    begun = {"id": "20260101T000000-aaaaaa", "verb": "switchover", "active": "mn2", "goal": "mn2 active"}
    seen = status(active=active, mn1={"interrupted": begun, "lacks": ["service.dns"] if active else []})
    half = status(active="", mn1={"interrupted": begun}, mn2={"holds": ["filesystem.shared"]})
    assert {report.hint for report in half.trouble} == {"`hamn resume`"}
    assert seen.trouble[0].code == "interrupted"
    assert {report.hint for report in seen.trouble} == {"`hamn resume`"}


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    seen = status(active="mn1", mn2={"answers": False})
    assert {str(by["mn2"]) for by in seen.holds.values()} == {"unknown"}
    assert seen.document()["machines"][1]["role"] == "unknown"


def test_what_cannot_be_ended_is_named_with_the_one_way_out() -> None:
    seen = status(active="mn1", mn1={"stuck": "umount /shared (pid 812)"})
    report = next(report for report in seen.trouble if report.code == "stuck")
    assert "umount /shared (pid 812)" in report.what and "--fence-anyway" in report.hint
    assert seen.exit is Exit.DEGRADED


def test_the_record_of_another_boot_makes_no_owner() -> None:
    seen = status(active="mn1", mn1={"rebooted": True})
    assert (seen.active, seen.roles["mn1"]) == (None, "holds part")


def test_a_torn_record_leads_to_its_mending_and_nowhere_else() -> None:
    facts = seen_by(PAIR, {"active": "mn1"})
    torn = replace(facts["mn1"], owner=None, owner_trouble="/shared/.hamn-owner.json: not JSON")
    seen = status_of(PAIR, Facts({**facts.machines, "mn1": torn}))
    assert codes(seen) == [("owner-unreadable", "mn1")]
    assert f"cp {PAIR.state}/owner.json /shared/.hamn-owner.json" in seen.trouble[0].hint


def test_a_parallel_filesystem_that_is_nowhere_is_held_by_nobody() -> None:
    cases = Path(__file__).parents[2] / "planning" / "cases"
    pair = declared(cases / "switchover-parallel-absent" / "pair.toml")
    lacks = {"lacks": ["filesystem.far"]}
    seen = status_of(pair, seen_by(pair, {"active": "mn1", "mn1": lacks, "mn2": lacks}))
    assert seen.roles == {"mn1": "active, degraded", "mn2": "standby"}
    assert codes(seen) == [("not-held", "mn1")]


def test_what_an_active_machine_lacks_is_taken_by_a_verb_that_will_be_accepted() -> None:
    lacks = {"lacks": ["virtual_ip.cluster"]}
    both = status(active="mn1", mn1=lacks)
    alone = status(active="mn1", mn1=lacks, mn2={"answers": False})
    hint = {
        name: next(r.hint for r in seen.trouble if r.code == "not-held")
        for name, seen in (("both", both), ("alone", alone))
    }
    assert "`hamn activate`" in hint["both"]
    assert "`hamn failover --to mn1`" in hint["alone"], "activate is refused without a word from mn2"


def test_what_the_survivor_finished_is_over_when_the_dead_machine_comes_back() -> None:
    begun = {"id": "20260102T030405-a", "verb": "switchover", "active": "mn2", "epoch": 1}
    finished = {"id": "20260102T031000-b", "verb": "activate", "active": "mn2", "open": False, "outcome": "done"}
    told = {"active": "mn2", "mn1": {"interrupted": begun}}
    assert ("interrupted", "mn1") in codes(status(**told))
    assert codes(status(**told, mn2={"interrupted": {**finished, "left": "mn2"}})) == []
    nobody = {**finished, "verb": "rejoin", "active": None, "only": "mn2", "left": None}
    assert ("interrupted", "mn1") in codes(status(**told, mn2={"interrupted": nobody}))


def test_ctrl_c_ends_watching_with_what_was_seen_last(capsys: pytest.CaptureFixture[str]) -> None:
    """Also in the middle of the next question."""
    answers = iter([status(active="mn1")])

    def ask() -> Status:
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    assert watch_status(ask, as_json=False) == int(Exit.DONE)
    assert "mn1 is active" in capsys.readouterr().out
    assert watch_status(ask, as_json=False) == 1, "nothing was seen"


def test_watching_as_documents_is_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    seen = iter([status(active="mn1")])

    def ask() -> Status:
        for one in seen:
            return one
        raise KeyboardInterrupt

    assert watch_status(ask, as_json=True) == int(Exit.DONE)
    assert [json.loads(line)["active"] for line in capsys.readouterr().out.splitlines()] == ["mn1"]
