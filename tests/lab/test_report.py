"""`hamn report` and `hamn history` on the real pair: after what goes wrong, do they tell it, and nothing else?"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.pair import Pair

pytestmark = pytest.mark.lab

HERE = "/root/reports"
PLANTED = (
    *("pl4nted-in-log", "pl4nted-in-argv", "pl4nted-in-hook", "pl4nted-at-bmc", "pl4nted-in-url"),
    *("pl4nted-in-table", "bGFudGVkLWluLWtleQplaceholder0123456789"),
)
LOG = """\
BMC_PASSWORD={} set for n1
ipmitool -I lanplus -H 10.0.0.9 -U ADMIN -P {} chassis status
fetching https://admin:{}@mn.cluster/x
#key,username,password,cryptmethod
"system","root","{}",,,,
-----BEGIN PRIVATE KEY-----
{}
-----END PRIVATE KEY-----
"""


@dataclass(frozen=True)
class Made:
    """A report as the operator has it."""

    document: dict[str, Any]
    said: list[str]
    files: dict[str, str]

    @property
    def index(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.files["manifest.json"])
        return document


def made(pair: Pair, where: str, *words: str, exits: int = 0) -> Made:
    pair.sh(where, "rm", "-rf", HERE)
    pair.sh(where, "mkdir", HERE)
    done = pair.lab.run(where, ["env", "-C", HERE, "hamn", "--json", "report", *words], timeout_s=200)
    assert done.returncode == exits, done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    assert document["exit_status"] == exits
    content = pair.lab.start(where, ["cat", document["file"]], stdout=subprocess.PIPE).communicate()[0]
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        files = {n.partition("/")[2]: read.read().decode() for n in tar.getnames() if (read := tar.extractfile(n))}
    assert len(done.stderr.splitlines()) == len(document["missing"]), "a line each"
    return Made(document, done.stderr.splitlines(), files)


@contextmanager
def planted(pair: Pair, where: str) -> Iterator[None]:
    """Secrets where the role's daemons and careless people leave them."""
    log, argv, hook, *others = PLANTED
    for line in LOG.format(log, *others).splitlines():
        entry = f"MESSAGE={line}\nOBJECT_SYSTEMD_UNIT=named.service\nPRIORITY=4\n"
        assert pair.lab.run(where, ["logger", "--journald"], stdin=entry).returncode == 0
    text = pair.sh(where, "cat", "/etc/hamn/pair.toml")
    for name in ("mn1", "mn2"):
        pair.put(name, "/etc/hamn/pair.toml", f'{text}\n[hook.door]\nstart = ["door", "--token", "{hook}"]\n'
             f'stop = ["door", "--token={hook}"]\ncheck = ["true", "{hook}"]\n')  # fmt: skip
    words = ["python3", "-c", "input()", "mysql", f"-p{argv}"]
    careless = pair.lab.start(where, words, stdin=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        careless.communicate("\n")
        for name in ("mn1", "mn2"):
            pair.put(name, "/etc/hamn/pair.toml", text)


KILLER = """
import json, os, pathlib, time
lock, directory = pathlib.Path("/run/hamn/lab.lock"), pathlib.Path("/var/lib/hamn/operations")
known = set(directory.glob("*.jsonl"))
print("ready", flush=True)
while True:
    for journal in set(directory.glob("*.jsonl")) - known:
        ends = [line for line in journal.read_text().splitlines() if '"end"' in line]
        if any("/owner/release" in line for line in ends):
            os.kill(json.loads(lock.read_text())["pid"], 9)
            print(journal.stem, flush=True)
            raise SystemExit
    time.sleep(0.005)
"""


def interrupted(pair: Pair, where: str, *words: str) -> str:
    """The operator's hamn is killed, by one who watches on its own machine, as soon as the owner record has been
    given back: the operation."""
    killer = pair.lab.start(where, ["timeout", "100", "python3", "-c", KILLER], stdout=subprocess.PIPE, text=True)
    assert killer.stdout is not None and killer.stdout.readline() == "ready\n"
    running = pair.begin(where, *words)
    operation = killer.communicate()[0].strip()
    running.communicate()
    assert operation and running.returncode != 0
    return str(operation)


def test_everything_of_both_machines_and_no_secret(pair: Pair) -> None:
    passwords = {
        pair.sh(name, "cat", f"/etc/hamn/{of}.pw").strip() for name in ("mn1", "mn2") for of in ("mn1", "mn2")
    }
    with planted(pair, "mn1"):
        report = made(pair, "mn1")
        assert pair.sh("mn1", "stat", "-c", "%a %U", report.document["file"]) == "600 root\n"
    assert report.said == []
    for name, content in report.files.items():
        assert not [secret for secret in (*PLANTED, *passwords - {""}) if secret in content], name
    status, check = (json.loads(report.files[f"{name}.json"]) for name in ("status", "check"))
    assert status["active"] == "mn1" and check["rules"]
    assert json.loads(report.files["plan-switchover.json"])["steps"]
    for name in ("mn1", "mn2"):
        assert "MariaDB" in report.files[f"{name}/facts/mariadbd-version.txt"]
        assert 'name = "mn1"' in report.files[f"{name}/hamn/declaration.toml"]
        assert " / " in report.files[f"{name}/facts/cat-proc-self-mountinfo.txt"]
    assert "set for n1" in report.files["mn1/logs/named.txt"], "what stands beside a secret is kept"
    listed = {file["path"] for file in report.index["files"]}
    assert listed | {"manifest.json"} == set(report.files)
    here = {path.partition("/")[2] for path in listed if path.startswith("mn1/hamn/operations")}
    there = {path.partition("/")[2] for path in listed if path.startswith("mn2/hamn/operations")}
    told = {path for path in listed if path.startswith("history/")}
    assert len(told) == len(here) + len(there) > 0


def test_one_machine_is_down(pair: Pair) -> None:
    pair.lab.crash("mn1")
    report = made(pair, "mn2", exits=4)
    assert len(report.said) == 1 and report.said[0].startswith("not had: mn1: nothing of it: no answer")
    assert report.index["missing"][0]["where"] == "mn1"
    assert not [path for path in report.files if path.startswith("mn1/")]
    assert "mn2/logs/named.txt" in report.files
    history = pair.sh("mn2", "hamn", "history")
    assert "warning: mn1: no answer" in history


def test_only_one_machine_is_asked(pair: Pair) -> None:
    pair.lab.crash("mn1")
    report = made(pair, "mn2", "--machine", "mn2")
    assert report.index["machines_asked"] == ["mn2"]
    assert json.loads(report.files["status.json"])["machines"][0]["why_not"] == "it was not to be asked"


def test_a_machine_that_falls_silent_in_the_middle(pair: Pair) -> None:
    """Whatever of it was heard before is there, and its silence is one line."""
    stopping = "#!/bin/sh\necho $PPID >/run/stopped\nkill -STOP $PPID\n"  # the agent that runs it
    with pair.changed("mn1", "/usr/local/bin/journalctl", stopping):
        pair.sh("mn1", "chmod", "755", "/usr/local/bin/journalctl")
        report = made(pair, "mn2", exits=4)
        pair.sh("mn1", "kill", "-CONT", pair.sh("mn1", "cat", "/run/stopped").strip())
    assert [line for line in report.said if line.startswith("not had: mn1: ") and "answers: " in line]
    assert len(report.said) == 1
    assert "mn1/facts/cat-proc-self-mountinfo.txt" in report.files
    assert "mn2/logs/named.txt" in report.files


def test_without_the_shared_disk(pair: Pair) -> None:
    pair.hamn("mn1", "deactivate")
    with pair.without_device("mn1"), pair.without_device("mn2"):
        report = made(pair, "mn1")
    rules = {rule["id"]: rule["outcome"] for rule in json.loads(report.files["check.json"])["rules"]}
    assert "problem" in rules.values()


def test_a_broken_declaration(pair: Pair) -> None:
    text = pair.sh("mn1", "cat", "/etc/hamn/pair.toml")
    with pair.changed("mn1", "/etc/hamn/pair.toml", text.replace('interface = "eth0"', 'interfaze = "eth0"')):
        pair.sh("mn1", "chmod", "600", "/etc/hamn/pair.toml")
        report = made(pair, "mn1", exits=4)
    assert any("interfaze" in line for line in report.said)
    assert "interfaze" in report.files["mn1/hamn/declaration.toml"]
    assert "interfaze" not in report.files["mn2/hamn/declaration.toml"], "the other machine is asked all the same"
    assert "mn2/logs/named.txt" in report.files and "status.json" not in report.files


def test_in_the_middle_of_an_open_operation_and_after_its_end(pair: Pair) -> None:
    """The controller is killed on the active; the other machine finishes; the journals tell who did what."""
    killed = interrupted(pair, "mn1", "switchover")
    report = made(pair, "mn2")
    told = report.files[f"history/{killed}.txt"]
    assert "no end is recorded" in told and "owner/release  done" in told
    assert killed in report.files["mn1/hamn/lock.json"]
    past = pair.hamn_document("mn2", "history", killed)
    assert (past["state"], past["journal"], past["user"]) == ("no end", "mn1", "root")
    done = {step["id"]: step["outcome"] for step in past["steps"]}
    assert done["mn1/owner/release"] == "done" and past["never_begun"]
    assert set(past["not_known"]) == {id_ for id_, outcome in done.items() if outcome == "not known"}

    resumed = pair.hamn("mn2", "resume")["operation"]
    past = pair.hamn_document("mn1", "history", killed)
    assert (past["resumed_by"], past["closed_by"]) == ([resumed], resumed)
    assert set(past["not_known"]) == {id_ for id_, outcome in done.items() if outcome == "not known"}, (
        "that it was finished doesn't make known what wasn't"
    )
    listed = pair.sh("mn1", "hamn", "history").splitlines()
    assert any(line.startswith(killed) and f"finished by {resumed}" in line for line in listed)
    assert any(line.startswith(resumed) and f"resumes {killed}" in line for line in listed)


def test_a_torn_line_is_said(pair: Pair) -> None:
    """As a power cut leaves it."""
    killed = interrupted(pair, "mn1", "switchover")
    path = f"/var/lib/hamn/operations/{killed}.jsonl"
    size = int(pair.sh("mn1", "stat", "-c", "%s", path))
    pair.sh("mn1", "truncate", "-s", str(size - 20), path)
    assert pair.hamn_document("mn2", "history", killed)["torn_lines"]
    assert "torn: line" in pair.sh("mn2", "hamn", "history", killed)
    pair.hamn("mn1", "resume")
    past = pair.hamn_document("mn2", "history", killed)
    assert past["torn_lines"] and past["closed_by"]
