"""The commands on tables: what they say to words that mean nothing, as the real ones do."""

from __future__ import annotations

import pytest

from hamn.xcat.tables import TABLES
from tests.xcat.commands.shell import Shell

ONE_WAY = "Only one option -p or -i or -n or -a maybe used at a time.\n"
NO_WAY = "One option -p or -i or -n or -a or -d must be supplied.\n"


@pytest.mark.parametrize(
    ("line", "out", "err"),
    [
        ("tabdump -d nosuch", "", "table nosuch does not exist."),
        ("tabdump -f out.csv", "", "table name missing from the command input. "),
        ("tabdump -n 2 -d auditlog", "", "You  cannot use the -n and -d flag together. "),
        ("tabdump -n 2 -w recid==1 auditlog", "", "You  cannot use the -n and -w flag together. "),
        ("tabdump --lines=2 -f x auditlog", "", "You  cannot use the -n and -f flag together. "),
        (
            "tabdump -n 2 site",
            "",
            "site table is not supported in tabdump -n. "
            "You may only use this option on the auditlog or the eventlog.",
        ),
        ("tabprune", "Table name required.\n", ""),
        ("tabprune site -a", "Table site not supported, see tabprune -h for supported tables.\n", ""),
        ("tabprune auditlog", NO_WAY, ""),
        ("tabprune auditlog -a -n 3", ONE_WAY, ""),
        ("tabprune eventlog -p 3 --recid 3", ONE_WAY, ""),
        ("gettab bogus=1 site.value", "", "Unkown key bogus to site"),
    ],
)
def test_a_complaint(shell: Shell, line: str, out: str, err: str) -> None:
    expected = f"Error: [xcatmn]: {err}\n" if err else ""
    assert shell.run(line) == (1, out.encode(), expected.encode())


@pytest.mark.parametrize(
    ("line", "status", "begins"),
    [
        ("tabrestore", 2, "Usage: tabrestore"),
        ("tabrestore -q site.csv", 1, "Usage: tabrestore"),
        ("tabgrep", 1, "Usage: tabgrep nodename"),
        ("chtab", 1, "Usage: chtab"),
        ("chtab bogus site.value=1", 1, 'Incorrect argument "bogus".\nUsage: chtab'),
        ("chtab -d key=x", 1, "Missing table name.\nUsage: chtab"),
        ("tabedit auditlog", 1, "The auditlog and eventlog tables may not be edited."),
        ("tabprune auditlog -n x", 1, "Usage: tabprune"),
        ("dumpxCATdb -h", 0, " dumpxCATdb -h"),
        ("lsxcatd", 1, "Usage: lsxcatd"),
        ("lsxcatd --type", 0, "This is a Management Node\n"),
    ],
)
def test_how_it_is_called(shell: Shell, line: str, status: int, begins: str) -> None:
    if line == "tabrestore -q site.csv":
        shell.write("site.csv", "#key\n")
    found, out, err = shell.run(line)
    assert (found, out.decode()[: len(begins)], err) == (status, begins, b"")


def test_pruning_says_that_it_is_done(shell: Shell) -> None:
    with shell.tables.store.change(["auditlog"]) as change:
        times = ["2001-01-01 00:00:00", "2999-01-01 00:00:00"]
        change.insert("auditlog", [{"audittime": time} for time in times])
    assert shell.run("tabprune auditlog --days 3") == (0, b"tabprune of auditlog complete.\n", b"")
    assert [row["audittime"][:4] for row in shell.tables.store.read("auditlog")] == ["2999"]
    header = ",".join(TABLES["auditlog"].columns)
    status, out, _ = shell.run("tabprune auditlog -V -a")
    assert (status, out.decode().splitlines()[0], b"2999" in out) == (0, f"[xcatmn]: #{header}", True)
    expected = b"Nothing to prune from auditlog.\ntabprune of auditlog complete.\n"
    assert shell.run("tabprune auditlog -n 4") == (0, expected, b"")
    assert shell.run("tabdump -n 4 auditlog") == (0, b"Nothing to display from auditlog.\n", b"")


def test_descriptions(shell: Shell) -> None:
    status, out, _ = shell.run("tabdump -d")
    assert (status, [line.split(":")[0] for line in out.decode().splitlines()]) == (0, sorted(TABLES))
    status, out, _ = shell.run("tabdump -d site")
    assert out.decode().splitlines() == ["key:\t\tkey", "value:", "comments:", "disable:"]


def test_an_option_may_follow_the_file(shell: Shell) -> None:
    shell.write("hosts.csv", '#node,ip\n"n09","10.1.1.9"\n')
    assert shell.run("tabrestore hosts.csv -a") == (0, b"", b"")
    assert shell.run("gettab node=n01 hosts.ip hosts.comments") == (
        0,
        b"hosts.ip: 10.1.1.1\nhosts.comments: \n",
        b"",
    )
    assert shell.run("gettab node=n09 hosts.ip") == (0, b"10.1.1.9\n", b"")


@pytest.mark.parametrize("line", ["dumpxCATdb -b -p d", "restorexCATdb --binary --path=d"])
def test_the_engines_own_dump_is_not_made(shell: Shell, line: str) -> None:
    assert shell.run(line) == (1, b"", b"Error: Binary dump (-b) is not supported for SQLite\n")


@pytest.mark.parametrize(
    "line",
    [
        "tabdump --ver",
        "chtab --vers",
        "tabprune --version",
        "gettab -v",
        "noderm --version",
        "lsdef --vers",
        "makehosts --vers",
    ],
)
def test_long_options_may_be_cut_short(shell: Shell, line: str) -> None:
    status, out, err = shell.run(line)
    assert (status, b"Version 2.19.0" in out, err) == (0, True, b"")


def test_a_range_is_what_tabgrep_takes(shell: Shell) -> None:
    assert b"hosts\n" in shell.run("tabgrep n02,n03")[1]
    invalid = b"Error: Invalid nodes and/or groups in noderange: nosuch\n"
    assert shell.run("tabgrep nosuch") == (1, b"", invalid)
