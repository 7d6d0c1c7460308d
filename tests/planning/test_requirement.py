"""The requirement's own example pair: its chapter "Failover" as a plan (docs/requirement-failover.md)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hamn.cli.screen import show_commands
from hamn.planning.goal import Fencing, Goal
from hamn.planning.move import plan_move
from hamn.verbs.assume import assumed

from .seen import declared

HERE = Path(__file__).parent
PAIR = declared(HERE.parents[1] / "docs" / "examples" / "requirement.toml")


def test_the_chapter_reads_as_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    facts = assumed(PAIR, "aixmn1", "switchover")
    show_commands(plan_move(PAIR, facts, Goal("switchover", "aixmn2"), "OPERATION"))
    typed, golden = capsys.readouterr().out, HERE / "requirement.txt"
    if os.environ.get("UPDATE"):
        golden.write_text(typed)
    assert typed == golden.read_text()


def test_the_chapters_order_of_taking_down() -> None:
    """xcatd and dhcpd, exportfs -ua, database, unmount: each before the next, by need and not by luck."""
    facts = assumed(PAIR, "aixmn1", "switchover")
    steps = {s.id: s for s in plan_move(PAIR, facts, Goal("switchover", "aixmn2"), "OPERATION").steps}

    def before(id_: str) -> set[str]:
        needs = steps[f"aixmn1/{id_}"].needs
        return needs.union(*(before(need.split("/", 1)[1]) for need in needs if need.startswith("aixmn1/")))

    assert "aixmn1/service.xcatd/stop" in before("database.xcat/stop")
    assert {"aixmn1/database.xcat/stop", "aixmn1/exports.nfs/unexport"} <= before("filesystem.database/unmount")
    for name in ("install", "root-xcat", "etc-xcat"):
        assert {"aixmn1/service.xcatd/stop", "aixmn1/exports.nfs/unexport"} <= before(f"filesystem.{name}/unmount")


def test_its_machines_have_no_fence_device_and_that_is_said() -> None:
    plan = plan_move(PAIR, assumed(PAIR, "aixmn1", "failover"), Goal("failover", "aixmn2", Fencing()), "OPERATION")
    assert plan.steps == () and "no fence device" in plan.refusals[0]
