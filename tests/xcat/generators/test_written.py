"""Whole or not at all, the last good one kept, and no file that forgets its nodes."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from hamn.xcat.generators import written
from hamn.xcat.generators.written import Census, Refused, stage

NODES = [f"n{number:03}" for number in range(300)]


def test_new_content_replaces_and_the_last_good_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "dhcpd.conf"
    path.write_text("first\n")
    path.chmod(0o640)
    staged = stage(path, ["sec", "ond\n"])
    assert staged.changed
    assert path.read_text() == "first\n"
    assert staged.fresh.read_text() == "second\n"
    assert staged.commit()
    assert path.read_text() == "second\n"
    assert (tmp_path / "dhcpd.conf.xcatbak").read_text() == "first\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dhcpd.conf", "dhcpd.conf.xcatbak"]
    staged.undo()
    assert path.read_text() == "first\n"


@pytest.mark.parametrize("before", ["one\ntwo\n", ""])
def test_the_same_content_touches_nothing(tmp_path: Path, before: str) -> None:
    path = tmp_path / "hosts"
    path.write_text(before)
    then = path.stat()
    staged = stage(path, iter(before))
    assert not staged.changed
    assert not staged.commit()
    assert path.stat() == then
    assert [each.name for each in tmp_path.iterdir()] == ["hosts"]


@pytest.mark.parametrize("after", ["one\n", "one\ntwo\nthree\n", "one\nTwo\n", ""])
def test_shorter_longer_and_other_content_is_a_change(tmp_path: Path, after: str) -> None:
    path = tmp_path / "hosts"
    path.write_text("one\ntwo\n")
    assert stage(path, [after]).commit()
    assert path.read_text() == after


def test_a_file_that_was_not_there_is_made_with_its_mode_and_undone_by_removing_it(tmp_path: Path) -> None:
    path = tmp_path / "kea.conf"
    (tmp_path / "kea.conf.xcatbak").write_text("of another time")
    staged = stage(path, ["secret"], mode=0o640)
    assert staged.commit()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    staged.undo()
    assert not path.exists()


def test_a_generator_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("good\n")

    def chunks() -> Iterator[str]:
        yield "x" * 200_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stage(path, chunks())
    assert path.read_text() == "good\n"
    assert [each.name for each in tmp_path.iterdir()] == ["hosts"]


def test_what_a_symbolic_link_names_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "hosts").write_text("old")
    (tmp_path / "hosts").symlink_to("real/hosts")
    stage(tmp_path / "hosts", ["new"]).commit()
    assert (tmp_path / "hosts").is_symlink()
    assert (tmp_path / "real" / "hosts").read_text() == "new"


def test_bytes_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"# caf\xe9\n")
    assert not stage(path, [path.read_text(encoding="utf-8", errors="surrogateescape")]).changed


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        stage(tmp_path / "nowhere" / "named.conf", ["x"])
    assert refused.value.report.code == "generated-unwritable"
    assert refused.value.report.where.endswith("nowhere/named.conf")


def test_files_that_belong_together_change_together_or_not_at_all(tmp_path: Path) -> None:
    first, second = tmp_path / "named.conf", tmp_path / "zones" / "db.cluster.test"
    first.write_text("old")
    second.parent.mkdir()
    staged = [stage(first, ["new"]), stage(second, ["new"])]
    staged[1].fresh.unlink()
    second.parent.rmdir()
    with pytest.raises(Refused):
        written.commit_all(staged)
    assert first.read_text() == "old"


def test_only_what_changed_is_told(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    done = written.commit_all([stage(tmp_path / "a", ["old"]), stage(tmp_path / "b", ["new"])])
    assert [each.path.name for each in done] == ["b"]


# -- who would be lost


def test_a_few_bad_rows_do_not_stop_the_rest() -> None:
    Census(NODES, NODES[3:], NODES).check(Path("hosts"))


def test_many_lost_nodes_stop_it_and_are_named() -> None:
    with pytest.raises(Refused) as refused:
        Census(NODES, NODES[4:], NODES).check(Path("dhcpd.leases"))
    assert refused.value.report.code == "generated-lost"
    assert "4 of 300" in refused.value.report.what
    assert "n000, n001, n002, n003" in refused.value.report.what


def test_nodes_that_are_no_longer_defined_or_were_taken_away_are_not_lost() -> None:
    Census(NODES, NODES[200:], NODES[200:]).check(Path("hosts"))
    Census(NODES, NODES[200:], NODES).check(Path("hosts"), gone=NODES[:200])
    Census(NODES, [], NODES).check(Path("hosts"), gone=NODES)


@pytest.mark.parametrize("defined", [NODES, []])
def test_an_empty_result_is_refused_even_if_the_tables_are_empty(defined: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        Census(NODES, [], defined).check(Path("hosts"))
    assert refused.value.report.code == "generated-empty"


def test_of_three_nodes_one_may_be_lost() -> None:
    Census(NODES[:3], NODES[:2], NODES[:3]).check(Path("hosts"))
    with pytest.raises(Refused):
        Census(NODES[:3], NODES[:1], NODES[:3]).check(Path("hosts"))


def test_what_came_and_went_is_told_in_order() -> None:
    census = Census(["a", "b", "c"], ["d", "b", "e"], [])
    assert census.added == ["d", "e"]
    assert census.removed == ["a", "c"]
