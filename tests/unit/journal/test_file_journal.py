from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.journal.file_journal import FileJournal
from hamn.ports import JournalError
from tests.own_namespace import Namespace

entries = st.dictionaries(
    st.text(max_size=5), st.one_of(st.text(max_size=20), st.integers(), st.none()), max_size=4
)


@given(st.lists(entries, min_size=1, max_size=6), st.integers(0, 200))
def test_whatever_a_power_cut_tore_off_every_whole_entry_is_read_and_the_next_is_kept(
    written: list[dict[str, object]], torn: int
) -> None:
    with tempfile.TemporaryDirectory() as state:
        journal = FileJournal(Path(state))
        journal.begin("o1", written[0])
        for entry in written[1:]:
            journal.append("o1", entry)
        file = Path(state) / "operations" / "o1.jsonl"
        whole = file.read_bytes()
        cut = whole[: max(0, len(whole) - torn)]
        file.write_bytes(cut)
        kept = written[: cut.count(b"\n")]
        read = list(FileJournal(Path(state)).read("o1"))
        assert read[: len(kept)] == kept
        assert len(read) <= len(kept) + 1, "a last line that lost nothing but its end counts too"
        FileJournal(Path(state)).append("o1", {"after": 1})
        assert list(journal.read("o1")) == [*read, {"after": 1}]


def test_ids_are_oldest_first_and_the_unknown_is_a_key_error(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "state")
    assert journal.operations() == []
    for operation in ("20260102T000000-b", "20260101T000000-c", "20260103T000000-a"):
        journal.begin(operation, {})
    assert journal.operations() == ["20260101T000000-c", "20260102T000000-b", "20260103T000000-a"]
    with pytest.raises(KeyError):
        journal.read("nothing")


def test_it_is_roots_alone(tmp_path: Path) -> None:
    FileJournal(tmp_path).begin("o1", {})
    assert (tmp_path / "operations").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "operations" / "o1.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_same_operation_is_begun_once(tmp_path: Path) -> None:
    FileJournal(tmp_path).begin("o1", {"first": 1})
    with pytest.raises(JournalError, match=r"o1\.jsonl: File exists"):
        FileJournal(tmp_path).begin("o1", {})
    assert FileJournal(tmp_path).read("o1") == [{"first": 1}]


WRITE = """
import sys
from pathlib import Path
from hamn.journal.file_journal import FileJournal
from hamn.ports import JournalError
journal = FileJournal(Path(sys.argv[1]))
try:
    journal.begin("o1", {"event": "operation"})
    for number in range(1000):
        journal.append("o1", {"number": number, "long": "x" * 3000})
except JournalError as error:
    print(error)
print(len(journal.read("o1")) if journal.operations() else 0)
"""


@pytest.mark.parametrize(
    ("options", "why", "whole"),
    [
        ("size=1200k", "No space left on device", True),
        ("size=512k", "No space left on device", False),  # seen before anything is begun
        ("ro", "Read-only file system", False),
    ],
)
def test_a_disk_that_takes_nothing_is_one_clear_line(tmp_path: Path, options: str, why: str, whole: bool) -> None:
    with Namespace("mount") as here:
        here.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", tmp_path)
        argv = here.argv(sys.executable, "-c", WRITE, tmp_path)
        done = subprocess.run(argv, capture_output=True, text=True)
    said, entries = done.stdout.splitlines()
    assert said.startswith(f"{tmp_path}/operations")
    assert said.endswith(f": {why}")
    assert (int(entries) > 1) is whole
