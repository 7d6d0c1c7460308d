"""The standby has the active machine's files: by word, by itself, and from whoever owns the shared data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hamn.model.sync import Sync
from hamn.planning.tasks import tasks
from hamn.platforms.detect import platform_for
from hamn.platforms.schedule import schedule_of
from tests.lab.pair import Pair
from tests.planning.seen import declared

pytestmark = pytest.mark.lab

EARLIER = "/var/lib/hamn/sync/earlier"
FILES = ("/root/.ssh/id_*", "/srv/both/*", "/srv/fixed")
DECLARED = """
[sync]
files = ["/root/.ssh/id_*", "/srv/both/*", "/srv/fixed"]
exclude = ["/srv/both/*.tmp"]
own = ["/srv/both/own"]
[sync.after]
"/srv/both/table" = ["cp", "/srv/both/table", "/srv/built"]
[configuration.cluster]
"""


@pytest.fixture
def files(pair: Pair) -> Iterator[Pair]:
    """Two machines with files that differ; the keys are put back afterwards."""
    for name in ("mn1", "mn2"):
        pair.sh(name, "rm", "-rf", "/srv/both", "/srv/fixed", "/srv/built", "/var/lib/hamn/sync", "/root/keys")
        pair.sh(name, "cp", "-a", "/root/.ssh", "/root/keys")
        pair.sh(name, "mkdir", "-p", "/srv/both")
        pair.put(name, "/srv/both/own", f"{name}'s own\n")
        pair.put(name, "/srv/fixed", f"as {name} has it\n")
    pair.put("mn1", "/srv/both/table", "one\n")
    pair.put("mn1", "/srv/both/table.tmp", "half\n")
    with pair.declared("\n[configuration.cluster]\n", DECLARED):
        yield pair
    for name in ("mn1", "mn2"):
        pair.sh(name, "rm", "-rf", "/root/.ssh")
        pair.sh(name, "mv", "/root/keys", "/root/.ssh")
    pair.forget_connections()


def states(document: dict[str, Any]) -> dict[str, str]:
    return {file["path"]: file["state"] for file in document["files"] if file["path"].startswith("/srv")}


def test_what_differs_is_shown_then_copied_and_nobody_is_locked_out(files: Pair) -> None:
    pair = files
    wanted = {"/srv/both/own": "own", "/srv/both/table": "behind", "/srv/fixed": "behind"}
    assert states(pair.hamn("mn1", "sync", "--diff", exits=1)) == wanted
    assert pair.sh("mn2", "cat", "/srv/fixed") == "as mn2 has it\n"

    (rule,) = pair.hamn("mn1", "check", "--only", "files-synced")["rules"]
    assert (rule["outcome"], rule["hint"]) == ("problem", "`hamn sync`")

    pair.hamn("mn2", "sync")  # whoever types it: the owner's are right
    (rule,) = pair.hamn("mn1", "check", "--only", "files-synced")["rules"]
    assert rule["outcome"] == "ok"
    assert pair.sh("mn2", "cat", "/srv/fixed") == "as mn1 has it\n"
    assert pair.sh("mn2", "cat", f"{EARLIER}/srv/fixed/000001") == "as mn2 has it\n"
    assert pair.sh("mn2", "cat", "/srv/built") == "one\n"
    assert pair.sh("mn2", "cat", "/srv/both/own") == "mn2's own\n"
    assert pair.lab.run("mn2", ["test", "-e", "/srv/both/table.tmp"]).returncode == 1
    keys = {pair.sh(name, "cat", "/root/.ssh/id_ed25519") for name in ("mn1", "mn2")}
    assert len(keys) == 1 and pair.sh("mn2", "stat", "-c", "%a", "/root/.ssh/id_ed25519").strip() == "600"
    assert pair.hamn("mn1", "sync", "--diff")["outcome"] == "same"

    pair.forget_connections()
    for name in ("mn1", "mn2"):
        (rule,) = pair.hamn(name, "check", "--only", "ssh-both-ways")["rules"]
        assert rule["outcome"] == "ok", rule


def test_an_empty_and_a_vanished_source_are_refused_and_what_the_hint_says_helps(files: Pair) -> None:
    pair = files
    pair.hamn("mn1", "sync")
    pair.sh("mn1", "cp", "/dev/null", "/srv/fixed")
    pair.sh("mn1", "rm", "/srv/both/table")
    refused = pair.hamn("mn1", "sync", exits=3)
    assert states(refused) == {"/srv/both/own": "own", "/srv/both/table": "refused", "/srv/fixed": "refused"}
    assert pair.sh("mn2", "cat", "/srv/fixed") == "as mn1 has it\n"
    pair.put("mn1", "/srv/both/table", "two\n")
    hints = {message["what"].partition(":")[0]: message["hint"] for message in refused["messages"]}
    pair.sh("mn2", *hints["/srv/fixed"].split("`")[1].split())
    assert pair.hamn("mn1", "sync")["outcome"] == "done"
    assert pair.sh("mn2", "cat", "/srv/built") == "two\n"


def test_the_direction_turns_with_the_role_and_an_old_owner_is_not_believed(files: Pair) -> None:
    pair = files
    pair.hamn("mn1", "sync")
    pair.hamn("mn1", "switchover", "--to", "mn2")
    pair.put("mn2", "/srv/fixed", "the new owner's\n")
    assert pair.hamn("mn1", "sync")["from"] == "mn2"
    assert pair.sh("mn1", "cat", "/srv/fixed") == "the new owner's\n"
    assert pair.sh("mn1", "cat", f"{EARLIER}/srv/fixed/000001") == "as mn1 has it\n"

    pair.lab.cut("mn1")
    silent = pair.hamn("mn2", "sync", exits=1)
    assert [message["where"] for message in silent["messages"]] == ["mn1"]
    pair.lab.heal("mn1")

    order = '{"from": "mn1", "epoch": 1, "files": {}, "same": {}, "after": [], "keep": 1}'
    words = ["hamn-local", "receive", "/var/lib/hamn", "root@10.77.0.11:/", "--rsh", "ssh"]
    late = pair.lab.run("mn2", words, stdin=order)
    assert late.returncode == 3 and "mn1 sends as the owner of epoch 1" in late.stderr


def test_a_change_arrives_by_itself(files: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    """The very units that set-up writes, on both machines."""
    pair = files
    pair.hamn("mn1", "sync")
    plain = declared(Path(__file__).parents[1] / "planning" / "cases" / "lab.toml")
    own = replace(plain, sync=Sync(files=FILES), source="/etc/hamn/pair.toml")
    platform = platform_for("debian", "systemd")
    (task,) = (task for task in tasks(own, platform) if task.name == "hamn-sync")
    schedule = schedule_of(task, platform.init)
    assert schedule is not None and schedule.start is not None
    try:
        for name in ("mn1", "mn2"):
            for path, text in schedule.files:
                pair.put(name, path, text)
            pair.sh(name, *schedule.start.argv)
            (rule,) = pair.hamn(name, "check", "--only", "scheduled")["rules"]
        seen = [each for each in rule["seen"] if task.name in each["what"]]
        assert [each["outcome"] for each in seen] == ["ok", "ok"], rule
        began_s = time.monotonic()
        pair.put("mn1", "/srv/fixed", "changed by hand\n")
        pair.until("mn2", lambda: pair.sh("mn2", "cat", "/srv/fixed") == "changed by hand\n")
        took_s = time.monotonic() - began_s
        with capsys.disabled():
            print(f"\nsync.changed_file_on_standby {took_s:.2f} s (at most 5)")
        assert pair.hamn("mn2", "status")["sync"]["behind"] == []
    finally:
        for name in ("mn1", "mn2"):
            pair.sh(
                name, "systemctl", "--quiet", "disable", "--now", "hamn-sync.path", "hamn-sync.timer", ok=False
            )
            for path, _ in schedule.files:
                pair.sh(name, "rm", "-f", path)
            pair.sh(name, "systemctl", "daemon-reload")
