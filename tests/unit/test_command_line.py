"""The command line itself: words, exit statuses, JSON, and never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hamn.cli.words import MOVING, parser

HERE = Path(__file__).parents[2]


def hamn(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hamn.cli.main", *words], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def declared(tmp_path: Path) -> str:
    copy = tmp_path / "pair.toml"
    copy.touch(0o600)
    copy.write_bytes((HERE / "tests/planning/cases/lab.toml").read_bytes())
    return str(copy)


def test_global_options_stand_before_and_after_the_verb() -> None:
    before = parser().parse_args(["--json", "--yes", "--pair", "x", "switchover"])
    after = parser().parse_args(["switchover", "--json", "--yes", "--pair", "x"])
    assert before == after
    assert (after.json, after.yes, after.dry_run, after.pair) == (True, True, False, "x")


def test_the_declaration_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAMN_PAIR", "/elsewhere.toml")
    assert parser().parse_args(["status"]).pair == "/elsewhere.toml"
    monkeypatch.delenv("HAMN_PAIR")
    assert parser().parse_args(["status"]).pair == "/etc/hamn/pair.toml"


@pytest.mark.parametrize(
    "verb", [*MOVING, "status", "check", "plan", "history", "report", "init", "setup", "disks", "lab", "xcat"]
)
def test_every_verb_explains_itself(verb: str) -> None:
    done = hamn(verb, "--help")
    assert done.returncode == 0
    assert "usage: hamn" in done.stdout


def test_every_command_that_the_readme_names_is_one() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^    \w+# hamn (?!xcat|lab)(.*?)(?:  +# |  *> |$)", readme, re.MULTILINE)
    assert len(named) > 15
    shown = [command.split() for command in named]
    assert all(parser().parse_args(words).verb in words for words in shown)
    assert {*MOVING, "init", "check", "status", "plan", "history"} - {"deactivate"} <= {w[0] for w in shown}


def test_a_draft_as_a_document_and_never_over_a_file(tmp_path: Path) -> None:
    there = tmp_path / "pair.toml"
    done = hamn("--json", "init", "--output", str(there))
    document = json.loads(done.stdout)
    assert (document["schema"], document["exit_status"], done.returncode) == ("hamn.init/1", 0, 0)
    assert document["declaration"] == there.read_text() and there.stat().st_mode & 0o777 == 0o600
    assert tomllib.loads(document["declaration"])["machine"]
    there.write_text("mine")
    again = hamn("init", "--output", str(there))
    assert again.returncode == 3 and "there already" in again.stderr and there.read_text() == "mine"


def test_wrong_words_are_wrong_usage() -> None:
    for words in (["nonsense"], [], ["switchover", "--nonsense"], ["plan"], ["plan", "status"]):
        done = hamn(*words)
        assert done.returncode == 2 and "usage:" in done.stderr and "Traceback" not in done.stderr, words


@pytest.mark.parametrize("verb", ["status", "switchover", "check", "history"])
def test_a_missing_declaration_is_wrong_usage_in_words_and_json(verb: str, tmp_path: Path) -> None:
    path = str(tmp_path / "none.toml")
    said = hamn("--pair", path, verb)
    assert said.returncode == 2 and path in said.stderr and said.stdout == ""
    document = json.loads(hamn("--pair", path, "--json", verb).stdout)
    assert document["exit_status"] == 2 and path in document["messages"][0]["where"]


def test_a_machine_that_is_none_of_the_two(declared: str) -> None:
    done = hamn("--pair", declared, "plan", "switchover", "--to", "mn3", "--assume", "mn1")
    assert done.returncode == 2 and "mn1 or mn2" in done.stderr


def test_a_plan_on_paper_in_three_forms(declared: str) -> None:
    words = ("--pair", declared, "plan", "switchover", "--assume", "mn1")
    table, typed = hamn(*words).stdout, hamn(*words, "--commands").stdout
    document = json.loads(hamn(*words, "--json").stdout)
    assert document["schema"] == "hamn.plan/1"
    work = [step for step in document["steps"] if not step["skipped"]]
    assert len([line for line in typed.splitlines() if not line.startswith("# ")]) == len(work)
    assert len([line for line in table.splitlines() if line.startswith("  do")]) == len(work)
    assert all(step["reason"] for step in document["steps"])


def test_a_plan_shows_no_secret(declared: str) -> None:
    words = ("--pair", declared, "plan", "failover", "--assume", "mn1")
    for form in ((), ("--commands",), ("--json",)):
        said = hamn(*words, *form).stdout
        assert "fence_ipmilan" in said or not form
        assert "/etc/hamn/mn1.pw" not in said and "passw" not in said


def test_a_refused_plan_has_its_own_exit_status(declared: str) -> None:
    done = hamn("--pair", declared, "plan", "rejoin", "mn1", "--assume", "mn1")
    assert done.returncode == 3 and "mn1 is active" in done.stderr


@pytest.mark.parametrize(("gone", "status", "said"), [(True, 0, ""), (False, 1, "No space left on device")])
def test_output_that_nobody_takes_ends_in_no_traceback(declared: str, gone: bool, status: int, said: str) -> None:
    """A reader that has gone is nobody's failure; a full disk is, in one line."""
    argv = [
        sys.executable,
        "-m",
        "hamn.cli.main",
        "plan",
        "switchover",
        "--to",
        "mn1",
        "--assume",
        "mn1",
        "--pair",
        declared,
    ]
    if gone:
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open("/dev/full", os.O_WRONLY)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    finally:
        os.close(writer)
    assert done.returncode == status
    assert "ignored" not in done.stderr and "Traceback" not in done.stderr
    assert (said in done.stderr) if said else done.stderr == ""
