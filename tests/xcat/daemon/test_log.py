"""What is kept of who asked for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from hamn.xcat.conversation import Answer, Request
from hamn.xcat.daemon.asked import Asked
from hamn.xcat.daemon.log import KEPT_LINES, Entry, Log, hidden
from hamn.xcat.policy import Decision
from hamn.xcat.stores.sqlite import SqliteStore


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("chtab key=ipmi passwd.password=pw", "chtab key=ipmi passwd.password=******"),
        ("chdef n1 bmcpassword=p,w", "chdef n1 bmcpassword=******"),
        ("tabdump -w password==pw passwd", "tabdump -w password==****** passwd"),
        ("nodech n1 ipmi.password^=pw", "nodech n1 ipmi.password^=******"),
        ("chdef -t site SNMPcommunity=c", "chdef -t site SNMPcommunity=******"),
        ("lsdef -t node n1", "lsdef -t node n1"),
        ("a\nb", "a\\nb"),
        ("\x1b[2J\0\udcff é", "?[2J?? é"),
    ],
)
def test_secrets_are_starred(said: str, kept: str) -> None:
    assert hidden(said) == kept


def test_a_long_line_costs_no_more_than_its_length() -> None:
    assert len(hidden("x" * 10_000_000)) < 1100
    assert hidden("passw" * 150 + "=" + "y" * 100).endswith("=******")


def entry(command: str, *answers: Answer) -> str:
    one = Entry(Asked(Request(command, ("-l",))))
    for answer in answers:
        one.heard(answer)
    return one.text()


def test_as_the_real_one_writes_it() -> None:
    lines = entry("chdef", Answer("info", "1 object definitions have been created or modified.")).splitlines()
    assert lines[0] == "=" * 52
    assert lines[1].startswith("[Date]       20")
    assert lines[2:6] == [
        "[ClientType] cli ",
        "[Request]    chdef -l ",
        "[Response]",
        "1 object definitions have been created or modified.",
    ]
    assert lines[6].startswith("[ElapsedTime] 0.")


def test_what_tables_hold_stays_in_them() -> None:
    text = entry("tabdump", Answer("data", '#key\n"secret"'), Answer("error", "No such table", errorcode=1))
    assert "secret" not in text
    assert "(2 lines more)" in text
    assert "Error: No such table" in text


def test_not_all_of_much() -> None:
    text = entry("makedns", *(Answer("info", f"line {i}") for i in range(KEPT_LINES + 5)))
    assert f"line {KEPT_LINES - 1}\n(5 lines more)" in text


class _Said(list[str]):
    def __call__(self, priority: int, text: str) -> None:
        self.append(text)


def test_what_cannot_be_written_is_said_once(tmp_path: Path) -> None:
    said = _Said()
    log = Log(SqliteStore(tmp_path), tmp_path / "gone/commands.log", said)
    asked = Asked(Request("lsdef"))
    for _ in range(2):
        log.ended(asked, Entry(asked))
    assert len(said) == 1
    assert "No such file or directory" in said[0]


def test_who_was_denied_and_why(tmp_path: Path) -> None:
    said = _Said()
    asked = Asked(Request("rmdef", ("all",), user="ann", host="10.1.0.9"))
    Log(SqliteStore(tmp_path), tmp_path / "log", said).judged(
        asked, Decision(False, because="policy row '3': deny")
    )
    assert said == ["Denying rmdef all for ann from 10.1.0.9: policy row '3': deny"]


def test_audited_if_the_site_wants_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path, 0.2)
    store.create()
    with store.change(["site"]) as change:
        change.insert("site", [{"key": "auditskipcmds", "value": "lsdef,clienttype:web"}])
    log = Log(store, tmp_path / "log", _Said())
    for asked in (
        Asked(Request("chdef", ("n1", "bmcpassword=pw"), user="root", host="localhost")),
        Asked(Request("lsdef")),
        Asked(Request("chdef"), client_type="web"),
    ):
        log.ended(asked, Entry(asked))
    (row,) = store.read("auditlog")
    assert {key: row[key] for key in ("userid", "clientname", "clienttype", "command", "args", "status")} == {
        "userid": "root",
        "clientname": "localhost",
        "clienttype": "cli",
        "command": "chdef",
        "args": "n1 bmcpassword=******",
        "status": "allowed",
    }
