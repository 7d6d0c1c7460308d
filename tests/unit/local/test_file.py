from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hamn.local import file
from tests.own_namespace import Namespace

LINES_IN_WRITE = 40
"""More than there are: the last ones must come to the end."""


def put(path: Path, mode: str, content: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "hamn.local.main", "put", str(path), mode]
    return subprocess.run(argv, input=content, capture_output=True, text=True)


def test_it_makes_the_file_its_mode_and_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert put(path, "640", "content\n").returncode == 0
    assert path.read_text() == "content\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_link_stays_and_what_it_names_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert put(tmp_path / "link", "644", "new").returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def killed_at(line: int, path: Path, content: bytes) -> bool:
    """Write in a process that dies, by SIGKILL, before its n-th line; whether it did."""
    pid = os.fork()
    if pid == 0:
        passed = 0

        def trace(frame, event, argument):
            nonlocal passed
            if frame.f_code.co_filename != file.__file__:
                return None
            if event == "line":
                passed += 1
                if passed == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        file.write(str(path), content, 0o644)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_killed_anywhere_the_content_is_the_old_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen = set()
    for line in range(1, LINES_IN_WRITE):
        path.write_bytes(b"old" * 1000)
        died = killed_at(line, path, b"new!" * 1000)
        content = path.read_bytes()
        assert content in (b"old" * 1000, b"new!" * 1000)
        seen.add((died, content[:3]))
    assert seen == {(True, b"old"), (True, b"new"), (False, b"new")}


def test_a_full_disk_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    with Namespace("mount") as here:
        here.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path)
        assert here.local("put", tmp_path / "file", "644", stdin="old").returncode == 0
        failed = here.local("put", tmp_path / "file", "644", stdin="x" * 200_000)
        assert failed.returncode == 1
        assert failed.stderr == f"hamn-local put: {tmp_path}/file: No space left on device\n"
        assert here.run("cat", tmp_path / "file") == "old"
        assert here.run("ls", "-A", tmp_path) == "file\n"


@pytest.mark.parametrize("words", [["put", "/x"], ["nonsense"], []])
def test_wrong_words_are_wrong_usage(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "hamn.local.main", *words], capture_output=True, text=True)
    assert done.returncode == 2
    assert "usage" in done.stderr
