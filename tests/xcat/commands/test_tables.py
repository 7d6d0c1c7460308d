"""The commands on tables say what the real ones were heard to say, and write all or nothing."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hamn.xcat.commands.tabular import conditions, pairs
from hamn.xcat.tables import TABLES
from tests.xcat.commands.table_world import SAMPLES, Tables

# -- tabdump --


@pytest.mark.parametrize("table", sorted(path.stem for path in SAMPLES.glob("*.csv")))
def test_a_table_as_the_real_one_dumps_it(tables: Tables, table: str) -> None:
    assert tables.said("tabdump", table) == (0, (SAMPLES / f"{table}.csv").read_text(), "")


def test_all_tables(tables: Tables) -> None:
    assert tables.said("tabdump") == (0, "".join(f"{name}\n" for name in sorted(TABLES)), "")


def test_into_a_file(tables: Tables) -> None:
    assert tables.said("tabdump", "-f", "site.csv", "site") == (0, "", "")
    assert (tables.directory / "site.csv").read_text() == (SAMPLES / "site.csv").read_text()
    assert (tables.directory / "site.csv").stat().st_mode & 0o777 == 0o600
    status, _, errors = tables.said("tabdump", "-f", "no/where/site.csv", "site")
    assert (status, "No such file or directory" in errors) == (1, True)


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (["-w", "key==master"], ["master"]),
        (["-w", "key=~max%"], ["maxssh"]),
        (["-w", "value==64", "-w", "key=~ipmi%"], ["ipmimaxp"]),
        (["-w", "key>timezone", "-w", "key<vsftp"], ["useNmapfromMN"]),
        (["-w", "comments==x"], []),
        (["-w", "comments!=x"], []),
        (["-w", "key=~M_ster"], ["master"]),
        (["-w", "key=~mast"], []),
    ],
)
def test_chosen_rows(tables: Tables, words: list[str], keys: list[str]) -> None:
    status, out, _ = tables.said("tabdump", *words, "site")
    assert (status, [line.split(",")[0].strip('"') for line in out.splitlines()[1:]]) == (0, keys)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["nosuchtable"], "No such table: nosuchtable\n"),
        (["-w", "foo==bar", "site"], 'No column "foo" in table "site"\n'),
    ],
)
def test_what_is_not_there(tables: Tables, words: list[str], error: str) -> None:
    assert tables.said("tabdump", *words) == (1, "", error)


@pytest.mark.parametrize(
    "words", [["-q", "site"], ["site", "policy"], ["-w", "nonsense", "site"], ["-n", "x", "site"]]
)
def test_how_it_is_called(tables: Tables, words: list[str]) -> None:
    status, out, errors = tables.said("tabdump", *words)
    assert (status, out.startswith("Usage: tabdump"), errors) == (1, True, "")


def test_numbers_are_compared_as_numbers(tables: Tables) -> None:
    with tables.store.change(["auditlog"]) as change:
        change.insert("auditlog", [{"recid": number} for number in ("9", "10", "11")])
    out = tables.said("tabdump", "-w", "recid>9", "-w", "recid!=11", "auditlog")[1]
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == ['"10"']


TEXTS = st.text("ab%_.*A", max_size=6)


@given(TEXTS, TEXTS)
def test_like_is_sqls(pattern: str, value: str) -> None:
    (condition,) = conditions.read(TABLES["site"], [f"value=~{pattern}"])
    (expected,) = sqlite3.connect(":memory:").execute("SELECT ? LIKE ?", (value, pattern)).fetchone()
    assert condition({"value": value}) == bool(expected)


# -- tabrestore --


def test_in_and_out(tables: Tables) -> None:
    text = '#node,ip,hostnames,otherinterfaces,comments,disable\n"x1","10.9.9.9",,,"é ""q"", a\nb",\n'
    assert tables.said("tabrestore", "hosts.csv", stdin=text) == (0, "", "")
    assert tables.said("tabdump", "hosts")[1] == text


def test_added_rows(tables: Tables) -> None:
    before = tables.csv("hosts")
    assert tables.said("tabrestore", "-a", "/else/where/hosts.csv", stdin='#node,ip\n"x1","10.9.9.9"\n')[0] == 0
    assert tables.csv("hosts") == before + '"x1","10.9.9.9",,,,\n'
    status, _, errors = tables.said("tabrestore", "-a", "hosts.csv", stdin='#node,ip\n"x2","1"\n"x1","1"\n')
    assert (status, errors.startswith("DB error UNIQUE constraint failed: hosts.node (")) == (4, True)
    assert "x2" not in tables.csv("hosts")


@pytest.mark.parametrize(
    ("name", "text", "status", "error"),
    [
        ("hosts", '"n01","10.1.1.1",,,,\n', 1, "Data missing header line starting with #\n"),
        ("hosts", "", 1, "Data missing header line starting with #\n"),
        (
            "hosts",
            "#node,ipp\n",
            1,
            "indicates that column 'ipp' should exist, which is not defined in the schema for 'hosts'\n",
        ),
        ("hosts", '#node,ip\n"a","b","c"\n', 4, "Too many fields on line 2: a,b,c"),
        ("hosts", '#node,ip\n"a"\n', 4, "1 of 2 fields on line 2"),
        ("hosts", '#node,ip\n"a","b\n', 4, "never closed"),
        ("nosuch", "#a\n", 4, "Unable to open nosuch\n"),
        ("site", "#key,value,comments,disable\n", 4, "without a row"),
    ],
)
def test_one_wrong_line_and_nothing_is_written(
    tables: Tables, name: str, text: str, status: int, error: str
) -> None:
    before = tables.csv("hosts"), tables.csv("site")
    found, out, errors = tables.said("tabrestore", f"{name}.csv", stdin=text)
    assert (found, out, error in errors) == (status, "", True)
    assert (tables.csv("hosts"), tables.csv("site")) == before


# -- gettab, chtab --


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["key=master", "site.value"], "10.1.0.1\n"),
        (["-H", "key=master", "site.value"], "site.value: 10.1.0.1\n"),
        (["key=nosuch", "site.value"], ""),
        (["node=n01", "hosts.ip", "mac.mac"], "hosts.ip: 10.1.1.1\nmac.mac: 02:00:0a:01:01:01\n"),
        (["net=10.1.0.0,mask=255.255.0.0", "networks.mgtifname"], "mgt0\n"),
    ],
)
def test_gettab(tables: Tables, words: list[str], out: str) -> None:
    assert tables.said("gettab", *words) == (0, out, "")


def test_gettab_says_what_is_not_there(tables: Tables) -> None:
    assert tables.said("gettab", "key=x", "nosuch.value")[0] == 1
    assert tables.said("gettab", "key=x", "site.nosuch") == (1, "", 'No column "nosuch" in table "site"\n')
    assert tables.said("gettab", "nosuch=x", "site.value") == (1, "", "Unkown key nosuch to site\n")
    assert tables.said("gettab", "site.value")[:2][0] == 1


def test_disabled_rows_are_not_there(tables: Tables) -> None:
    assert tables.said("chtab", "key=master", "site.disable=1") == (0, "", "")
    assert tables.said("gettab", "key=master", "site.value") == (0, "", "")


def test_chtab_sets_adds_removes(tables: Tables) -> None:
    def value() -> str:
        return tables.said("gettab", "key=x", "site.value")[1]

    for words, seen in [
        (("key=x", "site.value=a=b, c"), "a=b, c\n"),
        (("key=x", "site.value+=d"), "a=b, c,d\n"),
        (("key=x", "site.value+=e,d,a=b"), "a=b, c,d,e\n"),
        (("key=x", "site.value=", "site.comments=é"), "\n"),
    ]:
        assert tables.said("chtab", *words) == (0, "", "")
        assert value() == seen
    assert tables.csv("site").endswith('"x",,"é",\n')
    assert tables.said("chtab", "-d", "key=x", "site") == (0, "", "")
    assert '"x"' not in tables.csv("site")


def test_chtab_sets_many_or_none(tables: Tables) -> None:
    before = tables.csv("hosts"), tables.csv("mac")
    assert tables.said("chtab", "node=n01", "hosts.ip=1", "mac.nosuch=2")[0] == 1
    assert (tables.csv("hosts"), tables.csv("mac")) == before
    assert tables.said("chtab", "node=n01", "hosts.ip=1", "mac.mac=2") == (0, "", "")
    assert tables.said("gettab", "node=n01", "hosts.ip", "mac.mac")[1] == "hosts.ip: 1\nmac.mac: 2\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("key=foo", "nosuch.value=bar"), (1, "Table nosuch does not exist.\n", "")),
        (("key=foo", "site.nocol=bar"), (1, "", 'No column "nocol" in table "site"\n')),
        (("nocol=foo", "site.value=bar"), (1, "", 'No column "nocol" in table "site"\n')),
    ],
)
def test_chtab_says_what_is_not_there(tables: Tables, words: tuple[str, ...], said: tuple[int, str, str]) -> None:
    assert tables.said("chtab", *words) == said


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("key=a", {"key": "a"}),
        ("net=1,mask=2", {"net": "1", "mask": "2"}),
        ("key=a,b", {"key": "a,b"}),
        ("key=a=b", {"key": "a=b"}),
        ("key=", {"key": ""}),
    ],
)
def test_keys(text: str, keys: dict[str, str]) -> None:
    assert pairs.keys(text) == keys


# -- the others --


def test_tabgrep(tables: Tables) -> None:
    with tables.store.change(["chain", "bootparams"]) as change:
        change.insert("chain", [{"node": "compute", "chain": "x"}])
        change.insert("bootparams", [{"node": "n02"}])
    names = tables.said("tabgrep", "n01")[1].split()
    assert {"hosts", "mac", "nodelist", "chain"} <= set(names)
    assert "bootparams" not in names
    assert names == sorted(names)
    assert tables.said("tabgrep", "nosuch") == (1, "", "Invalid nodes and/or groups in noderange: nosuch\n")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["-a"], []),
        (["-n", "2"], ["3", "4", "5"]),
        (["-i", "3"], ["3", "4", "5"]),
        (["-p", "40"], ["3", "4", "5"]),
        (["-p", "1000"], []),
        (["-d", "1"], ["4", "5"]),
    ],
)
def test_tabprune(tables: Tables, words: list[str], left: list[str]) -> None:
    times = ["01-01-2001 00:00:00"] * 3 + ["01-01-2999 00:00:00", "nonsense"]
    with tables.store.change(["auditlog"]) as change:
        change.insert("auditlog", [{"recid": str(i + 1), "audittime": time} for i, time in enumerate(times)])
    status, out, _ = tables.said("tabprune", "auditlog", "-V", *words)
    assert (status, len(out.splitlines()[1:])) == (0, 5 - len(left))
    assert [row["recid"] for row in tables.store.read("auditlog")] == left


def test_only_logs_are_pruned(tables: Tables) -> None:
    assert tables.said("tabprune", "site", "-a")[0] == 1
    assert tables.csv("site").count("\n") > 10


def editor(tables: Tables, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    path = tables.directory / "editor.py"
    path.write_text(f"import sys\npath = sys.argv[1]\ntext = open(path).read()\n{program}\n")
    monkeypatch.setenv("TABEDITOR", f"{sys.executable} '{path}'")


def test_tabedit(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tables, monkeypatch, "open(path, 'w').write(text.replace('10.1.1.1', '10.1.1.99'))")
    assert tables.run("tabedit", "hosts", is_local=True) == []
    assert '"n01","10.1.1.99"' in tables.csv("hosts")


def test_tabedit_writes_nothing_wrong(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tables.csv("hosts")
    editor(tables, monkeypatch, "open(path, 'w').write(text + 'n09,\\n')")
    (answer,) = tables.run("tabedit", "hosts", is_local=True)
    assert (answer.kind, answer.errorcode, tables.csv("hosts")) == ("error", 4, before)


def test_tabedit_overwrites_nobody(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    other = f"import sqlite3; c = sqlite3.connect({str(tables.directory / 'hosts.sqlite')!r}); "
    other += "c.execute(\"UPDATE hosts SET ip='7' WHERE node='n02'\"); c.commit()\n"
    editor(tables, monkeypatch, other + "open(path, 'w').write(text.replace('10.1.1.1', '10.1.1.99'))")
    (answer,) = tables.run("tabedit", "hosts", is_local=True)
    assert "was changed by others" in answer.text
    assert '"n02","7"' in tables.csv("hosts")
    assert "10.1.1.99" not in tables.csv("hosts")


# -- all of them --


@pytest.mark.parametrize("command", ["tabdump", "tabrestore", "gettab", "chtab", "tabprune", "tabgrep", "tabedit"])
def test_help_and_version(tables: Tables, command: str) -> None:
    for word in ("-h", "-?", "--help"):
        status, out, errors = tables.said(command, word)
        assert (status, out.startswith(f"Usage: {command}"), errors) == (0, True, "")
    for word in ("-v", "--version"):
        assert tables.said(command, word) == tables.said("lsxcatd", "-v")


@pytest.mark.parametrize(
    "command", ["tabdump site", "gettab key=x site.value", "chtab key=x site.value=1", "lsxcatd -d"]
)
def test_nothing_is_mounted(tmp_path: Path, command: str) -> None:
    tables = Tables(tmp_path)
    name, *words = command.split()
    status, _, errors = tables.said(name, *words)
    assert name == "lsxcatd" or (status, "no table site here" in errors) == (1, True)
    assert list(tables.directory.iterdir()) == []
