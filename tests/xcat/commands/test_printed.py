"""Every word, to the byte, on the stream and with the status that the real commands were heard to have."""

from __future__ import annotations

import pytest

from tests.xcat.commands.shell import Shell
from tests.xcat.commands.table_world import SAMPLES


@pytest.mark.parametrize(
    ("line", "status", "out", "err"),
    [
        ("tabdump nosuchtable", 1, "", "Error: [xcatmn]: No such table: nosuchtable\n"),
        ("tabdump -w foo==bar site", 1, "", 'Error: [xcatmn]: No column "foo" in table "site"\n'),
        ("gettab key=master site.value", 0, "10.1.0.1\n", ""),
        ("gettab key=nothing site.value", 0, "", ""),
        ("gettab node=n01 hosts.ip mac.mac", 0, "hosts.ip: 10.1.1.1\nmac.mac: 02:00:0a:01:01:01\n", ""),
        ("chtab key=foo nosuch.value=bar", 1, "Table nosuch does not exist.\n", ""),
        ("tabrestore missing.csv", 3, "Error: Unable to open missing.csv for reading.\n", ""),
        ("dumpxCATdb", 1, "", "Error:  Requires -p with path to directory to hold db files.\n"),
        ("restorexCATdb -p /nonexistent", 1, "", "Error:  Input path must exist \n"),
        ("restorexCATdb", 1, "", "Error:  -p with path to database files is required \n"),
        ("lsxcatd -d", 0, "dbengine=SQLite\n", ""),
        ("lsxcatd -t", 0, "This is a Management Node\n", ""),
        ("noderange compute,-n02", 0, "n01\nn03\n", ""),
        ("noderange n01,nosuch", 1, "", "Error: Invalid nodes and/or groups in noderange: nosuch\n"),
        ("nosuchcommand", 1, "", "Error: Unsupported request\n"),
    ],
)
def test_words(shell: Shell, line: str, status: int, out: str, err: str) -> None:
    assert shell.run(line) == (status, out.encode(), err.encode())


@pytest.mark.parametrize(
    ("file", "text", "status", "err"),
    [
        ("hosts.csv", '"n09","10.1.1.9"\n', 1, "Error: [xcatmn]: Data missing header line starting with #\n"),
        (
            "hosts.csv",
            "#node,ipp\n",
            1,
            "Error: [xcatmn]: The header line indicates that column 'ipp' should exist, "
            "which is not defined in the schema for 'hosts'\n",
        ),
        ("nosuch.csv", "#key\n", 4, "Error: [xcatmn]: Unable to open nosuch\n"),
    ],
)
def test_a_bad_file(shell: Shell, file: str, text: str, status: int, err: str) -> None:
    shell.write(file, text)
    before = shell.tables.csv("hosts")
    assert shell.run(f"tabrestore {file}") == (status, b"", err.encode())
    assert shell.tables.csv("hosts") == before


@pytest.mark.parametrize("table", sorted(path.stem for path in SAMPLES.glob("*.csv")))
def test_a_sample_in_and_out(shell: Shell, table: str) -> None:
    sample = (SAMPLES / f"{table}.csv").read_bytes()
    (shell.tables.directory / f"{table}.csv").write_bytes(sample)
    with shell.tables.store.change([table]) as change:
        change.replace(table, [dict.fromkeys(change.read(table)[0], "1")])
    assert shell.run(f"tabrestore {table}.csv") == (0, b"", b"")
    assert shell.run(f"tabdump {table}") == (0, sample, b"")


def test_all_of_it_in_and_out(shell: Shell) -> None:
    assert shell.run("dumpxCATdb -p d") == (0, b" Creating d for database dump\nBackup Complete.\n", b"")
    assert shell.run("dumpxCATdb -p d") == (0, b"Backup Complete.\n", b"")
    shell.run("chtab -d node=n01 hosts mac noderes")
    assert shell.run("restorexCATdb -p d") == (0, b"Restore of Database Complete.\n", b"")
    for sample in SAMPLES.glob("*.csv"):
        assert shell.run(f"tabdump {sample.stem}")[1] == sample.read_bytes()
        assert (shell.tables.directory / "d" / sample.name).read_bytes() == sample.read_bytes()


def test_what_isnt_ascii_or_text_at_all_survives(shell: Shell) -> None:
    text = '#node,ip,hostnames,otherinterfaces,comments,disable\n"n01","1",,,"é ü\udcff \'""\'\n\tdeux",\n'
    shell.write("hosts.csv", text)
    assert shell.run("tabrestore hosts.csv") == (0, b"", b"")
    assert shell.run("tabdump hosts") == (0, text.encode("utf-8", "surrogateescape"), b"")
