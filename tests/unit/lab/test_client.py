"""What the client makes of what it saw: gaps from given times, records, rows that are gone."""

import io
import json
import sqlite3
from pathlib import Path

import pytest

from hamn.lab import dhcp
from hamn.lab.client import Absence, Record, checksum, inserting, main, verify
from hamn.lab.rows import SqlRows


def rows_in(path: Path) -> SqlRows:
    """As the lab's engines are asked, without a server."""
    rows = SqlRows(lambda: sqlite3.connect(path), (sqlite3.Error,), "INSERT INTO numbered (n) VALUES (?)")
    rows.create()
    return rows


def absence(*successes_s: float, end_s: float) -> Absence:
    seen = Absence()
    for now_s in successes_s:
        seen.success(now_s)
    seen.end(end_s)
    return seen


def test_the_longest_gap_is_between_two_successes() -> None:
    seen = absence(1.0, 1.1, 3.1, 3.2, end_s=3.3)
    assert seen.longest_s == pytest.approx(2.0)
    assert seen.longest_from_s == pytest.approx(1.1)


def test_a_service_that_does_not_come_back_is_told_as_absent_to_the_end() -> None:
    assert absence(1.0, 1.1, end_s=9.1).longest_s == pytest.approx(8.0)


def test_waiting_for_the_first_success_is_no_gap() -> None:
    assert absence(50.0, 50.1, end_s=50.2).longest_s == pytest.approx(0.1)


def test_a_service_that_never_answered_has_no_gap_to_tell() -> None:
    assert absence(end_s=9.0).document()["longest_gap_s"] is None


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_ready_is_said_once_when_the_last_service_has_answered() -> None:
    out = io.StringIO()
    record = Record(("dns", "http"), out)
    record.success("dns")
    assert lines(out) == []
    record.success("http")
    record.success("dns")
    assert [line["event"] for line in lines(out)] == ["ready"]


def test_an_absence_is_said_once_and_its_end_once() -> None:
    out = io.StringIO()
    record = Record(("dns",), out)
    record.success("dns")
    for _ in range(3):
        record.failure("dns", "timed out")
    for _ in range(3):
        record.success("dns")
    assert [line["event"] for line in lines(out)] == ["ready", "lost", "back"]


def test_the_record_ends_with_its_sum() -> None:
    out = io.StringIO()
    record = Record(("database",), out)
    for row in (7, 8):
        record.attempt("database")
        record.success("database", row=row)
    record.attempt("database")
    record.end()
    last = lines(out)[-1]
    assert last["schema"] == "hamn.client/1"
    assert last["rows_acknowledged"] == 2
    assert last["services"]["database"]["attempts"] == 3  # type: ignore[index]
    assert last["services"]["database"]["successes"] == 2  # type: ignore[index]


def test_verify_names_each_acknowledged_row_that_is_gone(tmp_path: Path) -> None:
    rows = rows_in(tmp_path / "rows.db")
    for number in (1, 2, 4):
        rows.insert(number)
    record = io.StringIO('{"event": "ready"}\n' + "".join(json.dumps({"row": n}) + "\n" for n in (1, 2, 3)))
    found = verify(rows, record)
    assert (found["rows_acknowledged"], found["rows_missing"], found["missing"]) == (3, 1, [3])


def test_no_number_is_used_twice_by_two_clients(tmp_path: Path) -> None:
    rows = rows_in(tmp_path / "rows.db")
    first, second = inserting(rows), inserting(rows)
    numbers = [insert() for insert in (first, first, second, second)]
    assert sorted(set(numbers)) == rows.numbers()


def test_an_unknown_service_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--services", "dns,gopher"])
    assert ended.value.code == 2
    assert "gopher" in capsys.readouterr().err


def test_an_echo_request_has_a_checksum_that_sums_to_nothing() -> None:
    packet = b"\x08\x00\x00\x00\x12\x34\x00\x01" + bytes(range(24))
    whole = packet[:2] + checksum(packet).to_bytes(2, "big") + packet[4:]
    assert checksum(whole) == 0


def test_dhcp_options_are_read_up_to_the_end_mark() -> None:
    field = bytes((53, 1, 2, 0, 54, 4, 10, 77, 0, 10, 255, 1, 1, 1))
    assert dhcp.options(field) == {53: b"\x02", 54: bytes((10, 77, 0, 10))}


@pytest.mark.parametrize("field", [b"", b"\x35", b"\x00\x00", b"\x35\x05\x01"])
def test_torn_dhcp_options_end_the_reading(field: bytes) -> None:
    assert set(dhcp.options(field)) <= {53}
