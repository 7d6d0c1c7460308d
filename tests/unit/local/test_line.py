from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def line(path: Path, *words: str) -> str:
    argv = [sys.executable, "-m", "hamn.local.main", "line", str(path), *words]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_line_takes_the_place_of_those_it_replaces(tmp_path: Path) -> None:
    file = tmp_path / "nsswitch.conf"
    file.write_text("passwd: files\nhosts: dns files\nnetworks: files\nhosts: dns\n")
    file.chmod(0o640)
    words = ("hosts: files dns", "--replaces", r"^hosts:")
    assert line(file, *words, "--look") == "lacks"
    assert line(file, *words) == ""
    assert file.read_text() == "passwd: files\nhosts: files dns\nnetworks: files\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert line(file, *words, "--look") == "holds"


def test_a_first_line_is_put_before_the_others_once(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    assert line(file, "nameserver 10.77.0.10", "--first", "--look") == "lacks"
    assert not file.exists()
    file.write_text("search cluster\nnameserver 10.0.0.1\nnameserver 10.77.0.10\n")
    line(file, "nameserver 10.77.0.10", "--first")
    assert file.read_text() == "nameserver 10.77.0.10\nsearch cluster\nnameserver 10.0.0.1\n"
    before = file.stat()
    line(file, "nameserver 10.77.0.10", "--first")
    assert file.stat() == before
