"""Storage that doesn't answer any more: nothing of ours hangs with it, and what is said leads on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab import silent_storage
from tests.lab.pair import Pair
from tests.lab.test_faults import drop_in

pytestmark = pytest.mark.lab


@contextmanager
def frozen(pair: Pair, where: str) -> Iterator[None]:
    """Who writes to the shared filesystem there, or makes it write, sleeps in the kernel until the thaw."""
    pair.sh(where, "fsfreeze", "--freeze", "/shared")
    try:
        yield
    finally:
        if pair.lab.power(where, "status") == "on":
            pair.sh(where, "fsfreeze", "--unfreeze", "/shared")


@contextmanager
def silent(pair: Pair, where: str) -> Iterator[None]:
    """Who looks into the shared filesystem there sleeps in the kernel, as with a network one whose server died."""
    program = "/root/silent_storage.py"
    pair.put(where, program, Path(silent_storage.__file__).read_text())
    pair.sh(where, "systemd-run", "--quiet", "--unit=silent", "python3", program, "/shared")
    pair.until(where, lambda: " - fuse server:/export" in pair.sh(where, "cat", "/proc/self/mountinfo"))
    try:
        yield
    finally:
        if pair.lab.power(where, "status") == "on":
            pair.sh(where, "systemctl", "stop", "silent")
            pair.until(where, lambda: "D" not in pair.sh(where, "ps", "-eo", "state="))
            pair.sh(where, "umount", "/shared", ok=False)  # ours is the uppermost, if it is still there


def test_a_disk_that_takes_no_writes_is_seen_before_anybody_is_disturbed(pair: Pair) -> None:
    with frozen(pair, "mn1"):
        result = pair.hamn("mn1", "switchover", exits=1)
        assert not [s for s in result["steps"] if s["phase"] == "hand over" and s["outcome"] != "skipped"]
        said = "\n".join(f"{m['what']} {m['hint']}" for m in result["messages"])
        assert "/shared" in said and "hamn failover --to mn2 --fence-anyway" in said
        assert pair.sh("mn1", "systemctl", "is-active", "named").strip() == "active"
        assert pair.hamn("mn2", "failover", "--to", "mn2", "--fence-anyway")["active"] == "mn2"
    pair.holds_everything("mn2", "mn1")


def test_with_storage_that_hangs_everything_answers_and_the_role_can_be_moved(pair: Pair) -> None:
    """The active's storage has died; its kernel, its address and its daemons have not."""
    with silent(pair, "mn1"):
        status = pair.hamn("mn1", "status", exits=1)
        assert status["active"] is None
        trouble = next(m for m in status["trouble"] if m["code"] == "owner-unreadable")
        assert "--fence-anyway" in trouble["hint"], trouble
        shown = pair.lab.run("mn2", ["hamn", "status"], timeout_s=60).stdout
        assert "NOBODY" not in shown, "not knowing who is active is not knowing that nobody is"
        checked = pair.hamn("mn2", "check", exits=1)
        assert not checked["ready"]
        assert {r["id"]: r["outcome"] for r in checked["rules"]}["owner-record"] in ("problem", "unknown")
        assert pair.hamn_document("mn2", "history")["operations"]
        assert "--fence-anyway" in pair.said("mn2", "switchover", "--to", "mn2", exits=3)
        left = pair.sh("mn1", "ps", "-eo", "state=,args=").splitlines()
        assert sum(line.startswith("D") and "owner.json" in line for line in left) <= 1, (
            "each look leaves one more"
        )
        planned = pair.hamn_document("mn2", "plan", "failover", "--to", "mn2", "--fence-anyway")
        assert not planned["refusals"] and any(s["id"] == "mn2/fence.mn1/off" for s in planned["steps"])
    pair.until("mn1", lambda: pair.hamn("mn1", "status", exits=None)["exit_status"] == 0)
    pair.holds_everything("mn1", "mn2")


def test_a_step_that_hangs_in_the_kernel_keeps_its_machine_until_it_has_ended(pair: Pair) -> None:
    """Whenever the disk comes back it takes effect. Until then only fencing is offered, then `resume` goes on."""
    hook = '[hook.note]\nstart = ["true"]\nstop = ["touch", "/shared/note"]\nlimit_s = 2\n'
    short = "stop_limit_s = 2\n"
    with (
        pair.declared("[service.console]\n", f"{hook}\n[service.console]\n{short}"),
        pair.declared("[database.xcat]\n", f"[database.xcat]\n{short}"),
    ):
        with frozen(pair, "mn1"):
            result = pair.hamn("mn1", "deactivate", exits=1)
            assert result["outcome"] == "unknown"
            hung = next(s for s in result["steps"] if s["id"] == "mn1/hook.note/stop")
            assert hung["outcome"] == "unknown" and "can't be killed" in hung["said"], hung
            stuck = next(m for m in pair.hamn("mn2", "status", exits=None)["trouble"] if m["code"] == "stuck")
            assert "touch /shared/note" in stuck["what"] and "--fence-anyway" in stuck["hint"], stuck
            for refused in (("resume",), ("deactivate",), ("activate",), ("switchover", "--to", "mn2")):
                assert "may still take effect" in pair.said("mn1", *refused, exits=3), refused
        pair.until("mn1", lambda: not pair.sh("mn1", "pgrep", "-x", "touch", ok=False))
        pair.until("mn1", lambda: "stuck" not in str(pair.hamn("mn1", "status", exits=None)["trouble"]))
        pair.hamn("mn1", "resume")
        assert pair.hamn("mn1", "activate")["active"] == "mn1"
        pair.hamn("mn1", "status")


def test_a_journal_that_fills_up_in_the_middle_stops_the_move_and_the_other_machine_goes_on(pair: Pair) -> None:
    """What was begun is recorded and ended; nothing is begun that can't be recorded."""
    pair.sh("mn1", "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", "/var/lib/hamn")
    try:
        with drop_in(pair, "mn1", "mariadb", "ExecStop=/bin/sleep 3"):
            running = pair.begin("mn1", "switchover")
            pair.until(
                "mn1", lambda: "deactivating" in pair.sh("mn1", "systemctl", "is-active", "mariadb", ok=False)
            )
            pair.sh("mn1", "dd", "if=/dev/zero", "of=/var/lib/hamn/everything", "bs=1k", ok=False)
            document = pair.finish(running, exits=1)
        told = next(m for m in document["messages"] if m["code"] == "journal")
        assert "/var/lib/hamn/operations/" in told["what"] and "`hamn resume`" in told["hint"], told
        assert " /shared " not in pair.sh("mn2", "cat", "/proc/self/mountinfo")
        assert pair.hamn("mn2", "resume", exits=None)["active"] == "mn2"
        pair.holds_everything("mn2", "mn1")
    finally:
        pair.sh("mn1", "umount", "/var/lib/hamn")
