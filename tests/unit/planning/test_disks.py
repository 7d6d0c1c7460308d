from __future__ import annotations

from hamn.model.command import Answer
from hamn.planning.disks import Disk, hear_disks, matched

A, B = Disk("/dev/sda", 10, serial="1T23", wwn="0x5000c5"), Disk("/dev/sdb", 10, serial="1T24", wwn="0x5000c6")


def paths(first: list[Disk], second: list[Disk]) -> set[tuple[str, str, str]]:
    found = matched(first, second)
    return {(m.first.path if m.first else "", m.second.path if m.second else "", m.by) for m in found}


def test_disks_are_paired_by_wwn_whatever_they_are_called() -> None:
    moved = [Disk("/dev/sdx", 10, wwn=B.wwn), Disk("/dev/sdy", 10, wwn=A.wwn)]
    assert paths([A, B], moved) == {("/dev/sda", "/dev/sdy", "WWN"), ("/dev/sdb", "/dev/sdx", "WWN")}


def test_a_serial_number_tells_where_there_is_no_wwn() -> None:
    assert paths([Disk("/dev/sda", 10, "1T23")], [Disk("/dev/sdc", 10, "1T23")]) == {
        ("/dev/sda", "/dev/sdc", "serial number")
    }


def test_a_number_that_repeats_or_another_size_is_no_proof() -> None:
    twins = [Disk("/dev/sda", 10, "SAME"), Disk("/dev/sdb", 10, "SAME")]
    other = [Disk("/dev/sda", 10, "SAME")]
    assert {by for _, _, by in paths(twins, other)} == {""}
    assert {by for _, _, by in paths([A], [Disk("/dev/sda", 11, wwn=A.wwn)])} == {""}
    assert paths([Disk("/dev/sda", 10)], [Disk("/dev/sda", 10)]) == {("/dev/sda", "", ""), ("", "/dev/sda", "")}


def test_a_list_that_can_not_be_read_is_not_an_empty_one() -> None:
    assert hear_disks(Answer(0, "[]")) == ()
    for answer in (
        Answer(1, "[]"),
        Answer(0, "{"),
        Answer(0, '[{"path": "/dev/sda"}]'),
        Answer(None, "[]", lost="x"),
    ):
        assert hear_disks(answer) is None
