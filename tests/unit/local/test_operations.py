from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hamn.journal.file_journal import FileJournal
from hamn.local import lock

BEGUN = {
    "event": "operation",
    "at": "t1",
    "verb": "switchover",
    "goal": "mn2 active",
    "user": "u",
    "machine": "mn1",
}


def local(*words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True)


def test_a_machine_without_a_journal_has_no_operations(tmp_path: Path) -> None:
    assert json.loads(local("operations", tmp_path).stdout) == []
    missing = local("operation", tmp_path, "o1")
    assert (missing.returncode, missing.stdout) == (1, "")


def test_each_is_open_until_it_ended_well_or_another_finished_it(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    ends = {
        "1-done": {"event": "ended", "at": "t2", "outcome": "done", "open": False, "seconds": 1.5},
        "2-failed": {"event": "ended", "at": "t2", "outcome": "failed", "open": True},
        "3-killed": {"event": "begin", "step": "mn1/x/ended-in-its-name"},
        "4-finished": {"event": "begin", "step": "mn1/x/stop"},
    }
    for operation, end in ends.items():
        journal.begin(operation, BEGUN)
        journal.append(operation, end)
    assert local("close-operation", tmp_path, "4-finished", "--by", "5").returncode == 0
    found = {o["id"]: o for o in json.loads(local("operations", tmp_path).stdout)}
    assert list(found) == list(ends)
    assert [o["open"] for o in found.values()] == [False, True, True, False]
    assert [o["outcome"] for o in found.values()] == ["done", "failed", "", ""]
    assert {(o["verb"], o["user"], o["begun"], o["running"]) for o in found.values()} == {
        ("switchover", "u", "t1", False)
    }
    entries = json.loads(local("operation", tmp_path, "4-finished").stdout)
    assert [entry["event"] for entry in entries] == ["operation", "begin", "closed"]
    assert entries[-1]["by"] == "5"


def test_the_one_that_has_the_lock_is_running(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    journal.begin("o1", BEGUN)
    journal.begin("o2", BEGUN)
    file = tmp_path / "hpc1.lock"
    held, _ = lock.take(str(file), {"operation": "o2"})
    assert held is not None
    found = json.loads(local("operations", tmp_path, "--lock", file).stdout)
    assert [o["running"] for o in found] == [False, True]
    os.close(held.handle)
    assert not any(o["running"] for o in json.loads(local("operations", tmp_path, "--lock", file).stdout))


def test_closing_what_is_not_there_says_so(tmp_path: Path) -> None:
    failed = local("close-operation", tmp_path, "nothing", "--by", "o2")
    assert failed.returncode == 1
    assert failed.stderr.endswith("nothing.jsonl: No such file or directory\n")
