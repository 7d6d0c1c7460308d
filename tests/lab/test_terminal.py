"""The operator's side: Ctrl-C, a terminal that goes away, a question answered late, output that is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import terminal
from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

IN_THE_MIDDLE = r"service\.daemon/stop  done"


def at_a_terminal(pair: Pair, where: str, pattern: str, deed: str, *words: str) -> tuple[str, int]:
    """What its screen showed, and the exit status."""
    program = "/root/at-a-terminal.py"
    pair.put(where, program, Path(terminal.__file__).read_text())
    shown = pair.sh(where, "python3", program, pattern, deed, "hamn", *words)
    assert "Traceback" not in shown, shown
    screen, _, status = shown.strip().rpartition("\n")
    return screen, int(status)


def test_an_interrupted_move_stops_says_so_and_goes_on_with_resume(pair: Pair) -> None:
    """However often it is pressed: what is begun goes to its end, and its end is in the journal."""
    screen, status = at_a_terminal(pair, "mn1", IN_THE_MIDDLE, "interrupt twice", "--yes", "switchover")
    assert status == 1 and "interrupted by SIGINT" in screen and "`hamn resume`" in screen, screen
    seen = pair.hamn("mn2", "status", exits=4)
    assert "interrupted" in {m["code"] for m in seen["trouble"]}
    past = pair.hamn_document("mn1", "history", seen["operations"][0]["id"])
    assert all(step["outcome"] for step in past["steps"]), "every step that was begun has its end"
    assert pair.hamn("mn2", "resume")["active"] == "mn2"
    pair.holds_everything("mn2", "mn1")


def test_a_terminal_that_goes_away_is_an_interruption(pair: Pair) -> None:
    at_a_terminal(pair, "mn1", IN_THE_MIDDLE, "hang up", "--yes", "switchover")
    seen = pair.hamn("mn1", "status", exits=None)
    assert [(m["code"], m["hint"]) for m in seen["trouble"]][:1] == [("interrupted", "`hamn resume`")]
    assert not seen["operations"][0]["running"]
    assert pair.hamn("mn1", "resume")["active"] == "mn2"


def test_ctrl_c_at_the_question_means_no(pair: Pair) -> None:
    screen, status = at_a_terminal(pair, "mn1", r"go on\?", "interrupt", "switchover")
    assert status != 0 and "nothing was" in screen, screen
    assert pair.hamn("mn1", "status")["operations"] == []
    pair.holds_everything("mn1", "mn2")


def test_without_a_fence_device_the_dead_machines_name_is_typed(pair: Pair) -> None:
    """Any other name moves nothing; the name and who typed it are in the journal."""
    text = pair.sh("mn2", "cat", "/etc/hamn/pair.toml")
    unfenced = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("fence"))
    assert unfenced != text
    asked = "type the name of the machine"
    with pair.changed("mn2", "/etc/hamn/pair.toml", unfenced):
        pair.lab.crash("mn1")
        screen, status = at_a_terminal(pair, "mn2", asked, "type mn2", "failover")
        assert status == 3 and "you typed 'mn2'" in screen, screen
        screen, status = at_a_terminal(pair, "mn2", asked, "type mn1", "failover")
        assert status == 0 and "mn2 is active" in screen, screen
    past = pair.hamn_document("mn2", "history")
    last = pair.hamn_document("mn2", "history", past["operations"][-1]["id"])
    assert last["entries"][0]["proof"].startswith("word of ")


def test_a_plan_may_be_read_for_longer_than_an_agent_waits_for_a_silent_caller(pair: Pair) -> None:
    screen, status = at_a_terminal(pair, "mn1", r"go on\?", "yes after 10", "switchover")
    assert status == 0, screen
    assert pair.hamn("mn1", "status")["active"] == "mn2"


def test_what_was_done_is_done_whoever_listens(pair: Pair) -> None:
    """Started by something that leaves it no input, no output or no place for complaints."""
    for closed in ((0,), (1,), (2,), (0, 1, 2)):
        close = f"[os.close(number) for number in {closed}]"
        program = f"import os; {close}; os.execvp('hamn', ['hamn', '--yes', 'rejoin', 'mn2'])"
        done = pair.lab.run("mn1", ["python3", "-c", program], timeout_s=60)
        assert done.returncode == 0 and "Traceback" not in done.stderr, (closed, done.stderr)
