"""Planning stories: what is declared and seen, what is wanted, and the plan that must come of it.

A story is a folder of `cases/`: pair.toml (or the shared one), story.toml, plan.txt. `UPDATE=1 pytest
tests/planning` rewrites plan.txt; the difference is then for a person to read.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from hamn.cli.changes import aim_of, belief_of
from hamn.cli.screen import plan_lines
from hamn.cli.words import parser
from hamn.planning.move import plan_move
from hamn.reports.report import Stop
from hamn.verbs import moves

from .seen import declared, seen_by

CASES = Path(__file__).parent / "cases"
STORIES = sorted(path.parent.name for path in CASES.glob("*/story.toml"))


def _plan(story: Path) -> str:
    told = tomllib.loads((story / "story.toml").read_text())
    own = story / "pair.toml"
    pair = declared(own if own.exists() else CASES / told.get("pair", "lab.toml"))
    facts = seen_by(pair, told)
    words = parser().parse_args(told["verb"].split())
    try:
        if words.verb == "resume":
            _, aim = moves.resume(pair, facts, belief_of(words, "operator"))
        else:
            aim = aim_of(words, words.verb, pair, told.get("local"), "operator")
        plan = plan_move(pair, facts, aim(facts), "OPERATION")
    except Stop as stop:
        return "".join(f"exit {int(stop.status)}: {report}\n" for report in stop.reports)
    return "\n".join(plan_lines(plan)) + "\n"


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    story = CASES / name
    planned = _plan(story)
    golden = story / "plan.txt"
    if os.environ.get("UPDATE"):
        golden.write_text(planned)
    assert planned == golden.read_text(), (story / "story.toml").read_text()


def test_there_are_stories() -> None:
    assert len(STORIES) >= 15
