"""Where the tables are, in the real one's words."""

from pathlib import Path

import pytest

from hamn.xcat.stores import Location, StoreError, locate, parse

SECRET = "s3cret|with;signs=and#more"


@pytest.mark.parametrize(
    ("line", "location", "shown"),
    [
        (
            f"mysql:dbname=xcatdb;host=10.1.0.1|xcatadmin|{SECRET}",
            Location("mysql", None, "xcatdb", "10.1.0.1", "", "xcatadmin", SECRET),
            "mysql:dbname=xcatdb;host=10.1.0.1|xcatadmin",
        ),
        (
            f"Pg:dbname=xcatdb;host=10.1.0.3;port=5433|xcatadm|{SECRET}",
            Location("Pg", None, "xcatdb", "10.1.0.3", "5433", "xcatadm", SECRET),
            "Pg:dbname=xcatdb;host=10.1.0.3;port=5433|xcatadm",
        ),
        (
            f"DB2:xcatdb|xcatdb|{SECRET}",
            Location("DB2", None, "xcatdb", "", "", "xcatdb", SECRET),
            "DB2:xcatdb|xcatdb",
        ),
        ("SQLite:/srv/xcat", Location("SQLite", Path("/srv/xcat")), "SQLite:/srv/xcat"),
        ("/srv/xcat", Location("SQLite", Path("/srv/xcat")), "SQLite:/srv/xcat"),
    ],
)
def test_every_form(line: str, location: Location, shown: str):
    assert parse(line, "cfgloc") == location
    assert str(location) == shown
    assert SECRET not in repr(location)


@pytest.mark.parametrize(
    "line",
    [
        f"oracle:dbname=x;host=y|u|{SECRET}",
        f"mysql:dbname=x;hots=y|u|{SECRET}",
        f"mysql:host=y|u|{SECRET}",
        "Pg:dbname=x;host=y|u",
        "DB2:xcatdb",
    ],
)
def test_what_is_wrong_is_said_without_the_password(line: str):
    with pytest.raises(StoreError) as caught:
        parse(line, "/etc/xcat/cfgloc")
    assert caught.value.report.where == "/etc/xcat/cfgloc"
    assert caught.value.report.hint
    assert SECRET not in str(caught.value)


def test_without_cfgloc_it_is_sqlite(tmp_path: Path):
    assert locate({}, tmp_path) == Location("SQLite", tmp_path / "etc/xcat")


def test_the_old_place_comes_first_where_it_is(tmp_path: Path):
    (tmp_path / "opt/xcat/cfg").mkdir(parents=True)
    assert locate({}, tmp_path) == Location("SQLite", tmp_path / "opt/xcat/cfg")


def test_cfgloc_and_what_overrides_it(tmp_path: Path):
    (tmp_path / "etc/xcat").mkdir(parents=True)
    (tmp_path / "etc/xcat/cfgloc").write_text("\nPg:dbname=xcatdb;host=10.1.0.3|xcatadm|secret\n")
    assert locate({}, tmp_path).engine == "Pg"
    assert locate({"XCATCFG": "SQLite:/elsewhere"}, tmp_path) == Location("SQLite", Path("/elsewhere"))


def test_an_empty_cfgloc_is_none(tmp_path: Path):
    (tmp_path / "etc/xcat").mkdir(parents=True)
    (tmp_path / "etc/xcat/cfgloc").write_text("\n")
    assert locate({}, tmp_path) == Location("SQLite", tmp_path / "etc/xcat")


def test_a_cfgloc_that_is_no_file(tmp_path: Path):
    (tmp_path / "etc/xcat/cfgloc").mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be read"):
        locate({}, tmp_path)
