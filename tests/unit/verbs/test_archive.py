"""A support archive as a file: bounded, indexed, root's alone, whole or not there."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from hamn.cli.new_file import write_new
from hamn.reports.report import warning
from hamn.verbs import archive as module
from hamn.verbs.archive import Archive


def empty() -> Archive:
    return Archive("report", "2026-11-22T21:00:00.000+00:00", {"pair": "lab"})


def packed(archive: Archive) -> tuple[dict[str, str], dict[str, Any]]:
    with tarfile.open(fileobj=io.BytesIO(archive.content())) as tar:
        assert {member.mode for member in tar.getmembers()} == {0o600}
        files = {n.partition("/")[2]: read.read().decode() for n in tar.getnames() if (read := tar.extractfile(n))}
    return files, json.loads(files.pop("manifest.json"))


def test_the_index_names_every_file_and_what_was_not_had() -> None:
    archive = empty()
    archive.add("mn1/a.txt", "one\n", machine="mn1", command=["cat", "/a"], exit_status=0)
    archive.add("mn1/a.txt", "another\n")
    archive.add("mn1/a.txt", "one\n")
    archive.missing.append(warning("timeout", "nothing of it: no answer", "mn2"))
    files, index = packed(archive)
    assert files == {"mn1/a.txt": "one\n", "mn1/a-2.txt": "another\n"}
    assert [file["path"] for file in index["files"]] == list(files)
    assert index["files"][0] | {"machine": "mn1", "command": ["cat", "/a"], "exit_status": 0} == index["files"][0]
    assert index["missing"][0]["where"] == "mn2" and index["schema"] == "hamn.archive/1"


def test_of_a_long_file_the_end_is_kept_in_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 25)
    archive = empty()
    archive.add("a.txt", "password=verysecret1\nline two\nline three\n")
    archive.add("b.txt", "x" * 100)
    files, index = packed(archive)
    assert files == {"a.txt": "line two\nline three\n", "b.txt": ""}
    assert [file["cut_bytes"] for file in index["files"]] == [21, 100]


def test_what_has_no_room_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ARCHIVE_BYTES", 10)
    archive = empty()
    archive.add("first.txt", "12345678\n")
    archive.add("second.txt", "12345678\n")
    files, index = packed(archive)
    assert list(files) == ["first.txt"]
    assert [report.code for report in archive.missing] == ["no-room"]
    assert "second.txt" in index["missing"][0]["what"]


def test_a_new_file_is_roots_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("what", ["file", "directory", "link to nowhere"])
def test_whatever_has_the_name_keeps_it(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a"
    if what == "file":
        path.write_text("before")
    elif what == "directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_new(path, b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert what != "file" or path.read_text() == "before"


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_new(tmp_path / "none" / "a", b"content")
