"""The requirement's own example pair: its chapter "Failover" as a plan (docs/requirement-failover.md)."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hamn.cli.screen import show_commands
from hamn.model.pair import FenceDevice, Pair
from hamn.planning.goal import Fencing, Goal, Word
from hamn.planning.move import plan_move
from hamn.verbs.assume import assumed

from .seen import declared

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "docs" / "examples"
PAIR, AIX = (
    replace(declared(EXAMPLES / f"{name}.toml"), source="/etc/hamn/pair.toml")
    for name in ("requirement", "requirement-aix")
)


@pytest.mark.parametrize(("pair", "text"), [(PAIR, "requirement.txt"), (AIX, "requirement-aix.txt")])
def test_the_chapter_reads_as_the_plan(capsys: pytest.CaptureFixture[str], pair: Pair, text: str) -> None:
    facts = assumed(pair, "aixmn1", "switchover")
    show_commands(plan_move(pair, facts, Goal("switchover", "aixmn2"), "OPERATION"))
    typed, golden = capsys.readouterr().out, HERE / text
    if os.environ.get("UPDATE"):
        golden.write_text(typed)
    assert typed == golden.read_text()


def test_what_the_page_shows_is_the_plan() -> None:
    """Its lines in their order; what is left out is marked with dots."""
    page = (EXAMPLES.parent / "requirement-failover.md").read_text()
    shown = page.split("```")[1].strip().splitlines()
    plan = iter((HERE / "requirement.txt").read_text().splitlines())
    for line in shown:
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        assert line == "..." or any(pattern.fullmatch(typed) for typed in plan), line


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


def test_on_aix_the_group_is_varied_off_between_the_unmounts_and_the_other_machines_varyonvg() -> None:
    facts = assumed(AIX, "aixmn1", "switchover")
    steps = {s.id: s for s in plan_move(AIX, facts, Goal("switchover", "aixmn2"), "OPERATION").steps}

    def before(id_: str) -> set[str]:
        return steps[id_].needs.union(*(before(need) for need in steps[id_].needs))

    group, unmounts = "volume_group.xcatvg", {f"aixmn1/{f.id}/unmount" for f in AIX.filesystems}
    assert unmounts <= before(f"aixmn1/{group}/deactivate")
    assert f"aixmn1/{group}/deactivate" in before(f"aixmn2/{group}/take")
    assert {f"aixmn2/{group}/take", f"aixmn2/{group}/activate"} <= before("aixmn2/filesystem.install/mount")


def test_what_a_dead_machine_left_on_the_disks_goes_only_under_proof() -> None:
    """Its reservation of them, and the mark of its mounts: fencing proves, a typed word doesn't."""
    facts = assumed(AIX, "aixmn1", "failover")

    def said(proof: Fencing | Word) -> list[str]:
        plan = plan_move(pair, facts, Goal("failover", "aixmn2", proof), "OPERATION")
        assert not plan.refusals
        return [str(step.command) for step in plan.work]

    fenced = tuple(replace(m, fence=FenceDevice("fence_lpar", (("ip", m.name),))) for m in AIX.machines)
    pair = replace(AIX, machines=(fenced[0], fenced[1]))
    breaks, overrides = "devrsrv -f -l A-DISK-OF-XCATVG", "mount -o noguard /etc/xcat"
    assert {breaks, overrides} <= set(said(Fencing()))
    assert "mount /etc/xcat" in (word := said(Word("root"))) and breaks not in word


def test_its_machines_have_no_fence_device_and_that_is_said() -> None:
    plan = plan_move(PAIR, assumed(PAIR, "aixmn1", "failover"), Goal("failover", "aixmn2", Fencing()), "OPERATION")
    assert plan.steps == () and "no fence device" in plan.refusals[0]
