"""A definition as one document: what goes out comes in again, what is wrong changes nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamn.cli import inventory as verbs
from hamn.xcat import inventory
from hamn.xcat.inventory import BadInventory, Tables
from hamn.xcat.stores import Store, locate, open_store
from hamn.xcat.tables import TABLES, Row, dump

values = st.one_of(
    st.sampled_from(
        ["1.10", "yes", "null", "~", "2026-11-23", "0x1f", " led by a space", "- a", "a: b", '"', "é\nb"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
)


@st.composite
def definitions(draw: st.DrawFn) -> Tables:
    tables: dict[str, list[Row]] = {"site": [{"key": "master", "value": "10.1.0.1"}]}
    for name in draw(st.sets(st.sampled_from(("nodelist", "policy", "mac", "passwd", "postscripts")))):
        table = TABLES[name]
        rows = draw(st.lists(st.dictionaries(st.sampled_from(table.columns), values), max_size=4))
        keyed = {table.key_of(row): table.row(row) for row in rows if any(table.key_of(row))}
        tables[name] = list(keyed.values())
    return tables


def full(tables: Tables) -> dict[str, list[Row]]:
    return {name: list(tables.get(name, ())) for name in inventory.NAMES}


@settings(max_examples=60, deadline=None)
@given(definitions(), st.sampled_from(["yaml", "json"]))
def test_what_goes_out_comes_in_again(tables: Tables, form: inventory.Form) -> None:
    assert inventory.read(inventory.write(tables, form), "it") == full(tables)


@settings(max_examples=60, deadline=None)
@given(definitions(), definitions())
def test_a_difference_is_told_if_and_only_if_there_is_one(first: Tables, second: Tables) -> None:
    def keyed(tables: Tables) -> dict[str, dict[tuple[str, ...], Row]]:
        return {n: {TABLES[n].key_of(r): r for r in tables.get(n, ())} for n in inventory.NAMES}

    assert list(inventory.differences(first, first)) == []
    assert bool(list(inventory.differences(first, second))) == (keyed(first) != keyed(second))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Tables of our own: the real cluster's small sample."""
    directory = tmp_path / "tables"
    directory.mkdir()
    monkeypatch.setenv("XCATCFG", f"SQLite:{directory}")
    store = open_store(locate(os.environ))
    store.create()
    with store.change(["site", "nodelist", "passwd"]) as change:
        change.insert("site", [{"key": "master", "value": "10.1.0.1"}, {"key": "domain", "value": "cluster.test"}])
        change.insert("nodelist", [{"node": f"n{number}", "groups": "all"} for number in range(3)])
        change.insert("passwd", [{"key": "system", "username": "root", "password": "cluster"}])
    return store


@pytest.mark.parametrize("name", ["all.yaml", "all.json"])
def test_exported_spoiled_and_imported_again(
    here: Store, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / name)
    before = here.read_all(inventory.NAMES)
    assert verbs.main("export", [file]) == 0
    assert Path(file).stat().st_mode & 0o777 == 0o600, "passwords are in it"
    with here.change(["nodelist", "passwd", "site"]) as change:
        change.delete("nodelist", {"node": "n1"})
        change.insert("nodelist", [{"node": "n9", "groups": "new"}])
        change.update("passwd", {"key": "system"}, {"password": "other"})
    assert verbs.main("diff", [file]) == 1
    assert capsys.readouterr().out.splitlines() == [
        '- nodelist n1: groups="all"',
        '+ nodelist n9: groups="new"',
        "~ passwd system/root: password differs",
    ]
    assert verbs.main("import", [file]) == 0
    assert here.read_all(inventory.NAMES) == before
    assert verbs.main("diff", ["-", file]) == 0
    assert capsys.readouterr().out == "changed: nodelist, passwd\n"
    assert verbs.main("import", [file]) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert verbs.main("export", [file]) == 1, "a file that is there isn't replaced"
    assert "File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no definition"),
        ("{", "can't be read"),
        ("a: [", "can't be read"),
        ("[" * 100_000, "can't be read"),
        ('{"schema": "hamn.xcat/2"}', "no definition"),
        ("schema: hamn.xcat/1", "has no `tables`"),
        ("schema: hamn.xcat/1\ntables: {}", "table site has no row"),
        ("schema: hamn.xcat/1\ntables: {nosuch: []}", "No such table: nosuch"),
        ("schema: hamn.xcat/1\ntables: {site: 1}", "no list of rows"),
        ("schema: hamn.xcat/1\ntables: {site: [{key: a, size: b}]}", "no column size"),
        ("schema: hamn.xcat/1\ntables: {site: [{key: a}, {key: a}]}", "row 2: a second row of a"),
        ("schema: hamn.xcat/1\ntables: {site: [{value: a}]}", "has no key"),
        ('{"schema": "hamn.xcat/1", "tables": {"site": [{"key": 1}]}}', "a text each"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    here: Store, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = here.read_all(inventory.NAMES)
    file = tmp_path / "wrong"
    file.write_text(text)
    assert verbs.main("import", [str(file)]) == 1
    assert said in capsys.readouterr().err
    assert verbs.main("diff", [str(file)]) == 2
    assert here.read_all(inventory.NAMES) == before


def test_no_file_no_text_no_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    monkeypatch.setenv("XCATCFG", f"SQLite:{tmp_path}")
    for words in (["import", str(binary)], ["import", str(tmp_path / "none")], ["export"]):
        assert verbs.main(words[0], words[1:]) == 1
        assert capsys.readouterr().err.startswith("error: ")


def test_bytes_that_are_no_text_go_by_json_only() -> None:
    tables = full({"site": [{"key": "odd", "value": "\udcff"}]})
    assert inventory.read(inventory.write(tables, "json"), "it") == tables
    with pytest.raises(BadInventory, match="JSON"):
        inventory.write(tables, "yaml")


def test_a_real_cluster_s_tables_go_out_and_in() -> None:
    place = Path(__file__).with_name("tables") / "samples"
    tables = full({})
    for file in sorted(place.glob("**/*.csv")):
        if file.stem in tables:
            text = file.read_text(dump.ENCODING, dump.ERRORS)
            tables[file.stem] = dump.read(TABLES[file.stem], text)
    assert tables["site"]
    for form in ("yaml", "json"):
        assert inventory.read(inventory.write(tables, form), "it") == tables
    assert json.loads(inventory.write(tables, "json"))["schema"] == inventory.SCHEMA
