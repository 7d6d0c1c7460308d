"""Real trees, real rsync: nothing of a file may be lost on its way to the shared data."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from hamn.lab.lab import Lab

WORK = "/root/moving"
LOCAL, SHARED, TARGET = f"{WORK}/local", f"{WORK}/shared", f"{WORK}/shared/tree"
RECORD = f"{SHARED}/.hamn-owner.json"
TREE = f"""\
import os, pathlib
root = pathlib.Path("{LOCAL}")
(root / "deep").mkdir(parents=True)
(root / "deep").chmod(0o2751)
(root / "deep" / "one").write_text("two names\\n")
os.link(root / "deep" / "one", root / "two")
(root / "link").symlink_to("deep/one")
with (root / "sparse").open("wb") as file:
    file.truncate(64 << 20)
    file.seek(32 << 20)
    file.write(b"an island")
(root / "owned").write_text("x")
os.chown(root / "owned", 4711, 4712)
os.setxattr(root / "owned", "user.hamn", b"kept")
for path in (root, root / "deep", root / "link"):  # rsync sets no time that is right to the second
    os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)
pathlib.Path("{SHARED}").mkdir()
"""
LISTED = ["find", ".", "-printf", "%P %y %m %U:%G %T@ %n %s %l\n"]
"""Every path, its kind, mode, owner, time, links and size."""


class Moving:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def sh(self, *argv: str, stdin: str = "") -> str:
        done = self.lab.run("mn1", list(argv), stdin=stdin)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    def move_in(self) -> subprocess.CompletedProcess[str]:
        words = ["hamn-local", "move-in", LOCAL, TARGET, "--record", RECORD, "--pair", "lab"]
        return self.lab.run("mn1", words)

    def listed(self, root: str) -> set[str]:
        return set(self.sh("env", f"--chdir={root}", *LISTED).splitlines())


@pytest.fixture
def moving(session_lab: Lab) -> Iterator[Moving]:
    session_lab.up()
    moving = Moving(session_lab)
    moving.sh("python3", "-", stdin=TREE)
    yield moving
    moving.sh("rm", "-r", WORK)


def test_everything_arrives_and_the_original_stays(moving: Moving) -> None:
    before = moving.listed(LOCAL)
    done = moving.move_in()
    assert done.returncode == 0 and "read back" in done.stdout, done.stderr
    assert moving.listed(TARGET) == before
    assert moving.listed(LOCAL) == before
    one, two = (moving.sh("stat", "-c", "%i", f"{TARGET}/{name}") for name in ("deep/one", "two"))
    assert one == two
    assert int(moving.sh("stat", "-c", "%b", f"{TARGET}/sparse")) < 1024
    read = f"import os; print(os.getxattr('{TARGET}/owned', 'user.hamn').decode())"
    assert moving.sh("python3", "-c", read) == "kept\n"
    assert moving.move_in().returncode == 0, "what has arrived is no stranger's"


def test_a_copy_that_was_broken_off_goes_on(moving: Moving) -> None:
    moving.sh("mkdir", TARGET)
    moving.sh("touch", f"{TARGET}/.hamn-moving-in")
    moving.sh("tee", f"{TARGET}/owned", stdin="half of i")
    moving.sh("tee", f"{TARGET}/gone", stdin="there when it was begun, and removed since")
    assert moving.move_in().returncode == 0
    assert moving.listed(TARGET) == moving.listed(LOCAL)


def test_a_disk_with_somebody_elses_data_is_left_alone(moving: Moving) -> None:
    moving.sh("mkdir", TARGET)
    moving.sh("tee", f"{TARGET}/owned", stdin="another's")
    moving.sh("tee", RECORD, stdin='{"pair": "hpc2", "epoch": 3, "machine": null}')
    refused = moving.move_in()
    assert refused.returncode == 3 and "hpc2" in refused.stderr
    moving.sh("rm", RECORD)
    refused = moving.move_in()
    assert refused.returncode == 3 and "both have content" in refused.stderr
    assert moving.sh("cat", f"{TARGET}/owned") == "another's"


def test_the_shared_data_of_this_pair_wins_over_what_a_machine_had(moving: Moving) -> None:
    moving.sh("mkdir", TARGET)
    moving.sh("tee", f"{TARGET}/owned", stdin="in use")
    moving.sh("tee", RECORD, stdin='{"pair": "lab", "epoch": 3, "machine": "mn2"}')
    assert moving.move_in().returncode == 0
    assert moving.sh("ls", TARGET) == "owned\n"
    assert moving.sh("cat", f"{TARGET}/owned") == "in use"


def test_a_full_disk_is_no_success_and_leaves_the_original(moving: Moving) -> None:
    moving.sh("mount", "-t", "tmpfs", "-o", "size=64k", "none", SHARED)
    moving.sh("dd", "if=/dev/urandom", f"of={LOCAL}/big", "bs=1M", "count=1", "status=none")
    before = moving.listed(LOCAL)
    failed = moving.move_in()
    moving.sh("umount", SHARED)
    assert failed.returncode == 1 and "No space left" in failed.stderr, failed.stderr
    assert "Traceback" not in failed.stderr
    assert moving.listed(LOCAL) == before
